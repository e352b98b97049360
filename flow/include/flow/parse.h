/* SPDX-License-Identifier: Apache-2.0 */
/* Parses packet bytes to a flow key.
 *
 * Does not read past the buffer, whatever the bytes. A truncated or malformed packet still has a
 * key: the fields parsed before the fault; the rest is 0. So it is matched, and forwarded or
 * dropped, like any other, and counted by the status.
 *
 * Thread safety: pure. */
#pragma once

#include <flow/key.h>

#define FLOW_PARSE_STATUSES(S)                                                                     \
	S(OK, "ok")                                                                                \
	S(ETH_SHORT, "eth-truncated")                                                              \
	S(VLAN_SHORT, "vlan-truncated")                                                            \
	S(MPLS_SHORT, "mpls-truncated")                                                            \
	S(ARP_BAD, "arp-malformed")                                                                \
	S(IP4_SHORT, "ipv4-truncated")                                                             \
	S(IP4_BAD, "ipv4-malformed")                                                               \
	S(IP6_SHORT, "ipv6-truncated")                                                             \
	S(IP6_BAD, "ipv6-malformed")                                                               \
	S(L4_SHORT, "l4-truncated")                                                                \
	S(TCP_BAD, "tcp-malformed")                                                                \
	S(ND_BAD, "nd-malformed")

enum flow_parse_status {
#define S(id, name) FLOW_PARSE_##id,
	FLOW_PARSE_STATUSES(S)
#undef S
		FLOW_N_PARSE_STATUSES
};

extern const char *const flow_parse_status_names[FLOW_N_PARSE_STATUSES];

/* Byte offsets from the packet's start; FLOW_OFS_NONE if the packet has no such layer. */
#define FLOW_OFS_NONE UINT16_MAX
struct flow_offsets {
	uint16_t l2_5; /* the first MPLS label */
	uint16_t l3;   /* a whole IPv4, IPv6 or ARP header; the payload of the bottom MPLS label */
	uint16_t l4;   /* NONE for later fragments, and if the header is short or malformed;
			* malformed ND options do not affect it */
};

/* Fills every byte of the key from 'eth_dst' on; leaves the metadata and tunnel words unchanged.
 * Uses the lengths in the headers: bytes after the end of an IP packet are ignored. A later
 * fragment of IPv6 has 'nw_proto' 44, since no header follows its fragment header.
 *
 * data, n: an Ethernet frame; 'n' bytes are readable.
 * ofs:     may be NULL. */
enum flow_parse_status flow_parse(const uint8_t *data, size_t n, struct flow_key *key,
				  struct flow_offsets *ofs);

/* Parses a frame of which 'data' holds the first 'n' bytes; 'n_more' bytes are elsewhere. Lengths
 * are those of the whole frame; headers are read from the first 'n' bytes. A header that does not
 * end in them is malformed. */
enum flow_parse_status flow_parse_part(const uint8_t *data, size_t n, size_t n_more,
				       struct flow_key *key, struct flow_offsets *ofs);

/* Returns true for the number of an IPv6 extension header that flow_parse() passes over. */
bool flow_is_ip6_ext(uint8_t next);

/* Makes a mask of the bits that flow_parse() may set for a packet with this eth_type,
 * nw_proto and tags. */
void flow_key_meaningful(const struct flow_key *key, struct flow_key *mask);
