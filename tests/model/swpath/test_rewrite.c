/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled edits against flow_edit(), one by one: over random plain packets and random lists, the
 * packets are the same. */
#include "plain_packet.h"

#include <rewrite_apply.h>

#include <flow/parse.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define N_LISTS 40000
#define N_PACKETS 20 /* for each list */
#define N_ACTIONS 6
#define HEADROOM 16

struct buffer {
	uint8_t bytes[HEADROOM + PLAIN_PACKET_BYTES];
	uint8_t *data;
	size_t n;
};

static void
random_set(struct rng *r, struct flow_action *a)
{
	static const uint8_t fields[] = {
		FLOW_FIELD_ETH_SRC,    FLOW_FIELD_ETH_DST,   FLOW_FIELD_NW_SRC,
		FLOW_FIELD_NW_DST,     FLOW_FIELD_NW_TOS,    FLOW_FIELD_IP_DSCP,
		FLOW_FIELD_NW_ECN,     FLOW_FIELD_NW_TTL,    FLOW_FIELD_TCP_SRC,
		FLOW_FIELD_TCP_DST,    FLOW_FIELD_UDP_SRC,   FLOW_FIELD_UDP_DST,
		FLOW_FIELD_VLAN_VID,   FLOW_FIELD_VLAN_PCP,  FLOW_FIELD_VLAN_TCI,
		FLOW_FIELD_PKT_MARK,   FLOW_FIELD_ARP_SPA,   FLOW_FIELD_IPV6_SRC,
		FLOW_FIELD_SCTP_DST,   FLOW_FIELD_ICMP_TYPE, FLOW_FIELD_IPV6_DST,
		FLOW_FIELD_IPV6_LABEL,
	};
	struct flow_value ones;

	a->type = FLOW_ACTION_SET;
	a->set.field = fields[rng_below(r, sizeof fields)];
	flow_field_ones(&flow_fields[a->set.field], &ones);
	for (unsigned int i = 0; i < 16; i++) {
		a->set.mask[i] = ones.b[sizeof ones - 16 + i];
		if (flow_fields[a->set.field].maskable && !rng_below(r, 3))
			a->set.mask[i] &= (uint8_t)rng_u32(r);
		a->set.value[i] = (uint8_t)rng_u32(r) & a->set.mask[i];
	}
}

static void
random_action(struct rng *r, struct flow_action *a)
{
	*a = (struct flow_action){0};
	switch (rng_below(r, 10)) {
	case 0:
		a->type = FLOW_ACTION_POP_VLAN;
		return;
	case 1:
		a->type = FLOW_ACTION_PUSH_VLAN;
		a->vlan.tpid = htons(rng_below(r, 2) ? 0x8100 : 0x88a8);
		a->vlan.tci = htons((uint16_t)(rng_u32(r) & ~FLOW_VLAN_CFI));
		return;
	default:
		random_set(r, a);
	}
}

static void
edit_one_by_one(const struct flow_actions *acts, uint16_t n, struct buffer *b)
{
	struct flow_buffer buf = {.data = b->data, .n = b->n, .n_head = HEADROOM};
	struct flow_key key = {0};
	struct flow_offsets ofs;

	flow_parse(b->data, b->n, &key, &ofs);
	for (uint16_t i = 0; i < n; i++)
		assert_int_equal(flow_edit(&acts->a[i], &buf, &key, &ofs), 0);
	b->data = buf.data;
	b->n = buf.n;
}

static void
edit_at_once(const struct swp_rewrite *rewrite, const struct swp_head *h, struct buffer *b)
{
	int moves = swp_rewrite_moves(rewrite, h);

	swp_rewrite_apply(rewrite, h, b->data, moves);
	b->data += moves;
	b->n = (size_t)((ptrdiff_t)b->n - moves);
}

/* No checksum is a special case of UDP. */
static void
udp_csum_clear(const struct swp_head *h, uint8_t *data)
{
	uint8_t *ip = data + SWP_ETH_BYTES + (h->w[SWP_HEAD_VLAN] ? SWP_TAG_BYTES : 0);
	bool ip6 = h->w[SWP_HEAD_KIND] == SWP_HEAD_OF_IP6;

	if (ip[ip6 ? 6 : 9] == IPPROTO_UDP)
		memset(ip + (ip6 ? SWP_IP6_BYTES : SWP_IP4_BYTES) + 6, 0, 2);
}

static void
check_packet(struct rng *r, const struct flow_actions *acts, const struct swp_rewrite *rewrite,
	     uint16_t n)
{
	struct buffer a = {0}, b;
	struct swp_head h;

	a.data = a.bytes + HEADROOM;
	a.n = plain_packet(r, a.data, rng_below(r, 3) == 0);
	if (a.n < SWP_PLAIN_BYTES)
		return;
	assert_true(swp_head_read(a.data, a.n, a.n, 1, &h));
	if (!rng_below(r, 4))
		udp_csum_clear(&h, a.data);
	b = a;
	b.data = b.bytes + HEADROOM;
	edit_one_by_one(acts, n, &a);
	edit_at_once(rewrite, &h, &b);
	assert_int_equal(a.n, b.n);
	assert_memory_equal(a.data, b.data, a.n);
}

static void
test_compiled_edits_are_those_of_flow_edit(void **state)
{
	struct rng rng = {23};
	unsigned int n_edits = 0;

	(void)state;
	for (unsigned int i = 0; i < N_LISTS; i++) {
		struct flow_action a[N_ACTIONS];
		struct flow_actions acts = {.a = a,
					    .n = (uint16_t)(1 + rng_below(&rng, N_ACTIONS))};
		struct swp_rewrite rewrite;
		uint16_t n;

		for (uint16_t k = 0; k < acts.n; k++)
			random_action(&rng, &a[k]);
		n = swp_rewrite_compile(&acts, &rewrite);
		n_edits += n;
		for (unsigned int k = 0; k < N_PACKETS; k++)
			check_packet(&rng, &acts, &rewrite, n);
	}
	print_message("%.1f edits in a list\n", (double)n_edits / N_LISTS);
	assert_true(n_edits > N_LISTS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compiled_edits_are_those_of_flow_edit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
