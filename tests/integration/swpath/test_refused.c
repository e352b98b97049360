/* SPDX-License-Identifier: Apache-2.0 */
/* Actions that the software path does not support are refused as a whole; a queue, which it
 * supports, is set in the packet. */
#include "rig.h"

static void
list(struct flow_actions *acts, uint32_t port, enum flow_action_type more)
{
	struct flow_action a = {.type = (uint8_t)more};

	flow_actions_init(acts);
	flow_actions_add_output(acts, port);
	assert_int_equal(flow_actions_add(acts, &a), 0);
}

static void
test_connection_tracking_is_refused(void **state)
{
	static const enum flow_action_type types[] = {FLOW_ACTION_CT, FLOW_ACTION_CT_CLEAR};
	const uint8_t frame[60] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xb5};
	struct rig r;

	(void)state;
	rig_start(&r, 1, 64, 3, 64);
	rig_put_output(&r, 0, 2, 1);
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		struct flow_match other = rig_match(&r, 0, 3), there = rig_match(&r, 0, 2);
		struct flow_stats stats;
		struct flow_actions acts;
		struct dp_upcall *u;

		assert_false(r.dp->caps.actions >> types[i] & 1);
		list(&acts, r.ports[2].number, types[i]);
		assert_int_equal(rig_put(&r, &other, &acts), -EOPNOTSUPP);
		assert_int_equal(rig_modify(&r, &there, &acts), -EOPNOTSUPP);
		assert_int_equal(rig_del(&r, &other, &stats), -ENOENT);
		u = r.dp->class->packet_new(r.dp, frame, sizeof frame, r.ports[0].number);
		assert_non_null(u);
		assert_int_equal(rig_execute(&r, u, &acts), -EOPNOTSUPP);
		flow_actions_free(&acts);
		/* The existing megaflow is unchanged. */
		rig_send(&r, 0, rig_packet(&r, 2, 80, 20));
		rig_wait_received(&r, 0, i + 1);
		assert_int_equal(rig_sent_drain(&r, 1), 1);
		assert_int_equal(rig_sent_drain(&r, 2), 0);
	}
	rig_check_conserved(&r, 0);
	rig_stop(&r);
}

static void
test_queue_follows_the_packet(void **state)
{
	static const uint32_t queues[] = {5, 0};
	struct flow_match match;
	struct flow_actions acts;
	struct rig r;

	(void)state;
	rig_start(&r, 1, 64, 3, 64);
	match = rig_match(&r, 0, 2);
	flow_actions_init(&acts);
	for (int i = 0; i < 2; i++) {
		struct flow_action a = {.type = FLOW_ACTION_SET_QUEUE, .queue = queues[i]};

		assert_int_equal(flow_actions_add(&acts, &a), 0);
		flow_actions_add_output(&acts, r.ports[i + 1].number);
	}
	assert_int_equal(rig_put(&r, &match, &acts), 0);
	flow_actions_free(&acts);
	rig_send(&r, 0, rig_packet(&r, 2, 80, 20));
	rig_wait_received(&r, 0, 1);
	for (int i = 0; i < 2; i++) {
		struct rte_mbuf *m = rig_sent(&r, (unsigned int)i + 1);

		assert_non_null(m);
		assert_int_equal(rte_mbuf_sched_queue_get(m), queues[i]);
		rte_pktmbuf_free(m);
	}
	rig_check_conserved(&r, 0);
	rig_stop(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connection_tracking_is_refused),
		cmocka_unit_test(test_queue_follows_the_packet),
	};

	rig_eal();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
