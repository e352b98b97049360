/* SPDX-License-Identifier: Apache-2.0 */
#include "missq.h"
#include "buffers.h"
#include "count.h"
#include "packet.h"
#include "ring.h"

#include <base/clock.h>

#include <errno.h>
#include <stdatomic.h>

#define WAIT_MIN_NS (20 * NS_PER_US)
#define WAIT_MAX_NS (500 * NS_PER_US)

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

enum flow_drop
swp_missq_push(struct swp *s, struct swp_port *p, struct rte_mbuf *m, uint64_t now_ns)
{
	unsigned int n = atomic_load_explicit(&s->n_handlers, memory_order_acquire);
	struct swp_packet *pkt = swp_packet_of(m);
	uint64_t hash;

	if (!n)
		return FLOW_DROP_PAUSED;
	hash = flow_key_hash_5tuple(&pkt->upcall.key, s->config.seed);
	if (!swp_buffers_hold(s, p, pkt))
		return FLOW_DROP_FEW_BUFFERS;
	pkt->actions = NULL;
	swp_packet_data_set(m);
	pkt->upcall.received_ns = now_ns;
	pkt->upcall.next = NULL;
	if (!rte_ring_enqueue(p->missq[hash % n], m))
		return FLOW_NOT_DROPPED;
	swp_buffers_return(s, pkt);
	return FLOW_DROP_QUEUE_FULL;
}

int
swp_handlers_set(struct dp *dp, unsigned int n)
{
	struct swp *s = (struct swp *)dp;
	const struct swp_port_list *list = s->port_list;
	unsigned int n_before = atomic_load_explicit(&s->n_handlers, memory_order_relaxed);

	if (n > DP_HANDLERS_MAX)
		n = DP_HANDLERS_MAX;
	for (unsigned int i = 0; i < list->n; i++) {
		if (swp_missq_make(s, list->ports[i], n))
			return -ENOMEM;
	}
	atomic_store_explicit(&s->n_handlers, n, memory_order_release);
	rcu_sync();
	for (unsigned int i = 0; i < list->n; i++) {
		for (unsigned int h = n; h < n_before; h++)
			swp_missq_drain(s, list->ports[i], h, true);
	}
	return 0;
}

/* Returns the index of the first port with a number of at least 'number', or 0 if none has. */
static unsigned int
turn_find(const struct swp_port_list *list, uint32_t number)
{
	unsigned int i = 0;

	while (i < list->n && list->ports[i]->number < number)
		i++;
	return i == list->n ? 0 : i;
}

static unsigned int
take(struct swp_port *p, unsigned int h, struct dp_upcall **out, unsigned int max)
{
	void *m[DP_PORT_SHARE];
	unsigned int n = rte_ring_sc_dequeue_burst(p->missq[h], m, max, NULL);

	for (unsigned int i = 0; i < n; i++)
		out[i] = &swp_packet_of(m[i])->upcall;
	return n;
}

/* Serves ports in turn until 'max' upcalls are taken or a whole round finds none. If 'max'
 * interrupts a port's share, the next call continues with the rest of it. */
unsigned int
swp_recv(struct dp *dp, unsigned int h, struct dp_upcall **out, unsigned int max)
{
	struct swp *s = (struct swp *)dp;
	const struct swp_port_list *list = rcu_read(&s->port_list);
	struct swp_turn *turn = &s->turns[h];
	unsigned int n = 0, n_idle = 0, i;

	if (h >= atomic_load_explicit(&s->n_handlers, memory_order_acquire))
		return 0;
	i = turn_find(list, turn->number);
	if (list->ports[i]->number != turn->number)
		turn->share = 0;
	while (n < max && n_idle < list->n) {
		unsigned int share = turn->share ? turn->share : DP_PORT_SHARE;
		unsigned int got = take(list->ports[i], h, out + n, RTE_MIN(share, max - n));

		n += got;
		n_idle = got ? 0 : n_idle + 1;
		turn->share = share - got;
		if (n == max && got && turn->share)
			break;
		turn->share = 0;
		i = (i + 1) % list->n;
	}
	turn->number = list->ports[i]->number;
	return n;
}

static bool
pending(struct swp *s, unsigned int h)
{
	const struct swp_port_list *list = rcu_read(&s->port_list);

	if (h >= atomic_load_explicit(&s->n_handlers, memory_order_acquire))
		return false;
	for (unsigned int i = 0; i < list->n; i++) {
		if (!rte_ring_empty(list->ports[i]->missq[h]))
			return true;
	}
	return false;
}

/* Workers make no system call to wake a handler, so it polls, with pauses that double while it is
 * idle. */
void
swp_recv_wait(struct dp *dp, unsigned int h, uint64_t timeout_ns)
{
	struct swp *s = (struct swp *)dp;
	uint64_t deadline_ns = clock_now_ns() + timeout_ns;
	uint64_t wait_ns = WAIT_MIN_NS;

	while (!pending(s, h)) {
		uint64_t now_ns = clock_now_ns();
		struct timespec ts = {0};

		if (now_ns >= deadline_ns)
			return;
		ts.tv_nsec = (long)RTE_MIN(wait_ns, deadline_ns - now_ns);
		rcu_sleep();
		nanosleep(&ts, NULL);
		rcu_wake();
		wait_ns = RTE_MIN(2 * wait_ns, WAIT_MAX_NS);
	}
}
