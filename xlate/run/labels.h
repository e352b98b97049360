/* SPDX-License-Identifier: Apache-2.0 */
/* MPLS labels of the packet.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

/* Consults bits of the current labels. */
void labels_consult(struct run *run, const be32 *bits);

/* Returns the bits of the labels that are known, or in the mask already. */
void labels_free_bits(const struct run *run, be32 *bits);

/* Returns which of the packet's own labels label 'i' is; at least FLOW_MPLS_LABELS if that was
 * not parsed. */
unsigned int labels_origin(const struct run *run, unsigned int i);

/* Returns true if label 'i' is a pushed one or was parsed. */
bool labels_is_parsed(const struct run *run, unsigned int i);
