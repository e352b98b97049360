/* SPDX-License-Identifier: Apache-2.0 */
/* Lookups in the record.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

/* Adds to the record a lookup that found 'rule' (may be NULL), and the bits of the key known there.
 * Returns 0 or -ENOMEM. */
int run_record_lookup(struct run *run, const struct rule *rule, struct xlate_ofp_port in_port);
