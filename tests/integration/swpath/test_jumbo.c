/* SPDX-License-Identifier: Apache-2.0 */
/* Frames that take several packet buffers: matched, edited, counted, passed to a handler and
 * sent like those in one. */
#include "fakenic.h"
#include "rig.h"

#include <support/compose.h>

#include <arpa/inet.h>
#include <string.h>

#define MTU 9000
#define OVERHEAD 22 /* Ethernet header and two tags */
#define N_FRAME (MTU + 14)

struct jumbo {
	struct rig r;
	uint32_t wire, vf;
	uint8_t frame[N_FRAME + 64];
};

static uint32_t
add(struct jumbo *j, const char *devargs, uint16_t mtu)
{
	const struct swp_port_config config = {.mtu = mtu};
	char err[512] = "";
	uint32_t number;

	if (swp_port_add(j->r.swp, devargs, devargs, &config, &number, err, sizeof err))
		fail_msg("%s", err);
	return number;
}

static void
begin(struct jumbo *j)
{
	memset(j, 0, sizeof *j);
	memset(fakenic(), 0, sizeof *fakenic());
	rig_start(&j->r, 1, 64, 0, 0);
	fakenic()->in = rte_ring_create("jumbo-in", 64, SOCKET_ID_ANY, 0);
	fakenic()->out = rte_ring_create("jumbo-out", 64, SOCKET_ID_ANY, 0);
	j->wire = add(j, FAKENIC, MTU);
	j->vf = add(j, FAKENIC ",representor=vf0", MTU);
	j->r.ports[0].number = j->wire;
	j->r.ports[1].number = j->vf;
}

static void
end(struct jumbo *j)
{
	assert_int_equal(rte_ring_count(fakenic()->out), 0);
	rig_stop(&j->r);
	rte_ring_free(fakenic()->in);
	rte_ring_free(fakenic()->out);
}

/* Sends a UDP packet of 'n' bytes to 10.0.0.2, in segments of n_first, then n_next bytes. */
static void
frame_send(struct jumbo *j, size_t n, size_t n_first, size_t n_next)
{
	struct flow_key key = {.eth_dst = {{2, 0, 0, 0, 0, 2}},
			       .eth_src = {{2, 0, 0, 0, 0, 1}},
			       .eth_type = htons(0x0800),
			       .nw_src = htonl(0x0a000001),
			       .nw_dst = htonl(0x0a000002),
			       .nw_proto = 17,
			       .nw_ttl = 64,
			       .tp_src = htons(1000),
			       .tp_dst = htons(2000)};
	struct rte_mbuf *head = NULL, *m;
	size_t at = 0, n_now = n_first;

	assert_int_equal(packet_compose(&key, n - 42, j->frame, sizeof j->frame), n);
	for (size_t i = 42; i < n; i++)
		j->frame[i] = (uint8_t)(i * 7 + i / 251);
	/* UDP without a checksum, so that the payload may be anything. */
	j->frame[40] = j->frame[41] = 0;
	for (; at < n; at += n_now) {
		if (head)
			n_now = n - at < n_next ? n - at : n_next;
		m = rte_pktmbuf_alloc(j->r.pool);
		assert_non_null(m);
		memcpy(rte_pktmbuf_append(m, (uint16_t)n_now), j->frame + at, n_now);
		if (!head)
			head = m;
		else
			assert_int_equal(rte_pktmbuf_chain(head, m), 0);
	}
	assert_int_equal(rte_pktmbuf_pkt_len(head), n);
	assert_int_equal(rte_ring_enqueue(fakenic()->in, head), 0);
}

/* Stores the bytes of the next packet that was sent; returns how many. */
static size_t
sent(uint8_t *out)
{
	struct rte_mbuf *m = NULL;

	assert_int_equal(rte_ring_dequeue(fakenic()->out, (void **)&m), 0);
	assert_non_null(m);
	return rig_bytes(m, out);
}

static void
put(struct jumbo *j, const struct flow_actions *a)
{
	struct flow_match m = rig_match(&j->r, 0, 2);

	m.key.nw_proto = 17;
	m.key.tp_dst = htons(2000);
	m.mask.nw_proto = UINT8_MAX;
	m.mask.tp_dst = UINT16_MAX;
	assert_int_equal(rig_put(&j->r, &m, a), 0);
}

static void
check_counts(struct jumbo *j, uint64_t n_packets, uint64_t n_bytes)
{
	struct swp_port_stats s = rig_stats(&j->r, 0);

	assert_int_equal(s.hits, n_packets);
	assert_int_equal(s.hit_bytes, n_bytes);
	assert_int_equal(s.rx_bytes, n_bytes);
	assert_int_equal(s.parse[FLOW_PARSE_OK], n_packets);
	rig_check_conserved(&j->r, 0);
}

/* Frames cut at various places match a megaflow on addresses and ports, and are sent whole. */
static void
test_matched_and_sent_whole(void **state)
{
	static const size_t cuts[][2] = {{2000, 2000}, {1024, 2048}, {1023, 1000}, {14, 2000},
					 {35, 1999},   {2048, 1},    {1500, 1500}};
	uint8_t got[N_FRAME + 64];
	struct flow_actions a;
	uint64_t n_bytes = 0;
	struct jumbo j;

	(void)state;
	begin(&j);
	flow_actions_init(&a);
	assert_int_equal(flow_actions_add_output(&a, j.vf), 0);
	put(&j, &a);
	for (unsigned int i = 0; i < RTE_DIM(cuts); i++) {
		size_t n = cuts[i][1] == 1 ? 2048 + 20 : N_FRAME;

		frame_send(&j, n, cuts[i][0], cuts[i][1]);
		rig_wait_received(&j.r, 0, i + 1);
		assert_int_equal(sent(got), n);
		assert_memory_equal(got, j.frame, n);
		n_bytes += n;
	}
	check_counts(&j, RTE_DIM(cuts), n_bytes);
	assert_int_equal(rig_stats(&j.r, 1).tx_bytes, n_bytes);
	flow_actions_free(&a);
	end(&j);
}

static void
add_set(struct flow_actions *a, uint8_t field, size_t n, uint64_t value)
{
	struct flow_action set = {.type = FLOW_ACTION_SET, .set.field = field};

	for (size_t i = 0; i < n; i++) {
		set.set.value[15 - i] = (uint8_t)(value >> 8 * i);
		set.set.mask[15 - i] = UINT8_MAX;
	}
	assert_int_equal(flow_actions_add(a, &set), 0);
}

/* Edits and copies; flow_edit() on a contiguous frame is the oracle. */
static void
test_edited_and_copied(void **state)
{
	static const struct flow_action push = {.type = FLOW_ACTION_PUSH_VLAN,
						.vlan.tpid = RTE_BE16(0x8100),
						.vlan.tci = RTE_BE16(7)};
	uint8_t got[N_FRAME + 64], memory[N_FRAME + 128], *want = memory + 64;
	struct flow_buffer buf = {.data = want, .n = N_FRAME, .n_head = 64};
	struct flow_actions a;
	struct flow_offsets ofs;
	struct flow_key key = {0};
	struct jumbo j;

	(void)state;
	begin(&j);
	flow_actions_init(&a);
	add_set(&a, FLOW_FIELD_NW_DST, 4, 0x0a000063);
	add_set(&a, FLOW_FIELD_NW_TTL, 1, 9);
	add_set(&a, FLOW_FIELD_UDP_DST, 2, 3000);
	assert_int_equal(flow_actions_add_output(&a, j.vf), 0);
	assert_int_equal(flow_actions_add(&a, &push), 0);
	assert_int_equal(flow_actions_add_output(&a, j.vf), 0);
	put(&j, &a);
	frame_send(&j, N_FRAME, 2000, 2000);
	rig_wait_received(&j.r, 0, 1);
	memcpy(want, j.frame, N_FRAME);
	flow_parse(want, N_FRAME, &key, &ofs);
	for (unsigned int i = 0; i < a.n; i++) {
		if (a.a[i].type != FLOW_ACTION_OUTPUT) {
			assert_int_equal(flow_edit(&a.a[i], &buf, &key, &ofs), 0);
			continue;
		}
		assert_int_equal(sent(got), buf.n);
		assert_memory_equal(got, buf.data, buf.n);
	}
	check_counts(&j, 1, N_FRAME);
	flow_actions_free(&a);
	end(&j);
}

/* A handler gets the whole length and can access every byte of packets it receives and makes. */
static void
test_upcalls(void **state)
{
	uint8_t got[N_FRAME + 64];
	struct dp_upcall *u;
	struct flow_actions a;
	struct jumbo j;

	(void)state;
	begin(&j);
	assert_int_equal(j.r.dp->class->handlers_set(j.r.dp, 1), 0);
	frame_send(&j, N_FRAME, 2000, 2000);
	rig_wait_received(&j.r, 0, 1);
	assert_int_equal(j.r.dp->class->recv(j.r.dp, 0, &u, 1), 1);
	assert_int_equal(u->n_bytes, N_FRAME);
	assert_int_equal(u->key.tp_dst, htons(2000));
	dp_upcall_read(u, got);
	assert_memory_equal(got, j.frame, N_FRAME);
	flow_actions_init(&a);
	assert_int_equal(flow_actions_add_output(&a, j.vf), 0);
	assert_int_equal(rig_execute(&j.r, u, &a), 0);
	u = j.r.dp->class->packet_new(j.r.dp, j.frame, N_FRAME, j.wire);
	assert_non_null(u);
	assert_int_equal(u->n_bytes, N_FRAME);
	assert_int_equal(u->key.tp_dst, htons(2000));
	assert_int_equal(rig_execute(&j.r, u, &a), 0);
	j.r.dp->class->barrier(j.r.dp);
	for (unsigned int i = 0; i < 2; i++) {
		memset(got, 0, sizeof got);
		assert_int_equal(sent(got), N_FRAME);
		assert_memory_equal(got, j.frame, N_FRAME);
	}
	flow_actions_free(&a);
	end(&j);
}

/* A frame with two tags fits the MTU, one with a byte more does not. Then the port gets a
 * smaller MTU. */
static void
test_oversize(void **state)
{
	static const struct flow_action tag = {.type = FLOW_ACTION_PUSH_VLAN,
					       .vlan.tpid = RTE_BE16(0x8100)};
	uint8_t got[N_FRAME + 64];
	struct swp_port_info info;
	struct flow_actions a;
	char err[256] = "";
	struct jumbo j;

	(void)state;
	begin(&j);
	flow_actions_init(&a);
	assert_int_equal(flow_actions_add(&a, &tag), 0);
	assert_int_equal(flow_actions_add(&a, &tag), 0);
	assert_int_equal(flow_actions_add_output(&a, j.vf), 0);
	put(&j, &a);
	frame_send(&j, N_FRAME, 2000, 2000);
	frame_send(&j, N_FRAME + 1, 2000, 2000);
	rig_wait_received(&j.r, 0, 2);
	assert_int_equal(sent(got), MTU + OVERHEAD);
	assert_int_equal(rig_stats(&j.r, 0).action_drops[FLOW_DROP_MTU], 1);
	assert_int_equal(swp_port_mtu_set(j.r.swp, j.vf, 1500, err, sizeof err), 0);
	assert_int_equal(swp_port_info(j.r.swp, j.vf, &info), 0);
	assert_int_equal(info.mtu, 1500);
	frame_send(&j, N_FRAME, 2000, 2000);
	frame_send(&j, 1514, 700, 700);
	rig_wait_received(&j.r, 0, 4);
	assert_int_equal(sent(got), 1500 + OVERHEAD);
	assert_int_equal(rig_stats(&j.r, 0).action_drops[FLOW_DROP_MTU], 2);
	/* If the device refuses an MTU, the port does not change. */
	assert_int_equal(swp_port_mtu_set(j.r.swp, j.vf, 10000, err, sizeof err), -EINVAL);
	assert_non_null(strstr(err, "9216"));
	assert_int_equal(swp_port_info(j.r.swp, j.vf, &info), 0);
	assert_int_equal(info.mtu, 1500);
	assert_string_equal(info.fault, "");
	frame_send(&j, 1514, 1514, 1);
	rig_wait_received(&j.r, 0, 5);
	assert_int_equal(sent(got), 1500 + OVERHEAD);
	flow_actions_free(&a);
	end(&j);
}

/* If a driver stores a frame in one buffer, an MTU that exceeds a buffer is refused. */
static void
test_buffers_bound_the_mtu(void **state)
{
	struct swp_port_config config = {.mtu = 3000};
	char err[512] = "";
	uint32_t number;
	struct rig r;

	(void)state;
	rig_start(&r, 1, 64, 0, 0);
	assert_int_equal(
		swp_port_add(r.swp, "null", "net_null3,no-rx=1", &config, &number, err, sizeof err),
		-EINVAL);
	assert_non_null(strstr(err, "packet-buffer-bytes"));
	assert_non_null(strstr(err, "2022"));
	config.mtu = 2022;
	assert_int_equal(
		swp_port_add(r.swp, "null", "net_null3,no-rx=1", &config, &number, err, sizeof err),
		0);
	assert_int_equal(swp_port_del(r.swp, number), 0);
	rig_stop(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matched_and_sent_whole),
		cmocka_unit_test(test_edited_and_copied),
		cmocka_unit_test(test_upcalls),
		cmocka_unit_test(test_oversize),
		cmocka_unit_test(test_buffers_bound_the_mtu),
	};

	rig_eal();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
