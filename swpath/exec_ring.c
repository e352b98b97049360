/* SPDX-License-Identifier: Apache-2.0 */
#include "exec_ring.h"

#include "buffers.h"
#include "count.h"
#include "execute.h"
#include "tx.h"

#include <base/clock.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#define WAIT_NS (50 * NS_PER_US)

/* Pushes to a stack with many writers. It is only taken as a whole, so no element can be popped and
 * pushed again during another push. */
static void
spent_push(struct swp *s, struct swp_actions *a)
{
	a->next_spent = atomic_load_explicit(&s->spent, memory_order_relaxed);
	while (!atomic_compare_exchange_weak_explicit(&s->spent, &a->next_spent, a,
						      memory_order_release, memory_order_relaxed))
		;
}

void
swp_act_leave(struct swp *s, swp_act act)
{
	if (act && !swp_act_is_output(act) &&
	    atomic_fetch_sub_explicit(&swp_act_list(act)->n_users, 1, memory_order_acq_rel) == 1)
		spent_push(s, swp_act_list(act));
}

void
swp_spent_free(struct swp *s)
{
	struct swp_actions *a = atomic_exchange_explicit(&s->spent, NULL, memory_order_acquire);

	while (a) {
		struct swp_actions *next = a->next_spent;

		free(a);
		a = next;
	}
}

/* If the port was removed, its count no longer exists. */
static void
given_add(struct swp_port *p, const struct swp_packet *pkt, int n)
{
	if (p->id == pkt->port_id)
		atomic_fetch_add_explicit(&p->n_given, (unsigned int)n, memory_order_relaxed);
}

unsigned int
swp_execute_given(struct swp_worker *w, unsigned int n_max)
{
	void *m[SWP_BURST];
	unsigned int n =
		rte_ring_sc_dequeue_burst(w->exec_ring, m, RTE_MIN(n_max, SWP_BURST), NULL);

	if (!n)
		return 0;
	w->now_ns = clock_now_ns();
	for (unsigned int i = 0; i < n; i++) {
		struct swp_packet *pkt = swp_packet_of(m[i]);
		swp_act act = pkt->act;
		struct swp_port *from =
			swp_port_or_orphan(w->swp, pkt->upcall.key.in_port, pkt->port_id);
		struct flow_key key = pkt->upcall.key;
		struct flow_offsets ofs = pkt->ofs;

		given_add(from, pkt, -1);
		swp_buffers_return(w->swp, pkt);
		if (swp_act_is_output(act))
			swp_output(w, from, swp_act_port(act), m[i]);
		else
			swp_execute(w, from, swp_act_list(act), m[i], &key, &ofs);
		swp_act_leave(w->swp, act);
	}
	swp_tx_flush(w);
	atomic_store_explicit(&w->exec_done,
			      atomic_load_explicit(&w->exec_done, memory_order_relaxed) + n,
			      memory_order_release);
	return n;
}

/* Makes the act of a list, or uses the one that the batch has made of it, if it is remembered. Returns
 * 0 if out of memory. */
static swp_act
act_take(struct swp *s, const struct flow_actions *from, struct swp_exec_lists *lists)
{
	size_t i = (uintptr_t)from / sizeof *from % (sizeof lists->of / sizeof lists->of[0]);

	if (lists->of[i].from != from) {
		swp_act_leave(s, lists->of[i].act);
		lists->of[i].from = NULL;
		if (swp_act_new(from, &lists->of[i].act))
			return 0;
		lists->of[i].from = from;
		if (!swp_act_is_output(lists->of[i].act))
			atomic_init(&swp_act_list(lists->of[i].act)->n_users, 1);
	}
	if (!swp_act_is_output(lists->of[i].act))
		atomic_fetch_add_explicit(&swp_act_list(lists->of[i].act)->n_users, 1,
					  memory_order_relaxed);
	return lists->of[i].act;
}

void
swp_exec_lists_end(struct swp *s, struct swp_exec_lists *lists)
{
	for (size_t i = 0; i < sizeof lists->of / sizeof lists->of[0]; i++)
		swp_act_leave(s, lists->of[i].act);
}

static void
drop(struct swp *s, struct swp_port *p, struct swp_packet *pkt, enum flow_drop why)
{
	count_add_shared(&swp_port_shared_counts(p)->action_drops[why], 1);
	swp_act_leave(s, pkt->act);
	swp_buffers_return(s, pkt);
	rte_pktmbuf_free(swp_packet_mbuf(pkt));
}

/* The ring has room for every mbuf, and upcalls hold fewer (buffers.h). So -EAGAIN means a broken
 * invariant elsewhere; the packet is dropped with a reason even then. */
int
swp_execute_give(struct swp *s, struct dp_upcall *u, const struct flow_actions *acts,
		 struct swp_exec_lists *lists)
{
	struct swp_packet *pkt = swp_packet_of_upcall(u);
	struct swp_port *p = swp_port_or_orphan(s, u->key.in_port, pkt->port_id);
	struct swp_worker *w = p->executor ? p->executor : s->workers[0];

	pkt->act = act_take(s, acts, lists);
	if (!pkt->act) {
		drop(s, p, pkt, FLOW_DROP_NO_BUFFER);
		return -ENOMEM;
	}
	atomic_fetch_add(&w->exec_given, 1);
	given_add(p, pkt, 1);
	if (!rte_ring_enqueue(w->exec_ring, swp_packet_mbuf(pkt)))
		return 0;
	atomic_fetch_sub(&w->exec_given, 1);
	given_add(p, pkt, -1);
	drop(s, p, pkt, FLOW_DROP_QUEUE_FULL);
	return -EAGAIN;
}

/* 'exec_done' is read first. It never exceeds 'exec_given', which may only have grown since, so the
 * difference is not negative. */
unsigned int
swp_execute_waiting(struct swp *s)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < s->n_workers; i++) {
		uint64_t done =
			atomic_load_explicit(&s->workers[i]->exec_done, memory_order_acquire);

		n += atomic_load(&s->workers[i]->exec_given) - done;
	}
	return (unsigned int)n;
}

/* 'exec_given' counts a packet before it enters the ring, so it is at least the number of packets
 * enqueued; the ring is first in, first out. So when that many are done, all packets enqueued
 * before the call are. */
void
swp_execute_wait(struct swp *s)
{
	for (unsigned int i = 0; i < s->n_workers; i++) {
		struct swp_worker *w = s->workers[i];
		uint64_t given = atomic_load(&w->exec_given);

		while (atomic_load_explicit(&w->exec_done, memory_order_acquire) < given) {
			struct timespec ts = {.tv_nsec = WAIT_NS};

			rcu_sleep();
			nanosleep(&ts, NULL);
			rcu_wake();
		}
	}
}
