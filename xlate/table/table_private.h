/* SPDX-License-Identifier: Apache-2.0 */
/* The flow tables from within: for what changes them and what expires their rules.
 *
 * Thread safety: control, but where said. */
#pragma once

#include "table/change_log.h"
#include "table/expiry.h"
#include "table/table.h"
#include "table/table_policy.h"

/* 'soft' has the rules of conjunctions, which no packet is given to; NULL: there never was one. */
struct table {
	struct classifier *cls;
	struct classifier *soft; /* RCU */
	/* Below: the writer's. */
	bool touched; /* since its classifiers were published */
	struct table *next_touched;
	unsigned int
		n_soft; /* rules in 'soft' that are visible, before or after the change under way */
};

enum batch_state { BATCH_WAITING, BATCH_READY, BATCH_ORPHAN };

/* Removed rules that wait for a grace period. Freed by the writer when READY; by the callback when
 * the tables went before it. */
struct rule_batch {
	struct rcu_deferred deferred;
	int state; /* enum batch_state; atomic */
	struct rule_private *rules;
	struct rule_batch *next;
	void (*retired)(void *aux);
	void *aux;
};

struct tables {
	struct classifier_layout layout;
	uint64_t version;		/* written by the writer, read by any thread */
	uint64_t changed[XLATE_TABLES]; /* likewise */
	struct change_log log[XLATE_TABLES];
	struct table *table[XLATE_TABLES]; /* RCU pointers, made when used */
	struct table *touched;		   /* the writer's */
	struct rule_batch *first, **last;  /* oldest first */
	struct rule_list list;
	struct rule_index *index;
	struct expiry expiry;
	uint64_t next_serial;
	struct tables_observer observer;
	struct table_policy policy[XLATE_TABLES];
	unsigned int n_vacancies; /* tables that tell of theirs */
	/* Written with atomics, read by any thread. */
	unsigned int n_rules[XLATE_TABLES];
	uint64_t lookups[XLATE_TABLES], matches[XLATE_TABLES];
};

/* The table of a number, made when it is not there. NULL: no memory. */
struct table *tables_get(struct tables *t, uint8_t table);

/* The classifier for rules with these actions, made when it is not there. NULL: no memory. */
struct classifier *table_classifier(struct tables *t, struct table *tab,
				    const struct xlate_actions *actions);

/* Has tables_publish() look at the table. */
void tables_touch(struct tables *t, struct table *tab);

/* Lets lookups see what the touched tables have become. */
void tables_publish(struct tables *t);

/* Gives rules to be freed after a grace period. */
void tables_retire(struct tables *t, struct rule_batch *batch, struct rule_private *rules);

/* Unlinks a rule from everything and frees it after a grace period. */
void rule_drop(struct tables *t, struct rule_private *r);
