/* SPDX-License-Identifier: Apache-2.0 */
/* The way to the offload thread: a wait-free queue with many producers and one consumer, and its
 * bell.
 *
 * The bell is rung only when the consumer said that it sleeps. It says so before its last look at
 * the queue, and producers look after they enqueued (both in one total order), so either the
 * consumer sees the item or the producer sees the sleeper.
 *
 * Thread safety: ofl_queue_put() any thread; the rest the consumer. */
#pragma once

#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>

#include <urcu/wfcqueue.h>

enum queue_kind { QUEUE_FLOW, QUEUE_REQUEST };

/* Embedded in what is queued. In the queue at most once at a time. */
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

/* Wakes the consumer, or keeps it from its next sleep: for what it does not look at between saying
 * that it sleeps and sleeping. Thread: any. */
void ofl_queue_wake(struct queue *q);

/* Returns the oldest item, or NULL. */
struct queue_item *ofl_queue_take(struct queue *q);

/* Thread: the consumer. */
bool ofl_queue_empty(struct queue *q);

/* Sleeps until an item is there, the bell rings, or 'deadline_ns' of CLOCK_MONOTONIC. May return
 * early. The caller is RCU-offline. */
void ofl_queue_sleep(struct queue *q, uint64_t deadline_ns);
