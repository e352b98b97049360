/* SPDX-License-Identifier: Apache-2.0 */
/* Lookups, as the record remembers them.
 *
 * Thread safety: as run.h. */
#pragma once

#include "run/run.h"

/* Has the record remember a lookup that found 'rule' (may be NULL), and what is known
 * of the key there. 0 or -ENOMEM. */
int run_record_lookup(struct run *run, const struct rule *rule, uint32_t in_port);
