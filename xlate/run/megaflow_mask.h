/* SPDX-License-Identifier: Apache-2.0 */
/* Completion of a megaflow's mask.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

/* Adds the prerequisites of the bits in the mask: the type of a header for its fields, the presence
 * of a tag for its parts. */
void megaflow_mask_prerequisites(const struct flow_key *key, struct flow_key *mask);

/* Removes bits that no packet of this kind can have; the mask already has the kind. Keeps tags and
 * labels that the packet does not have: their absence may have been consulted. Bits of a connection
 * that the packet does not have become bits of ct_state. */
void megaflow_mask_clip(const struct flow_key *key, struct flow_key *mask);

/* Adds bits that are constant for every packet of the input port to the mask (matched), or
 * removes them. */
void megaflow_mask_absent(struct run *run, bool matched);

/* Removes bits that no packet of the datapath has (dp_absent of struct xlate_config). */
void megaflow_mask_lacking(struct run *run);

/* Returns true for packets of ports that are no tunnels. */
bool megaflow_no_tunnel(const struct flow_key *key);

/* Returns true for IPv4 and IPv6. */
bool megaflow_is_ip(const struct flow_key *key);
