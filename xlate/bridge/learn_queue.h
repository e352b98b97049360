/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that learn actions made of packets, on their way from the threads that translate to control,
 * which alone changes tables.
 *
 * Thread safety: as said at each function. */
#pragma once

#include <base/lock.h>
#include <xlate/rule.h>

#include <stdatomic.h>
#include <urcu/wfcqueue.h>

struct bridge_link;
struct xlate;

/* Immutable but for 'queued': it is in the queue at most once. */
struct learned {
	struct cds_wfcq_node node;
	_Atomic unsigned int n_refs;
	_Atomic bool queued;
	struct bridge_link *link; /* a reference */
	struct xlate_flow_mod fm;
	uint32_t limit; /* xlate_learn's */

	/* The rule that teaches it, and its action: both are compared, and not looked into.
	 * 'teacher' is a reference; NULL: no rule does, but a controller's packet. */
	struct rule_count *teacher;
	const struct xlate_learn *lesson;
	uint8_t table;
	uint16_t priority;
	struct xlate_match match;
};

struct learn_queue {
	struct __cds_wfcq_head head;
	struct cds_wfcq_tail tail;
	_Atomic unsigned int n;
	_Atomic uint64_t n_put;	 /* since start; what is put next may be counted already */
	_Atomic uint64_t n_done; /* of these, taken and added to the tables */
	_Atomic unsigned int n_waiting;
	struct mutex mu;
	struct cond done;
};

/* More than this wait for control: further ones are dropped, and learned with a later packet. */
#define LEARN_QUEUE_MAX 65536

struct learned *learned_ref(struct learned *l);
void learned_unref(struct learned *l);

void learn_queue_init(struct learn_queue *q);

/* Lets go of what is in it. No thread puts any more. */
void learn_queue_destroy(struct learn_queue *q);

/* Takes the oldest; the reference is the caller's. NULL: the queue is empty. Thread: control. */
struct learned *learn_queue_take(struct learn_queue *q);

/* Puts one that is not in the queue, and wakes control. Thread: any RCU thread. */
void learn_queue_put(struct xlate *x, struct learned *l);

/* Reports that so many were taken and added to the tables. Thread: control. */
void learn_queue_done(struct learn_queue *q, unsigned int n);
