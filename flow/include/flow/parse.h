/* SPDX-License-Identifier: Apache-2.0 */
/* Packet bytes to flow key.
 *
 * Never reads past the buffer, whatever the bytes. A packet that is cut short or wrong still gets a
 * key: what was parsed before the fault, the rest 0; so it is matched, forwarded or dropped like any
 * other, and counted by the reason.
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

/* Byte offsets from the packet's start; FLOW_OFS_NONE where there is no such layer. */
#define FLOW_OFS_NONE UINT16_MAX
struct flow_offsets {
	uint16_t l2_5; /* the first MPLS label */
	uint16_t l3;   /* a whole IPv4, IPv6 or ARP header; what follows the bottom MPLS label */
	uint16_t l4;   /* NONE for later fragments, and where the header is short or malformed;
			* malformed ND options leave the ICMPv6 header whole */
};

/* Fills every byte of the key from 'eth_dst' on; leaves the metadata and tunnel words alone.
 * Lengths come from the headers: bytes after an IP packet's own end are ignored. A later fragment of
 * IPv6 has 'nw_proto' 44, since what follows its fragment header is not a header.
 *
 * data, n: an Ethernet frame; 'n' bytes are readable.
 * ofs:     may be NULL. */
enum flow_parse_status flow_parse(const uint8_t *data, size_t n, struct flow_key *key,
				  struct flow_offsets *ofs);

/* The same of a frame of which 'data' holds the first 'n' bytes and 'n_more' are elsewhere: lengths are
 * those of the whole frame, headers are read from these 'n' bytes. A header that does not end in them
 * is malformed. */
enum flow_parse_status flow_parse_part(const uint8_t *data, size_t n, size_t n_more,
				       struct flow_key *key, struct flow_offsets *ofs);

/* Which of a key's bits a packet of these types can have: a mask that covers every field that
 * flow_parse() may set for a packet with this eth_type, nw_proto and tags. */
void flow_key_meaningful(const struct flow_key *key, struct flow_key *mask);
