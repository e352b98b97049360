/* SPDX-License-Identifier: Apache-2.0 */
#include "missq.h"
#include "buffers.h"
#include "count.h"
#include "packet.h"
#include "request.h"
#include "ring.h"

#include <base/clock.h>

#include <errno.h>
#include <stdatomic.h>

/* An idle handler polls this many times, about 70 us apart, before it sleeps until a worker wakes it.
 * So however packets arrive, workers make at most about 1,500 system calls a second for a handler. */
#define NAPS 8
#define NAP_NS (20 * NS_PER_US)

int
swp_missq_make(const struct swp *s, struct swp_port *p, unsigned int n)
{
	for (unsigned int h = 0; h < n; h++) {
		if (!p->missq[h] && swp_ring_new(s->config.miss_queue_len, &p->missq[h]))
			return -ENOMEM;
	}
	return 0;
}

void
swp_missq_drain(struct swp *s, struct swp_port *p, unsigned int h, bool lost)
{
	struct swp_port_stats *c = swp_port_shared_counts(p);
	void *m;

	while (p->missq[h] && !rte_ring_sc_dequeue(p->missq[h], &m)) {
		bool is_miss = swp_packet_of(m)->is_miss;

		if (lost)
			count_add_shared(is_miss ? &c->upcall_drops[FLOW_DROP_QUEUE_FULL]
						 : &c->action_drops[FLOW_DROP_QUEUE_FULL],
					 1);
		swp_buffers_return(s, swp_packet_of(m));
		rte_pktmbuf_free(m);
	}
}

static void
waiting_set(struct swp_inbox *in, uint32_t number)
{
	atomic_fetch_or(&in->waiting[number / 64], UINT64_C(1) << number % 64);
}

static bool
is_waiting(const struct swp_inbox *in, uint32_t number)
{
	return atomic_load_explicit(&in->waiting[number / 64], memory_order_relaxed) >>
		       number % 64 &
	       1;
}

/* The queue has a packet. The handler clears the bit before it looks at the queue for the last
 * time, and sets 'sleeping' before it looks at the bits for the last time; so one of the two
 * threads sees what the other wrote. */
static void
announce(struct swp_inbox *in, uint32_t number)
{
	atomic_thread_fence(memory_order_seq_cst);
	if (!is_waiting(in, number))
		waiting_set(in, number);
	if (atomic_load(&in->sleeping) && atomic_exchange(&in->sleeping, false))
		sem_post(&in->bell);
}

void
swp_missq_announce(struct swp *s, const struct swp_port *p)
{
	for (unsigned int h = 0; h < DP_HANDLERS_MAX; h++) {
		if (p->missq[h] && !rte_ring_empty(p->missq[h]))
			announce(&s->inboxes[h], p->number);
	}
}

enum flow_drop
swp_missq_choose(const struct swp *s, const struct swp_port *p, const struct flow_key *key,
		 unsigned int *h)
{
	unsigned int n = atomic_load_explicit(&s->n_handlers, memory_order_acquire);

	if (!n)
		return FLOW_DROP_PAUSED;
	*h = (unsigned int)(flow_key_hash_5tuple(key, s->config.seed) % n);
	return rte_ring_full(p->missq[*h]) ? FLOW_DROP_QUEUE_FULL : FLOW_NOT_DROPPED;
}

enum flow_drop
swp_missq_push(struct swp *s, struct swp_port *p, unsigned int h, struct rte_mbuf *m,
	       uint64_t now_ns)
{
	struct swp_packet *pkt = swp_packet_of(m);

	if (!swp_buffers_hold(s, p, pkt))
		return FLOW_DROP_FEW_BUFFERS;
	pkt->act = 0;
	if (swp_request_any(m))
		swp_request_complete(m);
	swp_packet_data_set(m);
	pkt->upcall.received_ns = now_ns;
	pkt->upcall.next = NULL;
	if (!rte_ring_enqueue(p->missq[h], m)) {
		announce(&s->inboxes[h], p->number);
		return FLOW_NOT_DROPPED;
	}
	swp_buffers_return(s, pkt);
	return FLOW_DROP_QUEUE_FULL;
}

/* Returns a port by number; SWP_PORTS_MAX is 'orphan_port'. NULL if it does not exist. */
static struct swp_port *
port_of(struct swp *s, uint32_t number)
{
	return number < SWP_PORTS_MAX ? rcu_read(&s->ports[number]) : s->orphan_port;
}

static int
queues_make(struct swp *s, unsigned int n)
{
	for (uint32_t i = 0; i <= SWP_PORTS_MAX; i++) {
		struct swp_port *p = port_of(s, i);

		if (p && swp_missq_make(s, p, n))
			return -ENOMEM;
	}
	return 0;
}

int
swp_handlers_set(struct dp *dp, unsigned int n)
{
	struct swp *s = (struct swp *)dp;
	unsigned int n_before = atomic_load_explicit(&s->n_handlers, memory_order_relaxed);

	if (n > DP_HANDLERS_MAX)
		n = DP_HANDLERS_MAX;
	if (queues_make(s, n))
		return -ENOMEM;
	atomic_store_explicit(&s->n_handlers, n, memory_order_release);
	rcu_sync();
	for (uint32_t i = 0; i <= SWP_PORTS_MAX; i++) {
		struct swp_port *p = port_of(s, i);

		for (unsigned int h = n; p && h < n_before; h++)
			swp_missq_drain(s, p, h, true);
	}
	return 0;
}

/* Returns the first port from 'number' on whose queue may have packets, then from 0 on;
 * SWP_INBOX_NONE if there is none. */
static uint32_t
waiting_next(const struct swp_inbox *in, uint32_t number)
{
	uint64_t bits = atomic_load(&in->waiting[number / 64]) & UINT64_MAX << number % 64;

	for (uint32_t i = 0, word = number / 64; i <= SWP_INBOX_WORDS; i++) {
		if (bits)
			return word * 64 + (uint32_t)__builtin_ctzll(bits);
		word = (word + 1) % SWP_INBOX_WORDS;
		bits = atomic_load(&in->waiting[word]);
	}
	return SWP_INBOX_NONE;
}

/* Prefetches what a handler reads of an upcall, which a worker has written on another core. */
static void
upcall_prefetch(const struct dp_upcall *u)
{
	const char *p = (const char *)u;

	for (size_t i = 0; i < sizeof *u; i += 64)
		__builtin_prefetch(p + i);
}

/* Takes up to 'max' upcalls of a port. If its queue is empty then, the port no longer waits. */
static unsigned int
take(struct swp *s, unsigned int h, uint32_t number, struct dp_upcall **out, unsigned int max)
{
	struct swp_inbox *in = &s->inboxes[h];
	struct swp_port *p = port_of(s, number);
	void *m[DP_PORT_SHARE];
	unsigned int n = p ? rte_ring_sc_dequeue_burst(p->missq[h], m, max, NULL) : 0;

	for (unsigned int i = 0; i < n; i++) {
		out[i] = &swp_packet_of(m[i])->upcall;
		upcall_prefetch(out[i]);
	}
	if (n == max)
		return n;
	atomic_fetch_and(&in->waiting[number / 64], ~(UINT64_C(1) << number % 64));
	if (p && !rte_ring_empty(p->missq[h]))
		waiting_set(in, number);
	return n;
}

/* Serves ports in turn until 'max' upcalls are taken or no port waits. If 'max' interrupts a port's
 * share, the next call continues with the rest of it. */
unsigned int
swp_recv(struct dp *dp, unsigned int h, struct dp_upcall **out, unsigned int max)
{
	struct swp *s = (struct swp *)dp;
	struct swp_inbox *in = &s->inboxes[h];
	unsigned int n = 0;

	if (h >= atomic_load_explicit(&s->n_handlers, memory_order_acquire))
		return 0;
	while (n < max) {
		uint32_t number = waiting_next(in, in->turn);
		unsigned int got;

		if (number == SWP_INBOX_NONE)
			break;
		if (number != in->turn || !in->share)
			in->share = DP_PORT_SHARE;
		in->turn = number;
		got = take(s, h, number, out + n, RTE_MIN(in->share, max - n));
		n += got;
		in->share -= got;
		if (n < max || !in->share) {
			in->turn = (number + 1) % (SWP_PORTS_MAX + 1);
			in->share = 0;
		}
	}
	return n;
}

static bool
pending(struct swp *s, unsigned int h)
{
	return h < atomic_load_explicit(&s->n_handlers, memory_order_acquire) &&
	       waiting_next(&s->inboxes[h], 0) != SWP_INBOX_NONE;
}

/* Sleeps until a worker rings the bell. */
static void
inbox_sleep(struct swp *s, unsigned int h, uint64_t deadline_ns)
{
	struct swp_inbox *in = &s->inboxes[h];
	struct timespec ts = {.tv_sec = (time_t)(deadline_ns / NS_PER_S),
			      .tv_nsec = (long)(deadline_ns % NS_PER_S)};

	atomic_store(&in->sleeping, true);
	if (!pending(s, h))
		(void)sem_clockwait(&in->bell, CLOCK_MONOTONIC, &ts);
	atomic_store(&in->sleeping, false);
}

void
swp_recv_wait(struct dp *dp, unsigned int h, uint64_t timeout_ns)
{
	uint64_t deadline_ns = clock_now_ns() + timeout_ns;
	const struct timespec nap = {.tv_nsec = NAP_NS};
	struct swp *s = (struct swp *)dp;

	for (unsigned int i = 0; !pending(s, h) && clock_now_ns() < deadline_ns; i++) {
		rcu_sleep();
		if (i < NAPS)
			nanosleep(&nap, NULL);
		else
			inbox_sleep(s, h, deadline_ns);
		rcu_wake();
	}
}

void
swp_inboxes_init(struct swp *s)
{
	for (unsigned int h = 0; h < DP_HANDLERS_MAX; h++)
		sem_init(&s->inboxes[h].bell, 0, 0);
}

void
swp_inboxes_destroy(struct swp *s)
{
	for (unsigned int h = 0; h < DP_HANDLERS_MAX; h++)
		sem_destroy(&s->inboxes[h].bell);
}
