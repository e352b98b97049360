/* SPDX-License-Identifier: Apache-2.0 */
/* The mask of a megaflow, made whole.
 *
 * Thread safety: as run.h. */
#pragma once

#include "run/run.h"

/* What must be matched for the rest of the mask to mean anything: the type of a header before its
 * fields, a tag's presence before its parts. */
void megaflow_mask_prerequisites(const struct flow_key *key, struct flow_key *mask);

/* Takes out bits that no packet of this kind can have. The kind itself is in the mask by now. Tags and
 * labels that are not there stay: that they are not there may have decided something. */
void megaflow_mask_clip(const struct flow_key *key, struct flow_key *mask);

/* Puts the bits that are constant for every packet of the input port into the mask (matched), or takes them
 * out. */
void megaflow_mask_absent(struct run *run, bool matched);

/* True for IPv4 and IPv6. */
bool megaflow_is_ip(const struct flow_key *key);
