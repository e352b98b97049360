/* SPDX-License-Identifier: Apache-2.0 */
/* Queue of rules that learn actions made from packets. Threads that translate add them; the control
 * thread, which alone changes tables, takes them.
 *
 * Thread safety: see each function. */
#pragma once

#include <base/lock.h>
#include <xlate/rule.h>

#include <stdatomic.h>
#include <urcu/wfcqueue.h>

struct bridge_link;
struct xlate;

/* Immutable except 'queued': true while it is in the queue, which holds it at most once. */
struct learned {
	struct cds_wfcq_node node;
	_Atomic unsigned int n_refs;
	_Atomic bool queued;
	struct bridge_link *link; /* a reference */
	struct xlate_flow_mod fm;
	uint32_t limit; /* from xlate_learn */

	/* The rule with the learn action, and the action. Both are compared, and never
	 * dereferenced. 'teacher' is a reference; NULL if the action was in a
	 * controller's packet-out. */
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
	_Atomic uint64_t n_put;	 /* added since the start; raised before an element is added */
	_Atomic uint64_t n_done; /* of these: taken and applied to the tables */
	_Atomic unsigned int n_waiting;
	struct mutex mu;
	struct cond done;
};

/* Maximum of rules in the queue. Further ones are dropped; a later packet teaches them again. */
#define LEARN_QUEUE_MAX 65536

/* Take and release a reference. Thread: any. */
struct learned *learned_ref(struct learned *l);
void learned_unref(struct learned *l);

void learn_queue_init(struct learn_queue *q);

/* Releases the elements. Requires that no thread adds any more. */
void learn_queue_destroy(struct learn_queue *q);

/* Takes the oldest element with its reference. Returns NULL if the queue is empty.
 * Thread: control. */
struct learned *learn_queue_take(struct learn_queue *q);

/* Adds an element that is not in the queue and wakes control. Thread: any RCU thread. */
void learn_queue_put(struct xlate *x, struct learned *l);

/* Reports that 'n' elements were taken and applied to the tables. Thread: control. */
void learn_queue_done(struct learn_queue *q, unsigned int n);
