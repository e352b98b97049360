/* SPDX-License-Identifier: Apache-2.0 */
#include "action/subfield.h"
#include "action/text/action_controller.h"
#include "action/text/action_ct.h"
#include "action/text/action_instruction.h"
#include "action/text/action_learn.h"
#include "action/text/action_link.h"
#include "action/text/action_misc.h"
#include "action/text/action_nested.h"
#include "action/text/action_queue.h"
#include "action/text/ofp_port.h"

#include <arpa/inet.h>

static void
print_output(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	if (!ofp_port_word(a->output.port))
		fputs("output:", out);
	ofp_port_print(names, a->output.port, out);
}

static void
print_goto_table(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	(void)names;
	fprintf(out, "goto_table:%u", a->table);
}

static void
print_resubmit(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	bool here = a->resubmit.port == XLATE_PORT_IN_PORT;

	fputs("resubmit", out);
	if (a->resubmit.table == XLATE_TABLE_ALL) {
		fputc(':', out);
		ofp_port_print(names, a->resubmit.port, out);
		return;
	}
	fputc('(', out);
	if (!here)
		ofp_port_print(names, a->resubmit.port, out);
	fprintf(out, ",%u)", a->resubmit.table);
}

static void
print_load(const struct xlate_action *a, FILE *out)
{
	struct xlate_subfield sf = {.field = a->set.field};
	struct flow_value v;

	subfield_of_mask(&a->set.mask, &sf.ofs, &sf.n_bits);
	subfield_extract(&sf, &a->set.value, &v);
	fputs("load:", out);
	subfield_value_print(&v, out);
	fputs("->", out);
	subfield_print(&sf, out);
}

/* OpenFlow counts the bit that says "there is a tag" to the VLAN ID. */
static void
print_set_vid(const struct xlate_action *a, FILE *out)
{
	unsigned int vid = (unsigned int)flow_value_u64(&a->set.value) | FLOW_VLAN_CFI;
	unsigned int mask = (unsigned int)flow_value_u64(&a->set.mask) | FLOW_VLAN_CFI;

	fprintf(out, "set_field:%u", vid);
	if (mask != (FLOW_VLAN_CFI | FLOW_VLAN_VID))
		fprintf(out, "/0x%x", mask);
	fputs("->vlan_vid", out);
}

static void
print_set(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	const struct flow_field *f = a->set.field;

	if (!strcmp(a->set.verb, "load")) {
		print_load(a, out);
	} else if (!strncmp(a->set.verb, "set_mpls_", 9)) {
		fprintf(out, "%s(%u)", a->set.verb, (unsigned int)flow_value_u64(&a->set.value));
	} else if (!strcmp(a->set.verb, "mod_nw_tos")) {
		fprintf(out, "mod_nw_tos:%u", (unsigned int)flow_value_u64(&a->set.value));
	} else if (strcmp(a->set.verb, "set_field") != 0) {
		fprintf(out, "%s:", a->set.verb);
		flow_field_print(f, &a->set.value, &a->set.mask, out);
	} else if (f == &flow_fields[FLOW_FIELD_VLAN_VID]) {
		print_set_vid(a, out);
	} else {
		fputs("set_field:", out);
		if (f->format == FLOW_FMT_PORT)
			ofp_port_print(names, (uint16_t)flow_value_u64(&a->set.value), out);
		else
			flow_field_print(f, &a->set.value, &a->set.mask, out);
		fprintf(out, "->%s", xlate_field_set_name(f));
	}
}

static void
print_move(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	(void)names;
	fputs("move:", out);
	subfield_print(&a->move.src, out);
	fputs("->", out);
	subfield_print(&a->move.dst, out);
}

static void
print_push_vlan(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	(void)names;
	fprintf(out, "push_vlan:0x%04x", ntohs(a->tpid));
}

static void
print_vlan_vid(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	(void)names;
	fprintf(out, "mod_vlan_vid:%u", a->vlan.value);
}

static void
print_vlan_pcp(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	(void)names;
	fprintf(out, "mod_vlan_pcp:%u", a->vlan.value);
}

/* Actions that are a word. */
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
	[XLATE_ACT_OUTPUT] = print_output,
	[XLATE_ACT_CONTROLLER] = action_print_controller,
	[XLATE_ACT_DROP] = print_bare,
	[XLATE_ACT_GOTO_TABLE] = print_goto_table,
	[XLATE_ACT_RESUBMIT] = print_resubmit,
	[XLATE_ACT_SET_FIELD] = print_set,
	[XLATE_ACT_MOVE] = print_move,
	[XLATE_ACT_PUSH_VLAN] = print_push_vlan,
	[XLATE_ACT_POP_VLAN] = print_bare,
	[XLATE_ACT_SET_VLAN_VID] = print_vlan_vid,
	[XLATE_ACT_SET_VLAN_PCP] = print_vlan_pcp,
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
