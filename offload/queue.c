/* SPDX-License-Identifier: Apache-2.0 */
#include "queue.h"

#include "list.h"

#include <base/clock.h>
#include <base/rcu.h>

#include <stdatomic.h>

void
ofl_queue_init(struct queue *q)
{
	cds_wfcq_init(&q->head, &q->tail);
	atomic_init(&q->sleeping, false);
	sem_init(&q->bell, 0, 0);
}

void
ofl_queue_destroy(struct queue *q)
{
	sem_destroy(&q->bell);
	cds_wfcq_destroy(&q->head, &q->tail);
}

/* Wakes the consumer if it sleeps. */
static void
queue_ring(struct queue *q)
{
	if (atomic_load(&q->sleeping) && atomic_exchange(&q->sleeping, false))
		sem_post(&q->bell);
}

void
ofl_queue_put(struct queue *q, struct queue_item *item)
{
	cds_wfcq_node_init(&item->node);
	RCU_RELEASE(q);
	cds_wfcq_enqueue(&q->head, &q->tail, &item->node);
	queue_ring(q);
}

void
ofl_queue_wake(struct queue *q)
{
	sem_post(&q->bell);
}

struct queue_item *
ofl_queue_take(struct queue *q)
{
	struct cds_wfcq_node *node = __cds_wfcq_dequeue_blocking(&q->head, &q->tail);

	RCU_ACQUIRE(q);
	return node ? object_of(node, struct queue_item, node) : NULL;
}

bool
ofl_queue_empty(struct queue *q)
{
	return cds_wfcq_empty(&q->head, &q->tail);
}

void
ofl_queue_sleep(struct queue *q, uint64_t deadline_ns)
{
	struct timespec ts = {.tv_sec = (time_t)(deadline_ns / NS_PER_S),
			      .tv_nsec = (long)(deadline_ns % NS_PER_S)};

	atomic_store(&q->sleeping, true);
	if (ofl_queue_empty(q))
		(void)sem_clockwait(&q->bell, CLOCK_MONOTONIC, &ts);
	atomic_store(&q->sleeping, false);
}
