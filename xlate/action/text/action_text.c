/* SPDX-License-Identifier: Apache-2.0 */
#include "action/text/action_text.h"

#include "action/text/action_args.h"
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
#include "action/text/ofp_port.h"
#include "action/text/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#define DEPTH_MAX 32

static int
parse_bare(struct action_parser *p, const struct action_verb *verb, struct action_word *w)
{
	struct xlate_action a = {.type = verb->type};

	if (*w->value || w->parens)
		return REFUSE(p, "%s: takes no argument, but has \"%s\"", verb->name, w->value);
	return action_add(p, &a);
}

static const struct action_verb verbs[] = {
	{"output", action_parse_output, XLATE_ACT_OUTPUT, FLOW_FIELD_NONE},
	{"controller", action_parse_controller, XLATE_ACT_CONTROLLER, FLOW_FIELD_NONE},
	{"drop", parse_bare, XLATE_ACT_DROP, FLOW_FIELD_NONE},
	{"goto_table", action_parse_goto_table, XLATE_ACT_GOTO_TABLE, FLOW_FIELD_NONE},
	{"resubmit", action_parse_resubmit, XLATE_ACT_RESUBMIT, FLOW_FIELD_NONE},
	{"set_field", action_parse_set_field, XLATE_ACT_SET_FIELD, FLOW_FIELD_NONE},
	{"load", action_parse_load, XLATE_ACT_SET_FIELD, FLOW_FIELD_NONE},
	{"move", action_parse_move, XLATE_ACT_MOVE, FLOW_FIELD_NONE},
	{"write_metadata", action_parse_write_metadata, XLATE_ACT_SET_FIELD, FLOW_FIELD_NONE},
	{"push_vlan", action_parse_push_vlan, XLATE_ACT_PUSH_VLAN, FLOW_FIELD_NONE},
	{"pop_vlan", parse_bare, XLATE_ACT_POP_VLAN, FLOW_FIELD_NONE},
	{"strip_vlan", parse_bare, XLATE_ACT_POP_VLAN, FLOW_FIELD_NONE},
	{"mod_vlan_vid", action_parse_mod_vlan, XLATE_ACT_SET_VLAN_VID, FLOW_FIELD_NONE},
	{"mod_vlan_pcp", action_parse_mod_vlan, XLATE_ACT_SET_VLAN_PCP, FLOW_FIELD_NONE},
	{"dec_ttl", action_parse_dec_ttl, XLATE_ACT_DEC_TTL, FLOW_FIELD_NONE},
	{"exit", parse_bare, XLATE_ACT_EXIT, FLOW_FIELD_NONE},
	{"note", action_parse_note, XLATE_ACT_NOTE, FLOW_FIELD_NONE},
	{"push", action_parse_stack, XLATE_ACT_STACK_PUSH, FLOW_FIELD_NONE},
	{"pop", action_parse_stack, XLATE_ACT_STACK_POP, FLOW_FIELD_NONE},
	{"clone", action_parse_clone, XLATE_ACT_CLONE, FLOW_FIELD_NONE},
	{"push_mpls", action_parse_push_mpls, XLATE_ACT_PUSH_MPLS, FLOW_FIELD_NONE},
	{"pop_mpls", action_parse_pop_mpls, XLATE_ACT_POP_MPLS, FLOW_FIELD_NONE},
	{"set_mpls_label", action_parse_mod, XLATE_ACT_SET_FIELD, FLOW_FIELD_MPLS_LABEL},
	{"set_mpls_tc", action_parse_mod, XLATE_ACT_SET_FIELD, FLOW_FIELD_MPLS_TC},
	{"set_mpls_ttl", action_parse_mod, XLATE_ACT_SET_FIELD, FLOW_FIELD_MPLS_TTL},
	{"dec_mpls_ttl", parse_bare, XLATE_ACT_DEC_MPLS_TTL, FLOW_FIELD_NONE},
	{"copy_ttl_out", parse_bare, XLATE_ACT_COPY_TTL_OUT, FLOW_FIELD_NONE},
	{"copy_ttl_in", parse_bare, XLATE_ACT_COPY_TTL_IN, FLOW_FIELD_NONE},
	{"group", action_parse_group, XLATE_ACT_GROUP, FLOW_FIELD_NONE},
	{"meter", action_parse_meter, XLATE_ACT_METER, FLOW_FIELD_NONE},
	{"clear_actions", parse_bare, XLATE_ACT_CLEAR_ACTIONS, FLOW_FIELD_NONE},
	{"write_actions", action_parse_write_actions, XLATE_ACT_WRITE_ACTIONS, FLOW_FIELD_NONE},
	{"conjunction", action_parse_conjunction, XLATE_ACT_CONJUNCTION, FLOW_FIELD_NONE},
	{"learn", action_parse_learn, XLATE_ACT_LEARN, FLOW_FIELD_NONE},
	{"fin_timeout", action_parse_fin_timeout, XLATE_ACT_FIN_TIMEOUT, FLOW_FIELD_NONE},
	{"multipath", action_parse_multipath, XLATE_ACT_MULTIPATH, FLOW_FIELD_NONE},
	{"bundle", action_parse_bundle, XLATE_ACT_BUNDLE, FLOW_FIELD_NONE},
	{"bundle_load", action_parse_bundle_load, XLATE_ACT_BUNDLE, FLOW_FIELD_NONE},
	{"sample", action_parse_sample, XLATE_ACT_SAMPLE, FLOW_FIELD_NONE},
	{"ct", action_parse_ct, XLATE_ACT_CT, FLOW_FIELD_NONE},
	{"nat", action_parse_nat, XLATE_ACT_NAT, FLOW_FIELD_NONE},
	{"ct_clear", parse_bare, XLATE_ACT_CT_CLEAR, FLOW_FIELD_NONE},
	{"set_queue", action_parse_set_queue, XLATE_ACT_SET_QUEUE, FLOW_FIELD_NONE},
	{"pop_queue", parse_bare, XLATE_ACT_POP_QUEUE, FLOW_FIELD_NONE},
	{"enqueue", action_parse_enqueue, XLATE_ACT_ENQUEUE, FLOW_FIELD_NONE},
	{"check_pkt_larger", action_parse_check_size, XLATE_ACT_CHECK_SIZE, FLOW_FIELD_NONE},
	{"set_tunnel", action_parse_mod, XLATE_ACT_SET_FIELD, FLOW_FIELD_TUN_ID},
	{"mod_dl_src", action_parse_mod, XLATE_ACT_SET_FIELD, FLOW_FIELD_ETH_SRC},
	{"mod_dl_dst", action_parse_mod, XLATE_ACT_SET_FIELD, FLOW_FIELD_ETH_DST},
	{"mod_nw_src", action_parse_mod, XLATE_ACT_SET_FIELD, FLOW_FIELD_NW_SRC},
	{"mod_nw_dst", action_parse_mod, XLATE_ACT_SET_FIELD, FLOW_FIELD_NW_DST},
	{"mod_nw_tos", action_parse_mod_tos, XLATE_ACT_SET_FIELD, FLOW_FIELD_NW_TOS},
	{"mod_nw_ecn", action_parse_mod, XLATE_ACT_SET_FIELD, FLOW_FIELD_NW_ECN},
	{"mod_nw_ttl", action_parse_mod, XLATE_ACT_SET_FIELD, FLOW_FIELD_NW_TTL},
	{"mod_tp_src", action_parse_mod, XLATE_ACT_SET_FIELD, FLOW_FIELD_TCP_SRC},
	{"mod_tp_dst", action_parse_mod, XLATE_ACT_SET_FIELD, FLOW_FIELD_TCP_DST},
};
#define N_VERBS (sizeof verbs / sizeof verbs[0])

/* Prints the verb of an action without arguments. */
static void
print_bare(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	const struct action_verb *verb = verbs;

	(void)names;
	while (verb->type != a->type)
		verb++;
	fputs(verb->name, out);
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

/* Alternative names of ovs-ofctl. */
static const char *const aliases[][2] = {
	{"set_vlan_vid", "mod_vlan_vid"}, {"set_vlan_pcp", "mod_vlan_pcp"},
	{"set_nw_ttl", "mod_nw_ttl"},	  {"set_tunnel64", "set_tunnel"},
	{"output_reg", "output"},
};

/* Actions of OpenFlow that this version does not support. */
static const struct {
	const char *name, *why;
} unsupported[] = {
	{"dec_nsh_ttl", "NSH is"},
	{"delete_field", "tunnel options are"},
	{"encap", "other packet types than Ethernet are"},
	{"decap", "other packet types than Ethernet are"},
};

static int
refuse_unsupported(struct action_parser *p, const char *name, size_t n_name)
{
	for (size_t i = 0; i < sizeof unsupported / sizeof unsupported[0]; i++) {
		if (strlen(unsupported[i].name) == n_name &&
		    !strncasecmp(unsupported[i].name, name, n_name))
			return REFUSE(p, "%s: %s not supported", unsupported[i].name,
				      unsupported[i].why);
	}
	return 0;
}

static int
refuse_unknown(struct action_parser *p, const char *name)
{
	char accepted[FLOW_ERR_BYTES * 2] = "";
	size_t n = 0;

	for (size_t i = 0; i < N_VERBS && n < sizeof accepted; i++)
		n += (size_t)snprintf(accepted + n, sizeof accepted - n, "%s%s", i ? " " : "",
				      verbs[i].name);
	return REFUSE(p, "unknown or unsupported action \"%s\"; expected a port or one of %s", name,
		      accepted);
}

static int
parse_word(struct action_parser *p, struct action_word *w)
{
	uint16_t port = XLATE_PORT_NONE;
	const char *name = w->text;

	for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
		if (!strcasecmp(aliases[i][0], name))
			name = aliases[i][1];
	}
	for (size_t i = 0; i < N_VERBS; i++) {
		if (!strcasecmp(verbs[i].name, name))
			return verbs[i].parse(p, &verbs[i], w);
	}
	if (*w->value || w->parens || ofp_port_parse(p->names, w->text, strlen(w->text), &port))
		return refuse_unknown(p, w->text);
	return action_add_output(p, port);
}

#define BLANKS ", \t\r\n"

/* Returns the length of a "->field[bits]" behind parentheses. */
static size_t
arrow_length(const char *s)
{
	return strncmp(s, "->", 2) ? 0 : 2 + scan_until(s + 2, BLANKS ")");
}

/* Takes the next word from '*text'. */
static int
next_word(struct action_parser *p, const char **text, struct action_word *w)
{
	const char *s = *text;
	size_t n_quoted = scan_quoted(s);
	size_t n_verb = n_quoted ? n_quoted : strcspn(s, BLANKS ":=()");
	size_t n_value = 0, n_arrow;
	const char *value = s + n_verb;

	w->parens = *value == '(';
	if (w->parens) {
		n_value = scan_until(++value, ")");
		if (!value[n_value])
			return REFUSE(p, "%.*s: the parenthesis is not closed", (int)n_verb, s);
	} else if (*value == ':' || *value == '=') {
		n_value = scan_until(++value, BLANKS ")");
	}
	if (refuse_unsupported(p, s, n_verb))
		return -EINVAL;
	n_arrow = w->parens ? arrow_length(value + n_value + 1) : 0;
	*text = value + n_value + w->parens + n_arrow;
	if (n_arrow) /* the value is "..)->field" then */
		n_value += 1 + n_arrow;
	if (!n_verb || (**text && !strchr(BLANKS, **text)))
		return REFUSE(p,
			      "actions: \"%.20s\" is not expected here; separate actions by commas",
			      *text);
	w->text = malloc(n_verb + n_value + 2);
	if (!w->text)
		return -ENOMEM;
	memcpy(w->text, s, n_verb);
	w->text[n_verb] = '\0';
	w->value = w->text + n_verb + 1;
	memcpy(w->value, value, n_value);
	w->value[n_value] = '\0';
	return 0;
}

/* "drop" must be the only action. */
static int
check_drop(struct action_parser *p)
{
	const struct xlate_actions *acts = p->acts;

	for (size_t i = 0; i < acts->n; i++) {
		if (acts->a[i].type == XLATE_ACT_DROP && acts->n > 1)
			return REFUSE(p, "drop: cannot be combined with other actions");
	}
	return 0;
}

static int
parse_all(struct action_parser *p, const char *text)
{
	static const struct xlate_action drop = {.type = XLATE_ACT_DROP};
	struct action_word w;
	int rc = 0;

	for (text += strspn(text, BLANKS); !rc && *text; text += strspn(text, BLANKS)) {
		rc = next_word(p, &text, &w);
		if (rc)
			return rc;
		rc = parse_word(p, &w);
		free(w.text);
	}
	if (rc)
		return rc;
	if (!p->acts->n)
		return action_add(p, &drop);
	rc = check_drop(p);
	return rc ? rc : xlate_actions_check_order(p->acts, p->depth, p->err, p->n_err);
}

static int
parse_list(struct action_parser *p, const char *text, struct xlate_actions **out)
{
	p->n_alloc = 4;
	p->acts = malloc(sizeof *p->acts + p->n_alloc * sizeof p->acts->a[0]);
	if (!p->acts)
		return -ENOMEM;
	p->acts->n = 0;

	int rc = parse_all(p, text);

	if (rc) {
		xlate_actions_free(p->acts);
		return rc;
	}
	*out = p->acts;
	return 0;
}

int
action_parse_nested(struct action_parser *p, const char *verb, const char *text,
		    struct xlate_actions **out)
{
	struct action_parser inner = {.names = p->names,
				      .depth = p->depth + 1,
				      .in_ct = p->in_ct,
				      .err = p->err,
				      .n_err = p->n_err};

	if (inner.depth > DEPTH_MAX)
		return REFUSE(p, "%s: lists are nested deeper than %d, the most accepted", verb,
			      DEPTH_MAX);
	return parse_list(&inner, text, out);
}

int
xlate_actions_parse(const struct flow_port_names *names, const char *text,
		    struct xlate_actions **out, char *err, size_t n_err)
{
	struct action_parser p = {.names = names, .err = err, .n_err = n_err};

	return parse_list(&p, text, out);
}

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
