/* SPDX-License-Identifier: Apache-2.0 */
/* Long searches are paused: after a bounded number of masks, whatever they look for. Lookups of the same port during a pause
 * change the order of its masks and add some, and each packet still finds its megaflow. */
#include "rcu_group.h"

#include <lookup.h>
#include <support/rng.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define N_BITS 15 /* of each address; their pairs are the masks */
#define N_FLOWS 2000
#define N_ROUNDS 3000

struct world {
	struct swp_table *table;
	struct swp_lookup paused, plain;
	struct rng rng;
	uint32_t flows[N_FLOWS][2];
	unsigned int n_pauses, n_flows;
};

static void
match_of(uint32_t src, uint32_t dst, unsigned int n_src, unsigned int n_dst, struct flow_match *m)
{
	*m = (struct flow_match){.key = {.in_port = 1,
					 .eth_type = 0x0008,
					 .nw_proto = 17,
					 .nw_src = src,
					 .nw_dst = dst},
				 .mask = {.in_port = UINT32_MAX,
					  .recirc_id = UINT32_MAX,
					  .eth_type = UINT16_MAX,
					  .nw_proto = UINT8_MAX,
					  .nw_src = UINT32_MAX >> n_src,
					  .nw_dst = UINT32_MAX >> n_dst}};
	flow_match_canonicalize(m);
}

/* Adds a megaflow of random addresses, whose mask is mostly one that exists. */
static void
flow_add(struct world *w)
{
	struct flow_action output = {.type = FLOW_ACTION_OUTPUT, .port = 2};
	const struct flow_actions actions = {.a = &output, .n = 1};
	struct swp_grave g = {0};
	uint32_t *flow = w->flows[w->n_flows++];
	struct flow_ufid ufid;
	struct flow_match m;

	flow[0] = rng_u32(&w->rng);
	flow[1] = rng_u32(&w->rng);
	match_of(flow[0], flow[1], w->n_flows % N_BITS, w->n_flows / N_BITS % N_BITS, &m);
	ufid = flow_ufid_make(&m);
	assert_int_equal(swp_table_put(w->table, &ufid, &m, &actions, &g), 0);
}

static void
packet_of(struct world *w, struct swp_head *h, struct flow_key *key)
{
	const uint32_t *flow = w->flows[rng_below(&w->rng, w->n_flows)];
	bool known = rng_below(&w->rng, 4);
	struct flow_match m;

	match_of(known ? flow[0] : rng_u32(&w->rng), flow[1], 0, 0, &m);
	*key = m.key;
	swp_head_of_key(key, h);
}

/* Looks packets up, and has the search without pauses say which of them have a megaflow. */
static void
look_up(struct world *w, unsigned int n)
{
	struct swp_head heads[SWP_KEYS_MAX] = {0};
	struct flow_key keys[SWP_KEYS_MAX] = {0};
	uint32_t slots[SWP_KEYS_MAX], expected[SWP_KEYS_MAX];

	for (unsigned int i = 0; i < n; i++)
		packet_of(w, &heads[i], &keys[i]);
	swp_lookup_run(&w->plain, 1, heads, keys, n, expected);
	swp_lookup_run(&w->paused, 1, heads, keys, n, slots);
	for (unsigned int i = 0; i < n; i++) {
		assert_int_equal(slots[i] != 0, expected[i] != 0);
		if (slots[i])
			assert_true(swp_line_covers(w->paused.slab, slots[i], &heads[i], &keys[i]));
	}
}

/* Other packets of the same port, and sometimes a new megaflow. */
static void
pause_busy(void *aux)
{
	struct world *w = aux;
	struct swp_pause pause = w->paused.pause;

	w->n_pauses++;
	w->paused.pause.fn = NULL;
	look_up(w, 1 + rng_below(&w->rng, 4));
	if (w->n_flows < N_FLOWS && rng_below(&w->rng, 64) == 0)
		flow_add(w);
	w->paused.pause = pause;
}

static void
pause_count(void *aux)
{
	struct world *w = aux;

	w->n_pauses++;
}

static struct world *
world_new(unsigned int n_flows)
{
	struct world *w = calloc(1, sizeof *w);

	assert_non_null(w);
	w->rng.state = 1;
	assert_int_equal(swp_table_create(7, 1, &w->table), 0);
	while (w->n_flows < n_flows)
		flow_add(w);
	assert_int_equal(swp_lookup_init(&w->paused, w->table, 0, 0, 0), 0);
	assert_int_equal(swp_lookup_init(&w->plain, w->table, 0, 0, 0), 0);
	w->paused.pause.aux = w;
	return w;
}

static void
world_free(struct world *w)
{
	swp_lookup_free(&w->paused);
	swp_lookup_free(&w->plain);
	swp_table_destroy(w->table);
	free(w);
}

static void
test_same_results(void **state)
{
	struct world *w = world_new(N_BITS * N_BITS / 2);

	(void)state;
	for (unsigned int i = 0; i < N_ROUNDS; i++) {
		w->paused.pause.fn = pause_busy;
		look_up(w, 1 + rng_below(&w->rng, SWP_KEYS_MAX));
		rcu_quiesce();
	}
	assert_true(w->n_pauses > N_ROUNDS);
	assert_true(w->n_flows > N_BITS * N_BITS);
	world_free(w);
}

/* A packet that no megaflow covers is searched under all masks. */
static void
test_pauses_by_masks(void **state)
{
	(void)state;
	for (unsigned int n = 1; n <= N_BITS * N_BITS; n++) {
		struct world *w = world_new(n);
		struct flow_match m;
		struct swp_head h;
		uint32_t slot;

		match_of(0, 0, 0, 0, &m);
		m.key.nw_proto = 6;
		swp_head_of_key(&m.key, &h);
		w->paused.pause.fn = pause_count;
		swp_lookup_run(&w->paused, 1, &h, &m.key, 1, &slot);
		assert_int_equal(slot, 0);
		assert_int_equal(w->paused.n_searched, n);
		assert_in_range(w->n_pauses, n / (SWP_SEARCHES_AT_ONCE + 8),
				n / SWP_SEARCHES_AT_ONCE);
		world_free(w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_results),
		cmocka_unit_test(test_pauses_by_masks),
	};

	return cmocka_run_group_tests(tests, rcu_group_start, rcu_group_stop);
}
