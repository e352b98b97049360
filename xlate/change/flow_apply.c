/* SPDX-License-Identifier: Apache-2.0 */
/* Flow mods as members of a change. */
#include "change/flow_apply.h"

#include "action/action_walk.h"
#include "action/match.h"
#include "action/refuse.h"
#include "change/change.h"
#include "change/change_sets.h"
#include "table/rule_select.h"
#include "table/table_policy.h"

#include <errno.h>
#include <stdlib.h>

struct refs {
	const struct id_map *groups, *meters;
	uint32_t missing;
};

static int
is_missing(uint32_t id, void *aux)
{
	struct refs *refs = aux;

	refs->missing = id;
	return !groups_find(refs->groups, id);
}

static int
is_missing_meter(uint32_t id, void *aux)
{
	struct refs *refs = aux;

	refs->missing = id;
	return !meters_find(refs->meters, id);
}

int
xlate_actions_check_refs(const struct xlate_bridge *br, const struct xlate_change *c,
			 const struct xlate_actions *a, char *err, size_t n_err)
{
	struct refs refs = {.groups = c ? change_groups(c) : &bridge_sets(br)->groups,
			    .meters = c ? change_meters(c) : &bridge_sets(br)->meters};

	if (actions_each_group(a, is_missing, &refs)) {
		refuse_explain(err, n_err, "group: %u does not exist", refs.missing);
		return -ENOENT;
	}
	if (actions_each_meter(a, is_missing_meter, &refs)) {
		refuse_explain(err, n_err, "meter: %u does not exist", refs.missing);
		return -ENXIO;
	}
	return 0;
}

static int
overlaps(struct rule_private *r, void *aux)
{
	const struct xlate_flow_mod *fm = aux;
	struct xlate_match match;

	if (r->rule.priority != fm->priority)
		return 0;
	rule_match(&r->rule, &match);
	return match_overlaps(&match, &fm->match);
}

static int
check_overlap(struct xlate_change *c, const struct xlate_flow_mod *fm)
{
	const struct classifier_filter filter = {
		.key = xlate_key_words(&fm->match.key),
		.mask = xlate_key_words(&fm->match.mask),
		.priority = fm->priority,
	};
	union {
		const struct xlate_flow_mod *fm;
		void *aux;
	} borrowed = {.fm = fm};

	if (!tables_each(c->flows.t, fm->table, c->flows.version, &filter, overlaps, borrowed.aux))
		return 0;
	refuse_explain(
		c->err, c->n_err,
		"check_overlap: a rule of table %u with priority %u matches some of the same "
		"packets",
		fm->table, fm->priority);
	return -EEXIST;
}

static int
add_rule(struct xlate_change *c, const struct rule_config *config)
{
	int rc = change_add(&c->flows, config);

	if (rc == -ENOSPC)
		refuse_explain(
			c->err, c->n_err,
			"table %u: its flows have %d masks, the most it can have; use a mask "
			"of an existing flow",
			config->table, XLATE_MASKS_MAX);
	return rc;
}

static int
apply_add(struct xlate_change *c, const struct xlate_flow_mod *fm)
{
	struct change *flows = &c->flows;
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
		.no_packet_counts = fm->no_packet_counts,
		.no_byte_counts = fm->no_byte_counts,
		.importance = fm->importance,
		.created_ns = c->now_ns,
		.modified_ns = c->now_ns,
	};

	if (fm->table >= XLATE_TABLES)
		return refuse(c->err, c->n_err, "table: %u is not a table; expected 0..%d",
			      fm->table, XLATE_TABLES - 1);

	struct rule_private *old =
		tables_find(flows->t, fm->table, flows->version, &fm->match, fm->priority);

	if (!old && fm->check_overlap && check_overlap(c, fm))
		return -EEXIST;
	if (!old && change_make_room(flows, fm->table)) {
		refuse_explain(c->err, c->n_err, "table %u: is full; its limit is %u flows",
			       fm->table, policy_limit(tables_policy(flows->t, fm->table)));
		return -ENOSPC;
	}
	if (old && !fm->reset_counts)
		config.count = old->rule.count;

	int rc = add_rule(c, &config);

	if (rc)
		return rc;
	if (old)
		change_remove_why(flows, old, XLATE_RULE_REPLACED);
	c->done.n_rules++;
	return 0;
}

static int
modify_rule(struct xlate_change *c, const struct xlate_flow_mod *fm, struct rule_private *old)
{
	const struct rule *r = &old->rule;
	struct xlate_match match;
	struct rule_config config = {
		.table = r->table,
		.priority = r->priority,
		.match = &match,
		.actions = fm->actions,
		.cookie = fm->set_cookie ? fm->new_cookie : r->cookie,
		.idle_timeout_s = rule_idle_timeout_s(old),
		.hard_timeout_s = rule_hard_timeout_s(old),
		.send_flow_rem = old->send_flow_rem,
		.check_overlap = old->check_overlap,
		.reset_counts = old->reset_counts,
		.no_packet_counts = old->no_packet_counts,
		.no_byte_counts = old->no_byte_counts,
		.importance = old->importance,
		.created_ns = old->created_ns,
		.modified_ns = c->now_ns,
		.count = fm->reset_counts ? NULL : r->count,
		.instead_of = old,
	};
	int rc;

	rule_match(r, &match);
	rc = xlate_actions_check(fm->actions, &match, r->table, XLATE_LENIENT, c->err, c->n_err);
	if (!rc)
		rc = add_rule(c, &config);
	if (!rc)
		change_remove_why(&c->flows, old, XLATE_RULE_REPLACED);
	return rc;
}

/* OpenFlow 1.0 section 4.6: a modification that matches no flow adds one. */
static int
add_instead(struct xlate_change *c, const struct xlate_flow_mod *fm)
{
	struct xlate_flow_mod add = *fm;

	if (add.set_cookie)
		add.cookie = add.new_cookie;
	if (add.table == XLATE_TABLE_ALL)
		add.table = 0;
	return apply_add(c, &add);
}

static int
apply_to_found(struct xlate_change *c, const struct xlate_flow_mod *fm)
{
	bool strict = fm->command == XLATE_MODIFY_STRICT || fm->command == XLATE_DELETE_STRICT;
	bool modify = fm->command == XLATE_MODIFY || fm->command == XLATE_MODIFY_STRICT;
	struct found f = {.filter = fm};
	int rc = tables_select(c->flows.t, c->flows.version, strict, &f);

	for (size_t i = 0; i < f.n && !rc; i++) {
		if (modify)
			rc = modify_rule(c, fm, f.rule[i]);
		else
			change_remove(&c->flows, f.rule[i]);
		c->done.n_rules += !rc;
	}
	free(f.rule);
	if (!rc && !f.n && modify && fm->add_if_none)
		rc = add_instead(c, fm);
	return rc;
}

int
change_apply_flow(struct xlate_change *c, const struct xlate_flow_mod *fm)
{
	int rc = 0;

	if (fm->actions)
		rc = xlate_actions_check_refs(c->br, c, fm->actions, c->err, c->n_err);
	if (!rc && fm->actions && c->x->config.rule_fits)
		rc = c->x->config.rule_fits(fm->actions, c->err, c->n_err);
	if (rc)
		return rc;
	return fm->command == XLATE_ADD ? apply_add(c, fm) : apply_to_found(c, fm);
}
