/* SPDX-License-Identifier: Apache-2.0 */
/* The flow key: every header field and piece of metadata that a megaflow can match.
 *
 * Shape:      FLOW_KEY_WORDS words of 64 bits, ordered metadata, L2, L3, L4; every group starts on
 *             a word. Padding is always 0, so keys compare and hash as words.
 * Byte order: packet fields are in network byte order (be16, be32, be64, byte arrays); metadata
 *             (in_port .. ct_label, tunnel flags) are host integers, but for the addresses and ports of
 *             a connection (ct_src .. ct_tp_dst), which are packet fields.
 * A mask is a key whose set bits mark the bits of a key that matter.
 *
 * Thread safety: plain data. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint16_t be16;
typedef uint32_t be32;
typedef uint64_t be64;

#define FLOW_VLANS 2
#define FLOW_MPLS_LABELS 4
#define FLOW_GENEVE_OPT_BYTES 64

struct flow_mac {
	uint8_t b[6];
};

struct flow_ip6 {
	uint8_t b[16];
};

/* An IPv4 address as one of IPv6 is ::ffff:a.b.c.d (RFC 4291, 2.5.5.2): its bytes are from here on. */
#define FLOW_IP6_V4_AT 12

static inline bool
flow_ip6_is_v4(const struct flow_ip6 *ip)
{
	static const uint8_t prefix[FLOW_IP6_V4_AT] = {[10] = 0xff, 0xff};

	return !memcmp(ip->b, prefix, sizeof prefix);
}

/* v4: 4 bytes, network order. */
static inline struct flow_ip6
flow_ip6_of_v4(const void *v4)
{
	struct flow_ip6 ip = {.b = {[10] = 0xff, 0xff}};

	memcpy(ip.b + FLOW_IP6_V4_AT, v4, 4);
	return ip;
}

/* tpid 0: no tag. The CFI bit of 'tci' (FLOW_VLAN_CFI) is set if the tag is present, so that "no
 * tag" and "VID 0" differ, as in Open vSwitch's vlan_tci. */
struct flow_vlan {
	be16 tpid;
	be16 tci;
};
#define FLOW_VLAN_CFI 0x1000
#define FLOW_VLAN_VID 0x0fff
#define FLOW_VLAN_PCP 0xe000

/* All zero if the packet is not from a tunnel. IPv4 endpoints are IPv4-mapped IPv6 addresses
 * (::ffff:a.b.c.d). */
struct flow_tunnel {
	be64 id;
	struct flow_ip6 src, dst;
	uint8_t tos, ttl;
	uint8_t flags;
	uint8_t n_opt_bytes;
	be16 tp_src, tp_dst;
	/* Geneve options, as on the wire; for rules see xlate/tlv_map.h */
	uint8_t opts[FLOW_GENEVE_OPT_BYTES];
};

/* Bits of 'flags'. */
#define FLOW_TUNNEL_OAM 1
#define FLOW_TUNNEL_DF 2
#define FLOW_TUNNEL_CSUM 4
#define FLOW_TUNNEL_KEYED 8 /* the packet had an 'id' */

/* Bits of ct_state, with Open vSwitch's values. */
#define FLOW_CT_STATE_NEW 0x01
#define FLOW_CT_STATE_ESTABLISHED 0x02
#define FLOW_CT_STATE_RELATED 0x04
#define FLOW_CT_STATE_REPLY 0x08
#define FLOW_CT_STATE_INVALID 0x10
#define FLOW_CT_STATE_TRACKED 0x20
#define FLOW_CT_STATE_SRC_NAT 0x40
#define FLOW_CT_STATE_DST_NAT 0x80
/* A packet has a connection if its ct_state has one of these. */
#define FLOW_CT_STATE_VALID (FLOW_CT_STATE_NEW | FLOW_CT_STATE_ESTABLISHED | FLOW_CT_STATE_RELATED)

/* Bits of nw_frag. A first fragment is ANY, a later one ANY|LATER, other packets 0. */
#define FLOW_FRAG_ANY 1
#define FLOW_FRAG_LATER 2

struct flow_key {
	/* Metadata. */
	uint32_t in_port; /* datapath port number; FLOW_PORT_NONE if none */
	uint32_t recirc_id;
	uint32_t skb_mark;
	uint32_t dp_hash;
	uint32_t ct_mark;
	uint16_t ct_zone;
	uint8_t ct_state;
	uint8_t ct_nw_proto; /* of the original direction, as the next five */
	uint8_t ct_label[16];
	/* The original direction of the packet's connection, or of the one that it is related to. All
	 * zero unless the packet is IPv4 or IPv6 and ct_state has a bit of FLOW_CT_STATE_VALID.
	 * eth_type is the family: an IPv4 address is in the last 4 bytes, and the others are 0. */
	struct flow_ip6 ct_src, ct_dst;
	be16 ct_tp_src, ct_tp_dst; /* ICMP: type and code */
	uint8_t pad0[4];
	struct flow_tunnel tun;
	/* L2. */
	struct flow_mac eth_dst, eth_src;
	be16 eth_type; /* of the payload after tags; FLOW_ETH_TYPE_NONE for an 802.3 length */
	uint8_t pad1[2];
	struct flow_vlan vlan[FLOW_VLANS]; /* outermost first */
	be32 mpls[FLOW_MPLS_LABELS];	   /* label stack entries, outermost first */
	/* L3. */
	be32 nw_src, nw_dst; /* IPv4 and ARP */
	struct flow_ip6 ipv6_src, ipv6_dst;
	be32 ipv6_label;  /* low 20 bits */
	uint8_t nw_proto; /* IP protocol; for ARP, the low byte of the operation */
	uint8_t nw_tos;	  /* DSCP and ECN */
	uint8_t nw_ttl;
	uint8_t nw_frag;
	struct flow_mac arp_sha, arp_tha; /* also ND source and target link-layer address */
	uint8_t pad2[4];
	struct flow_ip6 nd_target;
	/* L4. */
	be16 tp_src, tp_dst; /* TCP, UDP, SCTP ports; ICMP type and code */
	be16 tcp_flags;	     /* low 12 bits */
	uint8_t pad3[2];
};

#define FLOW_KEY_WORDS (sizeof(struct flow_key) / sizeof(uint64_t))
/* First word of each group: the stages of staged lookup. */
#define FLOW_WORD_L2 (offsetof(struct flow_key, eth_dst) / sizeof(uint64_t))
#define FLOW_WORD_L3 (offsetof(struct flow_key, nw_src) / sizeof(uint64_t))
#define FLOW_WORD_L4 (offsetof(struct flow_key, tp_src) / sizeof(uint64_t))

#define FLOW_PORT_NONE UINT32_MAX
#define FLOW_ETH_TYPE_NONE 0x05ff /* host order, as Open vSwitch's FLOW_DL_TYPE_NONE */

_Static_assert(sizeof(struct flow_key) % 8 == 0, "a key is whole words");
_Static_assert(offsetof(struct flow_key, tun) % 8 == 0, "tunnel on a word");
_Static_assert(offsetof(struct flow_key, eth_dst) % 8 == 0, "L2 on a word");
_Static_assert(offsetof(struct flow_key, nw_src) % 8 == 0, "L3 on a word");
_Static_assert(offsetof(struct flow_key, tp_src) % 8 == 0, "L4 on a word");

/* A key and the mask of its bits that matter. Canonical: key bits outside the mask are 0. */
struct flow_match {
	struct flow_key key;
	struct flow_key mask;
};

/* Unique flow identifier: a 128-bit hash of the canonical match. */
struct flow_ufid {
	uint64_t hi, lo;
};

struct flow_stats {
	uint64_t packets;
	uint64_t bytes;
	uint64_t used_ns;   /* clock_now_ns() of the last packet; 0 if never */
	uint16_t tcp_flags; /* host order, OR of all packets */
};

/* Return the words of a key (compiled with -fno-strict-aliasing). */
static inline const uint64_t *
flow_key_words(const struct flow_key *k)
{
	return (const uint64_t *)k;
}

static inline uint64_t *
flow_key_words_mut(struct flow_key *k)
{
	return (uint64_t *)k;
}

/* Returns the words that are not 0: bit i for word i. Most words of a mask are 0, and four are
 * looked at together. */
static inline uint64_t
flow_key_words_used(const struct flow_key *k)
{
	const uint64_t *w = flow_key_words(k);
	uint64_t used = 0;

	_Static_assert(FLOW_KEY_WORDS % 4 == 0 && FLOW_KEY_WORDS <= 64, "whole steps of a word");
	for (unsigned int i = 0; i < FLOW_KEY_WORDS; i += 4) {
		if (!(w[i] | w[i + 1] | w[i + 2] | w[i + 3]))
			continue;
		for (unsigned int j = i; j < i + 4; j++)
			used |= (uint64_t)(w[j] != 0) << j;
	}
	return used;
}

#define FLOW_ORIG_BYTES (offsetof(struct flow_key, pad0) - offsetof(struct flow_key, ct_src))

/* Returns true if a key or mask has bits of a connection's original direction. */
static inline bool
flow_key_has_orig(const struct flow_key *k)
{
	static const uint8_t none[FLOW_ORIG_BYTES];

	return k->ct_nw_proto ||
	       memcmp((const char *)k + offsetof(struct flow_key, ct_src), none, sizeof none) != 0;
}

static inline void
flow_key_fill_orig(struct flow_key *k, uint8_t byte)
{
	k->ct_nw_proto = byte;
	memset((char *)k + offsetof(struct flow_key, ct_src), byte, FLOW_ORIG_BYTES);
}

static inline bool
flow_key_equal(const struct flow_key *a, const struct flow_key *b)
{
	return !memcmp(a, b, sizeof *a);
}

static inline bool
flow_ufid_equal(const struct flow_ufid *a, const struct flow_ufid *b)
{
	return a->hi == b->hi && a->lo == b->lo;
}

/* Adds 's' to 'sum'. 'used_ns' becomes the later one of both. */
static inline void
flow_stats_add(struct flow_stats *sum, const struct flow_stats *s)
{
	sum->packets += s->packets;
	sum->bytes += s->bytes;
	sum->tcp_flags |= s->tcp_flags;
	if (s->used_ns > sum->used_ns)
		sum->used_ns = s->used_ns;
}

/* Clears the key bits outside the mask. */
void flow_match_canonicalize(struct flow_match *m);

/* Returns true if 'key' matches 'm', which is canonical. */
bool flow_match_covers(const struct flow_match *m, const struct flow_key *key);

/* Returns a symmetric hash of the 5-tuple and MACs (equal for both directions), to spread flows. */
uint64_t flow_key_hash_5tuple(const struct flow_key *key, uint64_t seed);

/* Returns the UFID of a canonical match. */
struct flow_ufid flow_ufid_make(const struct flow_match *m);

/* Prints "ufid:xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", 41 characters and NUL. */
#define FLOW_UFID_TEXT_BYTES 42
void flow_ufid_print(const struct flow_ufid *u, char out[FLOW_UFID_TEXT_BYTES]);

/* Parses the text with or without "ufid:". Returns 0 or -EINVAL. */
int flow_ufid_parse(const char *text, struct flow_ufid *out);
