/* SPDX-License-Identifier: Apache-2.0 */
/* Connection tracking. The pipeline learns its result only in a copy that the datapath
 * looks up again, which continues in the action's table. For the rest of the actions the
 * packet is untracked. */
#include "translate/execute_ct.h"

#include "action/subfield.h"
#include "bridge/bridge.h"
#include "run/commit.h"
#include "run/consult.h"
#include "run/recirculate.h"
#include "run/run_field.h"
#include "translate/execute.h"

#include <flow/timeout.h>

#define ZONE_BITS 16

static uint16_t
zone_of(struct run *run, const struct xlate_action *a)
{
	const struct xlate_subfield *src = &a->ct.zone_src;
	struct flow_value v, mask;

	if (!src->field)
		return a->ct.zone;
	if (!run_has_field(run, src->field)) {
		run_note(run, "the packet has no %s, zone 0", src->field->name);
		return 0;
	}
	subfield_mask(src, &mask);
	consult_field(run, src->field, &mask);
	subfield_read(src, &run->key, &v);
	return (uint16_t)flow_value_u64(&v);
}

/* Executes the nested actions. Adds the bits of ct_mark and ct_label that they set to 'touched'. */
static void
run_nested(struct run *run, const struct xlate_actions *nested, struct flow_ct *ct,
	   struct flow_key *touched)
{
	struct flow_value ones, mask;

	for (size_t i = 0; nested && i < nested->n; i++) {
		const struct xlate_action *a = &nested->a[i];

		run_action(run, a);
		if (a->type == XLATE_ACT_NAT) {
			ct->nat = a->nat;
			ct->has_nat = true;
		} else if (a->type == XLATE_ACT_SET_FIELD) {
			flow_field_ones(a->set.field, &ones);
			flow_field_set_masked(a->set.field, touched, &ones, &a->set.mask);
		} else if (a->type == XLATE_ACT_MOVE) {
			subfield_mask(&a->move.dst, &mask);
			flow_field_ones(a->move.dst.field, &ones);
			flow_field_set_masked(a->move.dst.field, touched, &ones, &mask);
		}
	}
}

/* Returns false if the datapath lacks what the pass sets: the run has failed. */
static bool
ct_can(struct run *run, const struct flow_ct *ct)
{
	const struct flow_key *absent = run->x->config.dp_absent;
	const char *name = absent ? flow_ct_sets(ct, absent) : NULL;

	if (ct->has_nat && !run_dp_can(run, FLOW_ACTION_CT_NAT))
		return false;
	if (!name || (run->follow && run->follow->all))
		return true;
	run_note(run, "%s: the datapath does not have it (--ct traces a datapath that does)", name);
	run_fail(run, FLOW_DROP_UNSUPPORTED);
	return false;
}

/* The datapath cannot reverse address translation. Gives the labels a new id, so that the next
 * commit after a run_restore() to the packet before fails. */
static void
translated(struct run *run)
{
	run->labels.id = run->dp.labels_id = ++run->next_labels_id;
	run->dp.translated = true;
}

static void
fork_copy(struct run *run, uint8_t table, const struct flow_ct *ct)
{
	const struct frozen_state where = {.table = table, .tracked = true};
	struct frozen *f;
	int rc = run_freeze(run, &where, &f);

	if (!rc)
		run_recirculate(run, f);
	else
		run_emitted(run, rc);
	if (run->end.stop)
		return;
	run_forked(run, f, ct);
	run_note(run,
		 "A clone of the packet is forked to recirculate. The forked pipeline will be "
		 "resumed at table %u.",
		 table);
}

/* Names the policy that the zone has for the packet's protocol. Reads the version before the policy. */
static void
timeout_name(struct run *run, struct flow_ct *ct)
{
	const struct flow_field *proto = &flow_fields[FLOW_FIELD_NW_PROTO];
	struct held *held = &run->record->held;
	enum flow_timeout_part part;
	uint8_t parts;

	if (!held->zones)
		held->zones_version = zones_version(&run->x->zones);
	held->zones |= zone_bit(ct->zone);
	parts = zones_parts(&run->x->zones, ct->zone);
	if (!parts || !run_has_field(run, proto))
		return;
	consult_number(run, proto, UINT8_MAX);
	part = flow_timeout_part_of(run->key.flow.eth_type, run->key.flow.nw_proto);
	if (part < FLOW_N_TIMEOUT_PARTS && parts >> part & 1)
		flow_timeout_name(run->x->config.dp_name, ct->zone, part, ct->timeout);
}

void
execute_ct(struct run *run, const struct xlate_action *a)
{
	struct flow_ct ct = {.commit = a->ct.commit, .force = a->ct.force, .helper = a->ct.helper};
	struct flow_key touched = {0};

	if (!run_dp_can(run, FLOW_ACTION_CT) ||
	    (a->ct.table != XLATE_TABLE_ALL && !run_dp_can(run, FLOW_ACTION_RECIRC)))
		return;
	ct.zone = zone_of(run, a);
	commit(run);
	if (run->end.stop)
		return;
	run_nested(run, a->ct.nested, &ct, &touched);
	ct.mark = run->key.flow.ct_mark;
	ct.mark_mask = touched.ct_mark;
	memcpy(ct.label, run->key.flow.ct_label, sizeof ct.label);
	memcpy(ct.label_mask, touched.ct_label, sizeof ct.label_mask);
	if (!ct_can(run, &ct))
		return;
	if (ct.commit)
		timeout_name(run, &ct);
	run_emitted(run, flow_actions_add_ct(&run->out->actions, &ct));
	if (ct.has_nat)
		translated(run);
	if (a->ct.table != XLATE_TABLE_ALL && !run->end.stop)
		fork_copy(run, a->ct.table, &ct);
	run_untracked(run);
	run_note(run,
		 "Sets the packet to an untracked state, and clears all the conntrack fields.");
}

/* A packet that is not tracked has nothing to clear. Before its first pass it may have been tracked
 * elsewhere, so the tracked bit is consulted. */
void
execute_ct_clear(struct run *run, const struct xlate_action *a)
{
	struct flow_action clear = {.type = FLOW_ACTION_CT_CLEAR};
	struct flow_value bit = flow_value_from_u64(FLOW_CT_STATE_TRACKED);

	(void)a;
	if (!run->in->key->recirc_id && run_dp_has(run, FLOW_ACTION_CT))
		consult_field(run, &flow_fields[FLOW_FIELD_CT_STATE], &bit);
	if (!run->tracked)
		run_note(run, "the packet is not tracked, nothing to clear");
	else if (run_dp_can(run, FLOW_ACTION_CT_CLEAR))
		run_emitted(run, flow_actions_add(&run->out->actions, &clear));
	run_untracked(run);
}
