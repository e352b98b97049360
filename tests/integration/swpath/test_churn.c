/* SPDX-License-Identifier: Apache-2.0 */
/* Flows, handlers and ports are added and removed while packets flow. */
#include "rig.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define N_DSTS 8
#define N_SENT 20000 /* per port */
#define N_FEEDS 2
#define N_OF_ROUND (N_SENT / 8)

struct feeder {
	struct rig *r;
	unsigned int n_out; /* port that flows output to */
	uint64_t n_received;
	uint64_t n_sent[N_FEEDS];
	_Atomic unsigned int n_max; /* to send so far at each port */
	_Atomic bool stop;
	pthread_t thread;
};

/* Fills the rings of the first ports and empties the last one's. Not an RCU thread. */
static void *
feed(void *aux)
{
	struct feeder *f = aux;
	unsigned int i = 0;

	while (f->n_sent[0] < N_SENT || f->n_sent[1] < N_SENT) {
		unsigned int port = i++ % N_FEEDS;

		if (rte_ring_count(f->r->ports[port].in) < 512 && f->n_sent[port] < f->n_max) {
			uint8_t dst = (uint8_t)(i / N_FEEDS % N_DSTS);

			rig_send(f->r, port, rig_packet(f->r, dst, (uint16_t)(i % 50), 20));
			f->n_sent[port]++;
		} else {
			usleep(50);
		}
		f->n_received += rig_sent_drain(f->r, f->n_out);
	}
	while (!atomic_load_explicit(&f->stop, memory_order_acquire)) {
		f->n_received += rig_sent_drain(f->r, f->n_out);
		usleep(50);
	}
	return NULL;
}

static void
feeder_start(struct feeder *f, struct rig *r, unsigned int n_out, unsigned int n_max)
{
	*f = (struct feeder){.r = r, .n_out = n_out, .n_max = n_max};
	pthread_create(&f->thread, NULL, feed, f);
}

static bool
all_received(struct rig *r, void *aux)
{
	(void)aux;
	return rig_stats(r, 0).rx_packets == N_SENT && rig_stats(r, 1).rx_packets == N_SENT;
}

static void
feeder_stop(struct feeder *f)
{
	atomic_store_explicit(&f->stop, true, memory_order_release);
	rcu_sleep();
	pthread_join(f->thread, NULL);
	rcu_wake();
	f->n_received += rig_sent_drain(f->r, f->n_out);
}

static void
put_all(struct rig *r)
{
	for (unsigned int port = 0; port < N_FEEDS; port++) {
		for (uint8_t dst = 0; dst < N_DSTS; dst++)
			rig_put_output(r, port, dst, 2);
	}
}

static uint64_t
delete_all(struct rig *r)
{
	struct dp_op ops[N_FEEDS * N_DSTS] = {0};
	uint64_t sum = 0;

	for (unsigned int i = 0; i < RTE_DIM(ops); i++) {
		struct flow_match m = rig_match(r, i / N_DSTS, i % N_DSTS);

		ops[i].type = DP_OP_DEL;
		ops[i].ufid = flow_ufid_make(&m);
	}
	r->dp->class->operate(r->dp, ops, RTE_DIM(ops));
	for (unsigned int i = 0; i < RTE_DIM(ops); i++) {
		assert_int_equal(ops[i].error, 0);
		sum += ops[i].stats.packets;
	}
	return sum;
}

static void
test_deletions_are_exact_under_traffic(void **state)
{
	uint64_t deleted = 0, hits = 0, lost = 0;
	unsigned int n_rounds = 0;
	struct feeder f;
	struct rig r;

	(void)state;
	rig_start(&r, 2, 64, 3, 4096);
	feeder_start(&f, &r, 2, 0);
	do {
		put_all(&r);
		f.n_max = RTE_MIN(f.n_max + N_OF_ROUND, (unsigned int)N_SENT);
		rcu_sleep();
		usleep(200);
		rcu_wake();
		deleted += delete_all(&r);
		n_rounds++;
	} while (!all_received(&r, NULL));
	r.dp->class->barrier(r.dp);
	feeder_stop(&f);
	for (unsigned int port = 0; port < N_FEEDS; port++) {
		assert_int_equal(rig_check_conserved(&r, port), N_SENT);
		hits += rig_stats(&r, port).hits;
		lost += rig_stats(&r, port).action_drops[FLOW_DROP_TX_FULL];
	}
	assert_true(n_rounds >= N_SENT / N_OF_ROUND);
	assert_int_equal(deleted, hits);
	assert_int_equal(f.n_received, hits - lost);
	assert_int_equal(rig_stats(&r, 2).tx_packets, f.n_received);
	assert_int_equal(r.dp->class->n_flows(r.dp), 0);
	assert_int_equal(swp_n_masks(r.swp), 0);
	rig_stop(&r);
}

#define N_HANDLERS 2

struct handler {
	struct rig *r;
	unsigned int index;
	uint64_t n_taken, n_released, n_executed;
	_Atomic bool stop;
	pthread_t thread;
};

/* Treats a miss in one of the ways of upcall handling. */
static void
handle(struct handler *h, struct dp_upcall *u)
{
	struct flow_match m = {.key = u->key};
	struct flow_actions a;
	uint64_t dice = u->received_ns / 64 % 4;

	h->n_taken++;
	if (!dice) {
		h->n_released++;
		h->r->dp->class->release(h->r->dp, u, FLOW_DROP_TTL_EXPIRED);
		return;
	}
	flow_actions_init(&a);
	flow_actions_add_output(&a, h->r->ports[2].number);
	m.mask.in_port = UINT32_MAX;
	m.mask.nw_dst = UINT32_MAX;
	flow_match_canonicalize(&m);
	if (dice > 1)
		rig_put(h->r, &m, &a);
	h->n_executed++;
	assert_int_equal(rig_execute(h->r, u, &a), 0);
	flow_actions_free(&a);
}

static void *
handler(void *aux)
{
	struct handler *h = aux;
	struct dp *dp = h->r->dp;
	struct dp_upcall *u[DP_BATCH_MAX];

	rcu_thread_start();
	for (;;) {
		bool last = atomic_load_explicit(&h->stop, memory_order_acquire);
		unsigned int n = dp->class->recv(dp, h->index, u, DP_BATCH_MAX);

		for (unsigned int i = 0; i < n; i++)
			handle(h, u[i]);
		rcu_quiesce();
		if (!n && last)
			break;
		if (!n)
			dp->class->recv_wait(dp, h->index, NS_PER_MS);
	}
	rcu_thread_stop();
	return NULL;
}

static unsigned int
delete_existing(struct rig *r, uint64_t *sum)
{
	struct dp_flow_stat stats[8];
	struct dp_dump *dump;
	unsigned int total = 0;
	int n;

	assert_int_equal(r->dp->class->dump_new(r->dp, DP_DUMP_ALL, &dump), 0);
	while ((n = r->dp->class->dump_next(r->dp, dump, stats, 8)) >= 0) {
		struct dp_op ops[8] = {0};

		for (int i = 0; i < n; i++)
			ops[i] = (struct dp_op){.type = DP_OP_DEL, .ufid = stats[i].ufid};
		r->dp->class->operate(r->dp, ops, (unsigned int)n);
		for (int i = 0; i < n; i++) {
			assert_int_equal(ops[i].error, 0);
			assert_true(ops[i].stats.packets >= stats[i].stats.packets);
			*sum += ops[i].stats.packets;
		}
		total += (unsigned int)n;
	}
	r->dp->class->dump_free(r->dp, dump);
	return total;
}

static void
storm_check(struct rig *r, struct feeder *f, struct handler *h, uint64_t deleted)
{
	uint64_t taken = 0, released = 0, executed = 0, misses = 0, hits = 0, refused = 0, lost = 0;

	for (unsigned int i = 0; i < N_HANDLERS; i++) {
		taken += h[i].n_taken;
		released += h[i].n_released;
		executed += h[i].n_executed;
	}
	for (unsigned int port = 0; port < N_FEEDS; port++) {
		struct swp_port_stats s = rig_stats(r, port);

		assert_int_equal(rig_check_conserved(r, port), N_SENT);
		misses += s.misses;
		hits += s.hits;
		refused += s.upcall_drops[FLOW_DROP_TTL_EXPIRED];
		lost += s.action_drops[FLOW_DROP_TX_FULL];
	}
	assert_int_equal(taken, misses);
	assert_int_equal(released, refused);
	assert_int_equal(deleted, hits);
	assert_int_equal(f->n_received, hits + executed - lost);
}

static void
test_conserved_after_a_storm(void **state)
{
	struct handler h[N_HANDLERS];
	uint64_t deleted = 0;
	unsigned int n_deleted = 0;
	struct feeder f;
	struct rig r;

	(void)state;
	rig_start(&r, 2, 64, 3, 4096);
	assert_int_equal(r.dp->class->handlers_set(r.dp, N_HANDLERS), 0);
	for (unsigned int i = 0; i < N_HANDLERS; i++) {
		h[i] = (struct handler){.r = &r, .index = i};
		pthread_create(&h[i].thread, NULL, handler, &h[i]);
	}
	feeder_start(&f, &r, 2, N_SENT);
	do {
		rcu_sleep();
		usleep(300);
		rcu_wake();
		n_deleted += delete_existing(&r, &deleted);
	} while (!all_received(&r, NULL));
	r.dp->class->barrier(r.dp);
	rcu_sleep();
	for (unsigned int i = 0; i < N_HANDLERS; i++) {
		atomic_store_explicit(&h[i].stop, true, memory_order_release);
		pthread_join(h[i].thread, NULL);
	}
	rcu_wake();
	r.dp->class->barrier(r.dp);
	n_deleted += delete_existing(&r, &deleted);
	feeder_stop(&f);
	assert_true(n_deleted > 16);
	storm_check(&r, &f, h, deleted);
	rig_stop(&r);
}

static uint32_t
null_add(struct rig *r, const char *name, const char *devargs)
{
	uint32_t port;
	char err[256];

	if (swp_port_add(r->swp, name, devargs, NULL, &port, err, sizeof err))
		fail_msg("%s", err);
	return port;
}

struct wanted {
	uint32_t port;
	size_t ofs; /* of a counter in swp_port_stats */
	uint64_t n;
};

static bool
counted(struct rig *r, void *aux)
{
	struct wanted *w = aux;
	struct swp_port_stats s;

	assert_int_equal(swp_port_stats(r->swp, w->port, &s), 0);
	return *(const uint64_t *)((const char *)&s + w->ofs) >= w->n;
}

#define WAIT_COUNTED(r, port, counter, n)                                                          \
	rig_wait(r, counted, &(struct wanted){port, offsetof(struct swp_port_stats, counter), n})

static void
put_to(struct rig *r, uint32_t from, uint32_t to)
{
	struct flow_match m = {.key = {.in_port = from}, .mask = {.in_port = UINT32_MAX}};
	struct flow_actions a;

	flow_actions_init(&a);
	flow_actions_add_output(&a, to);
	assert_int_equal(rig_put(r, &m, &a), 0);
	flow_actions_free(&a);
}

/* net_null receives without end. The output port is removed first, then the flooding port: once
 * while it hits, once while it misses with a full queue. */
static void
test_ports_are_removed_under_traffic(void **state)
{
	struct flow_actions a;
	struct rig r;

	(void)state;
	rig_start(&r, 2, 64, 0, 64);
	assert_int_equal(r.dp->class->handlers_set(r.dp, 1), 0);
	flow_actions_init(&a);
	for (unsigned int round = 0; round < 3; round++) {
		uint32_t from = null_add(&r, "from", "net_null0");
		uint32_t to = null_add(&r, "to", "net_null1,no-rx=1");
		uint32_t flood = null_add(&r, "flood", "net_null2");
		struct dp_upcall *u[8];
		unsigned int n;

		put_to(&r, from, to);
		WAIT_COUNTED(&r, from, hits, 1000);
		WAIT_COUNTED(&r, to, tx_packets, 1000);
		assert_int_equal(swp_port_del(r.swp, to), 0);
		WAIT_COUNTED(&r, from, action_drops[FLOW_DROP_PORT_GONE], 1000);
		WAIT_COUNTED(&r, flood, rx_drops[FLOW_DROP_QUEUE_FULL], 1000);
		n = r.dp->class->recv(r.dp, 0, u, 8);
		assert_true(n > 0);
		assert_int_equal(swp_port_del(r.swp, flood), 0);
		assert_int_equal(swp_port_del(r.swp, from), 0);
		assert_int_equal(rte_eth_dev_count_avail(), 0);
		for (unsigned int i = 0; i < n; i++)
			assert_int_equal(rig_execute(&r, u[i], &a), 0);
		while ((n = r.dp->class->recv(r.dp, 0, u, 8))) {
			for (unsigned int i = 0; i < n; i++)
				r.dp->class->release(r.dp, u[i], FLOW_NOT_DROPPED);
		}
	}
	flow_actions_free(&a);
	rig_stop(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deletions_are_exact_under_traffic),
		cmocka_unit_test(test_conserved_after_a_storm),
		cmocka_unit_test(test_ports_are_removed_under_traffic),
	};

	rig_eal();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
