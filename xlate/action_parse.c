/* SPDX-License-Identifier: Apache-2.0 */
#include <xlate/action.h>

#include "number.h"
#include "ofp_port.h"
#include "refuse.h"
#include "subfield.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <stdlib.h>
#include <strings.h>

#define ETH_TYPE_8021AD 0x88a8
#define MAX_LEN_ALL UINT16_MAX
#define WORD_BYTES 512
#define ACCEPTED_PORTS "a number, a port's name, in_port, flood, all, normal, local, controller"

struct parser {
	const struct flow_port_names *names;
	struct xlate_actions *acts;
	size_t n_alloc;
	char *err;
	size_t n_err;
};

/* One "verb", "verb:value" or "verb(value)". */
struct word {
	char text[WORD_BYTES];
	char *value; /* within 'text'; "" when there is none */
	bool parens;
};

struct verb {
	const char *name;
	int (*parse)(struct parser *p, const struct verb *verb, struct word *w);
	enum xlate_action_type type;
	enum flow_field_id field;
};

#define REFUSE(p, ...) refuse((p)->err, (p)->n_err, __VA_ARGS__)

static int
add(struct parser *p, const struct xlate_action *a)
{
	if (p->acts->n == p->n_alloc) {
		size_t n = p->n_alloc * 2;
		struct xlate_actions *more = realloc(p->acts, sizeof *more + n * sizeof more->a[0]);

		if (!more)
			return -ENOMEM;
		p->acts = more;
		p->n_alloc = n;
	}
	p->acts->a[p->acts->n++] = *a;
	return 0;
}

/* Adds an output to any port that a rule may name. */
static int
add_output(struct parser *p, uint16_t port)
{
	struct xlate_action a = {.type = XLATE_ACT_OUTPUT, .output = {.port = port}};

	if (port == XLATE_PORT_TABLE || port == XLATE_PORT_NONE)
		return REFUSE(p,
			      "output: %s is no port that a rule can output to; " ACCEPTED_PORTS
			      " is accepted",
			      ofp_port_word(port));
	if (port == XLATE_PORT_CONTROLLER) {
		a.type = XLATE_ACT_CONTROLLER;
		a.output.max_len = MAX_LEN_ALL;
	}
	return add(p, &a);
}

static int
parse_output(struct parser *p, const struct verb *verb, struct word *w)
{
	uint16_t port;

	if (w->parens || ofp_port_parse(p->names, w->value, strlen(w->value), &port))
		return REFUSE(p, "%s: \"%s\" is no port; " ACCEPTED_PORTS " is accepted",
			      verb->name, w->value);
	return add_output(p, port);
}

static int
parse_controller(struct parser *p, const struct verb *verb, struct word *w)
{
	struct xlate_action a = {.type = XLATE_ACT_CONTROLLER};
	const char *number = w->value;
	uint64_t max_len = MAX_LEN_ALL;

	if (w->parens && !strncmp(number, "max_len=", 8))
		number += 8;
	else if (w->parens && *number)
		return REFUSE(p, "%s: \"%s\" is not supported; max_len=0..65535 is accepted",
			      verb->name, w->value);
	if (*number && !number_parse_u64(number, MAX_LEN_ALL, &max_len))
		return REFUSE(p, "%s: \"%s\" is no length; max_len=0..65535 is accepted",
			      verb->name, number);
	a.output.port = XLATE_PORT_CONTROLLER;
	a.output.max_len = (uint16_t)max_len;
	return add(p, &a);
}

static int
parse_bare(struct parser *p, const struct verb *verb, struct word *w)
{
	struct xlate_action a = {.type = verb->type};

	if (*w->value || w->parens)
		return REFUSE(p, "%s: takes no argument, but has \"%s\"", verb->name, w->value);
	return add(p, &a);
}

static int
parse_table(struct parser *p, const struct verb *verb, const char *text, uint8_t *table)
{
	uint64_t v;

	if (!number_parse_u64(text, XLATE_TABLES - 1, &v))
		return REFUSE(p, "%s: \"%s\" is no table; 0..%d is accepted", verb->name, text,
			      XLATE_TABLES - 1);
	*table = (uint8_t)v;
	return 0;
}

static int
parse_goto_table(struct parser *p, const struct verb *verb, struct word *w)
{
	struct xlate_action a = {.type = XLATE_ACT_GOTO_TABLE};
	int rc = parse_table(p, verb, w->value, &a.table);

	return rc ? rc : add(p, &a);
}

static int
parse_resubmit(struct parser *p, const struct verb *verb, struct word *w)
{
	struct xlate_action a = {.type = XLATE_ACT_RESUBMIT};
	char *comma = w->parens ? strchr(w->value, ',') : NULL;
	const char *table = comma ? comma + 1 : "";
	uint16_t port = XLATE_PORT_IN_PORT;
	uint8_t to = XLATE_TABLE_ALL;

	if (comma)
		*comma = '\0';
	if (!*w->value && !*table)
		return REFUSE(p, "resubmit: names neither port nor table; "
				 "resubmit:port or resubmit([port],[table]) is accepted");
	if (*w->value &&
	    (ofp_port_parse(p->names, w->value, strlen(w->value), &port) ||
	     (port > XLATE_PORT_MAX && port != XLATE_PORT_IN_PORT && port != XLATE_PORT_LOCAL)))
		return REFUSE(p,
			      "resubmit: \"%s\" is no port; a number, a port's name, in_port or "
			      "local is accepted",
			      w->value);
	if (*table && strcmp(table, "255") != 0) {
		int rc = parse_table(p, verb, table, &to);

		if (rc)
			return rc;
	}
	a.resubmit.port = port;
	a.resubmit.table = to;
	return add(p, &a);
}

/* Splits "a->b". */
static char *
split_arrow(char *text)
{
	char *arrow = strstr(text, "->");

	if (!arrow)
		return NULL;
	*arrow = '\0';
	return arrow + 2;
}

static int
add_set(struct parser *p, const char *verb, const struct flow_field *f,
	const struct flow_value *value, const struct flow_value *mask)
{
	struct xlate_action a = {.type = XLATE_ACT_SET_FIELD};

	if (!f->settable)
		return REFUSE(p, "%s: %s is read-only", verb, f->name);
	a.set.field = f;
	a.set.mask = *mask;
	for (int i = 0; i < FLOW_VALUE_BYTES; i++)
		a.set.value.b[i] = value->b[i] & mask->b[i];
	a.set.verb = verb;
	return add(p, &a);
}

/* In set_field, vlan_vid has OpenFlow's bit for "there is a tag" above the 12 of the ID; a rule can
 * set that only to 1, and only where there is a tag. */
static int
parse_value(struct parser *p, const struct flow_field *f, const char *text,
	    struct flow_value *value, struct flow_value *mask)
{
	struct flow_field wide = *f;

	if (f == &flow_fields[FLOW_FIELD_VLAN_VID])
		wide.n_bits++;

	int rc = flow_field_parse(&wide, text, value, mask, p->err, p->n_err);

	if (!rc && f->n_bits != wide.n_bits)
		mask->b[FLOW_VALUE_BYTES - 2] &= FLOW_VLAN_VID >> 8;
	return rc;
}

static int
parse_set_field(struct parser *p, const struct verb *verb, struct word *w)
{
	char *name = split_arrow(w->value);
	struct flow_value value, mask;

	if (!name)
		return REFUSE(p, "set_field: \"%s\" has no \"->\"; value[/mask]->field is accepted",
			      w->value);

	const struct flow_field *f = xlate_field_find(name, strlen(name));

	if (!f)
		return REFUSE(p,
			      "set_field: \"%s\" is no field; a name such as eth_src, ip_dst or "
			      "reg0 is accepted",
			      name);

	int rc = parse_value(p, f, w->value, &value, &mask);

	return rc ? rc : add_set(p, verb->name, f, &value, &mask);
}

static int
parse_load(struct parser *p, const struct verb *verb, struct word *w)
{
	char *name = split_arrow(w->value);
	struct flow_value value = {{0}}, mask = {{0}};
	struct xlate_subfield dst;
	uint64_t v;

	if (!name)
		return REFUSE(p,
			      "load: \"%s\" has no \"->\"; value->field[first..last] is accepted",
			      w->value);

	int rc = subfield_parse(verb->name, name, strlen(name), &dst, p->err, p->n_err);

	if (rc)
		return rc;
	if (dst.n_bits > 64)
		return REFUSE(p, "load: %s has %u bits; up to 64 are accepted, more by set_field",
			      name, dst.n_bits);
	if (!number_parse_u64(w->value, UINT64_MAX >> (64 - dst.n_bits), &v))
		return REFUSE(p, "load: \"%s\" is no number of %u bits", w->value, dst.n_bits);
	subfield_set_bits(&value, dst.ofs, dst.n_bits, v);
	subfield_set_bits(&mask, dst.ofs, dst.n_bits, UINT64_MAX);
	return add_set(p, verb->name, dst.field, &value, &mask);
}

static int
parse_move(struct parser *p, const struct verb *verb, struct word *w)
{
	struct xlate_action a = {.type = XLATE_ACT_MOVE};
	struct xlate_subfield *src = &a.move.src, *dst = &a.move.dst;
	char *name = split_arrow(w->value);

	if (!name)
		return REFUSE(p,
			      "move: \"%s\" has no \"->\"; field[first..last]->field[first..last] "
			      "is accepted",
			      w->value);

	int rc = subfield_parse(verb->name, w->value, strlen(w->value), src, p->err, p->n_err);

	if (!rc)
		rc = subfield_parse(verb->name, name, strlen(name), dst, p->err, p->n_err);
	if (rc)
		return rc;
	if (src->n_bits != dst->n_bits)
		return REFUSE(p, "move: %s has %u bits but %s has %u; as many are accepted",
			      w->value, src->n_bits, name, dst->n_bits);
	if (!dst->field->settable)
		return REFUSE(p, "move: %s is read-only", dst->field->name);
	return add(p, &a);
}

/* A value of a field, without mask. */
static int
parse_mod(struct parser *p, const struct verb *verb, struct word *w)
{
	const struct flow_field *f = &flow_fields[verb->field];
	struct flow_value value, mask;
	char why[FLOW_ERR_BYTES];

	if (strchr(w->value, '/'))
		return REFUSE(p,
			      "%s: \"%s\" has a mask; a value is accepted, for bits use set_field",
			      verb->name, w->value);
	if (flow_field_parse(f, w->value, &value, &mask, why, sizeof why))
		return REFUSE(p, "%s: %s", verb->name, why);
	return add_set(p, verb->name, f, &value, &mask);
}

#define TOS_DSCP 0xfc

static int
parse_mod_tos(struct parser *p, const struct verb *verb, struct word *w)
{
	struct flow_value value, mask = flow_value_from_u64(TOS_DSCP);
	uint64_t v;

	if (!number_parse_u64(w->value, UINT8_MAX, &v) || (v & ~(uint64_t)TOS_DSCP))
		return REFUSE(p,
			      "%s: \"%s\" is no type of service; a multiple of 4 in 0..252 is "
			      "accepted",
			      verb->name, w->value);
	value = flow_value_from_u64(v);
	return add_set(p, verb->name, &flow_fields[verb->field], &value, &mask);
}

static int
parse_write_metadata(struct parser *p, const struct verb *verb, struct word *w)
{
	const struct flow_field *f = &xlate_fields[XLATE_FIELD_METADATA];
	struct flow_value value, mask;
	int rc = flow_field_parse(f, w->value, &value, &mask, p->err, p->n_err);

	return rc ? rc : add_set(p, verb->name, f, &value, &mask);
}

static int
parse_push_vlan(struct parser *p, const struct verb *verb, struct word *w)
{
	struct xlate_action a = {.type = XLATE_ACT_PUSH_VLAN};
	uint64_t v;

	if (!number_parse_u64(w->value, UINT16_MAX, &v) ||
	    (v != ETHERTYPE_VLAN && v != ETH_TYPE_8021AD))
		return REFUSE(p, "%s: \"%s\" is no type of a tag; 0x8100 or 0x88a8 is accepted",
			      verb->name, w->value);
	a.tpid = htons((uint16_t)v);
	return add(p, &a);
}

static int
parse_mod_vlan(struct parser *p, const struct verb *verb, struct word *w)
{
	struct xlate_action a = {.type = verb->type};
	unsigned int max = verb->type == XLATE_ACT_SET_VLAN_VID ? 4095 : 7;
	uint64_t v;

	if (!number_parse_u64(w->value, max, &v))
		return REFUSE(p, "%s: \"%s\" is out of range; 0..%u is accepted", verb->name,
			      w->value, max);
	a.vlan = (uint16_t)v;
	return add(p, &a);
}

static const struct verb verbs[] = {
	{"output", parse_output, XLATE_ACT_OUTPUT, FLOW_FIELD_NONE},
	{"controller", parse_controller, XLATE_ACT_CONTROLLER, FLOW_FIELD_NONE},
	{"drop", parse_bare, XLATE_ACT_DROP, FLOW_FIELD_NONE},
	{"goto_table", parse_goto_table, XLATE_ACT_GOTO_TABLE, FLOW_FIELD_NONE},
	{"resubmit", parse_resubmit, XLATE_ACT_RESUBMIT, FLOW_FIELD_NONE},
	{"set_field", parse_set_field, XLATE_ACT_SET_FIELD, FLOW_FIELD_NONE},
	{"load", parse_load, XLATE_ACT_SET_FIELD, FLOW_FIELD_NONE},
	{"move", parse_move, XLATE_ACT_MOVE, FLOW_FIELD_NONE},
	{"write_metadata", parse_write_metadata, XLATE_ACT_SET_FIELD, FLOW_FIELD_NONE},
	{"push_vlan", parse_push_vlan, XLATE_ACT_PUSH_VLAN, FLOW_FIELD_NONE},
	{"pop_vlan", parse_bare, XLATE_ACT_POP_VLAN, FLOW_FIELD_NONE},
	{"strip_vlan", parse_bare, XLATE_ACT_POP_VLAN, FLOW_FIELD_NONE},
	{"mod_vlan_vid", parse_mod_vlan, XLATE_ACT_SET_VLAN_VID, FLOW_FIELD_NONE},
	{"mod_vlan_pcp", parse_mod_vlan, XLATE_ACT_SET_VLAN_PCP, FLOW_FIELD_NONE},
	{"dec_ttl", parse_bare, XLATE_ACT_DEC_TTL, FLOW_FIELD_NONE},
	{"mod_dl_src", parse_mod, XLATE_ACT_SET_FIELD, FLOW_FIELD_ETH_SRC},
	{"mod_dl_dst", parse_mod, XLATE_ACT_SET_FIELD, FLOW_FIELD_ETH_DST},
	{"mod_nw_src", parse_mod, XLATE_ACT_SET_FIELD, FLOW_FIELD_NW_SRC},
	{"mod_nw_dst", parse_mod, XLATE_ACT_SET_FIELD, FLOW_FIELD_NW_DST},
	{"mod_nw_tos", parse_mod_tos, XLATE_ACT_SET_FIELD, FLOW_FIELD_NW_TOS},
	{"mod_nw_ecn", parse_mod, XLATE_ACT_SET_FIELD, FLOW_FIELD_NW_ECN},
	{"mod_nw_ttl", parse_mod, XLATE_ACT_SET_FIELD, FLOW_FIELD_NW_TTL},
	{"mod_tp_src", parse_mod, XLATE_ACT_SET_FIELD, FLOW_FIELD_TCP_SRC},
	{"mod_tp_dst", parse_mod, XLATE_ACT_SET_FIELD, FLOW_FIELD_TCP_DST},
};
#define N_VERBS (sizeof verbs / sizeof verbs[0])

static int
refuse_unknown(struct parser *p, const char *name)
{
	char accepted[FLOW_ERR_BYTES * 2] = "";
	size_t n = 0;

	for (size_t i = 0; i < N_VERBS && n < sizeof accepted; i++)
		n += (size_t)snprintf(accepted + n, sizeof accepted - n, "%s ", verbs[i].name);
	return REFUSE(p, "unknown or unsupported action \"%s\"; a port, %sis accepted", name,
		      accepted);
}

static int
parse_word(struct parser *p, struct word *w)
{
	uint16_t port;

	for (size_t i = 0; i < N_VERBS; i++) {
		if (!strcasecmp(verbs[i].name, w->text))
			return verbs[i].parse(p, &verbs[i], w);
	}
	if (*w->value || w->parens || ofp_port_parse(p->names, w->text, strlen(w->text), &port))
		return refuse_unknown(p, w->text);
	return add_output(p, port);
}

#define BLANKS ", \t\r\n"

/* Length of a value: up to a separator that is not within parentheses or brackets. */
static size_t
value_length(const char *s)
{
	int depth = 0;
	size_t n;

	for (n = 0; s[n] && (depth > 0 || !strchr(BLANKS ")", s[n])); n++) {
		if (s[n] == '(' || s[n] == '[')
			depth++;
		else if (s[n] == ')' || s[n] == ']')
			depth--;
	}
	return n;
}

/* Length of what stands before the closing parenthesis. */
static size_t
parens_length(const char *s)
{
	int depth = 1;
	size_t n;

	for (n = 0; s[n]; n++) {
		depth += (s[n] == '(') - (s[n] == ')');
		if (!depth)
			break;
	}
	return n;
}

/* Takes the next word off '*text'. */
static int
next_word(struct parser *p, const char **text, struct word *w)
{
	const char *s = *text;
	size_t n_verb = strcspn(s, BLANKS ":=()");
	size_t n_value = 0;
	const char *value = s + n_verb;

	w->parens = *value == '(';
	if (w->parens) {
		n_value = parens_length(++value);
		if (!value[n_value])
			return REFUSE(p, "%.*s: the parenthesis is not closed", (int)n_verb, s);
	} else if (*value == ':' || *value == '=') {
		n_value = value_length(++value);
	}
	if (n_verb + n_value + 2 > sizeof w->text)
		return REFUSE(p, "%.*s: the argument is too long", (int)n_verb, s);
	memcpy(w->text, s, n_verb);
	w->text[n_verb] = '\0';
	w->value = w->text + n_verb + 1;
	memcpy(w->value, value, n_value);
	w->value[n_value] = '\0';
	s = value + n_value + w->parens;
	if (!n_verb || (*s && !strchr(BLANKS, *s)))
		return REFUSE(p,
			      "actions: \"%.20s\" is not expected here; actions are separated by "
			      "commas",
			      s);
	*text = s;
	return 0;
}

/* "drop" stands alone, and goto_table ends the list. */
static int
check_order(struct parser *p)
{
	const struct xlate_actions *acts = p->acts;

	for (size_t i = 0; i < acts->n; i++) {
		if (acts->a[i].type == XLATE_ACT_DROP && acts->n > 1)
			return REFUSE(p, "drop: stands beside other actions; it is accepted alone");
		if (acts->a[i].type == XLATE_ACT_GOTO_TABLE && i + 1 < acts->n)
			return REFUSE(p,
				      "goto_table: stands before other actions; it is accepted as "
				      "the last");
	}
	return 0;
}

static int
parse_all(struct parser *p, const char *text)
{
	static const struct xlate_action drop = {.type = XLATE_ACT_DROP};
	struct word w;
	int rc = 0;

	for (text += strspn(text, BLANKS); !rc && *text; text += strspn(text, BLANKS)) {
		rc = next_word(p, &text, &w);
		if (!rc)
			rc = parse_word(p, &w);
		if (rc)
			return rc;
	}
	if (!p->acts->n)
		return add(p, &drop);
	return check_order(p);
}

int
xlate_actions_parse(const struct flow_port_names *names, const char *text,
		    struct xlate_actions **out, char *err, size_t n_err)
{
	struct parser p = {.names = names, .n_alloc = 4, .err = err, .n_err = n_err};

	p.acts = malloc(sizeof *p.acts + p.n_alloc * sizeof p.acts->a[0]);
	if (!p.acts)
		return -ENOMEM;
	p.acts->n = 0;

	int rc = parse_all(&p, text);

	if (rc) {
		free(p.acts);
		return rc;
	}
	*out = p.acts;
	return 0;
}
