/* SPDX-License-Identifier: Apache-2.0 */
/* Packets that enter at the backing devices of nicsim, steered by the rules that libmlx5 wrote.
 *
 * argv[1]: librte_net_nicsim.so. */
#include "scene.h"

#include <arpa/inet.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include <rte_flow.h>

#define TO_VF1 1
#define TO_DROP 2
#define TO_WIRE 3
#define TO_NONE 4
#define TO_BOTH 5 /* the wire and VF 1 */
#define TO_SELF 6 /* VF 1, and software */

static struct scene scene;

/* Of two devices that do not agree none is made. */
static void
devices_agree(void **state)
{
	(void)state;
	struct emu_config config = {.n_vports = 2, .device = "net_nicsim0"};

	assert_int_equal(scene_nicsim_start(&scene), -ENODEV);
	config.n_vports = 3;
	assert_int_equal(emu_start(&config), 0);
	assert_int_equal(scene_nicsim_start(&scene), -ENODEV);
	emu_stop();
	config.n_vports = 2;
	*config.device = 0;
	assert_int_equal(emu_start(&config), 0);
	assert_int_equal(scene_nicsim_start(&scene), -ENODEV);
	emu_stop();
}

/* The name by which a driver finds which ethdevs are of the RDMA device. */
static void
names_agree(void)
{
	struct rte_eth_dev_info info;
	char link[PATH_MAX], folder[PATH_MAX];

	snprintf(link, sizeof(link), "%s/device", scene.rig.context->device->ibdev_path);
	assert_non_null(realpath(link, folder));
	for (unsigned i = 0; i < SCENE_PORTS; i++) {
		assert_int_equal(rte_eth_dev_info_get(scene.dev[i], &info), 0);
		assert_string_equal(basename(folder), rte_dev_name(info.device));
		assert_int_equal(info.switch_info.port_id,
				 i ? RTE_ETH_REPRESENTOR_VF << 12 | (i - 1) : UINT16_MAX);
	}
}

static void
rte_flow_is_refused(void)
{
	const struct rte_flow_attr attr = {.transfer = 1};
	const struct rte_flow_item items[] = {{.type = RTE_FLOW_ITEM_TYPE_END}};
	const struct rte_flow_action actions[] = {{.type = RTE_FLOW_ACTION_TYPE_DROP},
						  {.type = RTE_FLOW_ACTION_TYPE_END}};
	struct rte_flow_error error;

	assert_null(rte_flow_create(scene.dev[0], &attr, items, actions, &error));
	assert_non_null(strstr(error.message, "steering=connectx"));
}

static uint64_t
received(unsigned port)
{
	struct rte_eth_stats stats;

	assert_int_equal(rte_eth_stats_get(scene.dev[port], &stats), 0);
	return stats.ipackets;
}

/* A frame arrives at VF 0 and ends where the rules say. */
static void
frames_are_steered(void)
{
	uint8_t bytes[2 * SCENE_FRAME];

	scene_arrive(&scene, 1, TO_VF1, 1);
	assert_int_equal(scene_poll(&scene, 1), 0);
	assert_int_equal(scene_leave(&scene, 2, bytes, sizeof(bytes)), SCENE_FRAME);
	assert_int_equal(bytes[5], TO_VF1);
	scene_arrive(&scene, 1, TO_DROP, 3);
	assert_int_equal(scene_poll(&scene, 1), 0);
	scene_arrive(&scene, 1, TO_WIRE, 1);
	assert_int_equal(scene_poll(&scene, 1), 0);
	assert_int_equal(scene_leave(&scene, 0, bytes, sizeof(bytes)), SCENE_FRAME + 4);
	assert_memory_equal(bytes + 12, "\x81\x00\x00\x0a\x88\xb5", 6);
	/* Each copy has the tag. */
	scene_arrive(&scene, 1, TO_BOTH, 40);
	for (unsigned n = 0; n < 2; n++)
		assert_int_equal(scene_poll(&scene, 1), 0);
	for (unsigned n = 0; n < 40; n++)
		for (unsigned port = 0; port < SCENE_PORTS; port += 2) {
			assert_int_equal(scene_leave(&scene, port, bytes, sizeof(bytes)),
					 SCENE_FRAME + 4);
			assert_memory_equal(bytes + 12, "\x81\x00\x00\x0a\x88\xb5", 6);
		}
	/* A copy for the manager is received by the representor. */
	scene_arrive(&scene, 1, TO_SELF, 1);
	assert_int_equal(scene_poll(&scene, 1), 1);
	assert_int_equal(scene_leave(&scene, 2, bytes, sizeof(bytes)), SCENE_FRAME);
	assert_int_equal(bytes[5], TO_SELF);
	/* Missed, by any port, it is received where it arrived. */
	for (unsigned port = 0; port < SCENE_PORTS; port++) {
		scene_arrive(&scene, port, TO_NONE, 2);
		assert_int_equal(scene_poll(&scene, port), 2);
		assert_int_equal(received(port), port == 1 ? 3 : 2);
	}
	/* What software sends by a representor meets no rule. */
	struct rte_mbuf *m = rte_pktmbuf_alloc(scene.pool);

	memset(rte_pktmbuf_append(m, SCENE_FRAME), TO_DROP, SCENE_FRAME);
	assert_int_equal(rte_eth_tx_burst(scene.dev[2], 0, &m, 1), 1);
	assert_int_equal(scene_leave(&scene, 2, bytes, sizeof(bytes)), SCENE_FRAME);
	for (unsigned port = 0; port < SCENE_PORTS; port++)
		assert_int_equal(scene_leave(&scene, port, bytes, sizeof(bytes)), 0);
}

static struct mlx5dv_dr_action *
array_make(struct mlx5dv_dr_action *first, struct mlx5dv_dr_action *second)
{
	struct mlx5dv_dr_action_dest_attr attrs[] = {
		{.type = MLX5DV_DR_ACTION_DEST, .dest = first},
		{.type = MLX5DV_DR_ACTION_DEST, .dest = second}};
	struct mlx5dv_dr_action_dest_attr *dests[] = {&attrs[0], &attrs[1]};

	return mlx5dv_dr_action_create_dest_array(scene.rig.domain, 2, dests);
}

static void
of_format(unsigned format)
{
	uint64_t packets, bytes;
	uint32_t number;

	scene_start(&scene, format);
	struct mlx5dv_devx_obj *object = rig_counter(&scene.rig, &number);
	struct mlx5dv_dr_action *counter = mlx5dv_dr_action_create_flow_counter(object, 0);
	struct mlx5dv_dr_action *vf1 = mlx5dv_dr_action_create_dest_vport(scene.rig.domain, 2);
	struct mlx5dv_dr_action *wire =
		mlx5dv_dr_action_create_dest_vport(scene.rig.domain, EMU_WIRE);
	struct mlx5dv_dr_action *drop = mlx5dv_dr_action_create_drop();
	struct mlx5dv_dr_action *push =
		mlx5dv_dr_action_create_push_vlan(scene.rig.domain, htonl(0x8100000a));
	struct mlx5dv_dr_action *manager = mlx5dv_dr_action_create_default_miss();
	struct mlx5dv_dr_action *both = array_make(wire, vf1), *self = array_make(vf1, manager);
	struct mlx5dv_dr_action *to_vf1[] = {counter, vf1}, *to_drop[] = {counter, drop},
				*to_wire[] = {push, wire}, *to_both[] = {counter, push, both};
	struct mlx5dv_dr_rule *rules[] = {
		scene_rule(&scene, TO_VF1, 2, to_vf1), scene_rule(&scene, TO_DROP, 2, to_drop),
		scene_rule(&scene, TO_WIRE, 2, to_wire), scene_rule(&scene, TO_BOTH, 3, to_both),
		scene_rule(&scene, TO_SELF, 1, &self)};

	for (unsigned i = 0; i < 5; i++)
		assert_non_null(rules[i]);
	names_agree();
	rte_flow_is_refused();
	frames_are_steered();
	assert_int_equal(rig_counter_query(object, number, &packets, &bytes), 0);
	assert_int_equal(packets, 4 + 40);
	assert_int_equal(bytes, (4 + 40) * SCENE_FRAME);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(mlx5dv_dr_rule_destroy(rules[i]), 0);
	scene_arrive(&scene, 1, TO_VF1, 1);
	assert_int_equal(scene_poll(&scene, 1), 1);
	assert_int_equal(mlx5dv_dr_action_destroy(self), 0);
	assert_int_equal(mlx5dv_dr_action_destroy(both), 0);
	mlx5dv_dr_action_destroy(manager);
	mlx5dv_dr_action_destroy(push);
	mlx5dv_dr_action_destroy(drop);
	mlx5dv_dr_action_destroy(wire);
	mlx5dv_dr_action_destroy(vf1);
	mlx5dv_dr_action_destroy(counter);
	assert_int_equal(mlx5dv_devx_obj_destroy(object), 0);
	scene_stop(&scene);
}

static void
format_0(void **state)
{
	(void)state;
	of_format(0);
}

static void
format_1(void **state)
{
	(void)state;
	of_format(1);
}

/* Inserts and removes a rule again and again. Whenever it is removed, what its counter counted has left. */
struct writer {
	struct mlx5dv_devx_obj *object;
	struct mlx5dv_dr_action *actions[2]; /* counter, vport 2 */
	uint32_t number;
	_Atomic bool done;
	_Atomic unsigned n_changes;
	unsigned n_wrong;
};

static void *
write_rules(void *arg)
{
	struct writer *w = arg;

	while (!atomic_load_explicit(&w->done, memory_order_acquire)) {
		struct mlx5dv_dr_rule *rule = scene_rule(&scene, TO_VF1, 2, w->actions);
		uint64_t packets, bytes;

		w->n_wrong += !rule || mlx5dv_dr_rule_destroy(rule) ||
			      rig_counter_query(w->object, w->number, &packets, &bytes) ||
			      packets != rte_ring_count(scene.out[2]);
		atomic_fetch_add_explicit(&w->n_changes, 1, memory_order_relaxed);
	}
	return NULL;
}

static void
rules_change_under_traffic(void **state)
{
	(void)state;
	struct writer w = {0};
	unsigned missed = 0, sent = 0;
	uint8_t bytes[SCENE_FRAME];
	pthread_t thread;

	scene_start(&scene, 1);
	w.object = rig_counter(&scene.rig, &w.number);
	w.actions[0] = mlx5dv_dr_action_create_flow_counter(w.object, 0);
	w.actions[1] = mlx5dv_dr_action_create_dest_vport(scene.rig.domain, 2);
	assert_int_equal(pthread_create(&thread, NULL, write_rules, &w), 0);
	/* On a loaded machine it may take a while to run. */
	while (!atomic_load(&w.n_changes))
		sched_yield();
	for (; sent < SCENE_RING; sent += 32) {
		scene_arrive(&scene, 1, TO_VF1, 32);
		missed += scene_poll(&scene, 1);
	}
	atomic_store_explicit(&w.done, true, memory_order_release);
	assert_int_equal(pthread_join(thread, NULL), 0);
	unsigned forwarded = rte_ring_count(scene.out[2]);

	print_message("%u packets: %u by the rule, %u missed; %u changes\n", sent, forwarded,
		      missed, atomic_load(&w.n_changes));
	assert_int_equal(w.n_wrong, 0);
	assert_int_equal(forwarded + missed, sent);
	while (scene_leave(&scene, 2, bytes, sizeof(bytes)))
		continue;
	mlx5dv_dr_action_destroy(w.actions[1]);
	mlx5dv_dr_action_destroy(w.actions[0]);
	assert_int_equal(mlx5dv_devx_obj_destroy(w.object), 0);
	scene_stop(&scene);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_agree),
		cmocka_unit_test(format_0),
		cmocka_unit_test(format_1),
		cmocka_unit_test(rules_change_under_traffic),
	};

	if (argc != 2)
		return 1;
	scene_eal_start(argv[1]);
	scene_rings_make(&scene);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
