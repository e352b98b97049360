/* SPDX-License-Identifier: Apache-2.0 */
/* Flow mods applied, and rules shown. */
#include "tables.h"

#include "bridge.h"
#include "match.h"
#include "refuse.h"

#include <base/clock.h>

#include <errno.h>
#include <stdlib.h>

/* Rules found in tables, to look at while these change. */
struct found {
	const struct xlate_flow_mod *filter; /* NULL: all */
	struct rule_private **rule;
	size_t n, n_alloc;
};

static int
is_group(uint32_t id, void *aux)
{
	const uint32_t *group = aux;

	return id == *group;
}

static bool
sends_to_group(const struct xlate_actions *a, uint32_t group)
{
	return actions_each_group(a, is_group, &group);
}

bool
rule_is_meant(const struct xlate_flow_mod *fm, const struct rule *r)
{
	if (!match_covers(&fm->match, &r->match))
		return false;
	if ((fm->cookie ^ r->cookie) & fm->cookie_mask)
		return false;
	if (fm->has_out_group && !sends_to_group(r->actions, fm->out_group))
		return false;
	return fm->out_port == XLATE_PORT_NONE || xlate_actions_output_to(r->actions, fm->out_port);
}

static int
found_add(struct rule_private *r, void *aux)
{
	struct found *f = aux;

	if (f->filter && !rule_is_meant(f->filter, &r->rule))
		return 0;
	if (f->n == f->n_alloc) {
		size_t n = f->n_alloc ? f->n_alloc * 2 : 16;
		struct rule_private **more = realloc(f->rule, n * sizeof(struct rule_private *));

		if (!more)
			return -ENOMEM;
		f->rule = more;
		f->n_alloc = n;
	}
	f->rule[f->n++] = r;
	return 0;
}

static int
find_strict(const struct tables *t, uint8_t table, uint64_t version, struct found *f)
{
	struct rule_private *r =
		tables_find(t, table, version, &f->filter->match, f->filter->priority);

	return r ? found_add(r, f) : 0;
}

/* Finds the rules that 'filter' means, table by table. */
static int
find(const struct tables *t, uint64_t version, bool strict, struct found *f)
{
	uint8_t table = f->filter ? f->filter->table : XLATE_TABLE_ALL;
	int first = table == XLATE_TABLE_ALL ? 0 : table;
	int last = table == XLATE_TABLE_ALL ? XLATE_TABLES - 1 : table;

	for (int i = first; i <= last; i++) {
		int rc = strict ? find_strict(t, (uint8_t)i, version, f)
				: tables_each(t, (uint8_t)i, version, found_add, f);

		if (rc)
			return rc;
	}
	return 0;
}

/* Flow mods under application. */
struct apply {
	struct change change;
	const struct xlate_bridge *br;
	uint64_t now_ns;
	size_t n_rules;
	char *err;
	size_t n_err;
};

struct refs {
	const struct group_set *groups;
	uint32_t missing;
};

static int
is_missing(uint32_t id, void *aux)
{
	struct refs *refs = aux;

	refs->missing = id;
	return !group_set_find(refs->groups, id);
}

/* A rule can name only groups and meters that are there. */
static int
check_refs(struct apply *ap, const struct xlate_actions *a)
{
	struct refs refs = {.groups = ap->br->groups};
	uint32_t meter = actions_meter(a);

	if (actions_each_group(a, is_missing, &refs)) {
		refusal_write(ap->err, ap->n_err, "group: there is no group %u", refs.missing);
		return -ENOENT;
	}
	if (meter && !meter_set_find(ap->br->meters, meter, NULL)) {
		refusal_write(ap->err, ap->n_err, "meter: there is no meter %u", meter);
		return -ENXIO;
	}
	return 0;
}

static int
check_overlap(struct rule_private *r, void *aux)
{
	const struct xlate_flow_mod *fm = aux;

	return r->rule.priority == fm->priority && match_overlaps(&r->rule.match, &fm->match);
}

static int
apply_add(struct apply *ap, const struct xlate_flow_mod *fm)
{
	struct change *c = &ap->change;
	struct rule_config config = {
		.table = fm->table,
		.priority = fm->priority,
		.match = &fm->match,
		.actions = fm->actions,
		.cookie = fm->cookie,
		.idle_timeout_s = fm->idle_timeout_s,
		.hard_timeout_s = fm->hard_timeout_s,
		.send_flow_rem = fm->send_flow_rem,
		.check_overlap = fm->check_overlap,
		.reset_counts = fm->reset_counts,
		.created_ns = ap->now_ns,
		.modified_ns = ap->now_ns,
	};
	union {
		const struct xlate_flow_mod *fm;
		void *aux;
	} borrowed = {.fm = fm};

	if (fm->table >= XLATE_TABLES)
		return refuse(ap->err, ap->n_err, "table: %u is no table; 0..%d is accepted",
			      fm->table, XLATE_TABLES - 1);

	struct rule_private *old =
		tables_find(c->t, fm->table, c->version, &fm->match, fm->priority);

	if (!old && fm->check_overlap &&
	    tables_each(c->t, fm->table, c->version, check_overlap, borrowed.aux)) {
		refusal_write(
			ap->err, ap->n_err,
			"check_overlap: a rule of table %u with priority %u matches some of the "
			"same "
			"packets",
			fm->table, fm->priority);
		return -EEXIST;
	}

	int rc = change_add(c, &config);

	if (rc)
		return rc;
	if (old)
		change_remove_why(c, old, XLATE_RULE_REPLACED);
	ap->n_rules++;
	return 0;
}

static int
modify_rule(struct apply *ap, const struct xlate_flow_mod *fm, struct rule_private *old)
{
	const struct rule *r = &old->rule;
	struct rule_config config = {
		.table = r->table,
		.priority = r->priority,
		.match = &r->match,
		.actions = fm->actions,
		.cookie = fm->set_cookie ? fm->cookie : r->cookie,
		.idle_timeout_s = rule_idle_timeout_s(old),
		.hard_timeout_s = rule_hard_timeout_s(old),
		.send_flow_rem = old->send_flow_rem,
		.check_overlap = old->check_overlap,
		.reset_counts = old->reset_counts,
		.created_ns = old->created_ns,
		.modified_ns = ap->now_ns,
		.count = fm->reset_counts ? NULL : r->count,
		.modified = true,
	};
	int rc = xlate_actions_check(fm->actions, &r->match, r->table, ap->err, ap->n_err);

	if (!rc)
		rc = change_add(&ap->change, &config);
	if (!rc)
		change_remove_why(&ap->change, old, XLATE_RULE_REPLACED);
	return rc;
}

/* OpenFlow 1.0 section 4.6: a modification of nothing is an addition. */
static int
add_instead(struct apply *ap, const struct xlate_flow_mod *fm)
{
	struct xlate_flow_mod add = *fm;

	if (add.table == XLATE_TABLE_ALL)
		add.table = 0;
	return apply_add(ap, &add);
}

static int
apply_to_found(struct apply *ap, const struct xlate_flow_mod *fm)
{
	bool strict = fm->command == XLATE_MODIFY_STRICT || fm->command == XLATE_DELETE_STRICT;
	bool modify = fm->command == XLATE_MODIFY || fm->command == XLATE_MODIFY_STRICT;
	struct found f = {.filter = fm};
	int rc = find(ap->change.t, ap->change.version, strict, &f);

	for (size_t i = 0; i < f.n && !rc; i++) {
		if (modify)
			rc = modify_rule(ap, fm, f.rule[i]);
		else
			change_remove(&ap->change, f.rule[i]);
		ap->n_rules += !rc;
	}
	free(f.rule);
	if (!rc && !f.n && modify && fm->add_if_none)
		rc = add_instead(ap, fm);
	return rc;
}

static int
apply_all(struct apply *ap, const struct xlate_flow_mod *fms, size_t n)
{
	int rc = 0;

	for (size_t i = 0; i < n && !rc; i++) {
		if (fms[i].actions)
			rc = check_refs(ap, fms[i].actions);
		if (!rc)
			rc = fms[i].command == XLATE_ADD ? apply_add(ap, &fms[i])
							 : apply_to_found(ap, &fms[i]);
		if (rc && n > 1) {
			char why[FLOW_ERR_BYTES];

			snprintf(why, sizeof why, "%s", ap->err);
			refusal_write(ap->err, ap->n_err, "change %zu of %zu: %s", i + 1, n, why);
		}
	}
	return rc;
}

int
xlate_flow_mods_apply(struct xlate *x, struct xlate_bridge *br, struct xlate_flow_mod *fms,
		      size_t n, size_t *n_rules, char *err, size_t n_err)
{
	char why[FLOW_ERR_BYTES] = "out of memory";
	struct apply ap = {.br = br, .now_ns = clock_now_ns(), .err = why, .n_err = sizeof why};
	int rc = change_begin(bridge_tables(br), &ap.change);

	if (!rc)
		rc = apply_all(&ap, fms, n);
	if (rc) {
		change_abort(&ap.change);
		if (err && n_err)
			snprintf(err, n_err, "%s", why);
		return rc;
	}
	if (ap.n_rules) {
		change_commit(&ap.change);
		xlate_changed(x);
	} else {
		change_abort(&ap.change);
	}
	for (size_t i = 0; i < n; i++)
		xlate_flow_mod_free(&fms[i]);
	if (n_rules)
		*n_rules = ap.n_rules;
	return 0;
}

static int
by_table_and_priority(const void *pa, const void *pb)
{
	const struct rule_private *a = *(struct rule_private *const *)pa;
	const struct rule_private *b = *(struct rule_private *const *)pb;

	if (a->rule.table != b->rule.table)
		return a->rule.table < b->rule.table ? -1 : 1;
	if (a->rule.priority != b->rule.priority)
		return a->rule.priority > b->rule.priority ? -1 : 1;
	return (a->serial > b->serial) - (a->serial < b->serial);
}

struct xlate_rule_view
rule_view(const struct rule_private *r)
{
	return (struct xlate_rule_view){
		.table = r->rule.table,
		.priority = r->rule.priority,
		.match = &r->rule.match,
		.actions = r->rule.actions,
		.cookie = r->rule.cookie,
		.idle_timeout_s = rule_idle_timeout_s(r),
		.hard_timeout_s = rule_hard_timeout_s(r),
		.send_flow_rem = r->send_flow_rem,
		.check_overlap = r->check_overlap,
		.reset_counts = r->reset_counts,
		.created_ns = r->created_ns,
		.modified_ns = r->modified_ns,
		.stats = rule_count_read(r->rule.count),
	};
}

void
rule_told(void *aux, enum xlate_rule_event event, struct rule_private *rule)
{
	struct xlate_bridge *br = aux;
	const struct xlate_rule_sink *sink = bridge_rule_sink(br);
	struct xlate_rule_view view;

	if (!sink->told)
		return;
	view = rule_view(rule);
	sink->told(sink->aux, br, event, &view);
}

int
xlate_rule_each(const struct xlate_bridge *br, const struct xlate_flow_mod *filter,
		int (*cb)(const struct xlate_rule_view *rule, void *aux), void *aux)
{
	const struct tables *t = bridge_tables(br);
	struct found f = {.filter = filter};
	int rc = find(t, tables_version(t), false, &f);

	if (!rc && f.n)
		qsort(f.rule, f.n, sizeof(struct rule_private *), by_table_and_priority);
	for (size_t i = 0; i < f.n && !rc; i++) {
		struct xlate_rule_view view = rule_view(f.rule[i]);

		rc = cb(&view, aux);
	}
	free(f.rule);
	return rc;
}

void
xlate_table_stats(const struct xlate_bridge *br, uint8_t table, struct xlate_table_stats *out)
{
	tables_stats(bridge_tables(br), table, out);
}
