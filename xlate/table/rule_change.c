/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of the flow tables: rules are added and removed at a version, or not at all. */
#include "table/rule_change.h"

#include "action/match.h"
#include "table/table_private.h"
#include "table/table_writer.h"

#include <base/clock.h>

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>

int
change_begin(struct tables *t, struct change *out)
{
	tables_reclaim(t);
	*out = (struct change){.t = t, .version = tables_version(t) + 1};
	out->batch = calloc(1, sizeof *out->batch);
	return out->batch ? 0 : -ENOMEM;
}

/* Adds a rule to index, policy, expiry and classifier, or to none of them. Returns 0, -ENOMEM or
 * -ENOSPC. */
static int
enter(struct tables *t, struct classifier *cls, struct rule_private *r,
      const struct xlate_match *match)
{
	struct table_policy *p = &t->policy[r->rule.table];
	int rc = rule_index_add(t->index, r);

	if (rc)
		return rc;
	rc = policy_rule_added(p, r);
	if (rc)
		goto out_of_index;
	rc = expiry_add(&t->expiry, r);
	if (rc)
		goto out_of_policy;
	rc = classifier_insert(cls, &r->cls, xlate_key_words(&match->key),
			       xlate_key_words(&match->mask));
	if (!rc)
		return 0;
	p->n_rejected += rc == -ENOSPC;
	expiry_drop(t, r);
out_of_policy:
	policy_rule_removed(p, r);
out_of_index:
	rule_index_drop(t->index, r);
	return rc;
}

int
change_add(struct change *c, const struct rule_config *config)
{
	struct table *tab = tables_get(c->t, config->table);
	struct classifier *cls = tab ? table_classifier(c->t, tab, config->actions) : NULL;
	struct rule_private *r;
	int rc;

	if (!cls || rule_new(config, &r))
		return -ENOMEM;
	r->soft = cls == tab->soft;
	r->cls.add_version = c->version;
	r->cls.priority = config->priority;
	rc = enter(c->t, cls, r, config->match);
	if (rc) {
		rule_free(r);
		return rc;
	}
	tab->n_soft += r->soft;
	tables_touch(c->t, tab);
	rule_list_add(&c->t->list, r);
	r->serial = c->t->next_serial++;
	r->add_event = config->instead_of ? XLATE_RULE_MODIFIED : XLATE_RULE_ADDED;
	r->instead_of = config->instead_of;
	if (r->instead_of && r->instead_of->instead_of)
		r->instead_of = r->instead_of->instead_of;
	r->next_added = c->added;
	c->added = r;
	return 0;
}

void
change_remove_why(struct change *c, struct rule_private *rule, enum xlate_rule_event why)
{
	classifier_rule_hide(&rule->cls, c->version);
	if (why == XLATE_RULE_REPLACED)
		rule_list_put_behind(&c->t->list, c->added, rule);
	policy_rule_removed(&c->t->policy[rule->rule.table], rule);
	rule_index_hide(c->t->index, rule);
	expiry_hide(&c->t->expiry, rule);
	rule->remove_event = (uint8_t)why;
	rule->next_removed = c->removed;
	c->removed = rule;
}

void
change_remove(struct change *c, struct rule_private *rule)
{
	change_remove_why(c, rule, XLATE_RULE_DELETED);
}

int
change_make_room(struct change *c, uint8_t table)
{
	struct table_policy *p = &c->t->policy[table];
	struct rule_private *victim;

	if (!policy_is_full(p))
		return 0;
	victim = policy_victim(p);
	if (!victim) {
		p->n_rejected++;
		return -ENOSPC;
	}
	change_remove_why(c, victim, XLATE_RULE_EVICTED);
	return 0;
}

/* Reports removals and additions. A rule added and removed by the same change is reported only if
 * it had replaced an older rule. */
static void
events_report(const struct change *c)
{
	const struct tables *t = c->t;
	const struct tables_observer *o = &t->observer;

	for (struct rule_private *r = o->rule ? c->removed : NULL; r; r = r->next_removed)
		if (r->remove_event != XLATE_RULE_REPLACED &&
		    (r->cls.add_version != c->version || r->add_event == XLATE_RULE_MODIFIED))
			o->rule(o->aux, r->remove_event, r);
	for (struct rule_private *r = c->added; r; r = r->next_added) {
		if (o->rule && r->remove_event == XLATE_RULE_ADDED)
			o->rule(o->aux, r->add_event, r);
		r->instead_of = NULL;
	}
}

static void
vacancies_report(struct tables *t)
{
	for (int i = 0; i < XLATE_TABLES && t->n_vacancies; i++) {
		struct table_policy *p = &t->policy[i];
		enum xlate_table_event event = policy_vacancy_event(p, p->n_rules);

		if (event != XLATE_TABLE_NO_EVENT && t->observer.table)
			t->observer.table(t->observer.aux, (uint8_t)i, event);
	}
}

static bool
is_large(const struct change *c)
{
	unsigned int n = 0;

	for (const struct rule_private *r = c->added; r && n <= CHANGE_LOG_MAX; r = r->next_added)
		n++;
	for (const struct rule_private *r = c->removed; r && n <= CHANGE_LOG_MAX;
	     r = r->next_removed)
		n++;
	return n > CHANGE_LOG_MAX;
}

/* Logs a rule's change. Log and table version are updated before the version of all tables, so that
 * no thread takes an older translation for current at the new version. */
static void
touch(struct change *c, const struct rule_private *r, bool added, bool large)
{
	struct tables *t = c->t;
	uint8_t table = r->rule.table;

	if (large)
		change_log_skip(&t->log[table], c->version);
	else
		change_log_add(&t->log[table], &r->rule, c->version, added,
			       t->table[table]->n_soft > 0);
	atomic_store_explicit(&t->changed[table], c->version, memory_order_release);
	atomic_fetch_add_explicit(&t->n_rules[table], added ? 1 : UINT_MAX, memory_order_relaxed);
}

void
change_commit(struct change *c)
{
	struct tables *t = c->t;
	bool large = is_large(c);

	for (const struct rule_private *r = c->added; r; r = r->next_added)
		touch(c, r, true, large);
	for (const struct rule_private *r = c->removed; r; r = r->next_removed)
		touch(c, r, false, large);
	for (const struct rule_private *r = c->added; r; r = r->next_added)
		rule_index_commit(t->index, r);
	for (const struct rule_private *r = c->removed; r; r = r->next_removed) {
		rule_index_commit(t->index, r);
		t->table[r->rule.table]->n_soft -= r->soft;
		t->policy[r->rule.table].n_evicted += r->remove_event == XLATE_RULE_EVICTED;
	}
	tables_publish(t);
	atomic_store_explicit(&t->version, c->version, memory_order_release);
	events_report(c);
	vacancies_report(t);
	if (!c->removed) {
		free(c->batch);
		return;
	}
	tables_retire(t, c->batch, c->removed);
}

void
change_abort(struct change *c)
{
	for (struct rule_private *r = c->added; r; r = r->next_added)
		if (r->remove_event == XLATE_RULE_ADDED)
			policy_rule_removed(&c->t->policy[r->rule.table], r);
	for (struct rule_private *r = c->removed; r; r = r->next_removed) {
		classifier_rule_hide(&r->cls, CLASSIFIER_NEVER);
		r->remove_event = XLATE_RULE_ADDED;
		if (r->cls.add_version == c->version)
			continue;
		policy_rule_back(&c->t->policy[r->rule.table], r);
		rule_index_show(c->t->index, r);
		expiry_show(&c->t->expiry, r);
	}
	for (struct rule_private *next, *r = c->added; r; r = next) {
		next = r->next_added;
		c->t->table[r->rule.table]->n_soft -= r->soft;
		tables_rule_drop(c->t, r);
	}
	free(c->batch);
	tables_publish(c->t);
}

int
tables_add_default(struct tables *t, struct xlate_actions *actions)
{
	static const struct xlate_match any;
	uint64_t now_ns = clock_now_ns();
	struct rule_config config = {
		.match = &any, .actions = actions, .created_ns = now_ns, .modified_ns = now_ns};
	struct change c;
	int rc = change_begin(t, &c);

	if (rc)
		return rc;
	rc = change_add(&c, &config);
	if (rc) {
		change_abort(&c);
		return rc;
	}
	change_commit(&c);
	xlate_actions_free(actions);
	return 0;
}
