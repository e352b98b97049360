/* SPDX-License-Identifier: Apache-2.0 */
/* Headers of a packet, parsed as this hardware does. */
#pragma once

#include <stdint.h>

#include <rte_mbuf.h>

/* The fields that rules can match: of a packet, or a rule's spec or mask. Network byte order. */
struct nicsim_key {
	_Alignas(uint64_t) uint16_t port; /* index in the e-switch */
	uint8_t l3;			  /* 4, 6 or 0 */
	uint8_t l4; /* IPPROTO_TCP, UDP, ICMP, ICMPV6 if the packet has that header; else 0 */
	uint8_t n_vlans;
	uint8_t frag_ext; /* IPv6: has a fragment header */
	uint16_t type;	  /* EtherType after the MACs, as on the wire */
	uint8_t dst[6], src[6];
	uint16_t tci[2], inner_type[2];
	uint8_t tos, ttl, proto, tcp_flags;
	uint16_t frag_off; /* IPv4, including flags */
	uint16_t pad;
	uint32_t label; /* IPv6: version, class and label word; only the label is matched */
	uint8_t ip_src[16], ip_dst[16];
	uint16_t sport, dport;
	uint8_t icmp_type, icmp_code;
	uint8_t c_tag, s_tag;	      /* 0xff: the first tag is 0x8100 or 0x88a8 */
	uint8_t frag, later, pad2[4]; /* 0xff: a fragment, a later fragment */
	uint16_t last_type;	      /* EtherType after the last tag */
};
#define NICSIM_KEY_WORDS (sizeof(struct nicsim_key) / 8)
_Static_assert(sizeof(struct nicsim_key) % 8 == 0, "keys are compared as words");

/* Offsets of headers; 0 if missing. */
struct nicsim_layers {
	uint16_t l3, l4;
};

/* Parses a packet that 'port' received, as this hardware does. Fills 'key' and 'layers'. */
void nicsim_parse(const struct rte_mbuf *m, uint16_t port, struct nicsim_key *key,
		  struct nicsim_layers *layers);
