/* SPDX-License-Identifier: Apache-2.0 */
/* Meters: a burst passes, the rest is dropped or remarked, and all packets are counted. The
 * rates are so low that no token is added during a test. */
#include "rig.h"

#include <string.h>

#define METER 7
#define N_SENT 60
#define BURST 20

/* Order of actions for packets from 10.0.0.1 to 10.0.0.2. */
enum way {
	METERED_THEN_SENT,
	SENT_THEN_METERED,
	METERED_THEN_DROPPED,
	METERED_ALONE,
};

static void
meter_start_on(struct rig *r, const struct flow_meter *meter, enum way way)
{
	struct flow_action a = {.type = FLOW_ACTION_METER, .meter = METER};
	struct flow_actions acts;
	struct flow_match match;

	rig_start(r, 1, 64, 2, 1024);
	if (meter)
		assert_int_equal(r->dp->class->meter_set(r->dp, METER, meter), 0);
	match = rig_match(r, 0, 2);
	flow_actions_init(&acts);
	if (way == SENT_THEN_METERED)
		flow_actions_add_output(&acts, r->ports[1].number);
	flow_actions_add(&acts, &a);
	if (way == METERED_THEN_SENT)
		flow_actions_add_output(&acts, r->ports[1].number);
	if (way == METERED_THEN_DROPPED)
		flow_actions_add_drop(&acts, FLOW_DROP_EXPLICIT);
	assert_int_equal(rig_put(r, &match, &acts), 0);
	flow_actions_free(&acts);
}

static void
meter_start(struct rig *r, const struct flow_meter *meter)
{
	meter_start_on(r, meter, METERED_THEN_SENT);
}

static uint32_t
send_all(struct rig *r, uint8_t tos)
{
	uint32_t n_bytes = 0;

	for (unsigned int i = 0; i < N_SENT; i++) {
		struct rte_mbuf *m = rig_packet(r, 2, 80, 20);

		rte_pktmbuf_mtod(m, uint8_t *)[15] = tos;
		n_bytes = rte_pktmbuf_pkt_len(m);
		rig_send(r, 0, m);
	}
	rig_wait_received(r, 0, N_SENT);
	return n_bytes;
}

static void
expect_stats(struct rig *r, uint64_t n_band, uint32_t n_bytes)
{
	struct flow_meter_stats s;

	assert_int_equal(r->dp->class->meter_stats(r->dp, METER, &s), 0);
	assert_int_equal(s.in.packets, N_SENT);
	assert_int_equal(s.in.bytes, N_SENT * (uint64_t)n_bytes);
	assert_int_equal(s.band[0].packets, n_band);
	assert_int_equal(s.band[0].bytes, n_band * n_bytes);
}

static void
test_packets_past_the_burst_are_dropped(void **state)
{
	struct flow_meter meter = {
		.pktps = true, .n_bands = 1, .band = {{FLOW_METER_DROP, 1, BURST, 0}}};
	uint32_t n_bytes;
	struct rig r;

	(void)state;
	meter_start(&r, &meter);
	n_bytes = send_all(&r, 0);
	assert_in_range(rig_sent_drain(&r, 1), BURST, BURST + 5);
	expect_stats(&r, rig_stats(&r, 0).action_drops[FLOW_DROP_METER], n_bytes);
	assert_int_equal(rig_stats(&r, 0).action_drops[FLOW_DROP_METER] +
				 rig_stats(&r, 1).tx_packets,
			 N_SENT);
	rig_check_conserved(&r, 0);
	rig_stop(&r);
}

/* 1 kbit/s and a burst of 1 kbit: 125 bytes. */
static void
test_kilobits(void **state)
{
	struct flow_meter meter = {.n_bands = 1, .band = {{FLOW_METER_DROP, 1, 1, 0}}};
	uint32_t n_bytes;
	struct rig r;

	(void)state;
	meter_start(&r, &meter);
	n_bytes = send_all(&r, 0);
	assert_in_range(rig_sent_drain(&r, 1), 125 / n_bytes, 125 / n_bytes + 5);
	rig_stop(&r);
}

/* AF21 becomes AF22; packets within the burst keep it. */
static void
test_remark(void **state)
{
	struct flow_meter meter = {
		.pktps = true, .n_bands = 1, .band = {{FLOW_METER_DSCP_REMARK, 1, BURST, 1}}};
	unsigned int n_same = 0, n_remarked = 0;
	struct rte_mbuf *m;
	uint32_t n_bytes;
	struct rig r;

	(void)state;
	meter_start(&r, &meter);
	n_bytes = send_all(&r, 18 << 2 | 1);
	while ((m = rig_sent(&r, 1))) {
		uint8_t tos = rte_pktmbuf_mtod(m, uint8_t *)[15];

		n_same += tos == (18 << 2 | 1);
		n_remarked += tos == (20 << 2 | 1);
		rte_pktmbuf_free(m);
	}
	assert_in_range(n_same, BURST, BURST + 5);
	assert_int_equal(n_same + n_remarked, N_SENT);
	expect_stats(&r, n_remarked, n_bytes);
	rig_stop(&r);
}

/* Of the exceeded bands, the one with the highest rate applies. */
static void
test_bands(void **state)
{
	struct flow_meter meter = {
		.pktps = true,
		.n_bands = 2,
		.band = {{FLOW_METER_DSCP_REMARK, 1, 10, 2}, {FLOW_METER_DROP, 2, 40, 0}}};
	struct flow_meter_stats s;
	struct rig r;

	(void)state;
	meter_start(&r, &meter);
	send_all(&r, 10 << 2);
	assert_in_range(rig_sent_drain(&r, 1), 40, 45);
	assert_int_equal(r.dp->class->meter_stats(r.dp, METER, &s), 0);
	assert_in_range(s.band[0].packets, 25, 30);
	assert_in_range(s.band[1].packets, 15, 20);
	rig_stop(&r);
}

/* Packets are metered without an output, before a drop, and after the last output, and are
 * dropped once. */
static void
test_dropped_packets_are_metered(void **state)
{
	struct flow_meter meter = {
		.pktps = true, .n_bands = 1, .band = {{FLOW_METER_DROP, 1, BURST, 0}}};

	(void)state;
	for (enum way way = SENT_THEN_METERED; way <= METERED_ALONE; way++) {
		bool sent = way == SENT_THEN_METERED;
		struct swp_port_stats s;
		uint32_t n_bytes;
		struct rig r;

		meter_start_on(&r, &meter, way);
		n_bytes = send_all(&r, 0);
		assert_int_equal(rig_sent_drain(&r, 1), sent ? N_SENT : 0);
		s = rig_stats(&r, 0);
		expect_stats(&r, s.action_drops[FLOW_DROP_METER], n_bytes);
		assert_in_range(s.action_drops[FLOW_DROP_METER], N_SENT - BURST - 5,
				N_SENT - BURST);
		assert_int_equal(s.action_drops[FLOW_DROP_EXPLICIT],
				 sent ? 0 : N_SENT - s.action_drops[FLOW_DROP_METER]);
		rig_check_conserved(&r, 0);
		rig_stop(&r);
	}
}

static void
test_without_the_meter_packets_pass(void **state)
{
	struct flow_meter meter = {
		.pktps = true, .n_bands = 1, .band = {{FLOW_METER_DROP, 1, BURST, 0}}};
	struct flow_meter_stats s;
	struct rig r;

	(void)state;
	meter_start(&r, NULL);
	assert_int_equal(r.dp->class->meter_stats(r.dp, METER, &s), -ENOENT);
	send_all(&r, 0);
	assert_int_equal(rig_sent_drain(&r, 1), N_SENT);
	assert_int_equal(r.dp->class->meter_set(r.dp, 0, &meter), -EINVAL);
	meter.band[0].rate = 0;
	assert_int_equal(r.dp->class->meter_set(r.dp, METER, &meter), -EINVAL);
	meter.band[0].rate = 1;
	assert_int_equal(r.dp->class->meter_set(r.dp, METER, &meter), 0);
	assert_int_equal(r.dp->class->meter_set(r.dp, METER, &meter), 0);
	assert_int_equal(r.dp->class->meter_stats(r.dp, METER, &s), 0);
	assert_int_equal(s.in.packets, 0);
	r.dp->class->meter_del(r.dp, METER);
	r.dp->class->meter_del(r.dp, METER);
	assert_int_equal(r.dp->class->meter_stats(r.dp, METER, &s), -ENOENT);
	rig_stop(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packets_past_the_burst_are_dropped),
		cmocka_unit_test(test_kilobits),
		cmocka_unit_test(test_remark),
		cmocka_unit_test(test_bands),
		cmocka_unit_test(test_dropped_packets_are_metered),
		cmocka_unit_test(test_without_the_meter_packets_pass),
	};

	rig_eal();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
