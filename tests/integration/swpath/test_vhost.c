/* SPDX-License-Identifier: Apache-2.0 */
/* A guest behind a vhost port gets every packet, however many of the port's queues it enabled. */
#include "rig.h"

#include <rte_dev.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define N_WORKERS 4
#define N_QUEUES 4
#define N_EACH 20
#define GUEST "net_virtio_user0"

struct guest {
	uint16_t ethdev, n_queues;
	struct rte_mempool *pool;
	unsigned int n_received, by_queue[N_QUEUES];
};

static void
guest_start(struct guest *g, uint16_t n_queues)
{
	struct rte_eth_conf conf = {0};

	g->n_queues = n_queues;
	assert_int_equal(rte_eth_dev_configure(g->ethdev, n_queues, n_queues, &conf), 0);
	for (uint16_t q = 0; q < n_queues; q++) {
		assert_int_equal(rte_eth_rx_queue_setup(g->ethdev, q, 256, 0, NULL, g->pool), 0);
		assert_int_equal(rte_eth_tx_queue_setup(g->ethdev, q, 256, 0, NULL), 0);
	}
	assert_int_equal(rte_eth_dev_start(g->ethdev), 0);
}

static void
guest_receive(struct guest *g)
{
	for (uint16_t q = 0; q < g->n_queues; q++) {
		struct rte_mbuf *m[32];
		uint16_t n = rte_eth_rx_burst(g->ethdev, q, m, 32);

		rte_pktmbuf_free_bulk(m, n);
		g->n_received += n;
		g->by_queue[q] += n;
	}
}

static void
on_change(uint32_t port, void *aux)
{
	(void)port, (void)aux;
	fail();
}

struct wait {
	struct rig *r;
	struct guest *g;
	uint32_t port;
	unsigned int n;
};

static bool
link_up_for_long(struct rig *r, void *aux)
{
	struct rte_eth_link link;
	struct wait *w = aux;
	struct swp_port_info info;

	swp_devices_recover(r->swp, on_change, NULL);
	assert_int_equal(swp_port_info(r->swp, w->port, &info), 0);
	assert_int_equal(rte_eth_link_get_nowait(info.ethdev, &link), 0);
	w->n = link.link_status ? w->n + 1 : 0;
	usleep(1000);
	return w->n > 300;
}

static bool
all_received(struct rig *r, void *aux)
{
	struct wait *w = aux;

	(void)r;
	guest_receive(w->g);
	return w->g->n_received >= w->n;
}

/* Sends from all rings; each worker polls one. */
static void
send_from_all(struct rig *r, struct guest *g, uint32_t port)
{
	struct wait w = {.r = r, .g = g, .port = port};

	rig_wait(r, link_up_for_long, &w);
	g->n_received = 0;
	memset(g->by_queue, 0, sizeof g->by_queue);
	for (unsigned int i = 0; i < N_WORKERS; i++) {
		uint64_t n_before = rig_stats(r, i).rx_packets;

		for (unsigned int k = 0; k < N_EACH; k++)
			rig_send(r, i, rig_packet(r, 2, 80, 20));
		rig_wait_received(r, i, n_before + N_EACH);
		assert_int_equal(rig_stats(r, i).action_drops[FLOW_DROP_TX_FULL], 0);
	}
	w.n = N_WORKERS * N_EACH;
	rig_wait(r, all_received, &w);
	assert_int_equal(g->n_received, w.n);
}

static void
put_output(struct rig *r, uint32_t to)
{
	struct flow_actions a;

	flow_actions_init(&a);
	flow_actions_add_output(&a, to);
	for (unsigned int i = 0; i < N_WORKERS; i++) {
		struct flow_match m = rig_match(r, i, 2);

		assert_int_equal(rig_put(r, &m, &a), 0);
	}
	flow_actions_free(&a);
}

static void
test_guest_enables_some_queues(void **state)
{
	char socket[64], devargs[160], err[512] = "";
	struct guest g = {0};
	uint32_t port;
	struct rig r;

	(void)state;
	rig_start(&r, N_WORKERS, 64, N_WORKERS, 256);
	snprintf(socket, sizeof socket, "/tmp/tandem-vhost-%d", getpid());
	snprintf(devargs, sizeof devargs, "net_vhost0,iface=%s,queues=%d", socket, N_QUEUES);
	if (swp_port_add(r.swp, "guest", devargs, NULL, &port, err, sizeof err))
		fail_msg("%s", err);
	put_output(&r, port);
	snprintf(devargs, sizeof devargs, "path=%s,queues=%d,queue_size=256", socket, N_QUEUES);
	assert_int_equal(rte_eal_hotplug_add("vdev", GUEST, devargs), 0);
	assert_int_equal(rte_eth_dev_get_port_by_name(GUEST, &g.ethdev), 0);
	g.pool = rte_pktmbuf_pool_create("guest", 4095, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	assert_non_null(g.pool);
	guest_start(&g, 1);
	send_from_all(&r, &g, port);
	assert_int_equal(g.by_queue[0], N_WORKERS * N_EACH);
	assert_int_equal(rte_eth_dev_stop(g.ethdev), 0);
	guest_start(&g, N_QUEUES);
	send_from_all(&r, &g, port);
	for (unsigned int q = 0; q < N_QUEUES; q++)
		assert_int_equal(g.by_queue[q], N_EACH);
	assert_int_equal(rte_eth_dev_stop(g.ethdev), 0);
	assert_int_equal(rte_eal_hotplug_remove("vdev", GUEST), 0);
	assert_int_equal(swp_port_del(r.swp, port), 0);
	rte_mempool_free(g.pool);
	rig_stop(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_guest_enables_some_queues)};

	rig_eal();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
