/* SPDX-License-Identifier: Apache-2.0 */
#include "table/table.h"

#include "action/match.h"
#include "table/conjunction.h"
#include "table/table_private.h"
#include "table/table_writer.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

int
tables_create(uint64_t seed, uint32_t rules_max, struct tables **out)
{
	struct tables *t = calloc(1, sizeof *t);

	if (!t)
		return -ENOMEM;
	match_layout(&t->layout);
	t->layout.seed = seed;
	atomic_init(&t->version, 1);
	for (int i = 0; i < XLATE_TABLES; i++) {
		t->policy[i].rules_max = rules_max;
		t->policy[i].config.flow_limit = XLATE_TABLE_NO_LIMIT;
	}
	t->last = &t->first;
	rule_list_init(&t->list);
	expiry_init(&t->expiry);
	if (rule_index_create(seed, &t->index)) {
		free(t);
		return -ENOMEM;
	}
	*out = t;
	return 0;
}

struct rule_index *
tables_index(const struct tables *t)
{
	return t->index;
}

struct rule_list *
tables_list(struct tables *t)
{
	return &t->list;
}

static struct table *
table_of(const struct tables *t, uint8_t table)
{
	return table < XLATE_TABLES ? rcu_read(&t->table[table]) : NULL;
}

static int
collect(struct classifier_rule *r, void *aux)
{
	struct rule_private **all = aux, *rule = rule_from_cls(r);

	rule->next_added = *all;
	*all = rule;
	return 0;
}

void
tables_destroy(struct tables *t)
{
	struct rule_private *all = NULL;

	for (int i = 0; i < XLATE_TABLES; i++) {
		policy_free(&t->policy[i]);
		if (!t->table[i])
			continue;
		classifier_each(t->table[i]->cls, tables_version(t), NULL, collect, &all);
		classifier_destroy(t->table[i]->cls);
		if (t->table[i]->soft) {
			classifier_each(t->table[i]->soft, tables_version(t), NULL, collect, &all);
			classifier_destroy(t->table[i]->soft);
		}
		free(t->table[i]);
	}
	for (struct rule_private *next, *r = all; r; r = next) {
		next = r->next_added;
		rule_free(r);
	}
	for (int i = 0; i < XLATE_TABLES; i++)
		change_log_free(&t->log[i]);
	tables_batches_free(t);
	rule_index_destroy(t->index);
	expiry_free(&t->expiry);
	free(t);
}

uint64_t
tables_version(const struct tables *t)
{
	return atomic_load_explicit(&t->version, memory_order_acquire);
}

uint64_t
tables_changed(const struct tables *t, uint8_t table)
{
	return atomic_load_explicit(&t->changed[table], memory_order_acquire);
}

const struct change_log *
tables_log(const struct tables *t, uint8_t table)
{
	return &t->log[table];
}

/* Returns the masks for a lookup in a version. Only the writer uses a version that is not in effect
 * yet. */
static const struct classifier_masks *
masks_at(const struct tables *t, struct classifier *cls, uint64_t version)
{
	return version > tables_version(t) ? classifier_draft(cls) : classifier_masks(cls);
}

static const struct rule *
hard_lookup(const struct classifier_masks *in, uint64_t version, const struct xlate_key *key,
	    struct xlate_key *mask, struct lookup_effort *effort)
{
	const struct classifier_rule *r = classifier_lookup(
		in, version, xlate_key_words(key), xlate_key_words_mut(mask), &effort->cls);

	return r ? &rule_from_cls(r)->rule : NULL;
}

static void
soft_found(const struct classifier_rule *r, void *aux)
{
	conjunctions_add(aux, &rule_from_cls(r)->rule);
}

/* Returns the rule that matches the conj_id of the best satisfied conjunction of higher priority
 * than 'hard', if there is one; else 'hard'. Stops at XLATE_STEPS_MAX looks; the caller then fails
 * the translation. */
static const struct rule *
soft_lookup(const struct classifier_masks *in, const struct classifier_masks *soft,
	    uint64_t version, const struct rule *hard, const struct xlate_key *key,
	    struct xlate_key *mask, struct lookup_effort *effort)
{
	struct conjunctions c = {0};
	struct xlate_key with_id = *key;
	const struct rule *found = NULL;

	classifier_each_match(soft, version, xlate_key_words(key), xlate_key_words_mut(mask),
			      hard ? hard->priority : -1, &effort->cls, soft_found, &c);
	if (effort->cls.n_looks < XLATE_STEPS_MAX)
		c.n_gathered_max = XLATE_STEPS_MAX - effort->cls.n_looks;
	while (!found && effort->cls.n_looks < XLATE_STEPS_MAX &&
	       conjunctions_next(&c, &with_id.conj_id))
		found = hard_lookup(in, version, &with_id, mask, effort);
	effort->cls.n_looks += (unsigned int)c.n_gathered;
	if (c.error)
		effort->error = c.error;
	conjunctions_free(&c);
	return found ? found : hard;
}

const struct rule *
tables_lookup(const struct tables *t, uint8_t table, uint64_t version, const struct xlate_key *key,
	      struct xlate_key *mask, struct lookup_effort *effort)
{
	const struct table *tab = table_of(t, table);
	struct lookup_effort unused = {0};
	const struct classifier_masks *in;
	struct classifier *soft;
	const struct rule *hard;

	if (!tab)
		return NULL;
	if (!effort)
		effort = &unused;
	soft = rcu_read(&tab->soft);
	in = masks_at(t, tab->cls, version);
	hard = hard_lookup(in, version, key, mask, effort);
	if (!soft)
		return hard;
	return soft_lookup(in, masks_at(t, soft, version), version, hard, key, mask, effort);
}

void
tables_credit(struct tables *t, uint8_t table, uint64_t n_packets, bool matched)
{
	atomic_fetch_add_explicit(&t->lookups[table], n_packets, memory_order_relaxed);
	if (matched)
		atomic_fetch_add_explicit(&t->matches[table], n_packets, memory_order_relaxed);
}

void
tables_stats(const struct tables *t, uint8_t table, struct xlate_table_stats *out)
{
	out->n_rules = atomic_load_explicit(&t->n_rules[table], memory_order_relaxed);
	out->lookups = atomic_load_explicit(&t->lookups[table], memory_order_relaxed);
	out->matches = atomic_load_explicit(&t->matches[table], memory_order_relaxed);
}

static struct rule_private *
find_in(const struct tables *t, const struct classifier *cls, uint64_t version,
	const struct xlate_match *match, uint16_t priority)
{
	const uint64_t *key = xlate_key_words(&match->key), *mask = xlate_key_words(&match->mask);

	if (version > tables_version(t))
		return rule_from_cls(classifier_find(cls, version, key, mask, priority));
	return rule_from_cls(
		classifier_find_in(classifier_masks(cls), version, key, mask, priority));
}

struct rule_private *
tables_find(const struct tables *t, uint8_t table, uint64_t version,
	    const struct xlate_match *match, uint16_t priority)
{
	const struct table *tab = table_of(t, table);
	const struct classifier *soft = tab ? rcu_read(&tab->soft) : NULL;
	struct rule_private *r = tab ? find_in(t, tab->cls, version, match, priority) : NULL;

	return r || !soft ? r : find_in(t, soft, version, match, priority);
}

struct each {
	int (*cb)(struct rule_private *rule, void *aux);
	void *aux;
};

static int
each_rule(struct classifier_rule *r, void *aux)
{
	const struct each *each = aux;

	return each->cb(rule_from_cls(r), each->aux);
}

int
tables_each(const struct tables *t, uint8_t table, uint64_t version,
	    const struct classifier_filter *filter, int (*cb)(struct rule_private *rule, void *aux),
	    void *aux)
{
	const struct table *tab = table_of(t, table);
	struct each each = {.cb = cb, .aux = aux};
	int rc = tab ? classifier_each(tab->cls, version, filter, each_rule, &each) : 0;

	if (rc || !tab || !tab->soft)
		return rc;
	return classifier_each(tab->soft, version, filter, each_rule, &each);
}

void
tables_observe(struct tables *t, const struct tables_observer *o)
{
	t->observer = *o;
}

const struct table_policy *
tables_policy(const struct tables *t, uint8_t table)
{
	return &t->policy[table];
}

struct rule_private *
tables_victim(struct tables *t, uint8_t table)
{
	return policy_victim(&t->policy[table]);
}

static int
enter_policy(struct rule_private *r, void *aux)
{
	policy_rule_look(aux, r);
	return 0;
}

int
tables_configure(struct tables *t, uint8_t table, const struct xlate_table_config *config)
{
	struct table_policy *p = &t->policy[table];
	bool had_events = p->config.vacancy_events;
	int rc = policy_configure(p, config);

	if (rc)
		return rc;
	t->n_vacancies -= had_events;
	t->n_vacancies += config->vacancy_events;
	if (policy_evicts(p))
		tables_each(t, table, tables_version(t), NULL, enter_policy, p);
	return 0;
}
