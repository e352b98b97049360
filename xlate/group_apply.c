/* SPDX-License-Identifier: Apache-2.0 */
/* Group modifications applied, with the flows that go with their groups. */
#include "bridge.h"

#include "refuse.h"
#include "tables.h"

#include <base/clock.h>

#include <errno.h>

struct apply {
	struct group_change groups;
	struct change flows;
	size_t n_flows;
	char *err;
	size_t n_err;
};

static int
is_gone(uint32_t id, void *aux)
{
	const struct apply *ap = aux;

	return !group_set_find(ap->groups.set, id);
}

static int
remove_rule(struct rule_private *r, void *aux)
{
	struct apply *ap = aux;

	if (actions_each_group(r->rule.actions, is_gone, ap)) {
		change_remove_why(&ap->flows, r, XLATE_RULE_GROUP_DELETED);
		ap->n_flows++;
	}
	return 0;
}

static int
apply_all(struct apply *ap, struct xlate_group_mod *gms, size_t n)
{
	uint64_t now_ns = clock_now_ns();
	bool any_delete = false;
	int rc = 0;

	for (size_t i = 0; i < n && !rc; i++) {
		any_delete |= gms[i].command == XLATE_GROUP_DELETE;
		rc = group_change_apply(&ap->groups, &gms[i], now_ns, ap->err, ap->n_err);
		if (rc && n > 1) {
			char why[FLOW_ERR_BYTES];

			snprintf(why, sizeof why, "%s", ap->err);
			refusal_write(ap->err, ap->n_err, "change %zu of %zu: %s", i + 1, n, why);
		}
	}
	for (int i = 0; i < XLATE_TABLES && !rc && any_delete; i++)
		tables_each(ap->flows.t, (uint8_t)i, ap->flows.version, remove_rule, ap);
	return rc;
}

/* First the flows, then the groups: whoever finds a flow finds its group. A translation that is between
 * the two drops, and is not current. */
static void
commit(struct xlate *x, struct apply *ap)
{
	bool changed = ap->groups.changed;

	if (ap->n_flows)
		change_commit(&ap->flows);
	else
		change_abort(&ap->flows);
	group_change_commit(&ap->groups);
	if (changed)
		xlate_changed(x);
}

int
xlate_group_mods_apply(struct xlate *x, struct xlate_bridge *br, struct xlate_group_mod *gms,
		       size_t n, size_t *n_flows, char *err, size_t n_err)
{
	char why[FLOW_ERR_BYTES] = "out of memory";
	struct apply ap = {.err = why, .n_err = sizeof why};
	int rc = group_change_begin(br, &ap.groups);

	if (rc)
		goto refused;
	rc = change_begin(br->tables, &ap.flows);
	if (rc)
		goto no_change;
	rc = apply_all(&ap, gms, n);
	if (rc)
		goto abort;
	commit(x, &ap);
	if (n_flows)
		*n_flows = ap.n_flows;
	return 0;

abort:
	change_abort(&ap.flows);
no_change:
	group_change_abort(&ap.groups);
refused:
	if (err && n_err)
		snprintf(err, n_err, "%s", why);
	return rc;
}
