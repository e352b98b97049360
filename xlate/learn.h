/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that learn actions made of packets, on their way from the threads that translate to control,
 * which alone changes tables.
 *
 * Thread safety: as said at each function. */
#pragma once

#include <xlate/rule.h>

#include <base/lock.h>

#include <stdatomic.h>
#include <urcu/wfcqueue.h>

struct bridge_link;

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

/* A rule that is in the tables as it is to be learned counts as modified now. Another is put in the
 * queue, unless it is there, and control is woken. Returns true when it waits in the queue.
 * Thread: any RCU thread. */
bool learned_put(struct xlate *x, struct learned *l);

/* Adds the rule to the tables, or refreshes it, at once. Thread: control. */
void learned_teach(struct xlate *x, const struct learned *l);
