/* SPDX-License-Identifier: Apache-2.0 */
/* Matches and keys of packets as attributes (OVS_KEY_ATTR_*). Fields of packets are in network byte
 * order in both; metadata are host integers, and a connection's label is the kernel's 128-bit host
 * integer, least significant byte first on such hosts.
 *
 * Thread safety: pure but for the message. */
#pragma once

#include "writer.h"

#include <flow/key.h>

/* Most bytes of a key or mask, with the nest's own header. */
#define KDP_KEY_BYTES 768

/* Writes a nest of the attributes of a match's key (OVS_FLOW_ATTR_KEY) and one of its mask
 * (OVS_FLOW_ATTR_MASK).
 *
 * m:      canonical; kdp_match_refused() of express.h is NULL.
 * packet: NULL, or the key of a packet that matches. The kernel refuses a flow if another one has a
 *         packet with this key; without it, that is a packet whose other fields are 0. */
void kdp_match_put(struct kdp_writer *w, const struct flow_match *m, const struct flow_key *packet);

/* Writes a nest of metadata of a packet's key: what the kernel cannot read from the packet. */
void kdp_metadata_put(struct kdp_writer *w, int type, const struct flow_key *key);
