/* SPDX-License-Identifier: Apache-2.0 */
/* 'left' has the mask bits that no item has expressed yet. At the end, bits of headers that these
 * packets cannot have are dropped if required to be 0, which is always true; any other bit is
 * refused. */
#include "pattern.h"

#include "bits.h"

#include <errno.h>
#include <net/ethernet.h>
#include <netinet/in.h>

#define ETHERTYPE_MIN 0x600 /* smaller values are lengths */

struct compiler {
	const struct rteflow_dialect *d;
	const struct flow_match *m;
	const struct flow_key *key, *mask;
	struct flow_key left;
	struct rteflow_pattern *out;
	struct nic_refusal *why;
	bool typed; /* eth_type is matched exactly */
	enum rteflow_tag tags[FLOW_VLANS];
};

#define DONE(c, member) memset(&(c)->left.member, 0, sizeof(c)->left.member)
#define COPY(c, layer, member)                                                                     \
	do {                                                                                       \
		memcpy(&(c)->out->spec.layer, &(c)->key->member, sizeof(c)->key->member);          \
		memcpy(&(c)->out->mask.layer, &(c)->mask->member, sizeof(c)->mask->member);        \
		DONE(c, member);                                                                   \
	} while (0)

static bool
all_zero(const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++) {
		if (b[i])
			return false;
	}
	return true;
}

/* Returns true if the device supports a field, or the mask does not contain it. */
static bool
takes(struct compiler *c, enum flow_field_id id)
{
	struct flow_value v;

	flow_field_get(&flow_fields[id], c->mask, &v);
	if (all_zero(&v, sizeof v) || rteflow_bit(c->d->caps.fields, id))
		return true;
	nic_refuse_field(c->why, NIC_REASON_FIELD, id, NULL);
	return false;
}

static bool
takes_all(struct compiler *c, const uint8_t *ids, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (!takes(c, ids[i]))
			return false;
	}
	return true;
}

/* Appends an item, without a spec if its mask is empty. */
static void
item_add(struct compiler *c, enum rte_flow_item_type type, const void *spec, const void *mask,
	 size_t n, enum flow_field_id blame)
{
	bool any = all_zero(mask, n);

	c->out->fields[c->out->n] = (uint8_t)blame;
	c->out->items[c->out->n++] = (struct rte_flow_item){
		.type = type, .spec = any ? NULL : spec, .mask = any ? NULL : mask};
}

#define ITEM_ADD(c, type, layer, blame)                                                            \
	item_add(c, RTE_FLOW_ITEM_TYPE_##type, &(c)->out->spec.layer, &(c)->out->mask.layer,       \
		 sizeof(c)->out->spec.layer, FLOW_FIELD_##blame)

static int
compile_port(struct compiler *c, uint16_t dev_id)
{
	struct rteflow_layers *spec = &c->out->spec, *mask = &c->out->mask;

	if (c->mask->in_port != UINT32_MAX)
		return nic_refuse_field(c->why, NIC_REASON_FIELD_MASK, FLOW_FIELD_IN_PORT, NULL);
	DONE(c, in_port);
	if (c->d->item_represented_port) {
		spec->ethdev.port_id = dev_id;
		mask->ethdev.port_id = UINT16_MAX;
		ITEM_ADD(c, REPRESENTED_PORT, ethdev, IN_PORT);
	} else {
		spec->port_id.id = dev_id;
		mask->port_id.id = UINT32_MAX;
		ITEM_ADD(c, PORT_ID, port_id, IN_PORT);
	}
	return 0;
}

enum rteflow_tag
rteflow_tag(const struct flow_match *m, unsigned int i)
{
	const struct flow_vlan *key = &m->key.vlan[i], *mask = &m->mask.vlan[i];
	bool matches_cfi = mask->tci & htons(FLOW_VLAN_CFI);
	bool tagged = key->tci & htons(FLOW_VLAN_CFI);

	if (mask->tpid && mask->tpid != UINT16_MAX)
		return RTEFLOW_TAG_UNCLEAR;
	if (mask->tpid && matches_cfi && tagged != !!key->tpid)
		return RTEFLOW_TAG_UNCLEAR;
	if (mask->tpid || matches_cfi) {
		if (mask->tpid ? key->tpid : tagged)
			return RTEFLOW_TAG_PRESENT;
		return key->tci & mask->tci ? RTEFLOW_TAG_UNCLEAR : RTEFLOW_TAG_ABSENT;
	}
	return mask->tci ? RTEFLOW_TAG_UNCLEAR : RTEFLOW_TAG_ANY;
}

static enum flow_field_id
tag_field(const struct compiler *c, unsigned int i)
{
	if (c->mask->vlan[i].tci)
		return i ? FLOW_FIELD_INNER_VLAN_TCI : FLOW_FIELD_VLAN_TCI;
	return i ? FLOW_FIELD_INNER_VLAN_TPID : FLOW_FIELD_VLAN_TPID;
}

static int
refuse_tag(struct compiler *c, unsigned int i, const char *detail)
{
	return nic_refuse_field(c->why, NIC_REASON_FIELD_MASK, tag_field(c, i), detail);
}

static int
check_tags(struct compiler *c)
{
	static const uint8_t fields[] = {FLOW_FIELD_VLAN_VID, FLOW_FIELD_VLAN_PCP,
					 FLOW_FIELD_VLAN_TPID};
	static const uint8_t inner[] = {FLOW_FIELD_INNER_VLAN_TCI, FLOW_FIELD_INNER_VLAN_TPID};

	for (unsigned int i = 0; i < FLOW_VLANS; i++) {
		c->tags[i] = rteflow_tag(c->m, i);
		if (c->tags[i] == RTEFLOW_TAG_UNCLEAR)
			return refuse_tag(c, i, "tag bits without the tag's presence");
	}
	/* A packet without an outer tag has no inner one, so its absence is implied. */
	if (c->tags[0] == RTEFLOW_TAG_ABSENT && c->tags[1] == RTEFLOW_TAG_ABSENT)
		c->tags[1] = RTEFLOW_TAG_ANY;
	if (c->tags[0] != RTEFLOW_TAG_PRESENT && c->tags[1] != RTEFLOW_TAG_ANY)
		return refuse_tag(c, 1, "inner tag without the outer one");
	if (c->d->first_tag_only && c->tags[1] == RTEFLOW_TAG_ABSENT)
		return refuse_tag(c, 1, "one tag: the device takes two as well");
	if (c->tags[0] == RTEFLOW_TAG_PRESENT && !takes_all(c, fields, sizeof fields))
		return -EOPNOTSUPP;
	if (c->tags[1] == RTEFLOW_TAG_PRESENT && !takes_all(c, inner, sizeof inner))
		return -EOPNOTSUPP;
	return 0;
}

/* Returns the type after 'n_tags' tags: the next tag's TPID, or the payload's type. */
static be16
type_after(const struct compiler *c, const struct flow_key *of, unsigned int n_tags)
{
	if (n_tags < FLOW_VLANS && c->tags[n_tags] == RTEFLOW_TAG_PRESENT)
		return of->vlan[n_tags].tpid;
	return of->eth_type;
}

/* Requires that no tag follows. An exact type implies it. */
static int
require_no_tag(struct compiler *c, unsigned int n_tags)
{
	struct rteflow_layers *mask = &c->out->mask;

	if (n_tags == FLOW_VLANS || c->tags[n_tags] != RTEFLOW_TAG_ABSENT)
		return 0;
	if (c->d->has_vlan && !n_tags)
		mask->eth.has_vlan = 1;
	else if (c->d->has_vlan && !c->typed)
		mask->vlan[n_tags - 1].has_more_vlan = 1;
	else if (!c->typed)
		return nic_refuse_field(c->why, NIC_REASON_FIELD_MASK,
					n_tags ? FLOW_FIELD_INNER_VLAN_TCI : FLOW_FIELD_VLAN_TCI,
					"no tag, without the type");
	return 0;
}

static int
compile_eth(struct compiler *c)
{
	static const uint8_t fields[] = {FLOW_FIELD_ETH_DST, FLOW_FIELD_ETH_SRC,
					 FLOW_FIELD_ETH_TYPE};
	struct rteflow_layers *spec = &c->out->spec, *mask = &c->out->mask;

	if (c->mask->eth_type && (!c->typed || ntohs(c->key->eth_type) < ETHERTYPE_MIN))
		return nic_refuse_field(c->why, NIC_REASON_FIELD_MASK, FLOW_FIELD_ETH_TYPE,
					c->typed ? "not an EtherType" : NULL);
	if (!takes_all(c, fields, sizeof fields) || check_tags(c))
		return -EOPNOTSUPP;
	COPY(c, eth.hdr.dst_addr, eth_dst);
	COPY(c, eth.hdr.src_addr, eth_src);
	spec->eth.hdr.ether_type = type_after(c, c->key, 0);
	mask->eth.hdr.ether_type = type_after(c, c->mask, 0);
	if (require_no_tag(c, 0))
		return -EOPNOTSUPP;
	DONE(c, eth_type);
	ITEM_ADD(c, ETH, eth, ETH_TYPE);
	return 0;
}

static int
compile_tags(struct compiler *c)
{
	for (unsigned int i = 0; i < FLOW_VLANS && c->tags[i] == RTEFLOW_TAG_PRESENT; i++) {
		struct rte_flow_item_vlan *spec = &c->out->spec.vlan[i];
		struct rte_flow_item_vlan *mask = &c->out->mask.vlan[i];

		spec->hdr.vlan_tci = c->key->vlan[i].tci & htons(~FLOW_VLAN_CFI & 0xffff);
		mask->hdr.vlan_tci = c->mask->vlan[i].tci & htons(~FLOW_VLAN_CFI & 0xffff);
		spec->hdr.eth_proto = type_after(c, c->key, i + 1);
		mask->hdr.eth_proto = type_after(c, c->mask, i + 1);
		if (require_no_tag(c, i + 1))
			return -EOPNOTSUPP;
		item_add(c, RTE_FLOW_ITEM_TYPE_VLAN, spec, mask, sizeof *spec,
			 i ? FLOW_FIELD_INNER_VLAN_TCI : FLOW_FIELD_VLAN_TCI);
	}
	DONE(c, vlan);
	c->out->untagged = c->tags[0] == RTEFLOW_TAG_ABSENT;
	c->out->s_tagged = c->tags[0] == RTEFLOW_TAG_PRESENT &&
			   c->mask->vlan[0].tpid == UINT16_MAX &&
			   c->key->vlan[0].tpid == htons(RTE_ETHER_TYPE_QINQ);
	return 0;
}

void
rteflow_pattern_dei_zero(struct rteflow_pattern *p)
{
	for (unsigned int i = 0; i < p->n; i++) {
		struct rte_flow_item *item = &p->items[i];

		if (item->type != RTE_FLOW_ITEM_TYPE_VLAN)
			continue;
		p->mask.vlan[0].hdr.vlan_tci |= htons(FLOW_VLAN_CFI);
		item->spec = &p->spec.vlan[0];
		item->mask = &p->mask.vlan[0];
		return;
	}
}

#define IP4_FRAG (RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK)

/* Fragment matches: each as a value of the IPv4 field, or as the range up to 'last'. */
static const struct frag4 {
	uint8_t key, mask; /* of nw_frag */
	uint8_t needs;	   /* RTEFLOW_FRAG_*; 0: none */
	uint16_t spec, last, bits;
} frag4_rows[] = {
	{0, FLOW_FRAG_ANY, 0, 0, 0, IP4_FRAG},
	{0, FLOW_FRAG_ANY | FLOW_FRAG_LATER, 0, 0, 0, IP4_FRAG},
	{0, FLOW_FRAG_LATER, 0, 0, 0, RTE_IPV4_HDR_OFFSET_MASK},
	{FLOW_FRAG_ANY, FLOW_FRAG_ANY, RTEFLOW_FRAG_ANY, 1, IP4_FRAG, IP4_FRAG},
	{FLOW_FRAG_ANY, FLOW_FRAG_ANY | FLOW_FRAG_LATER, RTEFLOW_FRAG_FIRST, RTE_IPV4_HDR_MF_FLAG,
	 0, IP4_FRAG},
	{FLOW_FRAG_LATER, FLOW_FRAG_LATER, RTEFLOW_FRAG_LATER, 1, RTE_IPV4_HDR_OFFSET_MASK,
	 RTE_IPV4_HDR_OFFSET_MASK},
	{FLOW_FRAG_ANY | FLOW_FRAG_LATER, FLOW_FRAG_ANY | FLOW_FRAG_LATER, RTEFLOW_FRAG_LATER, 1,
	 RTE_IPV4_HDR_OFFSET_MASK, RTE_IPV4_HDR_OFFSET_MASK},
};

static const struct frag4 *
frag4_find(uint8_t key, uint8_t mask)
{
	for (size_t i = 0; i < sizeof frag4_rows / sizeof frag4_rows[0]; i++) {
		if (frag4_rows[i].key == key && frag4_rows[i].mask == mask)
			return &frag4_rows[i];
	}
	return NULL;
}

/* Sets '*last' to the end of a range, or 0. */
static int
compile_frag4(struct compiler *c, uint16_t *last)
{
	static const char *const missing[] = {
		[RTEFLOW_FRAG_ANY] = "the device takes no range for a fragment",
		[RTEFLOW_FRAG_FIRST] = "the device tells no first fragment",
		[RTEFLOW_FRAG_LATER] = "the device tells no later fragment"};
	const struct frag4 *row;

	*last = 0;
	if (!c->mask->nw_frag)
		return 0;
	row = frag4_find(c->key->nw_frag, c->mask->nw_frag);
	if (!row || (row->needs & ~c->d->frags))
		return nic_refuse_field(c->why, NIC_REASON_FIELD_MASK, FLOW_FIELD_NW_FRAG,
					row ? missing[row->needs] : NULL);
	c->out->spec.ip4.hdr.fragment_offset = htons(row->spec);
	c->out->mask.ip4.hdr.fragment_offset = htons(row->bits);
	*last = row->last;
	DONE(c, nw_frag);
	return 0;
}

/* The end of a range is a whole item; fields without a range are equal in both. */
static void
frag4_range_set(struct compiler *c, uint16_t last)
{
	struct rteflow_pattern *p = c->out;

	if (!last)
		return;
	p->ip4_last = p->spec.ip4;
	p->ip4_last.hdr.fragment_offset = htons(last);
	p->items[p->n - 1].last = &p->ip4_last;
	p->fields[p->n - 1] = FLOW_FIELD_NW_FRAG;
}

static int
compile_ip4(struct compiler *c)
{
	static const uint8_t fields[] = {FLOW_FIELD_NW_SRC,  FLOW_FIELD_NW_DST, FLOW_FIELD_NW_PROTO,
					 FLOW_FIELD_IP_DSCP, FLOW_FIELD_NW_ECN, FLOW_FIELD_NW_TTL,
					 FLOW_FIELD_NW_FRAG};

	uint16_t last;

	if (!takes_all(c, fields, sizeof fields) || compile_frag4(c, &last))
		return -EOPNOTSUPP;
	COPY(c, ip4.hdr.src_addr, nw_src);
	COPY(c, ip4.hdr.dst_addr, nw_dst);
	COPY(c, ip4.hdr.next_proto_id, nw_proto);
	COPY(c, ip4.hdr.type_of_service, nw_tos);
	COPY(c, ip4.hdr.time_to_live, nw_ttl);
	ITEM_ADD(c, IPV4, ip4, NW_PROTO);
	frag4_range_set(c, last);
	return 0;
}

/* "No fragment header" is slightly narrower than "not a fragment": a fragment header may also
 * report a whole packet. */
static int
compile_frag6(struct compiler *c)
{
	if (c->key->nw_frag)
		return nic_refuse_field(c->why, NIC_REASON_FIELD_MASK, FLOW_FIELD_NW_FRAG,
					"IPv6: only not-a-fragment");
	c->out->mask.ip6.has_frag_ext = !!c->mask->nw_frag;
	DONE(c, nw_frag);
	return 0;
}

/* The item's protocol is the first next-header field; the key's is the upper layer's. They are
 * equal unless that field is an extension header. */
static int
compile_ip6(struct compiler *c)
{
	static const uint8_t fields[] = {FLOW_FIELD_IPV6_SRC,	FLOW_FIELD_IPV6_DST,
					 FLOW_FIELD_IPV6_LABEL, FLOW_FIELD_NW_PROTO,
					 FLOW_FIELD_IP_DSCP,	FLOW_FIELD_NW_ECN,
					 FLOW_FIELD_NW_TTL,	FLOW_FIELD_NW_FRAG};
	struct rteflow_layers *spec = &c->out->spec, *mask = &c->out->mask;

	if (c->mask->nw_proto &&
	    (c->mask->nw_proto != UINT8_MAX || flow_is_ip6_ext(c->key->nw_proto)))
		return nic_refuse_field(c->why, NIC_REASON_FIELD_MASK, FLOW_FIELD_NW_PROTO,
					"IPv6: an upper-layer protocol, exactly");
	if (!takes_all(c, fields, sizeof fields) || compile_frag6(c))
		return -EOPNOTSUPP;
	COPY(c, ip6.hdr.src_addr, ipv6_src);
	COPY(c, ip6.hdr.dst_addr, ipv6_dst);
	COPY(c, ip6.hdr.proto, nw_proto);
	COPY(c, ip6.hdr.hop_limits, nw_ttl);
	spec->ip6.hdr.vtc_flow = c->key->ipv6_label | htonl((uint32_t)c->key->nw_tos << 20);
	mask->ip6.hdr.vtc_flow = c->mask->ipv6_label | htonl((uint32_t)c->mask->nw_tos << 20);
	DONE(c, ipv6_label);
	DONE(c, nw_tos);
	ITEM_ADD(c, IPV6, ip6, NW_PROTO);
	return 0;
}

static bool
asks_l4(const struct compiler *c)
{
	return c->mask->tp_src || c->mask->tp_dst || c->mask->tcp_flags;
}

static int
compile_tcp(struct compiler *c)
{
	static const uint8_t fields[] = {FLOW_FIELD_TCP_SRC, FLOW_FIELD_TCP_DST,
					 FLOW_FIELD_TCP_FLAGS};
	struct rteflow_layers *spec = &c->out->spec, *mask = &c->out->mask;

	if (!takes_all(c, fields, sizeof fields))
		return -EOPNOTSUPP;
	COPY(c, tcp.hdr.src_port, tp_src);
	COPY(c, tcp.hdr.dst_port, tp_dst);
	spec->tcp.hdr.tcp_flags = (uint8_t)ntohs(c->key->tcp_flags);
	mask->tcp.hdr.tcp_flags = (uint8_t)ntohs(c->mask->tcp_flags);
	spec->tcp.hdr.data_off = (uint8_t)(ntohs(c->key->tcp_flags) >> 8);
	mask->tcp.hdr.data_off = (uint8_t)(ntohs(c->mask->tcp_flags) >> 8);
	DONE(c, tcp_flags);
	ITEM_ADD(c, TCP, tcp, TCP_SRC);
	return 0;
}

static int
compile_udp(struct compiler *c)
{
	static const uint8_t fields[] = {FLOW_FIELD_UDP_SRC, FLOW_FIELD_UDP_DST};

	if (!takes_all(c, fields, sizeof fields))
		return -EOPNOTSUPP;
	COPY(c, udp.hdr.src_port, tp_src);
	COPY(c, udp.hdr.dst_port, tp_dst);
	ITEM_ADD(c, UDP, udp, UDP_SRC);
	return 0;
}

static int
compile_sctp(struct compiler *c)
{
	static const uint8_t fields[] = {FLOW_FIELD_SCTP_SRC, FLOW_FIELD_SCTP_DST};

	if (!takes_all(c, fields, sizeof fields))
		return -EOPNOTSUPP;
	COPY(c, sctp.hdr.src_port, tp_src);
	COPY(c, sctp.hdr.dst_port, tp_dst);
	ITEM_ADD(c, SCTP, sctp, SCTP_SRC);
	return 0;
}

/* Type and code are in the low bytes of the ports. The high bytes are 0 in every key, and stay in
 * 'left' only if required to be something else. */
static int
compile_icmp(struct compiler *c, bool six)
{
	static const uint8_t four_fields[] = {FLOW_FIELD_ICMP_TYPE, FLOW_FIELD_ICMP_CODE};
	static const uint8_t six_fields[] = {FLOW_FIELD_ICMPV6_TYPE, FLOW_FIELD_ICMPV6_CODE};
	struct rteflow_layers *spec = &c->out->spec, *mask = &c->out->mask;
	uint8_t type = (uint8_t)ntohs(c->key->tp_src), code = (uint8_t)ntohs(c->key->tp_dst);
	uint8_t type_mask = (uint8_t)ntohs(c->mask->tp_src);
	uint8_t code_mask = (uint8_t)ntohs(c->mask->tp_dst);

	if (!takes_all(c, six ? six_fields : four_fields, 2))
		return -EOPNOTSUPP;
	c->left.tp_src &= htons(0xff00);
	c->left.tp_dst &= htons(0xff00);
	if (six) {
		spec->icmp6 = (struct rte_flow_item_icmp6){.type = type, .code = code};
		mask->icmp6 = (struct rte_flow_item_icmp6){.type = type_mask, .code = code_mask};
		ITEM_ADD(c, ICMP6, icmp6, ICMPV6_TYPE);
	} else {
		spec->icmp.hdr.icmp_type = type;
		spec->icmp.hdr.icmp_code = code;
		mask->icmp.hdr.icmp_type = type_mask;
		mask->icmp.hdr.icmp_code = code_mask;
		ITEM_ADD(c, ICMP, icmp, ICMP_TYPE);
	}
	return 0;
}

static int
compile_l4(struct compiler *c, bool need_l4)
{
	bool six = c->key->eth_type == htons(ETHERTYPE_IPV6);

	if (c->mask->nw_proto != UINT8_MAX)
		return 0;
	if (!asks_l4(c) && !need_l4)
		return 0;
	switch (c->key->nw_proto) {
	case IPPROTO_TCP:
		return compile_tcp(c);
	case IPPROTO_UDP:
		return compile_udp(c);
	case IPPROTO_SCTP:
		return compile_sctp(c);
	}
	if (asks_l4(c) && c->key->nw_proto == (six ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
		return compile_icmp(c, six);
	return 0;
}

/* Sets the bits that some packet of the match may have set. */
static void
possible_bits(const struct compiler *c, struct flow_key *can)
{
	uint64_t *words = flow_key_words_mut(can);
	size_t from = FLOW_KEY_WORDS;

	flow_key_meaningful(c->key, can);
	if (!c->typed)
		from = FLOW_WORD_L3;
	else if (c->mask->nw_proto != UINT8_MAX && flow_prereq_ok(FLOW_PREREQ_IP, c->key, NULL))
		from = FLOW_WORD_L4;
	for (size_t i = from; i < FLOW_KEY_WORDS; i++)
		words[i] = UINT64_MAX;
	if (from == FLOW_WORD_L4) {
		memset(&can->arp_sha, 0xff, sizeof can->arp_sha);
		memset(&can->arp_tha, 0xff, sizeof can->arp_tha);
		memset(&can->nd_target, 0xff, sizeof can->nd_target);
	}
	if (!c->typed)
		memset(can->mpls, 0xff, sizeof can->mpls);
}

static int
check_left(struct compiler *c)
{
	struct flow_key can, bad;
	uint64_t *b = flow_key_words_mut(&bad);
	const uint64_t *left = flow_key_words(&c->left), *key = flow_key_words(c->key);

	possible_bits(c, &can);
	for (size_t i = 0; i < FLOW_KEY_WORDS; i++)
		b[i] = left[i] & (flow_key_words(&can)[i] | key[i]);
	if (all_zero(&bad, sizeof bad))
		return 0;
	for (int with_prereq = 1; with_prereq >= 0; with_prereq--) {
		for (unsigned int id = 0; id < FLOW_N_FIELDS; id++) {
			struct flow_value v;

			flow_field_get(&flow_fields[id], &bad, &v);
			if (all_zero(&v, sizeof v))
				continue;
			if (with_prereq && !flow_prereq_ok(flow_fields[id].prereq, c->key, NULL))
				continue;
			return nic_refuse_field(c->why, NIC_REASON_FIELD, id, NULL);
		}
	}
	return nic_refuse_field(c->why, NIC_REASON_FIELD, FLOW_FIELD_NONE, "unnamed bits");
}

static int
compile_l3(struct compiler *c, bool need_l4)
{
	int rc;

	if (!c->typed)
		return 0;
	if (c->key->eth_type == htons(ETHERTYPE_IP))
		rc = compile_ip4(c);
	else if (c->key->eth_type == htons(ETHERTYPE_IPV6))
		rc = compile_ip6(c);
	else
		return 0;
	return rc ? rc : compile_l4(c, need_l4);
}

int
rteflow_pattern_compile(const struct rteflow_dialect *d, const struct flow_match *m,
			uint16_t dev_id, bool need_l4, struct rteflow_pattern *out,
			struct nic_refusal *why)
{
	struct compiler c = {.d = d,
			     .m = m,
			     .key = &m->key,
			     .mask = &m->mask,
			     .left = m->mask,
			     .out = out,
			     .why = why,
			     .typed = m->mask.eth_type == UINT16_MAX};

	memset(out, 0, sizeof *out);
	if (compile_port(&c, dev_id) || compile_eth(&c) || compile_tags(&c) ||
	    compile_l3(&c, need_l4) || check_left(&c))
		return -EOPNOTSUPP;
	out->items[out->n] = (struct rte_flow_item){.type = RTE_FLOW_ITEM_TYPE_END};
	return 0;
}
