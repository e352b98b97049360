/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns against packets: a naive reader of items parses the bytes of composed packets. A
 * pattern never matches a packet that the megaflow does not; it matches all packets of the
 * megaflow, except where it is known to be narrower. A refusal names a field that the megaflow
 * matches. */
#include <support/compose.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pattern.h"

#include <flow/parse.h>

#include <net/ethernet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#define DEV 7
#define PORT 3
#define N_BYTES 256

static unsigned int seed;

static unsigned int
pick(unsigned int n)
{
	return (unsigned int)rand_r(&seed) % n;
}

/* ------------------------------------------------------------------ the naive reader */

struct reader {
	const uint8_t *at, *end;
	uint16_t type; /* EtherType of the next header, host order */
	uint8_t proto;
	bool later; /* a later fragment: no L4 header */
};

static bool
same(const void *spec, const void *mask, const uint8_t *bytes, size_t n)
{
	const uint8_t *s = spec, *m = mask;

	for (size_t i = 0; i < n && s; i++) {
		if ((bytes[i] ^ s[i]) & m[i])
			return false;
	}
	return true;
}

static uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static bool
is_tpid(uint16_t type)
{
	return type == 0x8100 || type == 0x88a8;
}

static bool
take(struct reader *r, const struct rte_flow_item *item, size_t n)
{
	if ((size_t)(r->end - r->at) < n || !same(item->spec, item->mask, r->at, n))
		return false;
	r->at += n;
	return true;
}

/* Checks a range item: its range is on the fragment field, all others have equal ends. */
static bool
take_ip4_range(struct reader *r, const struct rte_flow_item *item)
{
	const struct rte_flow_item_ipv4 *spec = item->spec, *last = item->last;
	struct rte_flow_item_ipv4 rest = *(const struct rte_flow_item_ipv4 *)item->mask,
				  end = *last;
	struct rte_flow_item others = {.spec = spec, .mask = &rest};
	uint16_t bits = ntohs(rest.hdr.fragment_offset), value = get16(r->at + 6) & bits;

	end.hdr.fragment_offset = spec->hdr.fragment_offset;
	assert_memory_equal(&end, spec, sizeof end);
	rest.hdr.fragment_offset = 0;
	return value >= ntohs(spec->hdr.fragment_offset) &&
	       value <= ntohs(last->hdr.fragment_offset) && take(r, &others, 20);
}

static bool
take_ip4(struct reader *r, const struct rte_flow_item *item)
{
	const uint8_t *ip = r->at;

	if (r->type != ETHERTYPE_IP || r->end - r->at < 20 ||
	    !(item->last ? take_ip4_range(r, item) : take(r, item, 20)))
		return false;
	r->at += (ip[0] & 15) * 4 - 20;
	r->proto = ip[9];
	r->later = get16(ip + 6) & 0x1fff;
	return true;
}

static bool
take_ip6(struct reader *r, const struct rte_flow_item *item)
{
	const struct rte_flow_item_ipv6 *spec = item->spec, *mask = item->mask;
	const uint8_t *ip = r->at;

	if (r->type != ETHERTYPE_IPV6 || !take(r, item, 40))
		return false;
	r->proto = ip[6];
	return !spec || !mask->has_frag_ext || spec->has_frag_ext == (ip[6] == IPPROTO_FRAGMENT);
}

static bool
take_eth(struct reader *r, const struct rte_flow_item *item)
{
	const struct rte_flow_item_eth *spec = item->spec, *mask = item->mask;
	const uint8_t *eth = r->at;

	if (!take(r, item, 14))
		return false;
	r->type = get16(eth + 12);
	return !spec || !mask->has_vlan || spec->has_vlan == is_tpid(r->type);
}

static bool
take_vlan(struct reader *r, const struct rte_flow_item *item)
{
	const struct rte_flow_item_vlan *spec = item->spec, *mask = item->mask;
	const uint8_t *tag = r->at;

	if (!is_tpid(r->type) || !take(r, item, 4))
		return false;
	r->type = get16(tag + 2);
	return !spec || !mask->has_more_vlan || spec->has_more_vlan == is_tpid(r->type);
}

static bool
take_l4(struct reader *r, const struct rte_flow_item *item, uint8_t proto, size_t n)
{
	return r->proto == proto && !r->later && take(r, item, n);
}

static bool
take_item(struct reader *r, const struct rte_flow_item *item)
{
	switch (item->type) {
	case RTE_FLOW_ITEM_TYPE_REPRESENTED_PORT:
		return ((const struct rte_flow_item_ethdev *)item->spec)->port_id == DEV;
	case RTE_FLOW_ITEM_TYPE_ETH:
		return take_eth(r, item);
	case RTE_FLOW_ITEM_TYPE_VLAN:
		return take_vlan(r, item);
	case RTE_FLOW_ITEM_TYPE_IPV4:
		return take_ip4(r, item);
	case RTE_FLOW_ITEM_TYPE_IPV6:
		return take_ip6(r, item);
	case RTE_FLOW_ITEM_TYPE_TCP:
		return take_l4(r, item, IPPROTO_TCP, 20);
	case RTE_FLOW_ITEM_TYPE_UDP:
		return take_l4(r, item, IPPROTO_UDP, 8);
	case RTE_FLOW_ITEM_TYPE_SCTP:
		return take_l4(r, item, IPPROTO_SCTP, 12);
	case RTE_FLOW_ITEM_TYPE_ICMP:
		return take_l4(r, item, IPPROTO_ICMP, 8);
	case RTE_FLOW_ITEM_TYPE_ICMP6:
		return take_l4(r, item, IPPROTO_ICMPV6, 4);
	default:
		fail_msg("an item of type %d", item->type);
		return false;
	}
}

static bool
read_items(const struct rteflow_pattern *p, const uint8_t *data, size_t n)
{
	struct reader r = {.at = data, .end = data + n};

	for (const struct rte_flow_item *i = p->items; i->type != RTE_FLOW_ITEM_TYPE_END; i++) {
		if (!take_item(&r, i))
			return false;
	}
	return true;
}

/* ------------------------------------------------------------------ packets and matches */

struct packet {
	uint8_t data[N_BYTES];
	size_t n;
	struct flow_key key; /* as parsed */
};

static void
key_l3(struct flow_key *k)
{
	static const uint8_t protos[] = {IPPROTO_TCP,  IPPROTO_UDP,    IPPROTO_SCTP,
					 IPPROTO_ICMP, IPPROTO_ICMPV6, 47};

	k->nw_proto = protos[pick(sizeof protos)];
	k->nw_tos = (uint8_t)(pick(3) << 2 | pick(2));
	k->nw_ttl = (uint8_t)(63 + pick(2));
	k->nw_frag = (uint8_t[]){0, 0, 0, 1, 3}[pick(5)];
	k->nw_src = htonl(0x0a000000 + pick(2));
	k->nw_dst = htonl(0x0a000000 + pick(2));
	k->ipv6_src.b[15] = (uint8_t)pick(2);
	k->ipv6_dst.b[15] = (uint8_t)pick(2);
	k->ipv6_label = htonl(pick(2));
	if (k->eth_type == htons(ETHERTYPE_IP))
		memset(&k->ipv6_src, 0, 32), k->ipv6_label = 0;
	else
		k->nw_src = k->nw_dst = 0;
	k->tp_src = htons((uint16_t)pick(3));
	k->tp_dst = htons((uint16_t)pick(3));
	k->tcp_flags = htons((uint16_t)(pick(2) ? 0x002 : 0x112));
}

static void
key_random(struct flow_key *k)
{
	static const uint16_t types[] = {ETHERTYPE_IP, ETHERTYPE_IP, ETHERTYPE_IPV6, ETHERTYPE_ARP,
					 0x88cc};

	memset(k, 0, sizeof *k);
	k->in_port = PORT;
	k->eth_dst.b[5] = (uint8_t)(2 * pick(2));
	k->eth_src.b[5] = (uint8_t)(2 * pick(2));
	k->eth_type = htons(types[pick(5)]);
	for (unsigned int i = 0, n = pick(3); i < n; i++) {
		k->vlan[i].tpid = htons(pick(2) ? 0x8100 : 0x88a8);
		k->vlan[i].tci = htons((uint16_t)(FLOW_VLAN_CFI | pick(2) << 13 | pick(2)));
	}
	if (k->eth_type == htons(ETHERTYPE_IP) || k->eth_type == htons(ETHERTYPE_IPV6))
		key_l3(k);
}

static void
packet_random(struct packet *p)
{
	struct flow_key k;
	int n;

	key_random(&k);
	n = packet_compose(&k, 32, p->data, sizeof p->data);
	assert_true(n > 0);
	p->n = (size_t)n;
	memset(&p->key, 0, sizeof p->key);
	p->key.in_port = PORT;
	flow_parse(p->data, p->n, &p->key, NULL);
}

static void
mask_random(const struct flow_key *k, struct flow_key *mask)
{
	struct flow_key can;

	memset(mask, 0, sizeof *mask);
	flow_key_meaningful(k, &can);
	for (unsigned int id = FLOW_FIELD_ETH_SRC; id < FLOW_N_FIELDS; id++) {
		const struct flow_field *f = &flow_fields[id];
		struct flow_value v;

		if (pick(4) || !flow_prereq_ok(f->prereq, k, NULL))
			continue;
		if (pick(8))
			flow_prereq_ok(f->prereq, k, mask);
		flow_field_ones(f, &v);
		if (f->maskable && pick(4) == 0)
			v.b[FLOW_VALUE_BYTES - 1] &= (uint8_t)pick(256);
		flow_field_set_masked(f, mask, &v, &v);
	}
	mask->in_port = UINT32_MAX;
	mask->recirc_id = UINT32_MAX;
	if (pick(4))
		mask->eth_type = UINT16_MAX;
	if (pick(4))
		mask->vlan[0].tci |= htons(FLOW_VLAN_CFI);
	if (flow_prereq_ok(FLOW_PREREQ_IP, k, NULL) && pick(4))
		mask->nw_frag = pick(2) ? 3 : (uint8_t)(1 + pick(3));
	for (size_t i = FLOW_WORD_L2; pick(20) && i < FLOW_KEY_WORDS; i++)
		flow_key_words_mut(mask)[i] &= flow_key_words(&can)[i];
}

static void
dialect_full(struct rteflow_dialect *d)
{
	memset(d, 0, sizeof *d);
	memset(d->caps.fields, 0xff, sizeof d->caps.fields);
	memset(d->caps.set_fields, 0xff, sizeof d->caps.set_fields);
	d->caps.actions = UINT32_MAX;
	d->item_represented_port = d->action_represented_port = d->has_vlan = true;
	d->frags = RTEFLOW_FRAG_ANY | RTEFLOW_FRAG_FIRST | RTEFLOW_FRAG_LATER;
}

static bool
may_be_narrower(const struct flow_match *m, const struct flow_key *k,
		const struct rteflow_pattern *p)
{
	bool asks_l4 = p->items[p->n - 1].type != RTE_FLOW_ITEM_TYPE_IPV4;
	bool open_tags =
		rteflow_tag(m, 0) == RTEFLOW_TAG_ANY ||
		(rteflow_tag(m, 0) == RTEFLOW_TAG_PRESENT && rteflow_tag(m, 1) == RTEFLOW_TAG_ANY);

	return (open_tags && k->vlan[0].tpid) ||
	       (k->nw_frag && k->eth_type == htons(ETHERTYPE_IPV6)) ||
	       (k->nw_frag & FLOW_FRAG_LATER && asks_l4);
}

static void
blame_is_honest(const struct flow_match *m, const struct nic_refusal *why)
{
	struct flow_value v, zero = {0};

	assert_true(why->reason == NIC_REASON_FIELD || why->reason == NIC_REASON_FIELD_MASK);
	assert_true(why->field < FLOW_N_FIELDS);
	flow_field_get(&flow_fields[why->field], &m->mask, &v);
	assert_true(memcmp(&v, &zero, sizeof v));
}

static void
test_random(void **state)
{
	unsigned int n_compiled = 0, n_hits = 0, n_narrow = 0;
	struct rteflow_dialect d;

	(void)state;
	dialect_full(&d);
	for (unsigned int round = 0; round < 40000; round++) {
		struct rteflow_pattern p;
		struct nic_refusal why;
		struct flow_match m;
		struct packet first;

		seed = round + 1;
		packet_random(&first);
		m.key = first.key;
		mask_random(&m.key, &m.mask);
		flow_match_canonicalize(&m);
		if (rteflow_pattern_compile(&d, &m, DEV, pick(2), &p, &why)) {
			blame_is_honest(&m, &why);
			continue;
		}
		n_compiled++;
		for (int i = 0; i < 12; i++) {
			struct packet other;
			bool wire, covered;

			if (i)
				packet_random(&other);
			else
				other = first;
			wire = read_items(&p, other.data, other.n);
			covered = flow_match_covers(&m, &other.key);
			n_hits += wire;
			n_narrow += covered && !wire;
			if ((wire && !covered) ||
			    (covered && !wire && !may_be_narrower(&m, &other.key, &p)))
				fail_msg("seed %u: wire %d, match %d", round + 1, wire, covered);
		}
	}
	print_message("%u patterns, %u hits, %u narrower\n", n_compiled, n_hits, n_narrow);
	assert_true(n_compiled > 10000 && n_hits > 10000);
}

/* A match on a field that the device does not support is refused with the field's name. */
static void
test_each_field_is_refused(void **state)
{
	struct rteflow_dialect d;
	unsigned int n = 0;

	(void)state;
	for (unsigned int round = 0; round < 20000; round++) {
		struct rteflow_pattern p;
		struct nic_refusal why;
		struct flow_match m;
		struct packet first;
		unsigned int id;

		seed = round + 1;
		packet_random(&first);
		m.key = first.key;
		mask_random(&m.key, &m.mask);
		flow_match_canonicalize(&m);
		dialect_full(&d);
		if (rteflow_pattern_compile(&d, &m, DEV, false, &p, &why))
			continue;
		for (id = FLOW_FIELD_ETH_SRC; id < FLOW_N_FIELDS; id++) {
			dialect_full(&d);
			d.caps.fields[id / 64] &= ~(UINT64_C(1) << (id % 64));
			if (!rteflow_pattern_compile(&d, &m, DEV, false, &p, &why))
				continue;
			assert_int_equal(why.reason, NIC_REASON_FIELD);
			assert_int_equal(why.field, id);
			blame_is_honest(&m, &why);
			n++;
		}
	}
	assert_true(n > 10000);
}

static void
match_base(struct flow_match *m)
{
	memset(m, 0, sizeof *m);
	m->key.in_port = PORT;
	m->mask.in_port = UINT32_MAX;
	m->key.eth_type = htons(ETHERTYPE_IP);
	m->mask.eth_type = UINT16_MAX;
}

/* Metadata that packets from the wire do not have may be required to be 0; any other value is
 * refused. */
static void
test_metadata(void **state)
{
	struct rteflow_dialect d;
	struct rteflow_pattern p;
	struct nic_refusal why;
	struct flow_match m;

	(void)state;
	dialect_full(&d);
	match_base(&m);
	m.mask.recirc_id = m.mask.ct_mark = UINT32_MAX;
	m.mask.ct_state = UINT8_MAX;
	memset(&m.mask.tun, 0xff, sizeof m.mask.tun);
	assert_int_equal(rteflow_pattern_compile(&d, &m, DEV, false, &p, &why), 0);
	m.key.recirc_id = 5;
	assert_int_not_equal(rteflow_pattern_compile(&d, &m, DEV, false, &p, &why), 0);
	assert_int_equal(why.field, FLOW_FIELD_RECIRC_ID);
	match_base(&m);
	m.key.tun.id = m.mask.tun.id = 8;
	assert_int_not_equal(rteflow_pattern_compile(&d, &m, DEV, false, &p, &why), 0);
	assert_int_equal(why.field, FLOW_FIELD_TUN_ID);
	match_base(&m);
	m.mask.in_port = 0;
	assert_int_not_equal(rteflow_pattern_compile(&d, &m, DEV, false, &p, &why), 0);
	assert_int_equal(why.field, FLOW_FIELD_IN_PORT);
}

/* A match on fragment bits that the device cannot distinguish is refused with the field's name. */
static void
test_fragments(void **state)
{
	static const struct {
		uint8_t key, mask;
		unsigned int needs;
	} asks[] = {{0, 3, 0},
		    {0, 1, 0},
		    {0, 2, 0},
		    {1, 1, RTEFLOW_FRAG_ANY},
		    {1, 3, RTEFLOW_FRAG_FIRST},
		    {3, 3, RTEFLOW_FRAG_LATER},
		    {2, 2, RTEFLOW_FRAG_LATER}};

	(void)state;
	for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
		struct rteflow_dialect d;
		struct rteflow_pattern p;
		struct nic_refusal why;
		struct flow_match m;

		dialect_full(&d);
		match_base(&m);
		m.key.nw_frag = asks[i].key;
		m.mask.nw_frag = asks[i].mask;
		assert_int_equal(rteflow_pattern_compile(&d, &m, DEV, false, &p, &why), 0);
		d.frags &= ~asks[i].needs;
		if (!asks[i].needs)
			continue;
		assert_int_not_equal(rteflow_pattern_compile(&d, &m, DEV, false, &p, &why), 0);
		assert_int_equal(why.field, FLOW_FIELD_NW_FRAG);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_each_field_is_refused),
		cmocka_unit_test(test_metadata),
		cmocka_unit_test(test_fragments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
