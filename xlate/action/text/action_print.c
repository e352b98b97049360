/* SPDX-License-Identifier: Apache-2.0 */
#include "action/text/action_controller.h"
#include "action/text/action_ct.h"
#include "action/text/action_field.h"
#include "action/text/action_instruction.h"
#include "action/text/action_learn.h"
#include "action/text/action_link.h"
#include "action/text/action_misc.h"
#include "action/text/action_nested.h"
#include "action/text/action_output.h"
#include "action/text/action_queue.h"

/* Prints actions without arguments. */
static void
print_bare(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	static const char *const words[XLATE_N_ACTIONS] = {
		[XLATE_ACT_DROP] = "drop",
		[XLATE_ACT_POP_VLAN] = "pop_vlan",
		[XLATE_ACT_EXIT] = "exit",
		[XLATE_ACT_DEC_MPLS_TTL] = "dec_mpls_ttl",
		[XLATE_ACT_COPY_TTL_OUT] = "copy_ttl_out",
		[XLATE_ACT_COPY_TTL_IN] = "copy_ttl_in",
		[XLATE_ACT_CLEAR_ACTIONS] = "clear_actions",
		[XLATE_ACT_CT_CLEAR] = "ct_clear",
		[XLATE_ACT_POP_QUEUE] = "pop_queue",
	};

	(void)names;
	fputs(words[a->type], out);
}

static action_print_fn *const printers[XLATE_N_ACTIONS] = {
	[XLATE_ACT_OUTPUT] = action_print_output,
	[XLATE_ACT_CONTROLLER] = action_print_controller,
	[XLATE_ACT_DROP] = print_bare,
	[XLATE_ACT_GOTO_TABLE] = action_print_goto_table,
	[XLATE_ACT_RESUBMIT] = action_print_resubmit,
	[XLATE_ACT_SET_FIELD] = action_print_set,
	[XLATE_ACT_MOVE] = action_print_move,
	[XLATE_ACT_PUSH_VLAN] = action_print_push_vlan,
	[XLATE_ACT_POP_VLAN] = print_bare,
	[XLATE_ACT_SET_VLAN_VID] = action_print_vlan_vid,
	[XLATE_ACT_SET_VLAN_PCP] = action_print_vlan_pcp,
	[XLATE_ACT_DEC_TTL] = action_print_dec_ttl,
	[XLATE_ACT_EXIT] = print_bare,
	[XLATE_ACT_NOTE] = action_print_note,
	[XLATE_ACT_STACK_PUSH] = action_print_stack,
	[XLATE_ACT_STACK_POP] = action_print_stack,
	[XLATE_ACT_OUTPUT_REG] = action_print_output_reg,
	[XLATE_ACT_CLONE] = action_print_clone,
	[XLATE_ACT_PUSH_MPLS] = action_print_push_mpls,
	[XLATE_ACT_POP_MPLS] = action_print_pop_mpls,
	[XLATE_ACT_DEC_MPLS_TTL] = print_bare,
	[XLATE_ACT_COPY_TTL_OUT] = print_bare,
	[XLATE_ACT_COPY_TTL_IN] = print_bare,
	[XLATE_ACT_CONJUNCTION] = action_print_conjunction,
	[XLATE_ACT_LEARN] = action_print_learn,
	[XLATE_ACT_FIN_TIMEOUT] = action_print_fin_timeout,
	[XLATE_ACT_MULTIPATH] = action_print_multipath,
	[XLATE_ACT_BUNDLE] = action_print_bundle,
	[XLATE_ACT_SAMPLE] = action_print_sample,
	[XLATE_ACT_CT] = action_print_ct,
	[XLATE_ACT_NAT] = action_print_nat,
	[XLATE_ACT_CT_CLEAR] = print_bare,
	[XLATE_ACT_SET_QUEUE] = action_print_set_queue,
	[XLATE_ACT_POP_QUEUE] = print_bare,
	[XLATE_ACT_OUTPUT_TRUNC] = action_print_output_trunc,
	[XLATE_ACT_ENQUEUE] = action_print_enqueue,
	[XLATE_ACT_CHECK_SIZE] = action_print_check_size,
	[XLATE_ACT_GROUP] = action_print_group,
	[XLATE_ACT_METER] = action_print_meter,
	[XLATE_ACT_CLEAR_ACTIONS] = print_bare,
	[XLATE_ACT_WRITE_ACTIONS] = action_print_write_actions,
};

void
xlate_action_print(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	printers[a->type](names, a, out);
}

void
xlate_actions_print_names(const struct flow_port_names *names, const struct xlate_actions *a,
			  FILE *out)
{
	if (!a->n)
		fputs("drop", out);
	for (size_t i = 0; i < a->n; i++) {
		if (i)
			fputc(',', out);
		xlate_action_print(names, &a->a[i], out);
	}
}
