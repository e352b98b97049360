/* SPDX-License-Identifier: Apache-2.0 */
/* Packets that are passed to handlers and returned. */
#include "rig.h"

#include <arpa/inet.h>
#include <string.h>

static bool
received_one(struct rig *r, void *aux)
{
	struct dp_upcall **u = aux;

	return r->dp->class->recv(r->dp, 0, u, 1) == 1;
}

static struct dp_upcall *
take_one(struct rig *r)
{
	struct dp_upcall *u = NULL;

	rig_wait(r, received_one, &u);
	return u;
}

static void
test_miss_put_execute(void **state)
{
	struct rte_mbuf *sent, *same;
	struct flow_actions a;
	struct flow_match m;
	struct dp_upcall *u;
	struct rig r;

	(void)state;
	rig_start(&r, 1, 64, 2, 1024);
	assert_int_equal(r.dp->class->handlers_set(r.dp, 1), 0);
	same = rig_packet(&r, 2, 80, 600);
	rig_send(&r, 0, rig_packet(&r, 2, 80, 600));
	u = take_one(&r);
	assert_int_equal(u->n_bytes, same->pkt_len);
	assert_memory_equal(u->data, rte_pktmbuf_mtod(same, void *), same->pkt_len);
	assert_int_equal(u->kind, DP_UPCALL_MISS);
	assert_int_equal(u->key.in_port, r.ports[0].number);
	assert_int_equal(u->key.nw_dst, htonl(0x0a000002));
	assert_true(u->received_ns);
	m = rig_match(&r, 0, 2);
	assert_true(flow_match_covers(&m, &u->key));
	flow_actions_init(&a);
	flow_actions_add_output(&a, r.ports[1].number);
	assert_int_equal(rig_put(&r, &m, &a), 0);
	assert_int_equal(rig_execute(&r, u, &a), 0);
	r.dp->class->barrier(r.dp);
	sent = rig_sent(&r, 1);
	assert_non_null(sent);
	assert_int_equal(sent->pkt_len, same->pkt_len);
	assert_memory_equal(rte_pktmbuf_mtod(sent, void *), rte_pktmbuf_mtod(same, void *),
			    same->pkt_len);
	rte_pktmbuf_free(sent);
	rte_pktmbuf_free(same);
	rig_send(&r, 0, rig_packet(&r, 2, 80, 20));
	rig_wait_received(&r, 0, 2);
	assert_int_equal(rig_sent_drain(&r, 1), 1);
	assert_int_equal(rig_stats(&r, 0).misses, 1);
	assert_int_equal(rig_stats(&r, 0).hits, 1);
	flow_actions_free(&a);
	rig_check_conserved(&r, 0);
	rig_stop(&r);
}

static void
test_upcall_action_copies(void **state)
{
	struct flow_action up = {
		.type = FLOW_ACTION_UPCALL,
		.upcall = {.reason = FLOW_UPCALL_CONTROLLER, .max_len = 40, .cookie = 77}};
	struct flow_actions a;
	struct flow_match m;
	struct dp_upcall *u;
	struct rig r;

	(void)state;
	rig_start(&r, 1, 64, 2, 1024);
	m = rig_match(&r, 0, 2);
	flow_actions_init(&a);
	flow_actions_add(&a, &up);
	flow_actions_add_output(&a, r.ports[1].number);
	flow_actions_add(&a, &up);
	assert_int_equal(rig_put(&r, &m, &a), 0);
	flow_actions_free(&a);
	rig_send(&r, 0, rig_packet(&r, 2, 80, 20));
	rig_wait_received(&r, 0, 1);
	assert_int_equal(rig_stats(&r, 0).action_drops[FLOW_DROP_PAUSED], 2);
	assert_int_equal(r.dp->class->handlers_set(r.dp, 1), 0);
	rig_send(&r, 0, rig_packet(&r, 2, 80, 20));
	for (unsigned int i = 0; i < 2; i++) {
		u = take_one(&r);
		assert_int_equal(u->kind, DP_UPCALL_ACTION);
		assert_int_equal(u->reason, FLOW_UPCALL_CONTROLLER);
		assert_int_equal(u->cookie, 77);
		assert_int_equal(u->max_len, 40);
		assert_int_equal(u->key.in_port, r.ports[0].number);
		r.dp->class->release(r.dp, u, i ? FLOW_NOT_DROPPED : FLOW_DROP_TTL_EXPIRED);
	}
	r.dp->class->barrier(r.dp);
	assert_int_equal(rig_sent_drain(&r, 1), 2);
	assert_int_equal(rig_stats(&r, 0).action_upcalls, 2);
	assert_int_equal(rig_stats(&r, 0).action_drops[FLOW_DROP_TTL_EXPIRED], 1);
	assert_int_equal(rig_stats(&r, 0).misses, 0);
	rig_check_conserved(&r, 0);
	rig_stop(&r);
}

static void
test_queue_full_and_paused(void **state)
{
	struct swp_port_stats s;
	struct dp_upcall *u;
	struct rig r;

	(void)state;
	rig_start(&r, 1, 4, 1, 64);
	for (unsigned int i = 0; i < 5; i++)
		rig_send(&r, 0, rig_packet(&r, 2, 80, 20));
	rig_wait_received(&r, 0, 5);
	assert_int_equal(rig_stats(&r, 0).rx_drops[FLOW_DROP_PAUSED], 5);
	assert_int_equal(r.dp->class->handlers_set(r.dp, 1), 0);
	for (unsigned int i = 0; i < 10; i++)
		rig_send(&r, 0, rig_packet(&r, 2, 80, 20));
	rig_wait_received(&r, 0, 15);
	s = rig_stats(&r, 0);
	assert_int_equal(s.misses, 4);
	assert_int_equal(s.rx_drops[FLOW_DROP_QUEUE_FULL], 6);
	u = take_one(&r);
	r.dp->class->release(r.dp, u, FLOW_DROP_NO_BUFFER);
	assert_int_equal(r.dp->class->handlers_set(r.dp, 0), 0);
	s = rig_stats(&r, 0);
	assert_int_equal(s.upcall_drops[FLOW_DROP_QUEUE_FULL], 3);
	assert_int_equal(s.upcall_drops[FLOW_DROP_NO_BUFFER], 1);
	assert_int_equal(rig_check_conserved(&r, 0), 15);
	rig_stop(&r);
}

struct service {
	struct rig *r;
	unsigned int got[3], since[3]; /* in total; since another port was served */
};

static unsigned int
port_of(struct rig *r, const struct dp_upcall *u)
{
	unsigned int port = 0;

	while (r->ports[port].number != u->key.in_port)
		port++;
	return port;
}

static unsigned int
serve(struct service *s, unsigned int max)
{
	struct dp_upcall *u[DP_BATCH_MAX];
	unsigned int n = s->r->dp->class->recv(s->r->dp, 0, u, max);

	for (unsigned int i = 0; i < n; i++) {
		unsigned int port = port_of(s->r, u[i]);

		for (unsigned int k = 0; k < 3; k++)
			s->since[k] = k == port ? s->since[k] + 1 : 0;
		if (s->got[1] < 30 || s->got[2] < 30)
			assert_true(s->since[port] <= DP_PORT_SHARE);
		s->got[port]++;
		s->r->dp->class->release(s->r->dp, u[i], FLOW_NOT_DROPPED);
	}
	return n;
}

/* A port with 200 queued upcalls and two with 30 each, whatever number is taken per call: no
 * port gets more than its share before the others had their turn, and the quiet ports are served
 * long before the end of the flood. */
static void
check_fair(struct rig *r, unsigned int max)
{
	struct service s = {.r = r};
	unsigned int n, total = 0;
	uint64_t before[3];

	for (unsigned int i = 0; i < 3; i++)
		before[i] = rig_stats(r, i).rx_packets;
	for (unsigned int i = 0; i < 200; i++)
		rig_send(r, 0, rig_packet(r, 2, (uint16_t)i, 20));
	for (unsigned int i = 0; i < 60; i++)
		rig_send(r, 1 + i % 2, rig_packet(r, 2, (uint16_t)i, 20));
	rig_wait_received(r, 0, before[0] + 200);
	rig_wait_received(r, 1, before[1] + 30);
	rig_wait_received(r, 2, before[2] + 30);
	while ((n = serve(&s, max))) {
		total += n;
		if (total >= 3 * DP_PORT_SHARE + DP_BATCH_MAX)
			assert_true(s.got[1] == 30 && s.got[2] == 30);
	}
	assert_int_equal(s.got[0], 200);
}

static void
test_recv_is_fair(void **state)
{
	struct rig r;

	(void)state;
	rig_start(&r, 1, 256, 3, 64);
	assert_int_equal(r.dp->class->handlers_set(r.dp, 1), 0);
	check_fair(&r, DP_BATCH_MAX);
	check_fair(&r, 20);
	check_fair(&r, 7);
	check_fair(&r, 1);
	assert_int_equal(rig_sum(rig_stats(&r, 0).upcall_drops, FLOW_N_DROPS), 0);
	rig_stop(&r);
}

/* The packets of one conversation, in both directions, are given to one handler; many flows use
 * all. */
static void
test_handlers_by_flow(void **state)
{
	struct dp_upcall *u[DP_BATCH_MAX];
	unsigned int n_total = 0;
	uint32_t owner[256];
	struct rig r;

	(void)state;
	memset(owner, 0xff, sizeof owner);
	rig_start(&r, 1, 256, 1, 64);
	assert_int_equal(r.dp->class->handlers_set(r.dp, 3), 0);
	for (unsigned int i = 0; i < 300; i++)
		rig_send(&r, 0, rig_packet(&r, 2, (uint16_t)(i % 100), 20));
	rig_wait_received(&r, 0, 300);
	for (unsigned int h = 0; h < 3; h++) {
		unsigned int n, n_mine = 0;

		r.dp->class->recv_wait(r.dp, h, NS_PER_S);
		while ((n = r.dp->class->recv(r.dp, h, u, DP_BATCH_MAX))) {
			for (unsigned int i = 0; i < n; i++) {
				uint32_t *o = &owner[ntohs(u[i]->key.tp_dst)];

				assert_true(*o == UINT32_MAX || *o == h);
				*o = h;
				r.dp->class->release(r.dp, u[i], FLOW_NOT_DROPPED);
			}
			n_mine += n;
		}
		assert_true(n_mine > 0);
		n_total += n_mine;
	}
	assert_int_equal(n_total, 300);
	rig_stop(&r);
}

static void
test_wait_ends_at_the_timeout(void **state)
{
	uint64_t start_ns;
	struct rig r;

	(void)state;
	rig_start(&r, 1, 64, 1, 64);
	assert_int_equal(r.dp->class->handlers_set(r.dp, 1), 0);
	start_ns = clock_now_ns();
	r.dp->class->recv_wait(r.dp, 0, 5 * NS_PER_MS);
	assert_true(clock_now_ns() - start_ns >= 5 * NS_PER_MS);
	rig_stop(&r);
}

static void
test_packet_out(void **state)
{
	uint8_t bytes[60] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};
	struct flow_actions a;
	struct dp_upcall *u;
	struct rte_mbuf *m;
	struct rig r;

	(void)state;
	rig_start(&r, 2, 64, 2, 1024);
	flow_actions_init(&a);
	flow_actions_add_output(&a, r.ports[1].number);
	for (unsigned int i = 0; i < 100; i++) {
		bytes[20] = (uint8_t)i;
		u = r.dp->class->packet_new(r.dp, bytes, sizeof bytes,
					    i % 2 ? FLOW_PORT_NONE : r.ports[0].number);
		assert_non_null(u);
		assert_int_equal(u->key.eth_type, htons(0x88b5));
		assert_int_equal(u->n_bytes, sizeof bytes);
		assert_int_equal(rig_execute(&r, u, &a), 0);
	}
	r.dp->class->barrier(r.dp);
	for (unsigned int i = 0; i < 100; i++) {
		m = rig_sent(&r, 1);
		assert_non_null(m);
		assert_int_equal(m->pkt_len, sizeof bytes);
		rte_pktmbuf_free(m);
	}
	u = r.dp->class->packet_new(r.dp, bytes, sizeof bytes, r.ports[0].number);
	r.dp->class->release(r.dp, u, FLOW_DROP_EXPLICIT);
	assert_int_equal(rig_stats(&r, 0).action_drops[FLOW_DROP_EXPLICIT], 1);
	assert_int_equal(rig_stats(&r, 0).upcall_drops[FLOW_DROP_EXPLICIT], 0);
	assert_null(r.dp->class->packet_new(r.dp, bytes, 100000, 0));
	flow_actions_free(&a);
	rig_stop(&r);
}

/* An upcall held while its port is removed can still be executed, and is not counted at a later
 * port. */
static void
test_upcall_outlives_its_port(void **state)
{
	char name[RTE_ETH_NAME_MAX_LEN], err[256];
	struct dp_upcall *u[2];
	struct flow_actions a;
	struct rig r;

	(void)state;
	rig_start(&r, 1, 64, 2, 1024);
	assert_int_equal(r.dp->class->handlers_set(r.dp, 1), 0);
	for (unsigned int i = 0; i < 5; i++)
		rig_send(&r, 0, rig_packet(&r, 2, 80, 20));
	rig_wait_received(&r, 0, 5);
	u[0] = take_one(&r);
	u[1] = take_one(&r);
	assert_int_equal(swp_port_del(r.swp, r.ports[0].number), 0);
	flow_actions_init(&a);
	flow_actions_add_output(&a, r.ports[1].number);
	flow_actions_add_output(&a, r.ports[0].number);
	assert_int_equal(rig_execute(&r, u[0], &a), 0);
	flow_actions_free(&a);
	r.dp->class->barrier(r.dp);
	assert_int_equal(rig_sent_drain(&r, 1), 1);
	r.dp->class->release(r.dp, u[1], FLOW_DROP_NO_BRIDGE);
	rte_eth_dev_get_name_by_port(r.ports[0].ethdev, name);
	assert_int_equal(swp_port_add(r.swp, name, name, NULL, &r.ports[0].number, err, sizeof err),
			 0);
	assert_int_equal(rig_stats(&r, 0).upcall_drops[FLOW_DROP_NO_BRIDGE], 0);
	assert_int_equal(rig_stats(&r, 0).rx_packets, 0);
	rig_stop(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_miss_put_execute),
		cmocka_unit_test(test_upcall_action_copies),
		cmocka_unit_test(test_queue_full_and_paused),
		cmocka_unit_test(test_recv_is_fair),
		cmocka_unit_test(test_handlers_by_flow),
		cmocka_unit_test(test_wait_ends_at_the_timeout),
		cmocka_unit_test(test_packet_out),
		cmocka_unit_test(test_upcall_outlives_its_port),
	};

	rig_eal();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
