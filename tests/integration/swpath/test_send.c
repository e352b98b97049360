/* SPDX-License-Identifier: Apache-2.0 */
/* Requirements of drivers on the frames they send. */
#include "fakenic.h"
#include "rig.h"

#include <string.h>

#define N_PADDED 18

static struct rig rig;

static uint32_t
begin(void)
{
	struct flow_match m = {0};
	struct flow_actions a;
	char err[512] = "";
	uint32_t wire;

	memset(fakenic(), 0, sizeof *fakenic());
	rig_start(&rig, 1, 64, 1, 64);
	fakenic()->out = rte_ring_create("send-out", 64, SOCKET_ID_ANY, 0);
	if (swp_port_add(rig.swp, "wire", FAKENIC, NULL, &wire, err, sizeof err))
		fail_msg("%s", err);
	m.key.in_port = rig.ports[0].number;
	m.mask.in_port = UINT32_MAX;
	flow_actions_init(&a);
	flow_actions_add_output(&a, wire);
	assert_int_equal(rig_put(&rig, &m, &a), 0);
	flow_actions_free(&a);
	return wire;
}

static void
end(uint32_t wire)
{
	assert_int_equal(rte_ring_count(fakenic()->out), 0);
	assert_int_equal(swp_port_del(rig.swp, wire), 0);
	rte_ring_free(fakenic()->out);
	rig_stop(&rig);
}

static uint8_t
byte_of(uint16_t n, uint16_t at)
{
	return at < 12 ? 2 : at < 14 ? 0xff : (uint8_t)(n + at);
}

/* Sends frames of n_from to n_to bytes in one burst. */
static void
frames_send(uint16_t n_from, uint16_t n_to)
{
	struct rte_mbuf *m[32];
	unsigned int k = 0;

	for (uint16_t n = n_from; n <= n_to; n++) {
		uint8_t *at;

		m[k] = rte_pktmbuf_alloc(rig.pool);
		assert_non_null(m[k]);
		/* Old bytes of the buffer must not be sent. */
		memset(rte_pktmbuf_mtod(m[k], void *), 0xee, 64);
		at = (uint8_t *)rte_pktmbuf_append(m[k++], n);
		for (uint16_t i = 0; i < n; i++)
			at[i] = byte_of(n, i);
	}
	assert_int_equal(rte_ring_enqueue_bulk(rig.ports[0].in, (void **)m, k, NULL), k);
	rig_wait_received(&rig, 0, k);
}

static void
check_sent(uint16_t n)
{
	struct rte_mbuf *m = NULL;
	const uint8_t *at;

	assert_int_equal(rte_ring_dequeue(fakenic()->out, (void **)&m), 0);
	assert_int_equal(m->pkt_len, n < N_PADDED ? N_PADDED : n);
	at = rte_pktmbuf_mtod(m, const uint8_t *);
	for (uint32_t i = 0; i < m->pkt_len; i++)
		assert_int_equal(at[i], i < n ? byte_of(n, (uint16_t)i) : 0);
	rte_pktmbuf_free(m);
}

/* Some devices stop if they get less than 17 bytes to send. */
static void
test_runts_are_padded(void **state)
{
	uint32_t wire = begin();
	struct swp_port_stats s;

	(void)state;
	frames_send(14, 20);
	for (uint16_t n = 14; n <= 20; n++)
		check_sent(n);
	assert_int_equal(swp_port_stats(rig.swp, wire, &s), 0);
	assert_int_equal(s.tx_packets, 7);
	assert_int_equal(s.tx_bytes, 5 * 18 + 19 + 20);
	end(wire);
}

/* If a driver refuses one frame, those behind it are still sent. */
static void
test_refused_frames_are_counted(void **state)
{
	uint32_t wire = begin();
	struct swp_port_stats s;

	(void)state;
	fakenic()->tx_bytes_min = 64;
	frames_send(60, 70);
	for (uint16_t n = 64; n <= 70; n++)
		check_sent(n);
	s = rig_stats(&rig, 0);
	assert_int_equal(s.action_drops[FLOW_DROP_TX_REFUSED], 4);
	assert_int_equal(swp_port_stats(rig.swp, wire, &s), 0);
	assert_int_equal(s.tx_packets, 7);
	assert_int_equal(s.tx_bytes, 64 + 65 + 66 + 67 + 68 + 69 + 70);
	assert_int_equal(s.tx_dropped, 4);
	rig_check_conserved(&rig, 0);
	end(wire);
}

/* Frames for which a transmit queue has no room are dropped, and neither they nor their bytes count as
 * sent. */
static void
test_frames_without_room_are_counted(void **state)
{
	uint32_t wire = begin();
	struct swp_port_stats s;

	(void)state;
	fakenic()->tx_limited = true;
	fakenic()->tx_room = 5;
	frames_send(60, 70);
	for (uint16_t n = 60; n < 65; n++)
		check_sent(n);
	s = rig_stats(&rig, 0);
	assert_int_equal(s.action_drops[FLOW_DROP_TX_FULL], 6);
	assert_int_equal(swp_port_stats(rig.swp, wire, &s), 0);
	assert_int_equal(s.tx_packets, 5);
	assert_int_equal(s.tx_bytes, 60 + 61 + 62 + 63 + 64);
	assert_int_equal(s.tx_dropped, 6);
	rig_check_conserved(&rig, 0);
	end(wire);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_runts_are_padded),
		cmocka_unit_test(test_refused_frames_are_counted),
		cmocka_unit_test(test_frames_without_room_are_counted),
	};

	rig_eal();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
