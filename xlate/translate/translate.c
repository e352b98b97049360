/* SPDX-License-Identifier: Apache-2.0 */
/* Translation of one packet: the pipeline from table to table, and completion of the megaflow. */
#include "translate/translate.h"

#include "run/below_label.h"
#include "run/enter.h"
#include "run/megaflow_mask.h"
#include "run/options.h"
#include "run/tags.h"
#include "run/trace_lines.h"
#include "translate/execute.h"
#include "translate/port_run.h"
#include "translate/table_run.h"

#include <errno.h>

/* Includes connection tracking: it sends nothing, but its effect outlives the packet. */
static bool
does_something(const struct flow_actions *acts)
{
	const unsigned int types = 1u << FLOW_ACTION_OUTPUT | 1u << FLOW_ACTION_UPCALL |
				   1u << FLOW_ACTION_SAMPLE | 1u << FLOW_ACTION_CT |
				   1u << FLOW_ACTION_RECIRC | 1u << FLOW_ACTION_CHECK_LEN;

	for (unsigned int i = 0; i < acts->n; i++)
		if (types >> acts->a[i].type & 1)
			return true;
	return false;
}

/* Removes all actions except meters, which also count packets that are dropped after them. */
static void
keep_meters(struct flow_actions *acts)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < acts->n; i++)
		if (acts->a[i].type == FLOW_ACTION_METER)
			acts->a[n++] = acts->a[i];
	acts->n = (uint16_t)n;
}

static int
add_drop(struct xlate_out *out, enum flow_drop why)
{
	out->drop = why;
	return flow_actions_add_drop(&out->actions, why);
}

/* A failed run emits nothing. */
static int
finish_actions(struct run *run)
{
	struct xlate_out *out = run->out;
	int rc;

	if (run->end.failed)
		out->actions.n = 0;
	if (does_something(&out->actions)) {
		out->drop = FLOW_NOT_DROPPED;
		return 0;
	}
	keep_meters(&out->actions);
	rc = add_drop(out, run->end.why);
	if (rc != -E2BIG)
		return rc;
	out->actions.n = 0;
	return add_drop(out, FLOW_DROP_TOO_MANY_ACTIONS);
}

/* Makes a record for each bridge; none if the packet has no bridge. */
static int
records_make(struct run *run, struct xlate_record **out)
{
	for (struct visit *v = run->br ? &run->start : NULL; v; v = v->next) {
		struct xlate_record *r;
		int rc = record_make(&v->record, v->br->link, v->tables_version, v->ports->version,
				     &r);

		if (rc)
			return rc;
		if (*out)
			record_append(*out, r);
		else
			*out = r;
	}
	return 0;
}

static int
finish(struct run *run)
{
	struct xlate_out *out = run->out;
	int rc = run->end.error;

	if (!rc)
		rc = finish_actions(run);
	if (!rc)
		rc = records_make(run, &out->record);
	run_visits_free(run);
	if (rc) {
		xlate_out_free(out);
		return rc;
	}
	megaflow_mask_prerequisites(run->in->key, &run->mask);
	megaflow_mask_clip(run->in->key, &run->mask);
	run_options_finish(run);
	megaflow_mask_absent(run, false);
	megaflow_mask_lacking(run);
	if (run->x->config.dp_mask_complete)
		run->x->config.dp_mask_complete(run->in->key, &run->mask);
	out->mask = run->mask;
	return 0;
}

/* Continues with lists 0 to 'i', each of which was called by the next one. 'outer': the lists
 * after 'i'. */
static void
resume_lists(struct run *run, const struct frozen_state *s, unsigned int i,
	     const struct left *outer)
{
	const struct frozen_list *list = &s->lists[i];
	const struct left left = {.a = list->actions->a,
				  .n = list->actions->n,
				  .cookie = list->cookie,
				  .table = list->table,
				  .outer = outer};

	if (i)
		resume_lists(run, s, i - 1, &left);
	if (run->end.stop || run->end.exit)
		return;
	run->at.left = outer;
	run->at.table = run->first.table = list->table;
	run->at.cookie = run->first.cookie = list->cookie;
	run->at.next_table = -1;
	run_actions(run, list->actions);
	if (run->at.next_table >= 0 && !run->end.stop && !run->end.exit)
		run_table(run, (uint8_t)run->at.next_table, run->key.in_port, true);
}

/* Continues with the rest of the lists, or with a lookup. */
static void
resume(struct run *run, const struct frozen_state *s)
{
	trace_thaw(run);
	if (s->n_lists)
		resume_lists(run, s, s->n_lists - 1, NULL);
	else
		run_table(run, s->table, run->key.in_port, true);
	run->at.left = NULL;
}

static void
run_bridge(struct run *run)
{
	trace_bridge(run);
	if (run->resumed) {
		resume(run, run->resumed);
		return;
	}
	if (!run_receive(run))
		return;
	if (run->in->actions)
		run_actions(run, run->in->actions);
	else
		run_table(run, 0, run->key.in_port, true);
}

/* The action set runs with table and cookie of the packet outside, as packet-ins of Open vSwitch
 * show. */
static void
run_copy(struct run *run)
{
	uint8_t table = run->at.table;

	if (!run_admit(run))
		return;
	if (run->labels.opaque)
		run_look_again_at(run, 0);
	else
		run_table(run, 0, run->key.in_port, true);
	run->at.table = table;
	run_action_set(run);
}

/* A packet may have been dropped as it arrived. */
static void
run_pipeline(struct run *run)
{
	if (run->end.stop)
		return;
	run_bridge(run);
	run->at.cookie = run->first.cookie;
	run->at.table = run->first.table;
	run_action_set(run);
}

int
translate(struct xlate *x, const struct xlate_in *in, struct xlate_out *out,
	  struct xlate_key *final, struct follow *follow)
{
	struct run run;

	run_init(&run, x, in, out);
	run.pipeline = run_copy;
	run.follow = follow;
	out->record = NULL;
	out->drop = FLOW_NOT_DROPPED;
	out->slow_path = out->unlearned = false;
	flow_actions_init(&out->actions);
	megaflow_mask_absent(&run, true);
	tags_init(&run);
	if (in->br)
		run_take_bridge(&run);
	else if (in->key->recirc_id)
		run_thaw(&run);
	else
		run_find_bridge(&run);
	if (run.br && !run.end.error) {
		run_pipeline(&run);
	} else {
		run.end.why = in->key->recirc_id ? FLOW_DROP_NO_RECIRC : FLOW_DROP_NO_BRIDGE;
		run_note(&run,
			 in->key->recirc_id
				 ? "the state of the recirculated packet was removed, dropping"
			 : megaflow_no_tunnel(in->key)
				 ? "no bridge owns the port, dropping"
				 : "no port receives the tunnel's ends and key, dropping");
	}
	value_stack_free(&run.stack);
	if (final)
		*final = run.key;
	return finish(&run);
}

int
xlate_translate(struct xlate *x, const struct xlate_in *in, struct xlate_out *out)
{
	return translate(x, in, out, NULL, NULL);
}

void
xlate_out_free(struct xlate_out *out)
{
	flow_actions_free(&out->actions);
	xlate_record_free(out->record);
	out->record = NULL;
}
