/* SPDX-License-Identifier: Apache-2.0 */
/* Room: table/ has flow tables, their rules and the changes of these. It knows no bridge: what observes the rules
 * of a bridge, reports them or modifies them with groups and meters is above.
 *
 * The flow tables of one bridge: rules in classifiers, their versions and their counters.
 *
 * A change makes rules visible, or invisible, at a version; a lookup names the version it wants, so a
 * batch of changes appears at once. A removed rule stays valid for readers until a grace period is
 * over, and its counters for as long as a record holds a reference.
 *
 * Thread safety: lookup and credit: any RCU thread. The rest: control. */
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

/* The version that a new translation should look at. */
uint64_t tables_version(const struct tables *t);

/* Version of the last change to one table; for xlate_record_current(). */
uint64_t tables_changed(const struct tables *t, uint8_t table);

/* What the last changes to it were. */
struct change_log;
const struct change_log *tables_log(const struct tables *t, uint8_t table);

/* What a lookup took. */
struct lookup_effort {
	unsigned int n_looks; /* grows by the number of masks, and rules of conjunctions, tried */
	int error;	      /* -ENOMEM: the outcome is not known; else left alone */
};

/* The rule of highest priority that matches, or NULL. Adds what was consulted to 'mask', as little
 * as the classifier can, also when nothing matches. Bits that are in 'mask' already are taken to cost
 * nothing: fill in what was consulted before, and what actions wrote. effort: may be NULL. */
const struct rule *tables_lookup(const struct tables *t, uint8_t table, uint64_t version,
				 const struct xlate_key *key, struct xlate_key *mask,
				 struct lookup_effort *effort);

/* Credits a lookup in a table, matched or not. */
void tables_credit(struct tables *t, uint8_t table, uint64_t n_packets, bool matched);

/* Frees removed rules that no reader can find any more. */
void tables_sweep(struct tables *t);

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

const struct table_policy *tables_policy(const struct tables *t, uint8_t table);

/* Whom eviction would take; NULL: nobody. */
struct rule_private *tables_victim(struct tables *t, uint8_t table);

/* Takes a configuration; nothing is evicted yet. 0 or -ENOMEM. */
int tables_configure(struct tables *t, uint8_t table, const struct xlate_table_config *config);

void tables_stats(const struct tables *t, uint8_t table, struct xlate_table_stats *out);
