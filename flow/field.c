/* SPDX-License-Identifier: Apache-2.0 */
#include <flow/field.h>

#include "wire.h"

#include <net/ethernet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>

/* Location of a field. */
#define AT(member, shift_, bits)                                                                   \
	.ofs = offsetof(struct flow_key, member),                                                  \
	.n_bytes = sizeof(((struct flow_key *)0)->member), .shift = (shift_), .n_bits = (bits)
#define WHOLE(member) AT(member, 0, 8 * sizeof(((struct flow_key *)0)->member))
/* The IPv4 part of an address of IPv6. */
#define MAPPED(member)                                                                             \
	.ofs = offsetof(struct flow_key, member) + 12, .n_bytes = 4, .shift = 0, .n_bits = 32

#define ROW(id) [FLOW_FIELD_##id] =

/* Properties of a field. */
#define HOST .host_order = true
#define MASK .maskable = true
#define EXACT MASK, .exact = true
#define SET .settable = true
#define FORM(fmt, need) .format = FLOW_FMT_##fmt, .prereq = FLOW_PREREQ_##need

/* clang-format off */
const struct flow_field flow_fields[FLOW_N_FIELDS] = {
	ROW(IN_PORT) {"in_port", NULL, WHOLE(in_port), HOST, FORM(PORT, NONE)},
	ROW(RECIRC_ID) {"recirc_id", NULL, WHOLE(recirc_id), HOST, FORM(HEX, NONE)},
	ROW(PKT_MARK) {"pkt_mark", "skb_mark", WHOLE(skb_mark), HOST, MASK, SET, FORM(HEX, NONE)},
	ROW(DP_HASH) {"dp_hash", NULL, WHOLE(dp_hash), HOST, MASK, FORM(HEX, NONE)},
	ROW(CT_STATE) {"ct_state", NULL, WHOLE(ct_state), HOST, MASK, FORM(CT_STATE, NONE)},
	ROW(CT_ZONE) {"ct_zone", NULL, WHOLE(ct_zone), HOST, EXACT, FORM(DEC, NONE)},
	ROW(CT_MARK) {"ct_mark", NULL, WHOLE(ct_mark), HOST, MASK, FORM(HEX, NONE)},
	ROW(CT_LABEL) {"ct_label", NULL, WHOLE(ct_label), MASK, FORM(BYTES, NONE)},
	ROW(CT_NW_PROTO) {"ct_nw_proto", NULL, WHOLE(ct_nw_proto), EXACT, FORM(DEC, CT)},
	ROW(CT_NW_SRC) {"ct_nw_src", NULL, MAPPED(ct_src), MASK, FORM(IP4, CT4)},
	ROW(CT_NW_DST) {"ct_nw_dst", NULL, MAPPED(ct_dst), MASK, FORM(IP4, CT4)},
	ROW(CT_IPV6_SRC) {"ct_ipv6_src", NULL, WHOLE(ct_src), MASK, FORM(IP6, CT6)},
	ROW(CT_IPV6_DST) {"ct_ipv6_dst", NULL, WHOLE(ct_dst), MASK, FORM(IP6, CT6)},
	ROW(CT_TP_SRC) {"ct_tp_src", NULL, WHOLE(ct_tp_src), MASK, FORM(DEC, CT)},
	ROW(CT_TP_DST) {"ct_tp_dst", NULL, WHOLE(ct_tp_dst), MASK, FORM(DEC, CT)},
	ROW(TUN_ID) {"tun_id", "tunnel_id", WHOLE(tun.id), MASK, SET, FORM(HEX, NONE)},
	ROW(TUN_SRC) {"tun_src", NULL, MAPPED(tun.src), MASK, SET, FORM(IP4, NONE)},
	ROW(TUN_DST) {"tun_dst", NULL, MAPPED(tun.dst), MASK, SET, FORM(IP4, NONE)},
	ROW(TUN_IPV6_SRC) {"tun_ipv6_src", NULL, WHOLE(tun.src), MASK, SET, FORM(IP6, NONE)},
	ROW(TUN_IPV6_DST) {"tun_ipv6_dst", NULL, WHOLE(tun.dst), MASK, SET, FORM(IP6, NONE)},
	ROW(TUN_TOS) {"tun_tos", NULL, WHOLE(tun.tos), EXACT, SET, FORM(HEX, NONE)},
	ROW(TUN_TTL) {"tun_ttl", NULL, WHOLE(tun.ttl), EXACT, SET, FORM(DEC, NONE)},
	ROW(TUN_FLAGS) {"tun_flags", NULL, WHOLE(tun.flags), HOST, MASK, SET, FORM(HEX, NONE)},
	ROW(TUN_TP_SRC) {"tun_tp_src", NULL, WHOLE(tun.tp_src), MASK, SET, FORM(DEC, NONE)},
	ROW(TUN_TP_DST) {"tun_tp_dst", NULL, WHOLE(tun.tp_dst), MASK, SET, FORM(DEC, NONE)},
	ROW(TUN_OPTS) {"tun_opts", NULL, WHOLE(tun.opts), MASK, FORM(BYTES, NONE)},

	ROW(ETH_SRC) {"dl_src", "eth_src", WHOLE(eth_src), MASK, SET, FORM(MAC, NONE)},
	ROW(ETH_DST) {"dl_dst", "eth_dst", WHOLE(eth_dst), MASK, SET, FORM(MAC, NONE)},
	ROW(ETH_TYPE) {"dl_type", "eth_type", WHOLE(eth_type), FORM(HEX, NONE)},
	ROW(VLAN_TPID) {"vlan_tpid", NULL, WHOLE(vlan[0].tpid), FORM(HEX, NONE)},
	ROW(VLAN_TCI) {"vlan_tci", NULL, WHOLE(vlan[0].tci), MASK, SET, FORM(HEX, NONE)},
	ROW(VLAN_VID) {"dl_vlan", "vlan_vid", AT(vlan[0].tci, 0, 12), MASK, SET, FORM(DEC, VLAN)},
	ROW(VLAN_PCP) {"dl_vlan_pcp", "vlan_pcp", AT(vlan[0].tci, 13, 3), EXACT, SET, FORM(DEC, VLAN)},
	ROW(INNER_VLAN_TPID) {"inner_vlan_tpid", NULL, WHOLE(vlan[1].tpid), FORM(HEX, VLAN)},
	ROW(INNER_VLAN_TCI) {"inner_vlan_tci", NULL, WHOLE(vlan[1].tci), MASK, SET, FORM(HEX, VLAN)},
	ROW(MPLS_LSE0) {"mpls_lse0", NULL, WHOLE(mpls[0]), MASK, FORM(HEX, MPLS)},
	ROW(MPLS_LABEL) {"mpls_label", NULL, AT(mpls[0], 12, 20), EXACT, SET, FORM(DEC, MPLS)},
	ROW(MPLS_TC) {"mpls_tc", NULL, AT(mpls[0], 9, 3), EXACT, SET, FORM(DEC, MPLS)},
	ROW(MPLS_BOS) {"mpls_bos", NULL, AT(mpls[0], 8, 1), FORM(DEC, MPLS)},
	ROW(MPLS_TTL) {"mpls_ttl", NULL, AT(mpls[0], 0, 8), EXACT, SET, FORM(DEC, MPLS)},
	ROW(MPLS_LSE1) {"mpls_lse1", NULL, WHOLE(mpls[1]), MASK, FORM(HEX, MPLS)},
	ROW(MPLS_LSE2) {"mpls_lse2", NULL, WHOLE(mpls[2]), MASK, FORM(HEX, MPLS)},
	ROW(MPLS_LSE3) {"mpls_lse3", NULL, WHOLE(mpls[3]), MASK, FORM(HEX, MPLS)},

	ROW(NW_SRC) {"nw_src", "ip_src", WHOLE(nw_src), MASK, SET, FORM(IP4, IP4)},
	ROW(NW_DST) {"nw_dst", "ip_dst", WHOLE(nw_dst), MASK, SET, FORM(IP4, IP4)},
	ROW(IPV6_SRC) {"ipv6_src", NULL, WHOLE(ipv6_src), MASK, SET, FORM(IP6, IP6)},
	ROW(IPV6_DST) {"ipv6_dst", NULL, WHOLE(ipv6_dst), MASK, SET, FORM(IP6, IP6)},
	ROW(IPV6_LABEL) {"ipv6_label", NULL, AT(ipv6_label, 0, 20), MASK, SET, FORM(HEX, IP6)},
	ROW(NW_PROTO) {"nw_proto", "ip_proto", WHOLE(nw_proto), FORM(DEC, IP)},
	ROW(NW_TOS) {"nw_tos", NULL, WHOLE(nw_tos), EXACT, SET, FORM(DEC, IP)},
	ROW(IP_DSCP) {"ip_dscp", NULL, AT(nw_tos, 2, 6), EXACT, SET, FORM(DEC, IP)},
	ROW(NW_ECN) {"nw_ecn", "ip_ecn", AT(nw_tos, 0, 2), EXACT, SET, FORM(DEC, IP)},
	ROW(NW_TTL) {"nw_ttl", "ip_ttl", WHOLE(nw_ttl), EXACT, SET, FORM(DEC, IP)},
	ROW(NW_FRAG) {"nw_frag", "ip_frag", AT(nw_frag, 0, 2), MASK, FORM(FRAG, IP)},

	ROW(ARP_OP) {"arp_op", NULL, WHOLE(nw_proto), SET, FORM(DEC, ARP)},
	ROW(ARP_SPA) {"arp_spa", NULL, WHOLE(nw_src), MASK, SET, FORM(IP4, ARP)},
	ROW(ARP_TPA) {"arp_tpa", NULL, WHOLE(nw_dst), MASK, SET, FORM(IP4, ARP)},
	ROW(ARP_SHA) {"arp_sha", NULL, WHOLE(arp_sha), MASK, SET, FORM(MAC, ARP)},
	ROW(ARP_THA) {"arp_tha", NULL, WHOLE(arp_tha), MASK, SET, FORM(MAC, ARP)},
	ROW(ND_TARGET) {"nd_target", NULL, WHOLE(nd_target), MASK, SET, FORM(IP6, ND)},
	ROW(ND_SLL) {"nd_sll", NULL, WHOLE(arp_sha), MASK, SET, FORM(MAC, ND_SOL)},
	ROW(ND_TLL) {"nd_tll", NULL, WHOLE(arp_tha), MASK, SET, FORM(MAC, ND_ADV)},

	ROW(TCP_SRC) {"tcp_src", "tp_src", WHOLE(tp_src), MASK, SET, FORM(DEC, TCP)},
	ROW(TCP_DST) {"tcp_dst", "tp_dst", WHOLE(tp_dst), MASK, SET, FORM(DEC, TCP)},
	ROW(TCP_FLAGS) {"tcp_flags", NULL, AT(tcp_flags, 0, 12), MASK, FORM(TCP_FLAGS, TCP)},
	ROW(UDP_SRC) {"udp_src", NULL, WHOLE(tp_src), MASK, SET, FORM(DEC, UDP)},
	ROW(UDP_DST) {"udp_dst", NULL, WHOLE(tp_dst), MASK, SET, FORM(DEC, UDP)},
	ROW(SCTP_SRC) {"sctp_src", NULL, WHOLE(tp_src), MASK, SET, FORM(DEC, SCTP)},
	ROW(SCTP_DST) {"sctp_dst", NULL, WHOLE(tp_dst), MASK, SET, FORM(DEC, SCTP)},
	ROW(ICMP_TYPE) {"icmp_type", "icmpv4_type", AT(tp_src, 0, 8), SET, FORM(DEC, ICMP4)},
	ROW(ICMP_CODE) {"icmp_code", "icmpv4_code", AT(tp_dst, 0, 8), SET, FORM(DEC, ICMP4)},
	ROW(ICMPV6_TYPE) {"icmpv6_type", NULL, AT(tp_src, 0, 8), SET, FORM(DEC, ICMP6)},
	ROW(ICMPV6_CODE) {"icmpv6_code", NULL, AT(tp_dst, 0, 8), SET, FORM(DEC, ICMP6)},
};
/* clang-format on */

static bool
word_in_list(const char *list, const char *word, size_t n_word)
{
	while (list && *list) {
		size_t n = strcspn(list, " ");

		if (n == n_word && !memcmp(list, word, n))
			return true;
		list += n + strspn(list + n, " ");
	}
	return false;
}

int
flow_field_find(const struct flow_field *table, int n, const char *name, size_t n_name)
{
	if (!n_name)
		return -1;
	for (int i = 0; i < n; i++) {
		if (strlen(table[i].name) == n_name && !memcmp(table[i].name, name, n_name))
			return i;
	}
	for (int i = 0; i < n; i++) {
		if (word_in_list(table[i].aliases, name, n_name))
			return i;
	}
	return -1;
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "host integers are copied by low bytes");

/* All other fields have at most 8 bytes and are handled as integers. */
static bool
is_byte_string(const struct flow_field *f)
{
	return !f->host_order && !f->shift && f->n_bits == 8 * f->n_bytes;
}

static uint64_t
low_bits(unsigned int n)
{
	return n < 64 ? (UINT64_C(1) << n) - 1 : UINT64_MAX;
}

static uint64_t
storage_load(const struct flow_field *f, const uint8_t *p)
{
	uint64_t v = 0;
	be32 v32;
	be16 v16;

	if (f->host_order) {
		memcpy(&v, p, f->n_bytes);
	} else if (f->n_bytes == sizeof v32) {
		memcpy(&v32, p, sizeof v32);
		v = ntohl(v32);
	} else if (f->n_bytes == sizeof v16) {
		memcpy(&v16, p, sizeof v16);
		v = ntohs(v16);
	} else {
		for (int i = 0; i < f->n_bytes; i++)
			v = v << 8 | p[i];
	}
	return v;
}

static void
storage_store(const struct flow_field *f, uint8_t *p, uint64_t v)
{
	be32 v32 = htonl((uint32_t)v);
	be16 v16 = htons((uint16_t)v);

	if (f->host_order)
		memcpy(p, &v, f->n_bytes);
	else if (f->n_bytes == sizeof v32)
		memcpy(p, &v32, sizeof v32);
	else if (f->n_bytes == sizeof v16)
		memcpy(p, &v16, sizeof v16);
	else
		for (int i = f->n_bytes; i > 0; i--, v >>= 8)
			p[i - 1] = (uint8_t)v;
}

void
flow_field_get(const struct flow_field *f, const void *key, struct flow_value *out)
{
	const uint8_t *p = (const uint8_t *)key + f->ofs;

	if (is_byte_string(f)) {
		memset(out, 0, sizeof *out);
		memcpy(out->b + FLOW_VALUE_BYTES - f->n_bytes, p, f->n_bytes);
		return;
	}
	*out = flow_value_from_u64(storage_load(f, p) >> f->shift & low_bits(f->n_bits));
}

void
flow_field_set(const struct flow_field *f, void *key, const struct flow_value *value)
{
	uint8_t *p = (uint8_t *)key + f->ofs;

	if (is_byte_string(f)) {
		memcpy(p, value->b + FLOW_VALUE_BYTES - f->n_bytes, f->n_bytes);
		return;
	}

	uint64_t bits = low_bits(f->n_bits);
	uint64_t v = storage_load(f, p) & ~(bits << f->shift);

	storage_store(f, p, v | (flow_value_u64(value) & bits) << f->shift);
}

uint64_t
flow_field_number(const struct flow_field *f, const void *key)
{
	return storage_load(f, (const uint8_t *)key + f->ofs) >> f->shift &
	       flow_field_number_ones(f);
}

void
flow_field_number_set(const struct flow_field *f, void *key, uint64_t value, uint64_t mask)
{
	uint8_t *p = (uint8_t *)key + f->ofs;
	uint64_t bits = (mask & flow_field_number_ones(f)) << f->shift;

	storage_store(f, p, (storage_load(f, p) & ~bits) | (value << f->shift & bits));
}

/* Copies the bits of up to 8 bytes that 'mask' has. 'n' is constant. */
static inline void
bits_set(uint8_t *to, const uint8_t *value, const uint8_t *mask, size_t n)
{
	uint64_t t = 0, v = 0, m = 0;

	memcpy(&t, to, n);
	memcpy(&v, value, n);
	memcpy(&m, mask, n);
	t = (t & ~m) | (v & m);
	memcpy(to, &t, n);
}

static void
bytes_set(uint8_t *to, const uint8_t *value, const uint8_t *mask, size_t n)
{
	size_t i = 0;

	for (; i + 8 <= n; i += 8)
		bits_set(to + i, value + i, mask + i, 8);
	if (n & 4)
		bits_set(to + i, value + i, mask + i, 4);
	i += n & 4;
	if (n & 2)
		bits_set(to + i, value + i, mask + i, 2);
	i += n & 2;
	if (n & 1)
		bits_set(to + i, value + i, mask + i, 1);
}

void
flow_field_set_masked(const struct flow_field *f, void *key, const struct flow_value *value,
		      const struct flow_value *mask)
{
	const size_t ofs = FLOW_VALUE_BYTES - f->n_bytes;
	uint8_t *p = (uint8_t *)key + f->ofs;
	uint64_t bits;

	if (is_byte_string(f)) {
		bytes_set(p, value->b + ofs, mask->b + ofs, f->n_bytes);
		return;
	}
	bits = flow_value_u64(mask) & low_bits(f->n_bits);
	storage_store(f, p,
		      (storage_load(f, p) & ~(bits << f->shift)) | (flow_value_u64(value) & bits)
									   << f->shift);
}

#define ONES_8 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
#define ONES_64 ONES_8, ONES_8, ONES_8, ONES_8, ONES_8, ONES_8, ONES_8, ONES_8

void
flow_field_ones(const struct flow_field *f, struct flow_value *out)
{
	static const uint8_t ones[2 * FLOW_VALUE_BYTES] = {
		[FLOW_VALUE_BYTES] = ONES_64,
	};
	int n_whole = f->n_bits / 8;

	memcpy(out->b, ones + n_whole, sizeof out->b);
	if (f->n_bits % 8)
		out->b[FLOW_VALUE_BYTES - n_whole - 1] = (uint8_t)low_bits(f->n_bits % 8);
}

void
flow_field_mask_exact(const struct flow_field *f, void *mask_key)
{
	struct flow_value ones;

	flow_field_ones(f, &ones);
	flow_field_set(f, mask_key, &ones);
}

uint64_t
flow_value_u64(const struct flow_value *v)
{
	uint64_t out;

	memcpy(&out, v->b + FLOW_VALUE_BYTES - sizeof out, sizeof out);
	return be64toh(out);
}

struct flow_value
flow_value_from_u64(uint64_t v)
{
	struct flow_value out = {{0}};

	v = htobe64(v);
	memcpy(out.b + FLOW_VALUE_BYTES - sizeof v, &v, sizeof v);
	return out;
}

static bool
eth_type_is(uint16_t a, uint16_t b, const struct flow_key *key, struct flow_key *mask)
{
	if (mask)
		mask->eth_type = UINT16_MAX;
	return key->eth_type == htons(a) || key->eth_type == htons(b);
}

/* A later fragment has the protocol's number, but none of its header. */
static bool
proto_is(uint8_t proto, const struct flow_key *key, struct flow_key *mask)
{
	if (mask)
		mask->nw_proto = UINT8_MAX;
	if (key->nw_proto != proto)
		return false;
	if (mask)
		mask->nw_frag |= FLOW_FRAG_LATER;
	return !(key->nw_frag & FLOW_FRAG_LATER);
}

static bool
nd_type_is(uint8_t a, uint8_t b, const struct flow_key *key, struct flow_key *mask)
{
	if (!eth_type_is(ETHERTYPE_IPV6, ETHERTYPE_IPV6, key, mask) ||
	    !proto_is(IPPROTO_ICMPV6, key, mask))
		return false;
	if (mask) {
		mask->tp_src |= htons(0xff);
		mask->tp_dst |= htons(0xff);
	}
	return (key->tp_src == htons(a) || key->tp_src == htons(b)) && !key->tp_dst;
}

static bool
ip_proto_is(uint8_t proto, const struct flow_key *key, struct flow_key *mask)
{
	return eth_type_is(ETHERTYPE_IP, ETHERTYPE_IPV6, key, mask) && proto_is(proto, key, mask);
}

static bool
has_connection(const struct flow_key *key, struct flow_key *mask)
{
	if (mask)
		mask->ct_state |= FLOW_CT_STATE_VALID;
	return key->ct_state & FLOW_CT_STATE_VALID;
}

bool
flow_prereq_matched(enum flow_prereq p, const struct flow_key *key, const struct flow_key *mask)
{
	const uint8_t connected = FLOW_CT_STATE_VALID | FLOW_CT_STATE_REPLY |
				  FLOW_CT_STATE_SRC_NAT | FLOW_CT_STATE_DST_NAT;

	const uint8_t state = key->ct_state & mask->ct_state;

	if (flow_prereq_early(p) != FLOW_PREREQ_CT)
		return flow_prereq_ok(p, key, NULL);
	if ((p == FLOW_PREREQ_CT4 && !flow_prereq_ok(FLOW_PREREQ_IP4, key, NULL)) ||
	    (p == FLOW_PREREQ_CT6 && !flow_prereq_ok(FLOW_PREREQ_IP6, key, NULL)))
		return false;
	return state & connected ||
	       (state & FLOW_CT_STATE_TRACKED && mask->ct_state & ~state & FLOW_CT_STATE_INVALID);
}

bool
flow_prereq_ok(enum flow_prereq p, const struct flow_key *key, struct flow_key *mask)
{
	switch (p) {
	case FLOW_PREREQ_NONE:
		return true;
	case FLOW_PREREQ_VLAN:
		if (mask)
			mask->vlan[0].tci |= htons(FLOW_VLAN_CFI);
		return key->vlan[0].tci & htons(FLOW_VLAN_CFI);
	case FLOW_PREREQ_CT:
		return eth_type_is(ETHERTYPE_IP, ETHERTYPE_IPV6, key, mask) &&
		       has_connection(key, mask);
	case FLOW_PREREQ_CT4:
		return eth_type_is(ETHERTYPE_IP, ETHERTYPE_IP, key, mask) &&
		       has_connection(key, mask);
	case FLOW_PREREQ_CT6:
		return eth_type_is(ETHERTYPE_IPV6, ETHERTYPE_IPV6, key, mask) &&
		       has_connection(key, mask);
	case FLOW_PREREQ_MPLS:
		return eth_type_is(ETH_TYPE_MPLS, ETH_TYPE_MPLS_MULTICAST, key, mask);
	case FLOW_PREREQ_IP4:
		return eth_type_is(ETHERTYPE_IP, ETHERTYPE_IP, key, mask);
	case FLOW_PREREQ_IP6:
		return eth_type_is(ETHERTYPE_IPV6, ETHERTYPE_IPV6, key, mask);
	case FLOW_PREREQ_IP:
		return eth_type_is(ETHERTYPE_IP, ETHERTYPE_IPV6, key, mask);
	case FLOW_PREREQ_ARP:
		return eth_type_is(ETHERTYPE_ARP, ETHERTYPE_REVARP, key, mask);
	case FLOW_PREREQ_TCP:
		return ip_proto_is(IPPROTO_TCP, key, mask);
	case FLOW_PREREQ_UDP:
		return ip_proto_is(IPPROTO_UDP, key, mask);
	case FLOW_PREREQ_SCTP:
		return ip_proto_is(IPPROTO_SCTP, key, mask);
	case FLOW_PREREQ_ICMP4:
		return eth_type_is(ETHERTYPE_IP, ETHERTYPE_IP, key, mask) &&
		       proto_is(IPPROTO_ICMP, key, mask);
	case FLOW_PREREQ_ICMP6:
		return eth_type_is(ETHERTYPE_IPV6, ETHERTYPE_IPV6, key, mask) &&
		       proto_is(IPPROTO_ICMPV6, key, mask);
	case FLOW_PREREQ_ND:
		return nd_type_is(ND_NEIGHBOR_SOLICIT, ND_NEIGHBOR_ADVERT, key, mask);
	case FLOW_PREREQ_ND_SOL:
		return nd_type_is(ND_NEIGHBOR_SOLICIT, ND_NEIGHBOR_SOLICIT, key, mask);
	case FLOW_PREREQ_ND_ADV:
		return nd_type_is(ND_NEIGHBOR_ADVERT, ND_NEIGHBOR_ADVERT, key, mask);
	}
	return false;
}
