/* SPDX-License-Identifier: Apache-2.0 */
/* Timeouts of rules: when each may expire at the earliest, in a heap.
 *
 * Use of a rule moves its expiry without a word to the heap; so a rule whose time has come is asked, and
 * put back if it was used. A packet may lower the timeouts of a rule (fin_timeout): such rules are
 * queued, by any thread, and put in their place before rules expire.
 *
 * Cost: O(log n) for a rule that comes, goes, expires or is put back, which is once in its idle timeout
 * at most; rules without timeouts cost nothing.
 * Thread safety: control, but rule_reduce_timeouts(). */
#pragma once

#include "classifier/heap.h"

#include <stdint.h>
#include <urcu/wfcqueue.h>

struct rule;
struct rule_private;
struct tables;

struct expiry {
	struct heap heap; /* 'expiry' of rules, by nanoseconds */
	size_t n_rules;	  /* for so many the heap has room */
	struct __cds_wfcq_head head;
	struct cds_wfcq_tail tail; /* rules whose timeouts were lowered */
};

void expiry_init(struct expiry *e);
void expiry_free(struct expiry *e);

/* Enters a rule: 0 or -ENOMEM. */
int expiry_add(struct expiry *e, struct rule_private *r);

/* The change under way takes an entered rule out, or has it back after all. */
void expiry_hide(struct expiry *e, struct rule_private *r);
void expiry_show(struct expiry *e, struct rule_private *r);

/* Forgets an entered rule, which is about to be freed. No thread finds it any more. */
void expiry_drop(struct tables *t, struct rule_private *r);

/* Lowers a rule's timeouts to these, where they are longer or none; 0 leaves one alone. Thread: any
 * that found the rule. */
void rule_reduce_timeouts(struct tables *t, const struct rule *r, uint16_t idle_s, uint16_t hard_s);

/* Puts the rules whose timeouts were lowered in their place. */
void expiry_put_hastened(struct tables *t);
