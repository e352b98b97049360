/* SPDX-License-Identifier: Apache-2.0 */
/* MPLS labels of the packet.
 *
 * Thread safety: as run.h. */
#pragma once

#include "run/run.h"

/* Says that bits of the current labels decide something. */
void labels_consult(struct run *run, const be32 *bits);

/* Bits of the labels that are known, or in the mask already. */
void labels_free_bits(const struct run *run, be32 *bits);

/* Which of the packet's labels the current one is; FLOW_MPLS_LABELS and more: none that was parsed. */
unsigned int labels_origin(const struct run *run, unsigned int i);

bool labels_is_parsed(const struct run *run, unsigned int i);
