/* SPDX-License-Identifier: Apache-2.0 */
/* Timeouts of rules: a heap of the earliest times at which they may expire.
 *
 * Using a rule postpones its expiry without an update of the heap. So a rule whose time has arrived
 * is checked, and is moved in the heap if it was used. A packet may lower the timeouts of a rule
 * (fin_timeout): any thread may do that; it queues the rule, which is moved before rules expire.
 *
 * Cost: O(log n) for a rule that is added, removed, expires or is moved, which happens at most once
 * per idle timeout. Rules without timeouts cost nothing.
 *
 * Thread safety: control, except expiry_reduce_timeouts(). */
#pragma once

#include "classifier/heap.h"

#include <stdint.h>
#include <urcu/wfcqueue.h>

struct rule;
struct rule_private;
struct tables;

struct expiry {
	struct heap heap; /* member 'expiry' of rules, by nanoseconds */
	size_t n_rules;	  /* the heap has room for this many */
	struct __cds_wfcq_head head;
	struct cds_wfcq_tail tail; /* rules whose timeouts were lowered */
};

void expiry_init(struct expiry *e);
void expiry_free(struct expiry *e);

/* Adds a rule. Returns 0 or -ENOMEM. */
int expiry_add(struct expiry *e, struct rule_private *r);

/* The change in progress removes an added rule, or restores it on abort. */
void expiry_hide(struct expiry *e, struct rule_private *r);
void expiry_show(struct expiry *e, struct rule_private *r);

/* Forgets an added rule that is about to be freed. Requires that no thread finds it any more. */
void expiry_drop(struct tables *t, struct rule_private *r);

/* Lowers a rule's timeouts to these if they are longer or unset; 0 leaves a timeout unchanged.
 * Thread: any thread that found the rule. */
void expiry_reduce_timeouts(struct tables *t, const struct rule *r, uint16_t idle_s,
			    uint16_t hard_s);

/* Moves the rules whose timeouts were lowered. */
void expiry_put_hastened(struct tables *t);
