/* SPDX-License-Identifier: Apache-2.0 */
/* The text of connection tracking: ct with its nat and exec. */
#include "action/text/action_ct.h"

#include "action/number.h"
#include "action/subfield.h"
#include "action/text/action_args.h"
#include "action/text/action_text.h"

#include <errno.h>
#include <stdlib.h>

#define ZONE_BITS 16

/* "nat" within ct(..), or within its exec(..). */
int
action_parse_nat(struct action_parser *p, const struct action_verb *verb, struct action_word *w)
{
	struct xlate_action a = {.type = verb->type};
	int rc;

	if (!p->in_ct)
		return REFUSE(p, "nat: expected within ct(..)");
	rc = flow_nat_parse(w->value, strlen(w->value), &a.nat, p->err, p->n_err);
	return rc ? rc : action_add(p, &a);
}

void
action_print_nat(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	(void)names;
	flow_nat_print(&a->nat, out);
}

/* A number, or 16 bits of a field. */
static int
parse_zone(struct action_parser *p, const char *text, struct xlate_action *a)
{
	struct xlate_subfield *src = &a->ct.zone_src;
	uint64_t v;
	int rc;

	src->field = NULL;
	if (number_parse_u64(text, UINT16_MAX, &v)) {
		a->ct.zone = (uint16_t)v;
		return 0;
	}
	rc = subfield_parse(p->names, "ct: zone", text, strlen(text), src, p->err, p->n_err);
	if (!rc && src->n_bits != ZONE_BITS)
		return REFUSE(p, "ct: zone: \"%s\" has %u bits; expected %d", text, src->n_bits,
			      ZONE_BITS);
	return rc;
}

static int
parse_alg(struct action_parser *p, const char *text, struct xlate_action *a)
{
	static const char *const words[] = {"ftp", "tftp"};
	unsigned int i;
	int rc = action_choice(p, "ct", "alg", text, words, 2, &i);

	if (!rc)
		a->ct.helper = i ? FLOW_CT_TFTP : FLOW_CT_FTP;
	return rc;
}

/* Appends the actions within exec(..) to 'inner'. */
static int
parse_exec(struct action_parser *inner, const char *text)
{
	struct xlate_actions *list;
	int rc = action_parse_nested(inner, "ct: exec", text, &list);

	if (rc)
		return rc;
	for (size_t i = 0; i < list->n; i++) {
		if (!rc && list->a[i].type != XLATE_ACT_DROP)
			rc = action_add(inner, &list->a[i]);
		else
			xlate_action_clear(&list->a[i]);
	}
	free(list);
	return rc;
}

static int
parse_flag(struct action_parser *p, const char *name, const char *value, bool *flag)
{
	if (*value)
		return REFUSE(p, "ct: %s: takes no value, but has \"%s\"", name, value);
	*flag = true;
	return 0;
}

/* value: the text within parentheses, if the item has them. */
static int
parse_item(struct action_parser *p, const char *name, char *value, struct xlate_action *a,
	   struct action_parser *inner)
{
	static const struct action_verb nat = {"nat", NULL, XLATE_ACT_NAT, FLOW_FIELD_NONE};
	struct action_word w = {.value = value};

	if (!strcmp(name, "commit"))
		return parse_flag(p, name, value, &a->ct.commit);
	if (!strcmp(name, "force"))
		return parse_flag(p, name, value, &a->ct.force);
	if (!strcmp(name, "table")) {
		return action_table(p, "ct", value, &a->ct.table);
	}
	if (!strcmp(name, "zone"))
		return parse_zone(p, value, a);
	if (!strcmp(name, "alg"))
		return parse_alg(p, value, a);
	if (!strcmp(name, "nat"))
		return action_parse_nat(inner, &nat, &w);
	if (!strcmp(name, "exec"))
		return parse_exec(inner, value);
	return REFUSE(
		p, "ct: \"%s\" is unknown; expected commit, force, table, zone, nat, exec or alg",
		name);
}

static int
parse_items(struct action_parser *p, char *text, struct xlate_action *a,
	    struct action_parser *inner)
{
	char *name, *value;
	int rc = 0;

	while (!rc && action_arg_next(&text, &name, &value))
		rc = parse_item(p, name, value, a, inner);
	return rc;
}

static int
parse_ct(struct action_parser *p, char *text, struct xlate_action *a, struct action_parser *inner)
{
	const char *wrong;
	int rc = parse_items(p, text, a, inner);

	a->ct.nested = inner->acts;
	if (rc)
		return rc;
	if (!a->ct.nested->n) {
		free(a->ct.nested);
		a->ct.nested = NULL;
	}
	wrong = xlate_ct_wrong(a);
	return wrong ? REFUSE(p, "ct: %s", wrong) : 0;
}

int
action_parse_ct(struct action_parser *p, const struct action_verb *verb, struct action_word *w)
{
	struct xlate_action a = {.type = verb->type, .ct.table = XLATE_TABLE_ALL};
	struct action_parser inner = {.names = p->names,
				      .depth = p->depth + 1,
				      .in_ct = true,
				      .n_alloc = 1,
				      .err = p->err,
				      .n_err = p->n_err};
	int rc;

	if (!w->parens && *w->value)
		return REFUSE(p, "ct: \"%s\" is unknown; expected ct or ct(..)", w->value);
	inner.acts = malloc(sizeof *inner.acts + sizeof inner.acts->a[0]);
	if (!inner.acts)
		return -ENOMEM;
	inner.acts->n = 0;
	rc = parse_ct(p, w->value, &a, &inner);
	if (!rc)
		return action_add(p, &a);
	xlate_action_clear(&a);
	return rc;
}

/* The first nat is printed before exec(..), as in Open vSwitch. Each item ends with a comma. */
static void
print_nested(const struct flow_port_names *names, const struct xlate_actions *nested, FILE *out)
{
	size_t i = 0;

	if (!nested)
		return;
	if (nested->a[0].type == XLATE_ACT_NAT) {
		flow_nat_print(&nested->a[i++].nat, out);
		fputc(',', out);
	}
	if (i == nested->n)
		return;
	fputs("exec(", out);
	for (size_t first = i; i < nested->n; i++) {
		if (i > first)
			fputc(',', out);
		xlate_action_print(names, &nested->a[i], out);
	}
	fputs("),", out);
}

static void
print_items(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	if (a->ct.commit)
		fputs("commit,", out);
	if (a->ct.force)
		fputs("force,", out);
	if (a->ct.table != XLATE_TABLE_ALL)
		fprintf(out, "table=%u,", a->ct.table);
	if (a->ct.zone_src.field) {
		fputs("zone=", out);
		subfield_print(&a->ct.zone_src, out);
		fputc(',', out);
	} else if (a->ct.zone) {
		fprintf(out, "zone=%u,", a->ct.zone);
	}
	print_nested(names, a->ct.nested, out);
	if (a->ct.helper)
		fputs(a->ct.helper == FLOW_CT_FTP ? "alg=ftp," : "alg=tftp,", out);
}

void
action_print_ct(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	char *items = NULL;
	size_t n = 0;
	FILE *mem = open_memstream(&items, &n);

	if (mem) {
		print_items(names, a, mem);
		fclose(mem);
	}
	fprintf(out, "ct(%.*s)", n ? (int)n - 1 : 0, items ? items : "");
	free(items);
}
