/* SPDX-License-Identifier: Apache-2.0 */
/* Flows of level 0 change while bursts of packets are on their way. No queue of libmlx5 is used, whose memory
 * ThreadSanitizer would see from one side alone. */
#include "rig.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <walk.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#define BURSTS 2000
#define BURSTS_MAX 10000000 /* minutes */
#define CHANGES 10
#define BURST 8

struct scene {
	struct rig rig; /* without a domain */
	struct mlx5dv_flow_matcher *matcher;
	struct mlx5dv_devx_obj *counter;
	uint32_t number;
	_Atomic bool done;
	_Atomic uint64_t dropped; /* as the walking thread knows */
	_Atomic unsigned n_changes;
	unsigned n_wrong;
};

static void *
change_flows(void *arg)
{
	struct scene *s = arg;
	struct mlx5dv_flow_action_attr actions[] = {
		{.type = MLX5DV_FLOW_ACTION_COUNTERS_DEVX, .obj = s->counter},
		{.type = MLX5DV_FLOW_ACTION_DROP}};
	union rig_match value;

	rig_match_init(&value);
	while (!atomic_load_explicit(&s->done, memory_order_acquire)) {
		uint64_t packets, bytes;
		struct ibv_flow *flow = mlx5dv_create_flow(s->matcher, &value.params, 2, actions);

		/* What it counted is over once it is destroyed. */
		s->n_wrong += !flow || ibv_destroy_flow(flow) ||
			      rig_counter_query(s->counter, s->number, &packets, &bytes) ||
			      packets != atomic_load_explicit(&s->dropped, memory_order_acquire);
		atomic_fetch_add_explicit(&s->n_changes, 1, memory_order_relaxed);
	}
	return NULL;
}

static void
burst_run(struct scene *s)
{
	const uint8_t packet[64] = {2, [12] = 0x88, 0xb5};
	unsigned dropped = 0;

	emu_burst_begin();
	for (unsigned i = 0; i < BURST; i++) {
		struct emu_verdict v;

		assert_int_equal(emu_walk(EMU_ROOT_TABLE, 1, packet, sizeof(packet), &v), 0);
		dropped += v.end == EMU_END_DROP;
	}
	atomic_fetch_add_explicit(&s->dropped, dropped, memory_order_release);
	emu_burst_end();
}

static void
flows_change_between_bursts(void **state)
{
	(void)state;
	static struct scene s;
	union rig_match mask;
	pthread_t thread;

	assert_int_equal(emu_start(&(struct emu_config){.n_vports = 2}), 0);
	s.rig.context = rig_open();
	assert_non_null(s.rig.context);
	rig_match_init(&mask);
	s.matcher = mlx5dv_create_flow_matcher(
		s.rig.context,
		&(struct mlx5dv_flow_matcher_attr){.type = IBV_FLOW_ATTR_NORMAL,
						   .match_mask = &mask.params,
						   .comp_mask = MLX5DV_FLOW_MATCHER_MASK_FT_TYPE,
						   .ft_type = MLX5DV_FLOW_TABLE_TYPE_FDB});
	s.counter = rig_counter(&s.rig, &s.number);
	assert_true(s.matcher && s.counter);
	assert_int_equal(pthread_create(&thread, NULL, change_flows, &s), 0);
	unsigned n = 0;

	/* On a loaded machine the other thread may not have run yet. */
	while (n < BURSTS || (n < BURSTS_MAX && atomic_load(&s.n_changes) < CHANGES)) {
		burst_run(&s);
		n++;
	}
	atomic_store_explicit(&s.done, true, memory_order_release);
	assert_int_equal(pthread_join(thread, NULL), 0);
	print_message("%u packets, %u dropped; %u changes\n", n * BURST,
		      (unsigned)atomic_load(&s.dropped), atomic_load(&s.n_changes));
	assert_int_equal(s.n_wrong, 0);
	assert_true(atomic_load(&s.n_changes) >= CHANGES);
	assert_int_equal(mlx5dv_destroy_flow_matcher(s.matcher), 0);
	assert_int_equal(mlx5dv_devx_obj_destroy(s.counter), 0);
	assert_int_equal(ibv_close_device(s.rig.context), 0);
	emu_stop();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(flows_change_between_bursts)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
