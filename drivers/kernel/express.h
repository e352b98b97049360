/* SPDX-License-Identifier: Apache-2.0 */
/* Which matches the kernel can express exactly. A match that it cannot is refused: a narrower one would
 * leave packets without their flow.
 *
 * The kernel matches exactly, whatever a mask specifies: the input port, if at all; the Ethernet
 * type, if at all; the presence of each tag, up to the first that is absent, and its TPID.
 *
 * Thread safety: pure. */
#pragma once

#include <flow/key.h>

/* The kernel's limit; the key has FLOW_MPLS_LABELS. */
#define KDP_MPLS_LABELS 3

/* Adds to 'mask' what the kernel matches in any case, for packets like 'key' (mask_complete() of
 * struct dp_caps). */
void kdp_mask_complete(const struct flow_key *key, struct flow_key *mask);

/* Returns NULL, or the name of a field whose mask the kernel cannot express. 'm' is canonical. */
const char *kdp_match_refused(const struct flow_match *m);

/* Adds to 'mask' the bits of a connection's original direction that packets like 'key' may have. */
void kdp_orig_allow(const struct flow_key *key, struct flow_key *mask);

/* Return true if a key (of a match or packet) has the header, so that its attribute is present. */
bool kdp_key_is_ip4(const struct flow_key *k);
bool kdp_key_is_ip6(const struct flow_key *k);
bool kdp_key_is_arp(const struct flow_key *k);
bool kdp_key_is_mpls(const struct flow_key *k);
bool kdp_key_is_nd(const struct flow_key *k);

/* Returns the OVS_KEY_ATTR_* of the transport header: TCP, UDP, SCTP, ICMP, ICMPV6; or 0. */
uint16_t kdp_key_transport(const struct flow_key *k);

/* Returns the number of tags that a key has. */
int kdp_key_n_tags(const struct flow_key *k);
