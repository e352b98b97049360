/* SPDX-License-Identifier: Apache-2.0 */
/* A rule of a flow table, and its parts.
 *
 * Thread safety: as said at each function. */
#pragma once

#include "classifier/classifier.h"
#include "classifier/heap.h"
#include "table/rule_count.h"
#include "table/rule_index.h"
#include "table/rule_list.h"

#include <base/rcu.h>
#include <xlate/action.h>
#include <xlate/rule.h>

#include <urcu/wfcqueue.h>

struct tables;

/* The part of struct rule_private that translations read. */
struct rule {
	uint8_t table;
	uint16_t priority;
	struct xlate_actions *actions; /* immutable; a modified rule is a new rule */
	uint64_t cookie;
	struct rule_count *count;
};

/* The match, canonical; the mask lives as long as the rule may be used. Thread: control while the
 * rule is in its table, and any RCU thread that found it. */
void rule_match(const struct rule *r, struct xlate_match *out);
const struct xlate_key *rule_mask(const struct rule *r);

/* A rule with the state of its table. */
struct rule_private {
	struct rule rule;
	struct classifier_rule cls;
	struct rcu_deferred deferred;
	struct rule_private *next_added, *next_removed;
	struct rule_link in_list;
	uint16_t idle_timeout_s, hard_timeout_s; /* atomic: rule_reduce_timeouts() */
	uint16_t importance;
	bool send_flow_rem, check_overlap, reset_counts, no_packet_counts, no_byte_counts;
	bool soft;		 /* of a conjunction */
	bool deletes_learned;	 /* actions_delete_learned() */
	uint8_t came, went;	 /* enum xlate_rule_event; 'went': ADDED while it is there */
	bool is_hidden;		 /* from the index: the change under way took it out */
	struct heap_node evict;	 /* by worth */
	struct heap_node expiry; /* by time */
	_Atomic bool is_hastened;
	struct cds_wfcq_node hastened;
	uint64_t created_ns;
	uint64_t modified_ns; /* atomic: packets that learn the rule again raise it */
	uint64_t serial;      /* of creation: orders dumps among equal priorities */
	const struct rule_private
		*instead_of; /* until the change is told: what was there before it */
	unsigned int n_refs;
	struct rule_ref refs[];
};

static inline struct rule_private *
rule_private_of(const struct rule *r)
{
	return (struct rule_private *)((uintptr_t)r - offsetof(struct rule_private, rule));
}

/* What a new rule is made from. */
struct rule_config {
	uint8_t table;
	uint16_t priority;
	const struct xlate_match *match;     /* copied */
	const struct xlate_actions *actions; /* copied */
	uint64_t cookie;
	uint16_t idle_timeout_s, hard_timeout_s;
	uint16_t importance;
	bool send_flow_rem, check_overlap, reset_counts, no_packet_counts, no_byte_counts;
	uint64_t created_ns, modified_ns;
	struct rule_count *count; /* a reference is taken; NULL: a new one */
	const struct rule_private
		*instead_of; /* the rule that it is a modification of; NULL: none */
};

/* The match is in 'match'. */
struct xlate_rule_view rule_view(const struct rule_private *r, struct xlate_match *match);

#define EXPIRY_NEVER UINT64_MAX

/* When a rule expires if nothing uses it any more; EXPIRY_NEVER. */
uint64_t rule_expiry_ns(const struct rule_private *r);

uint16_t rule_idle_timeout_s(const struct rule_private *r);
uint16_t rule_hard_timeout_s(const struct rule_private *r);
uint64_t rule_modified_ns(const struct rule_private *r);

void rule_free(struct rule_private *r);

/* NULL: NULL. */
struct rule_private *rule_from_cls(const struct classifier_rule *r);

/* For rcu_defer(): frees the rule of 'deferred'. */
void rule_free_deferred(struct rcu_deferred *d);

/* Makes a rule that is in no table yet. 0 or -ENOMEM. */
int rule_new(const struct rule_config *c, struct rule_private **out);

/* When its hard timeout is over; EXPIRY_NEVER. */
uint64_t rule_hard_expiry_ns(const struct rule_private *r);
