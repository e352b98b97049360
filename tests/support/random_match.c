/* SPDX-License-Identifier: Apache-2.0 */
#include "random_match.h"

#include <flow/field.h>
#include <flow/parse.h>

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/icmp6.h>

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static void
bytes(struct rng *r, void *out, size_t n)
{
	uint8_t *b = out;

	while (n--)
		*b++ = (uint8_t)rng_u32(r);
}

static uint16_t
one_of(struct rng *r, const uint16_t *list, uint32_t n)
{
	return list[rng_below(r, n)];
}

static void
tunnel_make(struct rng *r, struct flow_tunnel *t)
{
	uint32_t kind = rng_below(r, 3);

	memset(t, 0, sizeof *t);
	if (!kind)
		return;
	bytes(r, &t->src, sizeof t->src);
	bytes(r, &t->dst, sizeof t->dst);
	t->dst.b[0] = t->src.b[0] = 0x20;
	t->dst.b[15] |= 1;
	if (kind == 1) {
		memcpy(&t->src, mapped, sizeof mapped);
		memcpy(&t->dst, mapped, sizeof mapped);
	}
	t->flags = (uint8_t)rng_below(r, 16);
	if (t->flags & FLOW_TUNNEL_KEYED)
		t->id = rng_u64(r) & (rng_below(r, 4) ? UINT64_MAX : 0);
	t->tos = (uint8_t)rng_u32(r);
	t->ttl = (uint8_t)rng_u32(r);
	t->tp_src = (be16)rng_u32(r);
	t->tp_dst = (be16)rng_u32(r);
	t->n_opt_bytes = (uint8_t)(4 * rng_below(r, 17));
	bytes(r, t->opts, t->n_opt_bytes);
}

static void
metadata_make(struct rng *r, unsigned int parts, struct flow_key *k)
{
	struct flow_key random;

	bytes(r, &random, sizeof random);
	memset(k, 0, offsetof(struct flow_key, eth_dst));
	k->in_port = rng_below(r, 4);
	if (parts & RANDOM_TRACKING && rng_below(r, 2)) {
		k->recirc_id = random.recirc_id;
		k->skb_mark = random.skb_mark;
		k->dp_hash = random.dp_hash;
		k->ct_mark = random.ct_mark;
		k->ct_zone = random.ct_zone;
		k->ct_state = random.ct_state;
		memcpy(k->ct_label, random.ct_label, sizeof k->ct_label);
		k->ct_src = random.ct_src;
		k->ct_dst = random.ct_dst;
		k->ct_tp_src = random.ct_tp_src;
		k->ct_tp_dst = random.ct_tp_dst;
		k->ct_nw_proto = random.ct_nw_proto ? random.ct_nw_proto : 6;
	}
	if (parts & RANDOM_TUNNEL)
		tunnel_make(r, &k->tun);
}

/* Neighbour discovery is not tracked. */
static bool
has_orig(const struct flow_key *k)
{
	return flow_prereq_ok(FLOW_PREREQ_CT, k, NULL) && flow_prereq_ok(FLOW_PREREQ_IP, k, NULL) &&
	       !flow_prereq_ok(FLOW_PREREQ_ND, k, NULL) && k->ct_nw_proto;
}

static void
fit_orig(struct flow_key *k)
{
	if (!has_orig(k))
		flow_key_fill_orig(k, 0);
	if (!flow_prereq_ok(FLOW_PREREQ_IP4, k, NULL))
		return;
	memset(&k->ct_src, 0, FLOW_IP6_V4_AT);
	memset(&k->ct_dst, 0, FLOW_IP6_V4_AT);
}

/* Keeps only the bits that a packet with these types has. What is there decides what else is. */
static void
fit(struct flow_key *k)
{
	struct flow_key has;

	if (k->nw_frag & FLOW_FRAG_LATER)
		k->nw_frag |= FLOW_FRAG_ANY;
	for (int i = 0; i < FLOW_VLANS; i++) {
		bool tagged = k->vlan[i].tpid && (!i || k->vlan[0].tpid);

		k->vlan[i].tci = tagged ? k->vlan[i].tci | htons(FLOW_VLAN_CFI) : 0;
		k->vlan[i].tpid = tagged ? k->vlan[i].tpid : 0;
	}
	k->mpls[2] |= htonl(0x100); /* at most three labels */
	for (int i = 0; i < 3; i++) {
		flow_key_meaningful(k, &has);
		for (size_t w = FLOW_WORD_L2; w < FLOW_KEY_WORDS; w++)
			flow_key_words_mut(k)[w] &= flow_key_words(&has)[w];
	}
	fit_orig(k);
}

static void
types_make(struct rng *r, struct flow_key *k)
{
	static const uint16_t types[] = {
		ETHERTYPE_IP,	  ETHERTYPE_IP,	      ETHERTYPE_IPV6, ETHERTYPE_IPV6, ETHERTYPE_ARP,
		ETHERTYPE_REVARP, FLOW_ETH_TYPE_NONE, 0x1234,	      0x8847,	      0x8848};
	static const uint16_t protos[] = {6, 6, 17, 17, 132, 1, 58, 58, 47};
	static const uint16_t tpids[] = {0, 0, 0x8100, 0x88a8};
	static const uint16_t frags[] = {0, 0, 0, 1, 3};

	k->eth_type = htons(one_of(r, types, 10));
	k->nw_proto = (uint8_t)one_of(r, protos, 9);
	k->nw_frag = (uint8_t)one_of(r, frags, 5);
	for (int i = 0; i < FLOW_VLANS; i++)
		k->vlan[i].tpid = htons(one_of(r, tpids, 4));
	if (k->nw_proto == 58 && rng_below(r, 2)) {
		k->tp_src = htons(rng_below(r, 2) ? ND_NEIGHBOR_SOLICIT : ND_NEIGHBOR_ADVERT);
		k->tp_dst = 0;
	}
}

void
random_key(struct rng *r, unsigned int parts, struct flow_key *k)
{
	bytes(r, k, sizeof *k);
	metadata_make(r, parts, k);
	types_make(r, k);
	fit(k);
}

void
random_key_near(struct rng *r, unsigned int parts, const struct flow_key *base,
		struct flow_key *key)
{
	struct flow_key other;

	*key = *base;
	random_key(r, parts, &other);
	for (uint32_t i = 0; i <= rng_below(r, 2); i++) {
		const struct flow_field *f = &flow_fields[rng_below(r, FLOW_N_FIELDS)];
		struct flow_value v;

		flow_field_get(f, &other, &v);
		flow_field_set(f, key, &v);
	}
	key->tun = rng_below(r, 8) ? base->tun : other.tun;
	fit(key);
}

static void
field_match(struct rng *r, const struct flow_field *f, struct flow_key *mask)
{
	struct flow_value ones, some;

	flow_field_ones(f, &ones);
	bytes(r, &some, sizeof some);
	if (rng_below(r, 3))
		flow_field_set_masked(f, mask, &ones, &ones);
	else
		flow_field_set_masked(f, mask, &some, &ones);
}

void
random_match(struct rng *r, const struct flow_key *packet, struct flow_match *m)
{
	struct flow_key has;

	flow_key_meaningful(packet, &has);
	memset(&has, 0xff, offsetof(struct flow_key, eth_dst));
	memset(has.pad0, 0, sizeof has.pad0);
	memset(&m->mask, 0, sizeof m->mask);
	for (int i = 0; i < FLOW_N_FIELDS; i++) {
		if (!rng_below(r, 6))
			field_match(r, &flow_fields[i], &m->mask);
	}
	if (rng_below(r, 10)) {
		m->mask.in_port = UINT32_MAX;
		m->mask.eth_type = UINT16_MAX;
		m->mask.nw_frag |= FLOW_FRAG_LATER;
		for (int i = 0; i < FLOW_VLANS && (!i || packet->vlan[i - 1].tpid); i++) {
			m->mask.vlan[i].tci |= htons(FLOW_VLAN_CFI);
			m->mask.vlan[i].tpid = UINT16_MAX;
		}
	}
	if (rng_below(r, 3)) {
		m->mask.nw_proto = UINT8_MAX;
		memset(&m->mask.tun, 0, sizeof m->mask.tun);
		if (packet->tun.n_opt_bytes && rng_below(r, 2)) {
			memset(&m->mask.tun, 0xff, sizeof m->mask.tun);
			memset(m->mask.tun.opts + packet->tun.n_opt_bytes, 0,
			       (size_t)(FLOW_GENEVE_OPT_BYTES - packet->tun.n_opt_bytes));
		}
	}
	if (flow_key_has_orig(&m->mask) && rng_below(r, 8)) {
		m->mask.ct_nw_proto = UINT8_MAX;
		if (!packet->ct_nw_proto || rng_below(r, 2))
			flow_key_fill_orig(&m->mask, 0);
	}
	m->mask.tun.flags &= 15;
	m->key = *packet;
	for (size_t i = 0; i < FLOW_KEY_WORDS; i++)
		flow_key_words_mut(&m->mask)[i] &= flow_key_words(&has)[i];
	flow_match_canonicalize(m);
}
