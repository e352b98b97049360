/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of the flow tables: what flow mods, timeouts and dumps are made of.
 *
 * A change collects rules that come and rules that go, and makes all of it visible at once at the next
 * version, or takes all of it back.
 *
 * Thread safety: control. */
#pragma once

#include "classifier.h"
#include "heap.h"
#include "rule_index.h"
#include "rule_list.h"
#include "table.h"
#include "table_policy.h"

/* What a rule is beside what table.h shows. One allocation, of which 'rule' is a part. */
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

struct rule_batch;

struct change {
	struct tables *t;
	uint64_t version; /* at which the change is visible; look at the tables so */
	struct rule_private *added, *removed;
	struct rule_batch *batch;
};

/* Returns 0 or -ENOMEM. One change at a time. */
int change_begin(struct tables *t, struct change *out);

/* Returns 0, or -ENOMEM or -ENOSPC (XLATE_MASKS_MAX, which is counted): as if not called. */
int change_add(struct change *c, const struct rule_config *config);

/* 'rule' is visible at the change's version. change_remove(): by a deletion. */
void change_remove(struct change *c, struct rule_private *rule);
/* REPLACED: by the rule that was added last, which dumps find in its place. */
void change_remove_why(struct change *c, struct rule_private *rule, enum xlate_rule_event why);

/* Removes what was learned from rules that went, and is to go with the last of them. Before a commit.
 * learn_delete.c */
void change_forget(struct change *c);

/* Makes room for a rule in a table that is full, by eviction. 0, or -ENOSPC, which is counted. */
int change_make_room(struct change *c, uint8_t table);

/* Who hears, once a change is in effect, of each rule that it brought or took, and of tables'
 * vacancy; and, in liburcu's thread, that tables_sweep() has something to do. */
struct tables_observer {
	void *aux;
	void (*rule)(void *aux, enum xlate_rule_event event, struct rule_private *rule);
	void (*table)(void *aux, uint8_t table, enum xlate_table_event event);
	void (*retired)(void *aux); /* may be NULL */
	void *retired_aux;
};

/* 'o' is copied. */
void tables_observe(struct tables *t, const struct tables_observer *o);

void change_commit(struct change *c);
void change_abort(struct change *c);

/* The visible rule with this match and priority or NULL. Thread: any RCU thread, for a version that
 * tables_version() gave; control, for that of its change. */
struct rule_private *tables_find(const struct tables *t, uint8_t table, uint64_t version,
				 const struct xlate_match *match, uint16_t priority);

/* Calls 'cb' for each visible rule of a table, in no order; stops when it returns non-zero, and returns
 * that. filter: as for classifier_each(). */
int tables_each(const struct tables *t, uint8_t table, uint64_t version,
		const struct classifier_filter *filter,
		int (*cb)(struct rule_private *rule, void *aux), void *aux);

/* Rules by what they carry and name. */
struct rule_index *tables_index(const struct tables *t);

/* Every rule of the tables, for cursors. */
struct rule_list *tables_list(struct tables *t);

/* Whether a rule is one that 'filter' means loosely. */
bool rule_is_meant(const struct xlate_flow_mod *filter, const struct rule *r);
/* The match is in 'match'. */
struct xlate_rule_view rule_view(const struct rule_private *r, struct xlate_match *match);

/* Rules found in tables, to look at while these change. */
struct found {
	const struct xlate_flow_mod *filter; /* NULL: all */
	struct rule_private **rule;	     /* to be freed */
	size_t n, n_alloc;
};

/* Finds the rules that 'filter' means at the latest version, or that of the change under way, table by
 * table. O(rules with its cookie, else as classifier_each()). 0 or -ENOMEM. */
int tables_select(const struct tables *t, uint64_t version, bool strict, struct found *f);

/* What a bridge's tables tell, 'aux': tells the sink. */
void rule_told(void *aux, enum xlate_rule_event event, struct rule_private *rule);
void table_told(void *aux, uint8_t table, enum xlate_table_event event);

struct rule_count *rule_count_new(void);
struct flow_stats rule_count_read(const struct rule_count *c);

const struct table_policy *tables_policy(const struct tables *t, uint8_t table);

/* Whom eviction would take; NULL: nobody. */
struct rule_private *tables_victim(struct tables *t, uint8_t table);

/* Takes a configuration; nothing is evicted yet. 0 or -ENOMEM. */
int tables_configure(struct tables *t, uint8_t table, const struct xlate_table_config *config);

void tables_stats(const struct tables *t, uint8_t table, struct xlate_table_stats *out);

uint16_t rule_idle_timeout_s(const struct rule_private *r);
uint16_t rule_hard_timeout_s(const struct rule_private *r);
uint64_t rule_modified_ns(const struct rule_private *r);
