/* SPDX-License-Identifier: Apache-2.0 */
/* Adds the rules that learn actions made to the tables. */
#include "change/learn_apply.h"

#include "bridge/bridge.h"

#include <base/clock.h>

#include <errno.h>
#include <stdatomic.h>

bool
learned_fits(const struct tables *t, const struct learned *l)
{
	const struct rule_key key = {
		.kind = RULE_HAS_COOKIE, .table = l->fm.table, .id = l->fm.cookie};

	return !l->limit ||
	       tables_find(t, l->fm.table, tables_version(t), &l->fm.match, l->fm.priority) ||
	       rule_index_count_at_rest(tables_index(t), &key) < l->limit;
}

struct rule_private *
learned_find(const struct tables *t, const struct xlate_flow_mod *fm)
{
	struct rule_private *r =
		tables_find(t, fm->table, tables_version(t), &fm->match, fm->priority);

	if (!r || r->rule.cookie != fm->cookie || r->send_flow_rem != fm->send_flow_rem ||
	    rule_idle_timeout_s(r) != fm->idle_timeout_s ||
	    rule_hard_timeout_s(r) != fm->hard_timeout_s ||
	    !xlate_actions_equal(r->rule.actions, fm->actions))
		return NULL;
	return r;
}

/* If an identical rule exists, restarts its hard timeout and returns true. Thread: any
 * RCU thread. */
static bool
refresh(struct tables *t, const struct xlate_flow_mod *fm, uint64_t now_ns)
{
	struct rule_private *r = learned_find(t, fm);

	if (r)
		atomic_store_explicit(&r->modified_ns, now_ns, memory_order_relaxed);
	return r != NULL;
}

static bool
teaches(const struct xlate_actions *actions, const struct xlate_learn *lesson)
{
	for (size_t i = 0; i < actions->n; i++) {
		const struct xlate_action *a = &actions->a[i];

		if (a->type == XLATE_ACT_LEARN && a->learn == lesson)
			return true;
		if (a->type == XLATE_ACT_CLONE && teaches(a->nested, lesson))
			return true;
	}
	return false;
}

/* Returns true if the rule that teaches 'l' still has that learn action. Statistics arrive after a
 * change, so a replaced rule can still ask to learn. */
static bool
is_taught(struct tables *t, const struct learned *l)
{
	const struct rule_private *r;

	if (!l->teacher)
		return true;
	r = tables_find(t, l->table, tables_version(t), &l->match, l->priority);
	return r && r->rule.count == l->teacher && teaches(r->rule.actions, l->lesson);
}

bool
learned_put(struct xlate *x, struct learned *l)
{
	const struct xlate_bridge *br = rcu_read(&l->link->br);

	if (!br || !is_taught(br->tables, l) || refresh(br->tables, &l->fm, clock_now_ns()) ||
	    atomic_load(&x->learn.n) >= LEARN_QUEUE_MAX)
		return false;
	if (!atomic_exchange(&l->queued, true))
		learn_queue_put(x, l);
	return true;
}

static bool
apply(struct xlate *x, const struct learned *l, uint64_t now_ns)
{
	struct xlate_bridge *br = rcu_read(&l->link->br);
	struct xlate_flow_mod fm = l->fm;
	char err[FLOW_ERR_BYTES] = "out of memory";
	int rc = -ENOMEM;

	if (!br || !is_taught(br->tables, l) || refresh(br->tables, &fm, now_ns) ||
	    !learned_fits(br->tables, l))
		return false;
	fm.actions = xlate_actions_copy(fm.actions);
	if (fm.actions)
		rc = xlate_flow_mods_apply(x, br, &fm, 1, NULL, err, sizeof err);
	if (!rc)
		return true;
	xlate_flow_mod_free(&fm);
	/* Not logged for a full table, which counts rejected rules, and which packets may hit again
	 * and again. */
	if (rc != -ENOSPC)
		LOG_WARN(x->config.log, XLATE, "a rule was not learned: %s", err);
	return false;
}

void
learned_teach(struct xlate *x, const struct learned *l)
{
	apply(x, l, clock_now_ns());
}

unsigned int
xlate_learned_apply(struct xlate *x)
{
	uint64_t now_ns = clock_now_ns();
	unsigned int n = 0, n_taken = 0;
	struct learned *l;

	while (n_taken < XLATE_LEARNED_TURN && (l = learn_queue_take(&x->learn))) {
		n += apply(x, l, now_ns);
		learned_unref(l);
		n_taken++;
	}
	if (n_taken)
		learn_queue_done(&x->learn, n_taken);
	if (n_taken == XLATE_LEARNED_TURN && x->config.learned)
		x->config.learned(x->config.learned_aux);
	return n;
}
