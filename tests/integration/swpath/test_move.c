/* SPDX-License-Identifier: Apache-2.0 */
/* Receive queues move between workers under traffic: no packet is lost or overtaken. */
#include "rig.h"

#include <rte_byteorder.h>

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define N_IN 3 /* on two workers, two of them share one */
#define OUT 3
#define N_MOVES 30
#define HOLD_US 300
#define PAYLOAD_AT 42 /* after Ethernet, IPv4 and UDP */

/* Sends numbered packets to the ports whose bit is in 'feeding', and checks the numbers of what
 * comes out. */
struct feeder {
	struct rig *r;
	_Atomic unsigned int feeding;
	atomic_bool stop;
	uint32_t n_sent[N_IN], n_received[N_IN];
	unsigned int n_wrong;
	pthread_t thread;
};

static void
packet_send(struct feeder *f, unsigned int port)
{
	struct rte_mbuf *m = rig_packet(f->r, 2, 80, 20);
	uint32_t words[] = {port, f->n_sent[port]++};

	memcpy(rte_pktmbuf_mtod_offset(m, void *, PAYLOAD_AT), words, sizeof words);
	rig_send(f->r, port, m);
}

static void
packets_take(struct feeder *f)
{
	struct rte_mbuf *m;
	uint32_t words[2];

	while ((m = rig_sent(f->r, OUT))) {
		memcpy(words, rte_pktmbuf_mtod_offset(m, void *, PAYLOAD_AT), sizeof words);
		f->n_wrong += words[0] >= N_IN || words[1] != f->n_received[words[0]];
		if (words[0] < N_IN)
			f->n_received[words[0]] = words[1] + 1;
		rte_pktmbuf_free(m);
	}
}

static void *
feed(void *aux)
{
	struct feeder *f = aux;

	while (!atomic_load(&f->stop)) {
		unsigned int feeding = atomic_load(&f->feeding);

		for (unsigned int i = 0; i < N_IN; i++) {
			if (feeding & 1u << i && rte_ring_count(f->r->ports[i].in) < 512)
				packet_send(f, i);
		}
		packets_take(f);
	}
	return NULL;
}

struct places {
	struct rig *r;
	unsigned int worker[RIG_PORTS];
	uint64_t packets[RIG_PORTS];
};

static void
place_note(const struct swp_queue_info *q, void *aux)
{
	struct places *p = aux;

	for (unsigned int i = 0; i < p->r->n_ports; i++) {
		if (p->r->ports[i].number == q->port) {
			p->worker[i] = q->worker;
			p->packets[i] = q->packets;
		}
	}
}

static struct places
places(struct rig *r)
{
	struct places p = {.r = r};

	swp_queue_each(r->swp, place_note, &p);
	return p;
}

/* Returns the bits of two input ports that share a worker. */
static unsigned int
pair_find(struct rig *r)
{
	struct places p = places(r);

	for (unsigned int i = 0; i < N_IN; i++) {
		for (unsigned int k = i + 1; k < N_IN; k++) {
			if (p.worker[i] == p.worker[k])
				return 1u << i | 1u << k;
		}
	}
	fail_msg("no two of three queues are on one of two workers");
	return 0;
}

/* Holds every other burst in the hands of the worker that received it, so that a worker that polled
 * the queue too early would overtake it. */
static uint16_t
hold(uint16_t ethdev, uint16_t queue, struct rte_mbuf **mbufs, uint16_t n, uint16_t max, void *aux)
{
	_Atomic unsigned int *n_bursts = aux;

	(void)ethdev;
	(void)queue;
	(void)mbufs;
	(void)max;
	if (n && atomic_fetch_add(n_bursts, 1) % 2)
		usleep(HOLD_US);
	return n;
}

static bool
moved(struct rig *r, void *aux)
{
	unsigned int *n = aux;

	swp_loads_sample(r->swp);
	*n = swp_workers_balance(r->swp, 1, 0);
	return *n > 0;
}

static bool
drained(struct rig *r, void *aux)
{
	struct feeder *f = aux;
	struct places p = places(r);

	for (unsigned int i = 0; i < N_IN; i++) {
		if (p.packets[i] < f->n_sent[i])
			return false;
	}
	return true;
}

/* The feeder counts what was sent only while it runs, so it ends before the counts are compared. */
static void
feeder_end(struct feeder *f)
{
	atomic_store(&f->stop, true);
	rcu_sleep();
	pthread_join(f->thread, NULL);
	rcu_wake();
	rig_wait(f->r, drained, f);
	rcu_sync();
	packets_take(f);
}

static void
test_moves_keep_order(void **state)
{
	const struct rte_eth_rxtx_callback *holds[N_IN];
	_Atomic unsigned int n_bursts[N_IN] = {0};
	struct feeder f = {0};
	unsigned int n;
	struct rig r;

	(void)state;
	rig_start(&r, 2, 64, 4, 8192);
	f.r = &r;
	for (unsigned int i = 0; i < N_IN; i++) {
		rig_put_output(&r, i, 2, OUT);
		holds[i] = rte_eth_add_rx_callback(r.ports[i].ethdev, 0, hold, &n_bursts[i]);
		assert_non_null(holds[i]);
	}
	assert_int_equal(pthread_create(&f.thread, NULL, feed, &f), 0);
	for (unsigned int i = 0; i < N_MOVES; i++) {
		atomic_store(&f.feeding, pair_find(&r));
		rig_wait(&r, moved, &n);
	}
	feeder_end(&f);
	for (unsigned int i = 0; i < N_IN; i++)
		assert_int_equal(rte_eth_remove_rx_callback(r.ports[i].ethdev, 0, holds[i]), 0);
	rcu_sync();
	assert_int_equal(f.n_wrong, 0);
	for (unsigned int i = 0; i < N_IN; i++) {
		assert_int_equal(f.n_received[i], f.n_sent[i]);
		assert_int_equal(rig_check_conserved(&r, i), f.n_sent[i]);
	}
	rig_stop(&r);
}

/* Nothing moves where nothing is to be gained: without load, with one worker, or if a queue is
 * alone with the load. */
static void
test_queues_stay(void **state)
{
	struct feeder f = {0};
	struct places before, after;
	struct rig r;

	(void)state;
	rig_start(&r, 1, 64, 2, 4096);
	assert_int_equal(swp_workers_balance(r.swp, 1, 0), 0);
	rig_stop(&r);
	rig_start(&r, 2, 64, 4, 8192);
	f.r = &r;
	f.feeding = 1;
	assert_int_equal(swp_workers_balance(r.swp, 1, 0), 0);
	before = places(&r);
	rig_put_output(&r, 0, 2, OUT);
	assert_int_equal(pthread_create(&f.thread, NULL, feed, &f), 0);
	for (unsigned int i = 0; i < 100; i++) {
		swp_loads_sample(r.swp);
		usleep(1000);
		assert_int_equal(swp_workers_balance(r.swp, 1, 0), 0);
	}
	feeder_end(&f);
	after = places(&r);
	assert_memory_equal(before.worker, after.worker, sizeof before.worker);
	assert_true(after.packets[0] > 0);
	rig_stop(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moves_keep_order),
		cmocka_unit_test(test_queues_stay),
	};

	rig_eal();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
