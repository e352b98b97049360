/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include <support/compose.h>

#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_eth_ring.h>

#include <arpa/inet.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_NS (20 * NS_PER_S)

void
rig_eal(void)
{
	char *argv[] = {(char[]){"test"},
			(char[]){"--no-huge"},
			(char[]){"--no-shconf"},
			(char[]){"-m"},
			(char[]){"512"},
			(char[]){"--no-pci"},
			(char[]){"--no-telemetry"},
			(char[]){"--log-level=3"},
			(char[]){"-l"},
			(char[]){"0"},
			(char[]){"--file-prefix=tandem-test"}};

	assert_true(rte_eal_init(RTE_DIM(argv), argv) >= 0);
	rcu_thread_start();
}

static struct rte_ring *
ring(unsigned int port, const char *way, unsigned int n)
{
	char name[RTE_RING_NAMESIZE];
	struct rte_ring *r;

	snprintf(name, sizeof name, "t%s%u", way, port);
	r = rte_ring_create(name, n, 0, RING_F_EXACT_SZ);
	assert_non_null(r);
	return r;
}

static void
port_start(struct rig *r, unsigned int i, unsigned int out_len)
{
	struct rig_port *p = &r->ports[i];
	char name[RTE_ETH_NAME_MAX_LEN], err[256] = "";
	int id;

	p->in = ring(i, "in", RIG_RING);
	p->out = ring(i, "out", out_len);
	snprintf(name, sizeof name, "t%u", i);
	id = rte_eth_from_rings(name, &p->in, 1, &p->out, 1, 0);
	assert_true(id >= 0);
	p->ethdev = (uint16_t)id;
	assert_int_equal(rte_eth_dev_get_name_by_port(p->ethdev, name), 0);
	if (swp_port_add(r->swp, name, name, NULL, &p->number, err, sizeof err))
		fail_msg("%s", err);
}

static void
count_event(void *aux)
{
	struct rig *r = aux;

	atomic_fetch_add_explicit(&r->n_device_events, 1, memory_order_relaxed);
}

void
rig_start(struct rig *r, unsigned int n_workers, unsigned int miss_queue_len, unsigned int n_ports,
	  unsigned int out_len)
{
	struct swp_config config = {.n_workers = n_workers,
				    .seed = 42,
				    .n_mbufs = 8191,
				    .miss_queue_len = miss_queue_len,
				    .idle_sleep_us = 200,
				    .device_event = count_event,
				    .aux = r};

	memset(r, 0, sizeof *r);
	for (unsigned int i = 0; i < SWP_WORKERS_MAX; i++)
		config.cores[i] = -1;
	assert_int_equal(swp_create(&config, &r->swp), 0);
	r->dp = swp_dp(r->swp);
	r->pool = rte_pktmbuf_pool_create("test", RIG_MBUFS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	assert_non_null(r->pool);
	r->n_ports = n_ports;
	for (unsigned int i = 0; i < n_ports; i++)
		port_start(r, i, out_len);
}

static void
check_full(struct rte_mempool *pool, void *aux)
{
	(void)aux;
	if (rte_mempool_in_use_count(pool))
		fail_msg("%u mbufs of %s did not come back", rte_mempool_in_use_count(pool),
			 pool->name);
}

void
rig_stop(struct rig *r)
{
	struct rte_eth_dev_info info;

	r->dp->class->handlers_set(r->dp, 0);
	r->dp->class->barrier(r->dp);
	for (unsigned int i = 0; i < r->n_ports; i++) {
		rig_sent_drain(r, i);
		swp_port_del(r->swp, r->ports[i].number);
		assert_int_equal(rte_eth_dev_info_get(r->ports[i].ethdev, &info), 0);
		assert_int_equal(rte_dev_remove(info.device), 0);
		rte_ring_free(r->ports[i].in);
		rte_ring_free(r->ports[i].out);
	}
	rte_mempool_walk(check_full, NULL);
	swp_destroy(r->swp);
	rte_mempool_free(r->pool);
}

void
rig_wait(struct rig *r, bool (*done)(struct rig *r, void *aux), void *aux)
{
	uint64_t end_ns = clock_now_ns() + PATIENCE_NS;

	while (!done(r, aux)) {
		rcu_sleep();
		usleep(100);
		rcu_wake();
		if (clock_now_ns() > end_ns)
			fail_msg("waited in vain");
	}
}

struct received {
	unsigned int port;
	uint64_t n;
};

static bool
has_received(struct rig *r, void *aux)
{
	struct received *want = aux;

	return rig_stats(r, want->port).rx_packets >= want->n;
}

void
rig_wait_received(struct rig *r, unsigned int port, uint64_t n)
{
	struct received want = {port, n};

	rig_wait(r, has_received, &want);
	r->dp->class->barrier(r->dp);
}

struct rte_mbuf *
rig_packet(struct rig *r, uint8_t dst, uint16_t tp_dst, size_t n_payload)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(r->pool);
	struct flow_key key = {
		.eth_dst = {{2, 0, 0, 0, 0, dst}},
		.eth_src = {{2, 0, 0, 0, 0, 1}},
		.eth_type = htons(0x0800),
		.nw_src = htonl(0x0a000001),
		.nw_dst = htonl(0x0a000000u | dst),
		.nw_proto = 17,
		.nw_ttl = 64,
		.tp_src = htons(1000),
		.tp_dst = htons(tp_dst),
	};
	int n;

	assert_non_null(m);
	n = packet_compose(&key, n_payload, rte_pktmbuf_mtod(m, uint8_t *),
			   rte_pktmbuf_tailroom(m));
	assert_true(n > 0);
	assert_non_null(rte_pktmbuf_append(m, (uint16_t)n));
	return m;
}

void
rig_send(struct rig *r, unsigned int port, struct rte_mbuf *m)
{
	assert_int_equal(rte_ring_enqueue(r->ports[port].in, m), 0);
}

struct rte_mbuf *
rig_sent(struct rig *r, unsigned int port)
{
	void *m;

	return rte_ring_dequeue(r->ports[port].out, &m) ? NULL : m;
}

size_t
rig_bytes(struct rte_mbuf *m, uint8_t *out)
{
	size_t n = 0;

	for (const struct rte_mbuf *s = m; s; s = s->next) {
		memcpy(out + n, rte_pktmbuf_mtod(s, void *), s->data_len);
		n += s->data_len;
	}
	assert_int_equal(n, m->pkt_len);
	rte_pktmbuf_free(m);
	return n;
}

unsigned int
rig_sent_drain(struct rig *r, unsigned int port)
{
	struct rte_mbuf *m;
	unsigned int n = 0;

	for (; (m = rig_sent(r, port)); n++)
		rte_pktmbuf_free(m);
	return n;
}

struct flow_match
rig_match(struct rig *r, unsigned int port, uint8_t dst)
{
	struct flow_match m = {
		.key = {.in_port = r->ports[port].number,
			.eth_type = htons(0x0800),
			.nw_dst = htonl(0x0a000000u | dst)},
		.mask = {.in_port = UINT32_MAX, .eth_type = UINT16_MAX, .nw_dst = UINT32_MAX},
	};

	return m;
}

static int
operate(struct rig *r, struct dp_op *op, const struct flow_match *m)
{
	if (m)
		op->ufid = flow_ufid_make(m);
	r->dp->class->operate(r->dp, op, 1);
	return op->error;
}

int
rig_put(struct rig *r, const struct flow_match *m, const struct flow_actions *a)
{
	struct dp_op op = {.type = DP_OP_PUT, .match = m, .actions = a};

	return operate(r, &op, m);
}

int
rig_modify(struct rig *r, const struct flow_match *m, const struct flow_actions *a)
{
	struct dp_op op = {.type = DP_OP_MODIFY, .actions = a};

	return operate(r, &op, m);
}

static int
operate_stats(struct rig *r, enum dp_op_type type, const struct flow_match *m,
	      struct flow_stats *out)
{
	struct dp_op op = {.type = type};
	int rc = operate(r, &op, m);

	*out = op.stats;
	return rc;
}

int
rig_del(struct rig *r, const struct flow_match *m, struct flow_stats *out)
{
	return operate_stats(r, DP_OP_DEL, m, out);
}

int
rig_get(struct rig *r, const struct flow_match *m, struct flow_stats *out)
{
	return operate_stats(r, DP_OP_GET, m, out);
}

int
rig_execute(struct rig *r, struct dp_upcall *u, const struct flow_actions *a)
{
	struct dp_op op = {.type = DP_OP_EXECUTE, .packet = u, .actions = a};

	return operate(r, &op, NULL);
}

void
rig_put_output(struct rig *r, unsigned int port, uint8_t dst, unsigned int to)
{
	struct flow_match m = rig_match(r, port, dst);
	struct flow_actions a;

	flow_actions_init(&a);
	assert_int_equal(flow_actions_add_output(&a, r->ports[to].number), 0);
	assert_int_equal(rig_put(r, &m, &a), 0);
	flow_actions_free(&a);
}

struct swp_port_stats
rig_stats(struct rig *r, unsigned int port)
{
	struct swp_port_stats s;

	assert_int_equal(swp_port_stats(r->swp, r->ports[port].number, &s), 0);
	return s;
}

uint64_t
rig_sum(const uint64_t *counters, unsigned int n)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < n; i++)
		sum += counters[i];
	return sum;
}

uint64_t
rig_check_conserved(struct rig *r, unsigned int port)
{
	struct swp_port_stats s = rig_stats(r, port);

	assert_int_equal(s.rx_packets + s.recirculated,
			 s.hits + s.misses + rig_sum(s.rx_drops, FLOW_N_DROPS));
	assert_int_equal(s.rx_packets, rig_sum(s.parse, FLOW_N_PARSE_STATUSES));
	assert_int_equal(s.received, s.rx_packets);
	return s.rx_packets;
}
