/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/learn_queue.h"

#include "bridge/bridge.h"

#include <base/clock.h>

#include <stdlib.h>

/* Interval at which a waiter checks 'give_up'. */
#define GIVE_UP_NS (5 * NS_PER_MS)

struct learned *
learned_ref(struct learned *l)
{
	atomic_fetch_add_explicit(&l->n_refs, 1, memory_order_relaxed);
	return l;
}

void
learned_unref(struct learned *l)
{
	if (atomic_fetch_sub_explicit(&l->n_refs, 1, memory_order_acq_rel) != 1)
		return;
	if (l->teacher)
		rule_count_unref(l->teacher);
	xlate_flow_mod_free(&l->fm);
	bridge_link_unref(l->link);
	free(l);
}

void
learn_queue_init(struct learn_queue *q)
{
	__cds_wfcq_init(&q->head, &q->tail);
	mutex_init(&q->mu);
	cond_init(&q->done);
}

struct learned *
learn_queue_take(struct learn_queue *q)
{
	struct cds_wfcq_node *node = __cds_wfcq_dequeue_blocking(&q->head, &q->tail);
	struct learned *l;

	if (!node)
		return NULL;
	l = caa_container_of(node, struct learned, node);
	RCU_ACQUIRE(q);
	atomic_fetch_sub(&q->n, 1);
	atomic_store(&l->queued, false);
	return l;
}

void
learn_queue_destroy(struct learn_queue *q)
{
	for (struct learned *l; (l = learn_queue_take(q));)
		learned_unref(l);
	cond_destroy(&q->done);
	mutex_destroy(&q->mu);
}

void
learn_queue_put(struct xlate *x, struct learned *l)
{
	struct learn_queue *q = &x->learn;

	atomic_fetch_add(&q->n, 1);
	atomic_fetch_add(&q->n_put, 1);
	learned_ref(l);
	cds_wfcq_node_init(&l->node);
	RCU_RELEASE(q);
	if (!cds_wfcq_enqueue(&q->head, &q->tail, &l->node) && x->config.learned)
		x->config.learned(x->config.learned_aux);
}

/* Raises the count before it looks for waiters, while a waiter registers before it reads
 * the count. */
void
learn_queue_done(struct learn_queue *q, unsigned int n)
{
	atomic_fetch_add(&q->n_done, n);
	if (!atomic_load(&q->n_waiting))
		return;
	mutex_lock(&q->mu);
	cond_broadcast(&q->done);
	mutex_unlock(&q->mu);
}

/* Waits for rules put before the call: 'n_put' counts them, and the queue is first in,
 * first out. */
void
xlate_learned_wait(struct xlate *x, const _Atomic bool *give_up)
{
	struct learn_queue *q = &x->learn;
	uint64_t n_put = atomic_load(&q->n_put);

	if (!x->config.learned)
		return;
	rcu_sleep();
	atomic_fetch_add(&q->n_waiting, 1);
	mutex_lock(&q->mu);
	while (atomic_load(&q->n_done) < n_put && !atomic_load(give_up))
		cond_wait_until(&q->done, &q->mu, clock_now_ns() + GIVE_UP_NS);
	mutex_unlock(&q->mu);
	atomic_fetch_sub(&q->n_waiting, 1);
	rcu_wake();
}
