/* SPDX-License-Identifier: Apache-2.0 */
/* Executors of OpenFlow actions: a row for each kind. */
#include "translate/execute.h"

#include "run/below_label.h"
#include "run/trace_lines.h"
#include "translate/execute_check_size.h"
#include "translate/execute_clone.h"
#include "translate/execute_controller.h"
#include "translate/execute_ct.h"
#include "translate/execute_field.h"
#include "translate/execute_learn.h"
#include "translate/execute_link.h"
#include "translate/execute_mpls.h"
#include "translate/execute_output.h"
#include "translate/execute_queue.h"
#include "translate/execute_stack.h"
#include "translate/group_run.h"
#include "translate/table_run.h"

#include <stdlib.h>

static void
do_nothing(struct run *run, const struct xlate_action *a)
{
	(void)run;
	(void)a;
}

static void
do_exit(struct run *run, const struct xlate_action *a)
{
	(void)a;
	run->end.exit = true;
}

/* A goto_table forwards needs no limit: it ends at the last table. */
static void
do_goto_table(struct run *run, const struct xlate_action *a)
{
	if (a->table > run->at.table || run_resubmit_allowed(run))
		run->at.next_table = a->table;
}

/* As in Open vSwitch, a port other than the input port is used for the lookup only: IN_PORT, FLOOD
 * and NORMAL in the rules that it finds refer to the port where the packet arrived. */
static void
do_resubmit(struct run *run, const struct xlate_action *a)
{
	bool here = a->resubmit.port == XLATE_PORT_IN_PORT;
	uint8_t table = run->at.table;

	if (!run_enter(run))
		return;
	run_table(run, a->resubmit.table == XLATE_TABLE_ALL ? table : a->resubmit.table,
		  here ? run->key.in_port : xlate_ofp_port(a->resubmit.port), false);
	run->at.table = table;
	run_leave(run);
}

static void
do_group(struct run *run, const struct xlate_action *a)
{
	run_group(run, a->group);
}

static void
do_clear_actions(struct run *run, const struct xlate_action *a)
{
	(void)a;
	action_set_clear(&run->set);
	run->key.set_output = XLATE_PORT_UNSET;
}

static void
do_write_actions(struct run *run, const struct xlate_action *a)
{
	run_emitted(run, action_set_write(&run->set, a->nested));
	run->key.set_output = action_set_output(run->set.a, run->set.n);
}

static void
do_meter(struct run *run, const struct xlate_action *a)
{
	const struct meter *m = meters_find(run->meters, a->meter);
	struct flow_action meter = {.type = FLOW_ACTION_METER};

	if (!m) {
		run_note(run, "meter %u does not exist", a->meter);
		return;
	}
	meter.meter = m->dp_meter;
	run_emitted(run, flow_actions_add(&run->out->actions, &meter));
	run->dp.remarked = true;
}

static void (*const executors[XLATE_N_ACTIONS])(struct run *run, const struct xlate_action *a) = {
	[XLATE_ACT_OUTPUT] = execute_output,
	[XLATE_ACT_CONTROLLER] = execute_controller,
	[XLATE_ACT_DROP] = do_nothing,
	[XLATE_ACT_GOTO_TABLE] = do_goto_table,
	[XLATE_ACT_RESUBMIT] = do_resubmit,
	[XLATE_ACT_SET_FIELD] = execute_set_field,
	[XLATE_ACT_MOVE] = execute_move,
	[XLATE_ACT_PUSH_VLAN] = execute_push_vlan,
	[XLATE_ACT_POP_VLAN] = execute_pop_vlan,
	[XLATE_ACT_SET_VLAN_VID] = execute_set_vlan_vid,
	[XLATE_ACT_SET_VLAN_PCP] = execute_set_vlan_pcp,
	[XLATE_ACT_DEC_TTL] = execute_dec_ttl,
	[XLATE_ACT_GROUP] = do_group,
	[XLATE_ACT_METER] = do_meter,
	[XLATE_ACT_CLEAR_ACTIONS] = do_clear_actions,
	[XLATE_ACT_WRITE_ACTIONS] = do_write_actions,
	[XLATE_ACT_EXIT] = do_exit,
	[XLATE_ACT_NOTE] = do_nothing,
	[XLATE_ACT_STACK_PUSH] = execute_push,
	[XLATE_ACT_STACK_POP] = execute_pop,
	[XLATE_ACT_OUTPUT_REG] = execute_output_reg,
	[XLATE_ACT_CLONE] = execute_clone,
	[XLATE_ACT_PUSH_MPLS] = execute_push_mpls,
	[XLATE_ACT_POP_MPLS] = execute_pop_mpls,
	[XLATE_ACT_DEC_MPLS_TTL] = execute_dec_mpls_ttl,
	[XLATE_ACT_COPY_TTL_OUT] = execute_copy_ttl_out,
	[XLATE_ACT_COPY_TTL_IN] = execute_copy_ttl_in,
	[XLATE_ACT_CONJUNCTION] = do_nothing,
	[XLATE_ACT_LEARN] = execute_learn,
	[XLATE_ACT_FIN_TIMEOUT] = execute_fin_timeout,
	[XLATE_ACT_MULTIPATH] = execute_multipath,
	[XLATE_ACT_BUNDLE] = execute_bundle,
	[XLATE_ACT_SAMPLE] = execute_sample,
	[XLATE_ACT_CT] = execute_ct,
	[XLATE_ACT_NAT] = do_nothing, /* a part of its ct */
	[XLATE_ACT_CT_CLEAR] = execute_ct_clear,
	[XLATE_ACT_SET_QUEUE] = execute_set_queue,
	[XLATE_ACT_POP_QUEUE] = execute_pop_queue,
	[XLATE_ACT_OUTPUT_TRUNC] = execute_output_trunc,
	[XLATE_ACT_ENQUEUE] = execute_enqueue,
	[XLATE_ACT_CHECK_SIZE] = execute_check_size,
};

void
run_action(struct run *run, const struct xlate_action *a)
{
	if (run->end.exit || run->end.list || !run_steps(run, 1))
		return;
	trace_action(run, a);
	executors[a->type](run, a);
}

void
run_actions(struct run *run, const struct xlate_actions *actions)
{
	struct left left = {
		.outer = run->at.left, .table = run->at.table, .cookie = run->at.cookie};

	for (size_t i = 0; i < actions->n; i++) {
		if (run_must_look_again(run, &actions->a[i])) {
			run_look_again(run, &actions->a[i], actions->n - i);
			break;
		}
		left.a = &actions->a[i + 1];
		left.n = actions->n - i - 1;
		run->at.left = &left;
		run_action(run, &actions->a[i]);
		run->at.left = left.outer;
	}
	run->end.list = false;
}

void
run_set(struct run *run, const struct xlate_action *a, size_t n)
{
	struct xlate_actions *list;
	int rc = action_set_order(a, n, &list);

	if (rc)
		run_emitted(run, rc);
	else if (list)
		run_actions(run, list);
	free(list);
}

void
run_action_set(struct run *run)
{
	struct action_set set = run->set;

	if (set.n && !run->end.stop && !run->end.exit) {
		trace_set(run);
		run->set = (struct action_set){0};
		run->at.in_set = true;
		run_set(run, set.a, set.n);
		run->at.in_set = false;
		action_set_clear(&set);
	}
	action_set_clear(&run->set);
}
