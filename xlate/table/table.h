/* SPDX-License-Identifier: Apache-2.0 */
/* Room: table/ has flow tables, their rules and the changes of these. It knows no bridge: code that
 * observes a bridge's rules, reports them, or modifies them with groups and meters is above.
 *
 * The flow tables of one bridge: rules in classifiers, their versions and their counters.
 *
 * A change makes rules visible or invisible at a version, and a lookup specifies its version, so
 * several changes take effect at once. A removed rule stays valid for readers until a grace period
 * is over, and its counters as long as a record holds a reference.
 *
 * Thread safety: lookup and credit: any RCU thread. Others: control. */
#pragma once

#include "table/rule.h"

#include <xlate/table_config.h>

struct change_log;
struct classifier_filter;
struct rule_index;
struct rule_list;
struct table_policy;
struct tables;

int tables_create(uint64_t seed, uint32_t rules_max, struct tables **out);
void tables_destroy(struct tables *t);

/* Returns the version for a new translation. */
uint64_t tables_version(const struct tables *t);

/* Returns the version of the last change of one table; for xlate_record_current(). */
uint64_t tables_changed(const struct tables *t, uint8_t table);

/* Returns the log of a table's recent changes. */
const struct change_log *tables_log(const struct tables *t, uint8_t table);

/* The cost of a lookup. */
struct lookup_effort {
	/* the masks, and rules of conjunctions, that were tried are added to it */
	struct classifier_effort cls;
	int error; /* set to -ENOMEM if the result is unknown; else unchanged */
};

/* Returns the matching rule of highest priority, or NULL. Adds the consulted bits to 'mask', as few
 * as the classifier can, also if nothing matches. Bits already in 'mask' are taken to cost nothing:
 * these should be the bits consulted before and those that actions wrote. effort: may be NULL. */
const struct rule *tables_lookup(const struct tables *t, uint8_t table, uint64_t version,
				 const struct xlate_key *key, struct xlate_key *mask,
				 struct lookup_effort *effort);

/* Counts lookups in a table, matched or not. */
void tables_credit(struct tables *t, uint8_t table, uint64_t n_packets, bool matched);

/* Callbacks: after a change has taken effect, for each rule that it added or removed, and for
 * vacancy events of tables; and in liburcu's thread, when tables_reclaim() has something to do. */
struct tables_observer {
	void *aux;
	void (*rule)(void *aux, enum xlate_rule_event event, struct rule_private *rule);
	void (*table)(void *aux, uint8_t table, enum xlate_table_event event);
	void (*retired)(void *aux); /* may be NULL */
	void *retired_aux;
};

/* Sets the observer; 'o' is copied. */
void tables_observe(struct tables *t, const struct tables_observer *o);

/* Returns the visible rule with this match and priority, or NULL. Thread: any RCU thread, for a
 * version that tables_version() returned; control, for that of its change. */
struct rule_private *tables_find(const struct tables *t, uint8_t table, uint64_t version,
				 const struct xlate_match *match, uint16_t priority);

/* Calls 'cb' for each visible rule of a table, in no order. Stops if 'cb' returns non-zero and
 * returns that value. filter: as for classifier_each(). */
int tables_each(const struct tables *t, uint8_t table, uint64_t version,
		const struct classifier_filter *filter,
		int (*cb)(struct rule_private *rule, void *aux), void *aux);

/* Returns the index of the rules. */
struct rule_index *tables_index(const struct tables *t);

/* Returns the list of all rules, for cursors. */
struct rule_list *tables_list(struct tables *t);

const struct table_policy *tables_policy(const struct tables *t, uint8_t table);

/* Returns the rule that eviction would remove, or NULL. */
struct rule_private *tables_victim(struct tables *t, uint8_t table);

/* Sets a configuration; nothing is evicted yet. Returns 0 or -ENOMEM. */
int tables_configure(struct tables *t, uint8_t table, const struct xlate_table_config *config);

void tables_stats(const struct tables *t, uint8_t table, struct xlate_table_stats *out);
