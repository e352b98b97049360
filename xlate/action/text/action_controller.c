/* SPDX-License-Identifier: Apache-2.0 */
/* The text of controller, note and dec_ttl. */
#include "action/text/action_controller.h"

#include "action/text/action_args.h"

#include <errno.h>
#include <stdlib.h>

#define MAX_LEN_ALL UINT16_MAX
#define BYTES_MAX 0xff00 /* leaves room in a message of 64 kB */

static const char *const action_reasons[XLATE_N_REASONS] = {
	[XLATE_REASON_NO_MATCH] = "no_match",
	[XLATE_REASON_ACTION] = "action",
	[XLATE_REASON_INVALID_TTL] = "invalid_ttl",
	[XLATE_REASON_ACTION_SET] = "action_set",
	[XLATE_REASON_GROUP] = "group",
	[XLATE_REASON_PACKET_OUT] = "packet_out",
};

static int
parse_userdata(struct action_parser *p, const char *text, struct xlate_action *a)
{
	free(a->controller.userdata);
	a->controller.userdata = NULL;

	int rc = action_bytes(p, "controller: userdata", text, &a->controller.userdata);

	if (!rc && a->controller.userdata && a->controller.userdata->n > BYTES_MAX)
		return REFUSE(p, "controller: userdata has %zu bytes; expected at most %d",
			      a->controller.userdata->n, BYTES_MAX);
	return rc;
}

static int
parse_item(struct action_parser *p, const char *name, const char *value, struct xlate_action *a)
{
	unsigned int reason;
	uint64_t v;
	int rc;

	if (!strcmp(name, "reason")) {
		rc = action_choice(p, "controller", "reason", value, action_reasons,
				   XLATE_N_REASONS, &reason);
		if (!rc)
			a->controller.reason = (uint8_t)reason;
		return rc;
	}
	if (!strcmp(name, "userdata"))
		return parse_userdata(p, value, a);
	if (!strcmp(name, "max_len") || !strcmp(name, "id")) {
		rc = action_number(p, "controller", name, value, UINT16_MAX, &v);
		if (!rc && *name == 'm')
			a->controller.max_len = (uint16_t)v;
		else if (!rc)
			a->controller.id = (uint16_t)v;
		return rc;
	}
	if (!strcmp(name, "pause") || !strcmp(name, "meter_id"))
		return REFUSE(p, "controller: %s is not supported", name);
	return REFUSE(p, "controller: \"%s\" is unknown; expected max_len, reason, id or userdata",
		      name);
}

int
action_parse_controller(struct action_parser *p, const struct action_verb *verb,
			struct action_word *w)
{
	struct xlate_action a = {.type = verb->type,
				 .controller = {.port = XLATE_PORT_CONTROLLER,
						.max_len = MAX_LEN_ALL,
						.reason = XLATE_REASON_ACTION}};
	char *text = w->value, *name, *value;
	uint64_t max_len;
	int rc = 0;

	if (!w->parens && *text) {
		rc = action_number(p, verb->name, "max_len", text, MAX_LEN_ALL, &max_len);
		if (rc)
			return rc;
		a.controller.max_len = (uint16_t)max_len;
	}
	while (w->parens && !rc && action_arg_next(&text, &name, &value))
		rc = parse_item(p, name, value, &a);
	if (!rc)
		return action_add(p, &a);
	xlate_action_clear(&a);
	return rc;
}

void
action_print_controller(const struct flow_port_names *names, const struct xlate_action *a,
			FILE *out)
{
	const char *comma = "";

	(void)names;
	if (a->controller.reason == XLATE_REASON_ACTION && !a->controller.id &&
	    !a->controller.userdata) {
		fprintf(out, "CONTROLLER:%u", a->controller.max_len);
		return;
	}
	fputs("controller(", out);
	if (a->controller.reason != XLATE_REASON_ACTION) {
		fprintf(out, "reason=%s", action_reasons[a->controller.reason]);
		comma = ",";
	}
	if (a->controller.max_len != MAX_LEN_ALL) {
		fprintf(out, "%smax_len=%u", comma, a->controller.max_len);
		comma = ",";
	}
	if (a->controller.id) {
		fprintf(out, "%sid=%u", comma, a->controller.id);
		comma = ",";
	}
	if (a->controller.userdata) {
		fprintf(out, "%suserdata=", comma);
		action_bytes_print(a->controller.userdata, out);
	}
	fputc(')', out);
}

int
action_parse_note(struct action_parser *p, const struct action_verb *verb, struct action_word *w)
{
	struct xlate_action a = {.type = verb->type};
	int rc = action_bytes(p, verb->name, w->value, &a.bytes);

	if (rc)
		return rc;
	if (a.bytes && a.bytes->n > BYTES_MAX) {
		rc = REFUSE(p, "note: has %zu bytes; expected at most %d", a.bytes->n, BYTES_MAX);
		xlate_action_clear(&a);
		return rc;
	}
	return action_add(p, &a);
}

void
action_print_note(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	(void)names;
	fputs("note:", out);
	action_bytes_print(a->bytes, out);
}

/* The arguments are IDs of controllers that receive packets with an expired TTL. */
int
action_parse_dec_ttl(struct action_parser *p, const struct action_verb *verb, struct action_word *w)
{
	struct xlate_action a = {.type = verb->type};
	char *text = w->value, *name, *value;
	int rc = 0;

	if (!*text)
		return action_add(p, &a);
	a.bytes = malloc(sizeof *a.bytes + strlen(text) + 2);
	if (!a.bytes)
		return -ENOMEM;
	a.bytes->n = 0;
	while (!rc && action_arg_next(&text, &name, &value)) {
		uint64_t id;

		rc = action_number(p, "dec_ttl", "id", name, UINT16_MAX, &id);
		if (rc)
			break;
		a.bytes->b[a.bytes->n++] = (uint8_t)(id >> 8);
		a.bytes->b[a.bytes->n++] = (uint8_t)id;
	}
	if (!rc)
		return action_add(p, &a);
	xlate_action_clear(&a);
	return rc;
}

void
action_print_dec_ttl(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	(void)names;
	fputs("dec_ttl", out);
	for (size_t i = 0; a->bytes && i < a->bytes->n; i += 2)
		fprintf(out, "%c%u", i ? ',' : '(', a->bytes->b[i] << 8 | a->bytes->b[i + 1]);
	if (a->bytes)
		fputc(')', out);
}
