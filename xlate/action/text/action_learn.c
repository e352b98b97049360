/* SPDX-License-Identifier: Apache-2.0 */
/* The text of learn. */
#include "action/text/action_learn.h"

#include "action/subfield.h"
#include "action/text/action_args.h"
#include "action/text/ofp_port.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define TABLE_DEFAULT 1

static bool
is_whole(const struct xlate_subfield *sf)
{
	return !sf->ofs && sf->n_bits == sf->field->n_bits;
}

static int
parse_port(struct action_parser *p, const struct flow_field *f, const char *text,
	   struct flow_value *out)
{
	uint16_t port;

	if (f->format != FLOW_FMT_PORT || ofp_port_parse(p->names, text, strlen(text), &port))
		return -EINVAL;
	*out = flow_value_from_u64(
		f == &xlate_fields[XLATE_FIELD_IN_PORT_OXM] ? xlate_port_widen(port) : port);
	return 0;
}

/* Parses bits of a field, or a number that fits the bits of 'dst'. */
static int
parse_source(struct action_parser *p, const char *text, struct xlate_learn_spec *s)
{
	s->n_bits = s->dst.n_bits;
	if (!subfield_parse(p->names, "learn", text, strlen(text), &s->src, NULL, 0)) {
		if (s->src.n_bits != s->n_bits)
			return REFUSE(p,
				      "learn: \"%s\" has %u bits but %s has %u; expected as many",
				      text, s->src.n_bits, s->dst.field->name, s->n_bits);
		return 0;
	}
	s->immediate = true;
	if (is_whole(&s->dst) && !parse_port(p, s->dst.field, text, &s->value))
		return 0;
	if (!subfield_value_parse("learn", &s->dst, text, &s->value, NULL, 0))
		return 0;
	if (is_whole(&s->dst) && !strchr(text, '/')) {
		struct flow_value mask;

		return flow_field_parse(s->dst.field, text, &s->value, &mask, p->err, p->n_err);
	}
	return REFUSE(p, "learn: \"%s\" is neither a field nor a value of %u bits", text,
		      s->n_bits);
}

static int
parse_match(struct action_parser *p, const char *name, const char *value,
	    struct xlate_learn_spec *s)
{
	int rc = subfield_parse(p->names, "learn", name, strlen(name), &s->dst, p->err, p->n_err);

	s->kind = XLATE_LEARN_MATCH;
	if (rc)
		return rc;
	if (*value)
		return parse_source(p, value, s);
	s->src = s->dst;
	s->n_bits = s->dst.n_bits;
	return 0;
}

static int
parse_load(struct action_parser *p, char *value, struct xlate_learn_spec *s)
{
	char *arrow = strstr(value, "->");

	if (!arrow)
		return REFUSE(p,
			      "learn: load: \"%s\" has no \"->\"; expected "
			      "value->field[first..last] or field[first..last]->field[first..last]",
			      value);
	*arrow = '\0';
	s->kind = XLATE_LEARN_LOAD;

	int rc = subfield_parse(p->names, "learn", arrow + 2, strlen(arrow + 2), &s->dst, p->err,
				p->n_err);

	if (rc)
		return rc;
	if (!xlate_field_is_writable(s->dst.field))
		return REFUSE(p, "learn: load: %s is read-only", s->dst.field->name);
	return parse_source(p, value, s);
}

static int
parse_output(struct action_parser *p, const char *value, struct xlate_learn_spec *s)
{
	int rc = subfield_parse(p->names, "learn", value, strlen(value), &s->src, p->err, p->n_err);

	s->kind = XLATE_LEARN_OUTPUT;
	s->n_bits = s->src.n_bits;
	return rc;
}

static int
parse_spec(struct action_parser *p, const char *name, char *value, struct xlate_learn *l)
{
	struct xlate_learn_spec s = {0};
	int rc;

	if (l->n == XLATE_LEARN_SPECS_MAX)
		return REFUSE(p, "learn: has over %d fields; expected at most %d",
			      XLATE_LEARN_SPECS_MAX, XLATE_LEARN_SPECS_MAX);
	if (!strcmp(name, "load"))
		rc = parse_load(p, value, &s);
	else if (!strcmp(name, "output"))
		rc = parse_output(p, value, &s);
	else
		rc = parse_match(p, name, value, &s);
	if (!rc)
		l->spec[l->n++] = s;
	return rc;
}

/* Returns 1 if 'name' is not one of the rule's numbers. */
static int
parse_rule_number(struct action_parser *p, const char *name, const char *value,
		  struct xlate_learn *l)
{
	const struct {
		const char *name;
		uint16_t *to;
	} numbers[] = {
		{"priority", &l->priority},
		{"idle_timeout", &l->idle_timeout_s},
		{"hard_timeout", &l->hard_timeout_s},
		{"fin_idle_timeout", &l->fin_idle_timeout_s},
		{"fin_hard_timeout", &l->fin_hard_timeout_s},
	};
	uint64_t v;
	int rc;

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		if (strcmp(numbers[i].name, name) != 0)
			continue;
		rc = action_number(p, "learn", name, value, UINT16_MAX, &v);
		if (!rc)
			*numbers[i].to = (uint16_t)v;
		return rc;
	}
	return 1;
}

static int
parse_result(struct action_parser *p, const char *value, struct xlate_learn *l)
{
	struct xlate_subfield *dst = &l->result_dst;
	int rc = subfield_parse(p->names, "learn", value, strlen(value), dst, p->err, p->n_err);

	if (rc)
		return rc;
	if (!xlate_field_is_writable(dst->field))
		return REFUSE(p, "learn: result_dst: %s is read-only", dst->field->name);
	if (dst->n_bits != 1)
		return REFUSE(p, "learn: result_dst: \"%s\" has %u bits; expected 1", value,
			      dst->n_bits);
	return 0;
}

static int
parse_item(struct action_parser *p, const char *name, char *value, struct xlate_learn *l)
{
	uint64_t v;
	int rc = parse_rule_number(p, name, value, l);

	if (rc <= 0)
		return rc;
	if (!strcmp(name, "table")) {
		rc = action_table(p, "learn", value, &l->table);
		return rc;
	}
	if (!strcmp(name, "cookie"))
		return action_number(p, "learn", name, value, UINT64_MAX, &l->cookie);
	if (!strcmp(name, "send_flow_rem") && !*value) {
		l->send_flow_rem = true;
		return 0;
	}
	if (!strcmp(name, "delete_learned") && !*value) {
		l->delete_learned = true;
		return 0;
	}
	if (!strcmp(name, "limit")) {
		rc = action_number(p, "learn", name, value, UINT32_MAX, &v);
		if (!rc)
			l->limit = (uint32_t)v;
		return rc;
	}
	if (!strcmp(name, "result_dst"))
		return parse_result(p, value, l);
	return parse_spec(p, name, value, l);
}

/* Returns an upper bound: the number of words between commas. */
static size_t
specs_max(const char *text)
{
	size_t n = 1;

	for (; *text && n < XLATE_LEARN_SPECS_MAX; text++)
		n += *text == ',';
	return n;
}

int
action_parse_learn(struct action_parser *p, const struct action_verb *verb, struct action_word *w)
{
	struct xlate_action a = {.type = verb->type};
	char *text = w->value, *name, *value;
	int rc = 0;

	a.learn = calloc(1, sizeof *a.learn + specs_max(text) * sizeof a.learn->spec[0]);
	if (!a.learn)
		return -ENOMEM;
	a.learn->table = TABLE_DEFAULT;
	a.learn->priority = XLATE_PRIORITY_DEFAULT;
	while (!rc && action_arg_next(&text, &name, &value))
		rc = parse_item(p, name, value, a.learn);
	if (!rc)
		return action_add(p, &a);
	xlate_action_clear(&a);
	return rc;
}

static void
print_match(const struct flow_port_names *names, const struct xlate_learn_spec *s, FILE *out)
{
	struct flow_value ones;

	if (!s->immediate) {
		subfield_print(&s->dst, out);
		if (s->src.field == s->dst.field && s->src.ofs == s->dst.ofs)
			return;
		fputc('=', out);
		subfield_print(&s->src, out);
	} else if (is_whole(&s->dst)) {
		flow_field_ones(s->dst.field, &ones);
		fprintf(out, "%s=", xlate_field_set_name(s->dst.field));
		if (s->dst.field->format == FLOW_FMT_PORT)
			ofp_port_print(names, (uint16_t)flow_value_u64(&s->value), out);
		else
			flow_field_print(s->dst.field, &s->value, &ones, out);
	} else {
		subfield_print(&s->dst, out);
		fputc('=', out);
		subfield_value_print(&s->value, out);
	}
}

static void
print_spec(const struct flow_port_names *names, const struct xlate_learn_spec *s, FILE *out)
{
	switch (s->kind) {
	case XLATE_LEARN_MATCH:
		print_match(names, s, out);
		break;
	case XLATE_LEARN_LOAD:
		fputs("load:", out);
		if (s->immediate)
			subfield_value_print(&s->value, out);
		else
			subfield_print(&s->src, out);
		fputs("->", out);
		subfield_print(&s->dst, out);
		break;
	case XLATE_LEARN_OUTPUT:
		fputs("output:", out);
		subfield_print(&s->src, out);
		break;
	}
}

static void
print_number(const char *name, unsigned int v, FILE *out)
{
	if (v)
		fprintf(out, ",%s=%u", name, v);
}

void
action_print_learn(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	const struct xlate_learn *l = a->learn;

	fprintf(out, "learn(table=%u", l->table);
	print_number("idle_timeout", l->idle_timeout_s, out);
	print_number("hard_timeout", l->hard_timeout_s, out);
	print_number("fin_idle_timeout", l->fin_idle_timeout_s, out);
	print_number("fin_hard_timeout", l->fin_hard_timeout_s, out);
	if (l->priority != XLATE_PRIORITY_DEFAULT)
		fprintf(out, ",priority=%u", l->priority);
	if (l->send_flow_rem)
		fputs(",send_flow_rem", out);
	if (l->delete_learned)
		fputs(",delete_learned", out);
	if (l->cookie)
		fprintf(out, ",cookie=0x%" PRIx64, l->cookie);
	print_number("limit", l->limit, out);
	if (l->result_dst.field) {
		fputs(",result_dst=", out);
		subfield_print(&l->result_dst, out);
	}
	for (size_t i = 0; i < l->n; i++) {
		fputc(',', out);
		print_spec(names, &l->spec[i], out);
	}
	fputc(')', out);
}
