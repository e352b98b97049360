/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the flow tables, for the code that changes them and expires their rules.
 *
 * Thread safety: control, unless stated. */
#pragma once

#include "table/change_log.h"
#include "table/expiry.h"
#include "table/table.h"
#include "table/table_policy.h"

/* 'soft': rules with conjunction(), which supply clauses and are never executed. NULL until the
 * first is added. */
struct table {
	struct classifier *cls;
	struct classifier *soft; /* RCU */
	/* Below: for the writer only. */
	bool touched; /* since its classifiers were published */
	struct table *next_touched;
	unsigned int
		/* Rules in 'soft' that are visible before or after the change in progress. */
		n_soft;
};

enum batch_state { BATCH_WAITING, BATCH_READY, BATCH_ORPHAN };

/* Removed rules that wait for a grace period. The writer frees a batch that is READY; the callback
 * frees one whose tables were destroyed before (ORPHAN). */
struct rule_batch {
	struct rcu_deferred deferred;
	_Atomic int state; /* enum batch_state */
	struct rule_private *rules;
	struct rule_batch *next;
	void (*retired)(void *aux);
	void *aux;
};

struct tables {
	struct classifier_layout layout;
	_Atomic uint64_t version;		/* written by the writer, read by any thread */
	_Atomic uint64_t changed[XLATE_TABLES]; /* written by the writer, read by any thread */
	struct change_log log[XLATE_TABLES];
	struct table *table[XLATE_TABLES]; /* RCU pointers, created when used */
	struct table *touched;		   /* for the writer only */
	struct rule_batch *first, **last;  /* oldest first */
	struct rule_list list;
	struct rule_index *index;
	struct expiry expiry;
	uint64_t next_serial;
	struct tables_observer observer;
	struct table_policy policy[XLATE_TABLES];
	unsigned int n_vacancies; /* tables that report their vacancy */
	/* Read by any thread; the latter two written by any thread. */
	_Atomic unsigned int n_rules[XLATE_TABLES];
	_Atomic uint64_t lookups[XLATE_TABLES], matches[XLATE_TABLES];
};
