/* SPDX-License-Identifier: Apache-2.0 */
/* 'left' has the mask bits that no part has expressed yet. At the end, bits of headers that these
 * packets cannot have are dropped if required to be 0, which is always true; any other bit is refused. */
#include "match.h"

#include "bits.h"
#include "map.h"

#include <errno.h>
#include <net/ethernet.h>
#include <netinet/in.h>

#define ETHERTYPE_MIN 0x600 /* smaller values are lengths */
#define ETHERTYPE_S_TAG 0x88a8
#define TCP_FLAGS_BITS 0x1ff

struct compiler {
	const struct flow_key *key, *mask;
	struct flow_key left;
	struct mlxdr_match *out;
	struct nic_refusal *why;
	enum mlxdr_tag tags[FLOW_VLANS];
	bool typed; /* eth_type is matched exactly */
	bool whole; /* no fragments */
};

#define DONE(c, member) memset(&(c)->left.member, 0, sizeof(c)->left.member)
#define PART16(c, param, member)                                                                   \
	do {                                                                                       \
		part_add((c)->out, param, ntohs((c)->mask->member), ntohs((c)->key->member));      \
		DONE(c, member);                                                                   \
	} while (0)
#define PART8(c, param, member)                                                                    \
	do {                                                                                       \
		part_add((c)->out, param, (c)->mask->member, (c)->key->member);                    \
		DONE(c, member);                                                                   \
	} while (0)

static void
part_add(struct mlxdr_match *m, enum mlxdr_param p, uint32_t mask, uint32_t value)
{
	if (mask)
		m->parts[m->n++] = (struct mlxdr_part){(uint8_t)p, mask, value & mask};
}

/* Adds a field of whole bytes, of which 'first' has the first 32 bits and later parameters the rest. */
static void
bytes_add(struct compiler *c, enum mlxdr_param first, const void *mask, const void *value, size_t n)
{
	for (size_t at = 0; at < n; at += 4) {
		unsigned int width = (unsigned int)(n - at < 4 ? n - at : 4) * 8;

		part_add(c->out, first + (enum mlxdr_param)(at / 4),
			 (uint32_t)mlxdr_bits_get(mask, (unsigned int)at * 8, width),
			 (uint32_t)mlxdr_bits_get(value, (unsigned int)at * 8, width));
	}
}

#define BYTES(c, param, member)                                                                    \
	do {                                                                                       \
		bytes_add(c, param, &(c)->mask->member, &(c)->key->member,                         \
			  sizeof(c)->key->member);                                                 \
		DONE(c, member);                                                                   \
	} while (0)

static enum flow_field_id
tag_field(const struct flow_match *m, unsigned int i)
{
	if (m->mask.vlan[i].tci)
		return i ? FLOW_FIELD_INNER_VLAN_TCI : FLOW_FIELD_VLAN_TCI;
	return i ? FLOW_FIELD_INNER_VLAN_TPID : FLOW_FIELD_VLAN_TPID;
}

static int
refuse_tag(const struct flow_match *m, unsigned int i, const char *detail, struct nic_refusal *why)
{
	return nic_refuse_field(why, NIC_REASON_FIELD_MASK, tag_field(m, i), detail);
}

/* Without a TPID a tag is made narrower, to 0x8100. */
static int
present_tag(const struct flow_match *m, unsigned int i, enum mlxdr_tag *tag,
	    struct nic_refusal *why)
{
	be16 tpid = m->mask.vlan[i].tpid ? m->key.vlan[i].tpid : htons(ETHERTYPE_VLAN);

	if (tpid != htons(ETHERTYPE_VLAN) && tpid != htons(ETHERTYPE_S_TAG))
		return refuse_tag(m, i, "cvlan_tag is 0x8100, svlan_tag 0x88a8", why);
	*tag = tpid == htons(ETHERTYPE_VLAN) ? MLXDR_TAG_C : MLXDR_TAG_S;
	return 0;
}

static int
find_tag(const struct flow_match *m, unsigned int i, enum mlxdr_tag *tag, struct nic_refusal *why)
{
	const struct flow_vlan *key = &m->key.vlan[i], *mask = &m->mask.vlan[i];
	bool by_tci = mask->tci & htons(FLOW_VLAN_CFI), by_tpid = mask->tpid == UINT16_MAX;
	bool tagged = by_tpid ? key->tpid != 0 : key->tci & htons(FLOW_VLAN_CFI);

	*tag = MLXDR_TAG_ANY;
	if (!mask->tpid && !mask->tci)
		return 0;
	if ((mask->tpid && !by_tpid) || (!by_tci && !by_tpid))
		return refuse_tag(m, i, "tag bits without the tag's presence", why);
	if (by_tci && by_tpid && tagged != !!(key->tci & htons(FLOW_VLAN_CFI)))
		return refuse_tag(m, i, "a TPID without a tag, or the reverse", why);
	if (tagged)
		return present_tag(m, i, tag, why);
	*tag = MLXDR_TAG_NONE;
	return key->tci & mask->tci ? refuse_tag(m, i, "bits of a tag that is absent", why) : 0;
}

int
mlxdr_match_tags(const struct flow_match *m, enum mlxdr_tag tags[FLOW_VLANS],
		 struct nic_refusal *why)
{
	for (unsigned int i = 0; i < FLOW_VLANS; i++) {
		if (find_tag(m, i, &tags[i], why))
			return -EOPNOTSUPP;
	}
	/* A packet without an outer tag has no inner one. */
	if (tags[0] == MLXDR_TAG_NONE && tags[1] == MLXDR_TAG_NONE)
		tags[1] = MLXDR_TAG_ANY;
	if (tags[0] <= MLXDR_TAG_NONE && tags[1] != MLXDR_TAG_ANY)
		return refuse_tag(m, 1, "inner tag without the outer one", why);
	return 0;
}

/* Both bits are compared: a packet without either is untagged, whatever the TPID of others. */
static void
tag_add(struct compiler *c, unsigned int i)
{
	uint32_t mask = ntohs(c->mask->vlan[i].tci), value = ntohs(c->key->vlan[i].tci);

	if (c->tags[i] == MLXDR_TAG_ANY)
		return;
	part_add(c->out, i ? MLXDR_SECOND_CVLAN_TAG : MLXDR_CVLAN_TAG, 1,
		 c->tags[i] == MLXDR_TAG_C);
	part_add(c->out, i ? MLXDR_SECOND_SVLAN_TAG : MLXDR_SVLAN_TAG, 1,
		 c->tags[i] == MLXDR_TAG_S);
	if (c->tags[i] == MLXDR_TAG_NONE)
		return;
	part_add(c->out, i ? MLXDR_SECOND_VID : MLXDR_FIRST_VID, mask & FLOW_VLAN_VID, value);
	part_add(c->out, i ? MLXDR_SECOND_PRIO : MLXDR_FIRST_PRIO, mask >> 13, value >> 13);
}

static int
compile_eth(struct compiler *c)
{
	if (c->mask->eth_type && (!c->typed || ntohs(c->key->eth_type) < ETHERTYPE_MIN))
		return nic_refuse_field(c->why, NIC_REASON_FIELD_MASK, FLOW_FIELD_ETH_TYPE,
					c->typed ? "not an EtherType" : NULL);
	BYTES(c, MLXDR_SMAC_47_16, eth_src);
	BYTES(c, MLXDR_DMAC_47_16, eth_dst);
	PART16(c, MLXDR_ETHERTYPE, eth_type);
	tag_add(c, 0);
	tag_add(c, 1);
	DONE(c, vlan);
	return 0;
}

/* The device has one bit, of any fragment. "Not a later one" becomes narrower: not a fragment. For IPv6 only
 * that is exact, as a fragment header may also be of a whole packet; and later fragments, whose protocol is the
 * fragment header's in the key, are left out if the protocol is matched. */
static int
compile_frag(struct compiler *c, bool six)
{
	uint8_t key = c->key->nw_frag, mask = c->mask->nw_frag;

	if (!mask && !c->whole && !(six && c->mask->nw_proto))
		return 0;
	if (key && c->whole)
		return nic_refuse_field(c->why, NIC_REASON_FIELD_MASK, FLOW_FIELD_NW_FRAG,
					"addresses are set in whole packets alone");
	if (key && (key != FLOW_FRAG_ANY || mask != FLOW_FRAG_ANY || six))
		return nic_refuse_field(c->why, NIC_REASON_FIELD_MASK, FLOW_FIELD_NW_FRAG,
					six ? "IPv6: only not-a-fragment"
					    : "frag is one bit: first or later is unknown");
	part_add(c->out, MLXDR_FRAG, 1, key == FLOW_FRAG_ANY);
	DONE(c, nw_frag);
	return 0;
}

static int
compile_ip_addresses(struct compiler *c, bool six)
{
	if (!six) {
		BYTES(c, MLXDR_SRC_IP_31_0, nw_src);
		BYTES(c, MLXDR_DST_IP_31_0, nw_dst);
		return 0;
	}
	if (c->mask->nw_proto &&
	    (c->mask->nw_proto != UINT8_MAX || flow_is_ip6_ext(c->key->nw_proto)))
		return nic_refuse_field(c->why, NIC_REASON_FIELD_MASK, FLOW_FIELD_NW_PROTO,
					"IPv6: an upper-layer protocol, exactly");
	BYTES(c, MLXDR_SRC_IP_127_96, ipv6_src);
	BYTES(c, MLXDR_DST_IP_127_96, ipv6_dst);
	part_add(c->out, MLXDR_IPV6_FLOW_LABEL, ntohl(c->mask->ipv6_label),
		 ntohl(c->key->ipv6_label));
	DONE(c, ipv6_label);
	return 0;
}

static int
compile_tcp(struct compiler *c)
{
	if (ntohs(c->mask->tcp_flags) & ~TCP_FLAGS_BITS)
		return nic_refuse_field(c->why, NIC_REASON_FIELD_MASK, FLOW_FIELD_TCP_FLAGS,
					"tcp_flags has 9 bits");
	PART16(c, MLXDR_TCP_SPORT, tp_src);
	PART16(c, MLXDR_TCP_DPORT, tp_dst);
	PART16(c, MLXDR_TCP_FLAGS, tcp_flags);
	return 0;
}

static int
compile_l4(struct compiler *c)
{
	if (c->mask->nw_proto != UINT8_MAX)
		return 0;
	if (c->key->nw_proto == IPPROTO_TCP)
		return compile_tcp(c);
	if (c->key->nw_proto == IPPROTO_UDP) {
		PART16(c, MLXDR_UDP_SPORT, tp_src);
		PART16(c, MLXDR_UDP_DPORT, tp_dst);
	}
	return 0;
}

/* The device's parser finds IP behind labels and PPPoE too, so the EtherType is compared beside the
 * version. libmlx5 accepts addresses only if the version's mask is the version itself. */
static int
compile_ip(struct compiler *c)
{
	bool six = c->key->eth_type == htons(ETHERTYPE_IPV6);
	unsigned int n = c->out->n;
	uint32_t version = six ? 6 : 4;

	if (!c->typed || !(six || c->key->eth_type == htons(ETHERTYPE_IP)))
		return 0;
	c->out->n++; /* the version's */
	if (compile_ip_addresses(c, six) || compile_frag(c, six))
		return -EOPNOTSUPP;
	PART8(c, MLXDR_IP_PROTOCOL, nw_proto);
	part_add(c->out, MLXDR_IP_DSCP, c->mask->nw_tos >> 2, c->key->nw_tos >> 2);
	part_add(c->out, MLXDR_IP_ECN, c->mask->nw_tos & 3, c->key->nw_tos);
	DONE(c, nw_tos);
	PART8(c, MLXDR_TTL_HOPLIMIT, nw_ttl);
	if (compile_l4(c))
		return -EOPNOTSUPP;
	if (c->out->n == n + 1)
		c->out->n = n;
	else
		c->out->parts[n] = (struct mlxdr_part){MLXDR_IP_VERSION, version, version};
	return 0;
}

/* Sets the bits that some packet of the match may have set; metadata is always 0 in the device. */
static void
possible_bits(const struct compiler *c, struct flow_key *can)
{
	flow_key_meaningful(c->key, can);
	if (!c->typed) {
		memset(can->mpls, 0xff, sizeof can->mpls);
		memset(&can->nw_src, 0xff, sizeof *can - offsetof(struct flow_key, nw_src));
	} else if (c->mask->nw_proto != UINT8_MAX && flow_prereq_ok(FLOW_PREREQ_IP, c->key, NULL)) {
		memset(&can->arp_sha, 0xff, sizeof *can - offsetof(struct flow_key, arp_sha));
	}
}

/* What the device would need for a field that has no part. */
static const char *
needed_for(enum flow_field_id id)
{
	switch (id) {
	case FLOW_FIELD_ICMP_TYPE:
	case FLOW_FIELD_ICMP_CODE:
		return "flex_parser_protocols.icmpv4 is not used";
	case FLOW_FIELD_ICMPV6_TYPE:
	case FLOW_FIELD_ICMPV6_CODE:
		return "flex_parser_protocols.icmpv6 is not used";
	case FLOW_FIELD_MPLS_LSE0:
	case FLOW_FIELD_MPLS_LABEL:
		return "ft_field_support.outer_first_mpls is not used";
	default:
		return "fte_match_param has no such field";
	}
}

static bool
is_zero(const struct flow_value *v)
{
	static const struct flow_value zero;

	return !memcmp(v, &zero, sizeof zero);
}

static int
refuse_bits(struct compiler *c, const struct flow_key *bad)
{
	for (int with_prereq = 1; with_prereq >= 0; with_prereq--) {
		for (unsigned int id = 0; id < FLOW_N_FIELDS; id++) {
			struct flow_value v;

			flow_field_get(&flow_fields[id], bad, &v);
			if (is_zero(&v) ||
			    (with_prereq && !flow_prereq_ok(flow_fields[id].prereq, c->key, NULL)))
				continue;
			return nic_refuse_field(c->why, NIC_REASON_FIELD, id, needed_for(id));
		}
	}
	return nic_refuse_field(c->why, NIC_REASON_FIELD, FLOW_FIELD_NONE, "unnamed bits");
}

static int
check_left(struct compiler *c)
{
	const uint64_t *left = flow_key_words(&c->left), *key = flow_key_words(c->key);
	struct flow_key can, bad;
	uint64_t any = 0;

	possible_bits(c, &can);
	for (size_t i = 0; i < FLOW_KEY_WORDS; i++) {
		flow_key_words_mut(&bad)[i] = left[i] & (flow_key_words(&can)[i] | key[i]);
		any |= flow_key_words(&bad)[i];
	}
	return any ? refuse_bits(c, &bad) : 0;
}

void
mlxdr_match_source(const struct mlxdr_source *source, struct mlxdr_match *out)
{
	out->n = 0;
	part_add(out, source->by_metadata ? MLXDR_METADATA_REG_C_0 : MLXDR_SOURCE_PORT,
		 source->mask, source->value);
}

int
mlxdr_match_compile(const struct flow_match *m, const struct mlxdr_source *source, bool whole,
		    struct mlxdr_match *out, struct nic_refusal *why)
{
	struct compiler c = {.key = &m->key,
			     .mask = &m->mask,
			     .left = m->mask,
			     .out = out,
			     .why = why,
			     .typed = m->mask.eth_type == UINT16_MAX,
			     .whole = whole};

	mlxdr_match_source(source, out);
	if (m->mask.in_port != UINT32_MAX)
		return nic_refuse_field(why, NIC_REASON_FIELD_MASK, FLOW_FIELD_IN_PORT, NULL);
	DONE(&c, in_port);
	if (mlxdr_match_tags(m, c.tags, why) || compile_eth(&c) || compile_ip(&c))
		return -EOPNOTSUPP;
	return check_left(&c);
}

bool
mlxdr_match_same_shape(const struct mlxdr_match *a, const struct mlxdr_match *b)
{
	if (a->n != b->n)
		return false;
	for (unsigned int i = 0; i < a->n; i++) {
		if (a->parts[i].param != b->parts[i].param || a->parts[i].mask != b->parts[i].mask)
			return false;
	}
	return true;
}

uint64_t
mlxdr_match_shape_hash(const struct mlxdr_match *m)
{
	uint64_t h = m->n;

	for (unsigned int i = 0; i < m->n; i++)
		h = mlxdr_hash_add(h, (uint64_t)m->parts[i].param << 32 | m->parts[i].mask);
	return h;
}

static void
put(const struct mlxdr_match *m, bool masks, uint8_t out[MLXDR_MATCH_BYTES])
{
	memset(out, 0, MLXDR_MATCH_BYTES);
	for (unsigned int i = 0; i < m->n; i++) {
		const struct mlxdr_param_row *row = &mlxdr_params[m->parts[i].param];

		mlxdr_bits_put(out, row->at, row->width,
			       masks ? m->parts[i].mask : m->parts[i].value);
	}
}

void
mlxdr_match_put_masks(const struct mlxdr_match *m, uint8_t out[MLXDR_MATCH_BYTES])
{
	put(m, true, out);
}

void
mlxdr_match_put_values(const struct mlxdr_match *m, uint8_t out[MLXDR_MATCH_BYTES])
{
	put(m, false, out);
}

uint8_t
mlxdr_match_criteria(const struct mlxdr_match *m)
{
	uint8_t criteria = 0;

	for (unsigned int i = 0; i < m->n; i++)
		criteria |= mlxdr_param_criterion(m->parts[i].param);
	return criteria;
}

unsigned int
mlxdr_match_n_entries(const struct mlxdr_match *m)
{
	unsigned int entries = 0;

	for (unsigned int i = 0; i < m->n; i++)
		entries |= mlxdr_params[m->parts[i].param].entry;
	return (unsigned int)__builtin_popcount(entries);
}
