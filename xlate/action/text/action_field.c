/* SPDX-License-Identifier: Apache-2.0 */
/* The text of actions on fields and tags. */
#include "action/text/action_field.h"

#include "action/number.h"
#include "action/subfield.h"
#include "action/text/action_args.h"
#include "action/text/ofp_port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>

#define ETH_TYPE_8021AD 0x88a8

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
check_settable(struct action_parser *p, const char *verb, const struct flow_field *f)
{
	if (xlate_field_is_writable(f) || (p->in_ct && xlate_field_is_ct(f)))
		return 0;
	if (xlate_field_is_ct(f))
		return REFUSE(p, "%s: %s can be set only within ct(commit,exec(..))", verb,
			      f->name);
	return REFUSE(p, "%s: %s is read-only", verb, f->name);
}

static int
add_set(struct action_parser *p, const char *verb, const struct flow_field *f,
	const struct flow_value *value, const struct flow_value *mask)
{
	struct xlate_action a = {.type = XLATE_ACT_SET_FIELD};

	if (check_settable(p, verb, f))
		return -EINVAL;
	a.set.field = f;
	a.set.mask = *mask;
	for (int i = 0; i < FLOW_VALUE_BYTES; i++)
		a.set.value.b[i] = value->b[i] & mask->b[i];
	if (!xlate_field_value_ok(f, &a.set.value))
		return REFUSE(p, "%s: the two lower bits of %s cannot be set; set nw_ecn instead",
			      verb, f->name);
	a.set.verb = verb;
	a.set.any_l4 = !strncmp(verb, "mod_tp_", 7);
	return action_add(p, &a);
}

static int
parse_port_value(struct action_parser *p, const struct flow_field *f, const char *text,
		 struct flow_value *value, struct flow_value *mask)
{
	uint16_t port;

	if (ofp_port_parse(p->names, text, strlen(text), &port))
		return REFUSE(p,
			      "set_field: %s: \"%s\" is not a port; expected a number, a port's "
			      "name or a word such as local",
			      f->name, text);
	*value = flow_value_from_u64(
		f == &xlate_fields[XLATE_FIELD_IN_PORT] ? port : xlate_port_widen(port));
	flow_field_ones(f, mask);
	return 0;
}

/* Parses the value of a set_field. vlan_vid has OpenFlow's bit for "a tag is present" above the 12
 * bits of the ID; it is accepted and ignored, since a rule could set it only to 1 and only if a tag
 * is present. Every field accepts a mask, as in OpenFlow 1.5, and "ANY", which ovs-ofctl prints for
 * an empty mask. */
static int
parse_value(struct action_parser *p, const struct flow_field *f, const char *text,
	    struct flow_value *value, struct flow_value *mask)
{
	struct flow_field wide = *f;

	if (f->format == FLOW_FMT_PORT)
		return parse_port_value(p, f, text, value, mask);
	if (!strcmp(text, "ANY")) {
		memset(value, 0, sizeof *value);
		memset(mask, 0, sizeof *mask);
		return 0;
	}
	wide.maskable = true;
	if (f == &flow_fields[FLOW_FIELD_VLAN_VID])
		wide.n_bits++;

	int rc = flow_field_parse(&wide, text, value, mask, p->err, p->n_err);

	if (!rc && f->n_bits != wide.n_bits)
		mask->b[FLOW_VALUE_BYTES - 2] &= FLOW_VLAN_VID >> 8;
	return rc;
}

/* As in Open vSwitch, a full mask of a field that does not fill its bytes is a load. */
static bool
is_load(const struct flow_field *f, const char *text, const struct flow_value *mask)
{
	struct flow_value ones;

	flow_field_ones(f, &ones);
	return f->n_bits % 8 && strchr(text, '/') && !memcmp(&ones, mask, sizeof ones);
}

int
action_parse_set_field(struct action_parser *p, const struct action_verb *verb,
		       struct action_word *w)
{
	char *name = split_arrow(w->value);
	struct flow_value value, mask;

	if (!name)
		return REFUSE(p, "set_field: \"%s\" has no \"->\"; expected value[/mask]->field",
			      w->value);

	const struct flow_field *f = xlate_field_find(p->names, name, strlen(name));

	if (!f)
		return REFUSE(p,
			      "set_field: \"%s\" is not a field; expected a name such as eth_src, "
			      "ip_dst or reg0",
			      name);

	int rc = parse_value(p, f, w->value, &value, &mask);

	if (rc)
		return rc;
	return add_set(p, is_load(f, w->value, &mask) ? "load" : verb->name, f, &value, &mask);
}

int
action_parse_load(struct action_parser *p, const struct action_verb *verb, struct action_word *w)
{
	char *name = split_arrow(w->value);
	struct flow_value v, value, mask;
	struct xlate_subfield dst;

	if (!name)
		return REFUSE(p, "load: \"%s\" has no \"->\"; expected value->field[first..last]",
			      w->value);

	int rc = subfield_parse(p->names, verb->name, name, strlen(name), &dst, p->err, p->n_err);

	if (!rc)
		rc = subfield_value_parse(verb->name, &dst, w->value, &v, p->err, p->n_err);
	if (rc)
		return rc;
	subfield_place(&dst, &v, &value, &mask);
	return add_set(p, verb->name, dst.field, &value, &mask);
}

int
action_parse_move(struct action_parser *p, const struct action_verb *verb, struct action_word *w)
{
	struct xlate_action a = {.type = XLATE_ACT_MOVE};
	struct xlate_subfield *src = &a.move.src, *dst = &a.move.dst;
	char *name = split_arrow(w->value);

	if (!name)
		return REFUSE(p,
			      "move: \"%s\" has no \"->\"; expected "
			      "field[first..last]->field[first..last]",
			      w->value);

	int rc = subfield_parse(p->names, verb->name, w->value, strlen(w->value), src, p->err,
				p->n_err);

	if (!rc)
		rc = subfield_parse(p->names, verb->name, name, strlen(name), dst, p->err,
				    p->n_err);
	if (rc)
		return rc;
	if (src->n_bits != dst->n_bits)
		return REFUSE(p, "move: %s has %u bits but %s has %u; expected as many", w->value,
			      src->n_bits, name, dst->n_bits);
	rc = check_settable(p, verb->name, dst->field);
	return rc ? rc : action_add(p, &a);
}

/* Parses a value of a field, without mask. */
int
action_parse_mod(struct action_parser *p, const struct action_verb *verb, struct action_word *w)
{
	const struct flow_field *f = &flow_fields[verb->field];
	struct flow_value value, mask;
	char why[FLOW_ERR_BYTES];

	if (strchr(w->value, '/'))
		return REFUSE(p,
			      "%s: \"%s\" has a mask; expected a value (or set_field with a mask)",
			      verb->name, w->value);
	if (flow_field_parse(f, w->value, &value, &mask, why, sizeof why))
		return REFUSE(p, "%s: %s", verb->name, why);
	return add_set(p, verb->name, f, &value, &mask);
}

#define TOS_DSCP 0xfc

int
action_parse_mod_tos(struct action_parser *p, const struct action_verb *verb, struct action_word *w)
{
	struct flow_value value, mask = flow_value_from_u64(TOS_DSCP);
	uint64_t v;

	if (!number_parse_u64(w->value, UINT8_MAX, &v) || (v & ~(uint64_t)TOS_DSCP))
		return REFUSE(
			p,
			"%s: \"%s\" is not a type of service; expected a multiple of 4 in 0..252",
			verb->name, w->value);
	value = flow_value_from_u64(v);
	return add_set(p, verb->name, &flow_fields[verb->field], &value, &mask);
}

int
action_parse_write_metadata(struct action_parser *p, const struct action_verb *verb,
			    struct action_word *w)
{
	const struct flow_field *f = &xlate_fields[XLATE_FIELD_METADATA];
	struct flow_value value, mask;
	int rc = flow_field_parse(f, w->value, &value, &mask, p->err, p->n_err);

	return rc ? rc : add_set(p, verb->name, f, &value, &mask);
}

int
action_parse_push_vlan(struct action_parser *p, const struct action_verb *verb,
		       struct action_word *w)
{
	struct xlate_action a = {.type = XLATE_ACT_PUSH_VLAN};
	uint64_t v;

	if (!number_parse_u64(w->value, UINT16_MAX, &v) ||
	    (v != ETHERTYPE_VLAN && v != ETH_TYPE_8021AD))
		return REFUSE(p, "%s: \"%s\" is not a tag type; expected 0x8100 or 0x88a8",
			      verb->name, w->value);
	a.tpid = htons((uint16_t)v);
	return action_add(p, &a);
}

int
action_parse_mod_vlan(struct action_parser *p, const struct action_verb *verb,
		      struct action_word *w)
{
	struct xlate_action a = {.type = verb->type};
	unsigned int max = verb->type == XLATE_ACT_SET_VLAN_VID ? 4095 : 7;
	uint64_t v;

	if (!number_parse_u64(w->value, max, &v))
		return REFUSE(p, "%s: \"%s\" is out of range; expected 0..%u", verb->name, w->value,
			      max);
	a.vlan.value = (uint16_t)v;
	return action_add(p, &a);
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

/* OpenFlow counts the bit for "a tag is present" as part of the VLAN ID. */
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

void
action_print_set(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
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

void
action_print_move(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	(void)names;
	fputs("move:", out);
	subfield_print(&a->move.src, out);
	fputs("->", out);
	subfield_print(&a->move.dst, out);
}

void
action_print_push_vlan(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	(void)names;
	fprintf(out, "push_vlan:0x%04x", ntohs(a->tpid));
}

void
action_print_vlan_vid(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	(void)names;
	fprintf(out, "mod_vlan_vid:%u", a->vlan.value);
}

void
action_print_vlan_pcp(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	(void)names;
	fprintf(out, "mod_vlan_pcp:%u", a->vlan.value);
}
