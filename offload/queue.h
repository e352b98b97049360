/* SPDX-License-Identifier: Apache-2.0 */
/* The queue to the offload thread: wait-free, with many producers, one consumer, and a bell.
 *
 * The bell is rung only if the consumer has set 'sleeping'. The consumer sets it before its last
 * look at the queue, and producers look at it after they enqueued, both sequentially consistent. So
 * either the consumer sees the item or the producer sees the sleeper.
 *
 * Thread safety: ofl_queue_put() any thread; the rest the consumer. */
#pragma once

#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>

#include <urcu/wfcqueue.h>

enum queue_kind { QUEUE_FLOW, QUEUE_REQUEST };

/* Embedded in the elements. An element is in the queue at most once. */
struct queue_item {
	struct cds_wfcq_node node;
	enum queue_kind kind;
};

struct queue {
	struct cds_wfcq_head head;
	struct cds_wfcq_tail tail;
	_Atomic bool sleeping;
	sem_t bell;
};

void ofl_queue_init(struct queue *q);
void ofl_queue_destroy(struct queue *q);

void ofl_queue_put(struct queue *q, struct queue_item *item);

/* Wakes the consumer, or prevents its next sleep. For news that the consumer does not check between
 * setting 'sleeping' and sleeping. Thread: any. */
void ofl_queue_wake(struct queue *q);

/* Returns the oldest item, or NULL. */
struct queue_item *ofl_queue_take(struct queue *q);

/* Thread: the consumer. */
bool ofl_queue_empty(struct queue *q);

/* Sleeps until the queue has an item, the bell rings, or 'deadline_ns' of CLOCK_MONOTONIC. May
 * return early. The caller is RCU-offline. */
void ofl_queue_sleep(struct queue *q, uint64_t deadline_ns);
