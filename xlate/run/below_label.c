/* SPDX-License-Identifier: Apache-2.0 */
/* Headers below the packet's last parsed label, once that label is popped or has taken over a TTL
 * from below. They have not been parsed. Before an action that looks at them, the packet is sent to
 * the datapath to be parsed again, and continues from there with the result.
 *
 * It continues with the rest of the list, the rest of the lists that led to it by resubmit, and the
 * action set. In a bucket or a clone these end with the bucket or clone; the packet outside
 * continues in this pass. */
#include "run/below_label.h"

#include "action/action_looks.h"
#include "run/commit.h"
#include "run/group_live.h"
#include "run/recirculate.h"

/* Maximum of groups in a search. Beyond it the packet is parsed again, which is right for every
 * packet, and only slower. */
#define GROUPS_MET_MAX 64

/* A label may have copied its TTL from below. */
static bool
looks_below(const struct run *run, unsigned int looks)
{
	return (looks & LOOKS_BELOW) ||
	       ((looks & LOOKS_AT_LABEL) && flow_prereq_ok(FLOW_PREREQ_MPLS, &run->key.flow, NULL));
}

struct groups_met {
	size_t n;
	uint32_t id[GROUPS_MET_MAX];
};

/* Adds the groups that 'g' sends to. Returns false if there are too many. */
static bool
meet_targets(struct groups_met *met, const struct group *g)
{
	for (size_t i = 0; i < g->n_targets; i++) {
		size_t j = 0;

		while (j < met->n && met->id[j] != g->target[i])
			j++;
		if (j == GROUPS_MET_MAX)
			return false;
		met->id[j] = g->target[i];
		met->n += j == met->n;
	}
	return true;
}

/* Returns true if a group, or one that it leads to, looks below. */
static bool
group_looks_below(struct run *run, uint32_t id)
{
	struct groups_met met = {.n = 1, .id = {id}};

	for (size_t i = 0; i < met.n && run_steps(run, 1); i++) {
		const struct group *g = run_see_group(run, met.id[i]);

		if (g && (looks_below(run, g->looks) || !meet_targets(&met, g)))
			return true;
	}
	return false;
}

/* The datapath's actions are one list, in which nothing takes back that a meter dropped the packet,
 * or that a label was pushed or popped. So in the bridge of a peer these wait for a pass of their
 * own if the packet outside continues. */
static bool
is_irreversible(const struct xlate_action *a)
{
	return a->type == XLATE_ACT_METER || a->type == XLATE_ACT_PUSH_MPLS ||
	       a->type == XLATE_ACT_POP_MPLS;
}

bool
run_must_look_again(struct run *run, const struct xlate_action *a)
{
	if (run->end.stop || run->end.exit || run->end.list)
		return false;
	if (run->at.in_peer && run->at.is_copy && is_irreversible(a))
		return true;
	if (!run->labels.opaque)
		return false;
	if (a->type == XLATE_ACT_GROUP)
		return group_looks_below(run, a->group);
	return looks_below(run, action_looks(a));
}

static void
send_again(struct run *run, int rc, struct frozen *f)
{
	if (rc) {
		run_emitted(run, rc);
		return;
	}
	run_recirculate(run, f);
	run_forked(run, f, NULL);
	run_note(run, "the packet is recirculated %s; the pipeline continues here",
		 run->labels.opaque ? "to parse the headers below its label"
				    : "because the packet of the bridge before continues without "
				      "this action");
	run->end.exit = true;
}

static bool
can_look_again(struct run *run)
{
	if (!run_dp_can(run, FLOW_ACTION_RECIRC))
		return false;
	commit(run);
	return !run->end.stop;
}

void
run_look_again_at(struct run *run, uint8_t table)
{
	const struct frozen_state where = {.table = table, .tracked = run->tracked};
	struct frozen *f = NULL;
	int rc;

	if (!can_look_again(run))
		return;
	rc = run_freeze(run, &where, &f);
	send_again(run, rc, f);
}

void
run_look_again(struct run *run, const struct xlate_action *a, size_t n)
{
	const struct left left = {.a = a,
				  .n = n,
				  .cookie = run->at.cookie,
				  .table = run->at.table,
				  .outer = run->at.left};
	struct frozen *f = NULL;
	int rc;

	if (!can_look_again(run))
		return;
	rc = run_freeze_rest(run, &left, &f);
	send_again(run, rc, f);
}
