/* SPDX-License-Identifier: Apache-2.0 */
/* Why a removed rule leaves its classifier late. A translation in progress uses the version at
 * which it began, and must still find the rule. The writer unlinks the rules of a change after a
 * grace period: by then, every translation has begun at the version of the change or later. */
#include "table/table_writer.h"

#include "table/rule_index.h"
#include "table/rule_list.h"
#include "table/table_private.h"

#include <stdatomic.h>
#include <stdlib.h>

struct table *
tables_get(struct tables *t, uint8_t table)
{
	struct table *tab = t->table[table];

	if (tab)
		return tab;
	tab = calloc(1, sizeof *tab);
	if (!tab)
		return NULL;
	if (classifier_create(&t->layout, &tab->cls)) {
		free(tab);
		return NULL;
	}
	rcu_publish(&t->table[table], tab);
	return tab;
}

static bool
is_soft(const struct xlate_actions *a)
{
	for (size_t i = 0; i < a->n; i++) {
		if (a->a[i].type == XLATE_ACT_CONJUNCTION)
			return true;
	}
	return false;
}

struct classifier *
table_classifier(struct tables *t, struct table *tab, const struct xlate_actions *actions)
{
	struct classifier *cls;

	if (!is_soft(actions))
		return tab->cls;
	if (tab->soft)
		return tab->soft;
	if (classifier_create(&t->layout, &cls))
		return NULL;
	rcu_publish(&tab->soft, cls);
	return cls;
}

void
tables_touch(struct tables *t, struct table *tab)
{
	if (tab->touched)
		return;
	tab->touched = true;
	tab->next_touched = t->touched;
	t->touched = tab;
}

void
tables_rule_drop(struct tables *t, struct rule_private *r)
{
	rule_list_remove(&t->list, r);
	rule_index_drop(t->index, r);
	expiry_drop(t, r);
	classifier_remove(&r->cls);
	tables_touch(t, t->table[r->rule.table]);
	rcu_defer(&r->deferred, rule_free_deferred);
}

void
tables_publish(struct tables *t)
{
	for (struct table *tab; (tab = t->touched);) {
		t->touched = tab->next_touched;
		tab->touched = false;
		classifier_publish(tab->cls);
		if (tab->soft)
			classifier_publish(tab->soft);
	}
}

static void
batch_ready(struct rcu_deferred *d)
{
	struct rule_batch *b = caa_container_of(d, struct rule_batch, deferred);
	void (*retired)(void *aux) = b->retired;
	void *aux = b->aux;

	/* The writer owns the batch from here on. */
	if (atomic_exchange_explicit(&b->state, BATCH_READY, memory_order_acq_rel) == BATCH_ORPHAN)
		free(b);
	else if (retired)
		retired(aux);
}

void
tables_retire(struct tables *t, struct rule_batch *batch, struct rule_private *rules)
{
	batch->rules = rules;
	batch->retired = t->observer.retired;
	batch->aux = t->observer.retired_aux;
	*t->last = batch;
	t->last = &batch->next;
	rcu_defer(&batch->deferred, batch_ready);
}

void
tables_reclaim(struct tables *t)
{
	bool any = false;

	while (t->first &&
	       atomic_load_explicit(&t->first->state, memory_order_acquire) == BATCH_READY) {
		struct rule_batch *b = t->first;

		for (struct rule_private *next, *r = b->rules; r; r = next) {
			next = r->next_removed;
			tables_rule_drop(t, r);
		}
		t->first = b->next;
		if (!t->first)
			t->last = &t->first;
		free(b);
		any = true;
	}
	if (any)
		tables_publish(t);
}

/* Each rule is either in a batch or visible in the latest version. */
void
tables_batches_free(struct tables *t)
{
	for (struct rule_batch *next, *b = t->first; b; b = next) {
		next = b->next;
		for (struct rule_private *next_rule, *r = b->rules; r; r = next_rule) {
			next_rule = r->next_removed;
			rule_free(r);
		}
		if (atomic_exchange_explicit(&b->state, BATCH_ORPHAN, memory_order_acq_rel) ==
		    BATCH_READY)
			free(b);
	}
}
