/* SPDX-License-Identifier: Apache-2.0 */
/* The text of output, goto_table and resubmit. */
#include "action/text/action_output.h"

#include "action/subfield.h"
#include "action/text/action_args.h"
#include "action/text/ofp_port.h"

#define MAX_LEN_ALL UINT16_MAX
#define EXPECTED_PORTS "a number, a port's name, in_port, flood, all, normal, local, controller"

int
action_add_output(struct action_parser *p, uint16_t port)
{
	struct xlate_action a = {.type = XLATE_ACT_OUTPUT, .output = {.port = port}};

	if (port == XLATE_PORT_TABLE || port == XLATE_PORT_NONE)
		return REFUSE(p,
			      "output: %s is not a port that a rule can output to; "
			      "expected " EXPECTED_PORTS,
			      ofp_port_word(port));
	if (port == XLATE_PORT_CONTROLLER) {
		a.type = XLATE_ACT_CONTROLLER;
		a.controller.max_len = MAX_LEN_ALL;
		a.controller.reason = XLATE_REASON_ACTION;
	}
	return action_add(p, &a);
}

/* Parses "port=port,max_len=bytes", within parentheses; both are present. */
static int
parse_output_trunc(struct action_parser *p, const struct action_verb *verb, struct action_word *w)
{
	struct xlate_action a = {.type = XLATE_ACT_OUTPUT_TRUNC};
	uint16_t *port = &a.output_trunc.port;
	char *text = w->value, *name, *value;
	uint64_t v = 0;

	while (action_arg_next(&text, &name, &value)) {
		if (!strcmp(name, "port")) {
			if (ofp_port_parse(p->names, value, strlen(value), port) ||
			    !xlate_port_is_plain(*port))
				return REFUSE(
					p,
					"%s: port: \"%s\" is not a port for truncated packets; "
					"expected a number, a port's name, in_port or local",
					verb->name, value);
		} else if (!strcmp(name, "max_len")) {
			int rc = action_number(p, verb->name, name, value, UINT32_MAX, &v);

			if (rc)
				return rc;
			if (v < XLATE_TRUNC_MIN)
				return REFUSE(p, "%s: max_len: %s is too short; expected %d..",
					      verb->name, value, XLATE_TRUNC_MIN);
		} else {
			return REFUSE(p, "%s: \"%s\" is unknown; expected port or max_len",
				      verb->name, name);
		}
	}
	a.output_trunc.max_len = (uint32_t)v;
	return action_add(p, &a);
}

int
action_parse_output(struct action_parser *p, const struct action_verb *verb, struct action_word *w)
{
	struct xlate_action a = {.type = XLATE_ACT_OUTPUT_REG, .output_reg.max_len = MAX_LEN_ALL};
	uint16_t port;

	if (w->parens && strstr(w->value, "port=") && strstr(w->value, "max_len="))
		return parse_output_trunc(p, verb, w);
	if (!ofp_port_parse(p->names, w->value, strlen(w->value), &port))
		return action_add_output(p, port);
	if (subfield_parse(p->names, verb->name, w->value, strlen(w->value), &a.output_reg.src,
			   NULL, 0))
		return REFUSE(p,
			      "%s: \"%s\" is not a port; expected " EXPECTED_PORTS
			      ", field[first..last] or (port=PORT,max_len=BYTES)",
			      verb->name, w->value);
	return action_add(p, &a);
}

int
action_parse_goto_table(struct action_parser *p, const struct action_verb *verb,
			struct action_word *w)
{
	struct xlate_action a = {.type = XLATE_ACT_GOTO_TABLE};
	int rc = action_table(p, verb->name, w->value, &a.table);

	return rc ? rc : action_add(p, &a);
}

int
action_parse_resubmit(struct action_parser *p, const struct action_verb *verb,
		      struct action_word *w)
{
	struct xlate_action a = {.type = XLATE_ACT_RESUBMIT};
	char *comma = w->parens ? strchr(w->value, ',') : NULL;
	const char *table = comma ? comma + 1 : "";
	uint16_t port = XLATE_PORT_IN_PORT;
	uint8_t to = XLATE_TABLE_ALL;

	if (comma)
		*comma = '\0';
	if (!*w->value && !*table)
		return REFUSE(p, "resubmit: neither port nor table is given; expected "
				 "resubmit:port or resubmit([port],[table])");
	if (*w->value &&
	    (ofp_port_parse(p->names, w->value, strlen(w->value), &port) ||
	     (port > XLATE_PORT_MAX && port != XLATE_PORT_IN_PORT && port != XLATE_PORT_LOCAL)))
		return REFUSE(p,
			      "resubmit: \"%s\" is not a port; expected a number, a port's name, "
			      "in_port or local",
			      w->value);
	if (*table && strcmp(table, "255") != 0) {
		int rc = action_table(p, verb->name, table, &to);

		if (rc)
			return rc;
	}
	a.resubmit.port = port;
	a.resubmit.table = to;
	return action_add(p, &a);
}

void
action_print_output(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	if (!ofp_port_word(a->output.port))
		fputs("output:", out);
	ofp_port_print(names, a->output.port, out);
}

void
action_print_output_reg(const struct flow_port_names *names, const struct xlate_action *a,
			FILE *out)
{
	(void)names;
	fputs("output:", out);
	subfield_print(&a->output_reg.src, out);
}

void
action_print_output_trunc(const struct flow_port_names *names, const struct xlate_action *a,
			  FILE *out)
{
	fputs("output(port=", out);
	ofp_port_print(names, a->output_trunc.port, out);
	fprintf(out, ",max_len=%u)", a->output_trunc.max_len);
}

void
action_print_goto_table(const struct flow_port_names *names, const struct xlate_action *a,
			FILE *out)
{
	(void)names;
	fprintf(out, "goto_table:%u", a->table);
}

void
action_print_resubmit(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
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
