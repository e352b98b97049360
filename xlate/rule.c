/* SPDX-License-Identifier: Apache-2.0 */
/* Rules found in tables, and shown. */
#include "tables.h"

#include "bridge.h"
#include "match.h"
#include "refuse.h"

#include <base/clock.h>

#include <errno.h>
#include <stdlib.h>

bool
rule_is_meant(const struct xlate_flow_mod *fm, const struct rule *r)
{
	struct xlate_match match;

	rule_match(r, &match);
	if (!match_covers(&fm->match, &match))
		return false;
	if ((fm->cookie ^ r->cookie) & fm->cookie_mask)
		return false;
	if (fm->has_out_group && !xlate_actions_sends_to_group(r->actions, fm->out_group))
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

/* Rules of a key of the index, of which the filter may mean some. */
static int
find_by_key(struct rule_index *ix, const struct rule_key *key, struct found *f)
{
	int rc = 0;

	for (const struct rule_ref *ref = rule_index_first(ix, key); ref && !rc;
	     ref = LIST_NEXT(ref, link))
		rc = found_add(ref->rule, f);
	return rc;
}

/* Rules that the filter may mean, by what is told fastest. */
static int
find_loosely(const struct tables *t, uint8_t table, uint64_t version, struct found *f)
{
	const struct xlate_flow_mod *fm = f->filter;
	struct classifier_filter filter = {.covered = true, .priority = -1};

	if (!fm)
		return tables_each(t, table, version, NULL, found_add, f);
	if (fm->cookie_mask == UINT64_MAX)
		return find_by_key(tables_index(t),
				   &(struct rule_key){.kind = RULE_HAS_COOKIE,
						      .table = table,
						      .id = fm->cookie},
				   f);
	filter.key = xlate_key_words(&fm->match.key);
	filter.mask = xlate_key_words(&fm->match.mask);
	return tables_each(t, table, version, &filter, found_add, f);
}

int
tables_select(const struct tables *t, uint64_t version, bool strict, struct found *f)
{
	uint8_t table = f->filter ? f->filter->table : XLATE_TABLE_ALL;
	int first = table == XLATE_TABLE_ALL ? 0 : table;
	int last = table == XLATE_TABLE_ALL ? XLATE_TABLES - 1 : table;

	for (int i = first; i <= last; i++) {
		int rc = strict ? find_strict(t, (uint8_t)i, version, f)
				: find_loosely(t, (uint8_t)i, version, f);

		if (rc)
			return rc;
	}
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
rule_view(const struct rule_private *r, struct xlate_match *match)
{
	rule_match(&r->rule, match);
	return (struct xlate_rule_view){
		.table = r->rule.table,
		.priority = r->rule.priority,
		.match = match,
		.actions = r->rule.actions,
		.cookie = r->rule.cookie,
		.idle_timeout_s = rule_idle_timeout_s(r),
		.hard_timeout_s = rule_hard_timeout_s(r),
		.send_flow_rem = r->send_flow_rem,
		.check_overlap = r->check_overlap,
		.reset_counts = r->reset_counts,
		.no_packet_counts = r->no_packet_counts,
		.no_byte_counts = r->no_byte_counts,
		.importance = r->importance,
		.created_ns = r->created_ns,
		.modified_ns = rule_modified_ns(r),
		.order = r->in_list.order,
		.stats = rule_count_read(r->rule.count),
	};
}

void
rule_told(void *aux, enum xlate_rule_event event, struct rule_private *rule)
{
	struct xlate_bridge *br = aux;
	const struct xlate_rule_sink *sink = bridge_rule_sink(br);
	struct xlate_rule_view view;
	struct xlate_match match;

	if (!sink->told ||
	    (sink->wanted && !sink->wanted(sink->aux, br, event, rule->send_flow_rem)))
		return;
	view = rule_view(rule, &match);
	view.old_actions = rule->instead_of ? rule->instead_of->rule.actions : NULL;
	sink->told(sink->aux, br, event, &view);
}

void
table_told(void *aux, uint8_t table, enum xlate_table_event event)
{
	struct xlate_bridge *br = aux;
	const struct xlate_rule_sink *sink = bridge_rule_sink(br);

	if (sink->table_told)
		sink->table_told(sink->aux, br, table, event);
}

int
xlate_rule_each(const struct xlate_bridge *br, const struct xlate_flow_mod *filter,
		int (*cb)(const struct xlate_rule_view *rule, void *aux), void *aux)
{
	const struct tables *t = bridge_tables(br);
	struct found f = {.filter = filter};
	int rc = tables_select(t, tables_version(t), false, &f);

	if (!rc && f.n)
		qsort(f.rule, f.n, sizeof(struct rule_private *), by_table_and_priority);
	for (size_t i = 0; i < f.n && !rc; i++) {
		struct xlate_match match;
		struct xlate_rule_view view = rule_view(f.rule[i], &match);

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
