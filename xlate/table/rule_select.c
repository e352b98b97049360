/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the rules that a filter selects, for modifications, deletions and dumps. */
#include "table/rule_select.h"

#include "action/match.h"
#include "table/table.h"

#include <errno.h>
#include <stdlib.h>

bool
rule_matches_filter(const struct xlate_flow_mod *fm, const struct rule *r)
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

	if (f->filter && !rule_matches_filter(f->filter, &r->rule))
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

/* Adds the rules of a key of the index that the filter selects. */
static int
find_by_key(struct rule_index *ix, const struct rule_key *key, struct found *f)
{
	int rc = 0;

	for (const struct rule_ref *ref = rule_index_first(ix, key); ref && !rc;
	     ref = LIST_NEXT(ref, link))
		rc = found_add(ref->rule, f);
	return rc;
}

/* Adds the rules that the filter selects non-strictly, found by cookie if possible, else by
 * match. */
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
		int rc = strict && f->filter ? find_strict(t, (uint8_t)i, version, f)
					     : find_loosely(t, (uint8_t)i, version, f);

		if (rc)
			return rc;
	}
	return 0;
}
