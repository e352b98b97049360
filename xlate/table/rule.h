/* SPDX-License-Identifier: Apache-2.0 */
/* A rule of a flow table, and its parts.
 *
 * Thread safety: as specified for each function. */
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
	struct xlate_actions *actions; /* immutable; a modification makes a new rule */
	uint64_t cookie;
	struct rule_count *count;
};

/* The match, canonical. The mask is valid as long as the rule may be used. Thread: control while
 * the rule is in its table, and any RCU thread that found it. */
void rule_match(const struct rule *r, struct xlate_match *out);
const struct xlate_key *rule_mask(const struct rule *r);
/* Bit i: word i of the mask has bits. */
uint64_t rule_words(const struct rule *r);

/* A rule with its state in the table. */
struct rule_private {
	struct rule rule;
	struct classifier_rule cls;
	struct rcu_deferred deferred;
	struct rule_private *next_added, *next_removed;
	struct rule_link in_list;
	_Atomic uint16_t idle_timeout_s, hard_timeout_s; /* lowered by expiry_reduce_timeouts() */
	uint16_t importance;
	bool send_flow_rem, check_overlap, reset_counts, no_packet_counts, no_byte_counts;
	bool soft;	      /* has conjunction(); in the table's classifier 'soft' */
	bool deletes_learned; /* actions_delete_learned() */
	/* enum xlate_rule_event; 'remove_event' is ADDED while the rule is in its table */
	uint8_t add_event, remove_event;
	bool is_hidden;		 /* not in the index, since the change in progress removed it */
	struct heap_node evict;	 /* in the heap of table_policy.h */
	struct heap_node expiry; /* in the heap of expiry.h */
	_Atomic bool is_hastened;
	struct cds_wfcq_node hastened;
	uint64_t created_ns;
	_Atomic uint64_t modified_ns; /* raised when packets learn the rule again */
	uint64_t serial;	      /* order of creation, for dumps of rules of equal priority */
	const struct rule_private
		*instead_of; /* the rule that it replaced; NULL once the change is reported */
	unsigned int n_refs;
	struct rule_ref refs[];
};

static inline struct rule_private *
rule_private_of(const struct rule *r)
{
	return (struct rule_private *)((uintptr_t)r - offsetof(struct rule_private, rule));
}

/* The content of a new rule. */
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
	struct rule_count *count;	       /* a reference is taken; NULL: new counts */
	const struct rule_private *instead_of; /* the rule that it modifies; NULL: none */
};

/* Describes a rule for a dump; 'match' receives its match, and must outlive the view. */
struct xlate_rule_view rule_view(const struct rule_private *r, struct xlate_match *match);

#define EXPIRY_NEVER UINT64_MAX

/* Returns when the rule expires if it is not used any more, or EXPIRY_NEVER. */
uint64_t rule_expiry_ns(const struct rule_private *r);

uint16_t rule_idle_timeout_s(const struct rule_private *r);
uint16_t rule_hard_timeout_s(const struct rule_private *r);

void rule_free(struct rule_private *r);

/* Returns NULL for NULL. */
struct rule_private *rule_from_cls(const struct classifier_rule *r);

/* For rcu_defer(): frees the rule that contains 'd'. */
void rule_free_deferred(struct rcu_deferred *d);

/* Creates a rule that is in no table yet. Returns 0 or -ENOMEM. */
int rule_new(const struct rule_config *c, struct rule_private **out);

/* Returns when the hard timeout passes, or EXPIRY_NEVER. */
uint64_t rule_hard_expiry_ns(const struct rule_private *r);
