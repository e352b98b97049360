/* SPDX-License-Identifier: Apache-2.0 */
/* The text of actions that choose a link by a hash: multipath, bundle, bundle_load. */
#include "action/text/action_link.h"

#include "action/subfield.h"
#include "action/text/action_args.h"
#include "action/text/ofp_port.h"
#include "action/text/scan.h"

#include <errno.h>
#include <stdlib.h>

#define LINKS_MAX 65536

static const char *const hash_fields[XLATE_N_HASH_FIELDS] = {
	[XLATE_HASH_ETH_SRC] = "eth_src",
	[XLATE_HASH_SYMMETRIC_L4] = "symmetric_l4",
	[XLATE_HASH_SYMMETRIC_L3L4] = "symmetric_l3l4",
	[XLATE_HASH_SYMMETRIC_L3L4_UDP] = "symmetric_l3l4+udp",
	[XLATE_HASH_NW_SRC] = "nw_src",
	[XLATE_HASH_NW_DST] = "nw_dst",
	[XLATE_HASH_SYMMETRIC_L3] = "symmetric_l3",
};

static const char *const multipath_algorithms[XLATE_N_MP_ALGORITHMS] = {
	[XLATE_MP_MODULO_N] = "modulo_n",
	[XLATE_MP_HASH_THRESHOLD] = "hash_threshold",
	[XLATE_MP_HRW] = "hrw",
	[XLATE_MP_ITER_HASH] = "iter_hash",
};

static const char *const bundle_algorithms[XLATE_N_BD_ALGORITHMS] = {
	[XLATE_BD_ACTIVE_BACKUP] = "active_backup",
	[XLATE_BD_HRW] = "hrw",
};

/* Takes the next of the words whose order is fixed; "" at the end. */
static char *
next_word(char **text)
{
	char *s = *text + strspn(*text, " \t"), *end = s + scan_until(s, ",");
	size_t n = (size_t)(end - s);

	*text = *end ? end + 1 : end;
	while (n && strchr(" \t", s[n - 1]))
		n--;
	s[n] = '\0';
	return s;
}

static int
parse_fields(struct action_parser *p, const char *verb, char **text, enum xlate_hash_fields *fields,
	     uint16_t *basis)
{
	unsigned int i;
	uint64_t v;
	int rc = action_choice(p, verb, "set of fields", next_word(text), hash_fields,
			       XLATE_N_HASH_FIELDS, &i);

	if (rc)
		return rc;
	*fields = (enum xlate_hash_fields)i;
	rc = action_number(p, verb, "basis", next_word(text), UINT16_MAX, &v);
	*basis = rc ? 0 : (uint16_t)v;
	return rc;
}

static int
parse_dst(struct action_parser *p, const char *verb, const char *text, struct xlate_subfield *dst)
{
	int rc = subfield_parse(p->names, verb, text, strlen(text), dst, p->err, p->n_err);

	if (!rc && !xlate_field_is_writable(dst->field))
		return REFUSE(p, "%s: %s is read-only", verb, dst->field->name);
	return rc;
}

static int
parse_links(struct action_parser *p, char **text, struct xlate_action *a)
{
	uint64_t n_links, arg;
	char *word = next_word(text);
	int rc = action_number(p, "multipath", "n_links", word, LINKS_MAX, &n_links);

	if (!rc && !n_links)
		rc = REFUSE(p, "multipath: n_links: \"%s\" is out of range; expected 1..%d", word,
			    LINKS_MAX);
	if (!rc)
		rc = action_number(p, "multipath", "arg", next_word(text), UINT32_MAX, &arg);
	if (rc)
		return rc;
	a->multipath.n_links = (uint32_t)n_links;
	a->multipath.arg = (uint32_t)arg;
	return 0;
}

int
action_parse_multipath(struct action_parser *p, const struct action_verb *verb,
		       struct action_word *w)
{
	struct xlate_action a = {.type = verb->type};
	char *text = w->value;
	unsigned int algorithm;
	int rc = parse_fields(p, verb->name, &text, &a.multipath.fields, &a.multipath.basis);

	if (!rc)
		rc = action_choice(p, verb->name, "algorithm", next_word(&text),
				   multipath_algorithms, XLATE_N_MP_ALGORITHMS, &algorithm);
	if (!rc)
		rc = parse_links(p, &text, &a);
	if (!rc)
		rc = parse_dst(p, verb->name, next_word(&text), &a.multipath.dst);
	if (rc)
		return rc;
	a.multipath.algorithm = (enum xlate_multipath_algorithm)algorithm;
	if (a.multipath.dst.n_bits < 16 && a.multipath.n_links > 1u << a.multipath.dst.n_bits)
		return REFUSE(p, "multipath: %u links need more than the %u bits of %s",
			      a.multipath.n_links, a.multipath.dst.n_bits,
			      a.multipath.dst.field->name);
	if (*text)
		return REFUSE(p, "multipath: \"%s\" is not expected after the field", text);
	return action_add(p, &a);
}

void
action_print_multipath(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	(void)names;
	fprintf(out, "multipath(%s,%u,%s,%u,%u,", hash_fields[a->multipath.fields],
		a->multipath.basis, multipath_algorithms[a->multipath.algorithm],
		a->multipath.n_links, a->multipath.arg);
	subfield_print(&a->multipath.dst, out);
	fputc(')', out);
}

/* "members:1,2", "slaves:1,2" or either with brackets. */
static int
parse_members(struct action_parser *p, const char *verb, char *text, struct xlate_bundle *b)
{
	static const char *const titles[] = {"members:", "slaves:"};
	size_t n_title = 0;

	for (size_t i = 0; i < 2; i++) {
		if (!strncmp(text, titles[i], strlen(titles[i])))
			n_title = strlen(titles[i]);
	}
	if (!n_title)
		return REFUSE(p, "%s: \"%s\" is unknown; expected members:port,port..", verb, text);
	text += n_title;
	for (size_t n; text += strspn(text, ", \t[]"), *text; text += n) {
		n = scan_until(text, ", \t]");
		if (ofp_port_parse(p->names, text, n, &b->member[b->n]))
			return REFUSE(p, "%s: \"%.*s\" is not a port", verb, (int)n, text);
		b->n++;
	}
	return 0;
}

static int
parse_bundle_words(struct action_parser *p, const char *verb, bool load, char *text,
		   struct xlate_bundle *b)
{
	unsigned int algorithm;
	char *word;
	int rc = parse_fields(p, verb, &text, &b->fields, &b->basis);

	if (!rc)
		rc = action_choice(p, verb, "algorithm", next_word(&text), bundle_algorithms,
				   XLATE_N_BD_ALGORITHMS, &algorithm);
	if (rc)
		return rc;
	b->algorithm = (enum xlate_bundle_algorithm)algorithm;
	word = next_word(&text);
	if (strcmp(word, "ofport") != 0)
		return REFUSE(p, "%s: \"%s\" is not a member type; expected ofport", verb, word);
	if (load)
		rc = parse_dst(p, verb, next_word(&text), &b->dst);
	text += strspn(text, " \t");
	return rc ? rc : parse_members(p, verb, text, b);
}

static int
parse_bundle(struct action_parser *p, const struct action_verb *verb, struct action_word *w,
	     bool load)
{
	struct xlate_action a = {.type = verb->type};
	int rc;

	/* A member takes at least a character and a separator. */
	a.bundle = calloc(1, sizeof *a.bundle + strlen(w->value) * sizeof a.bundle->member[0]);
	if (!a.bundle)
		return -ENOMEM;
	rc = parse_bundle_words(p, verb->name, load, w->value, a.bundle);
	if (!rc)
		return action_add(p, &a);
	xlate_action_clear(&a);
	return rc;
}

int
action_parse_bundle(struct action_parser *p, const struct action_verb *verb, struct action_word *w)
{
	return parse_bundle(p, verb, w, false);
}

int
action_parse_bundle_load(struct action_parser *p, const struct action_verb *verb,
			 struct action_word *w)
{
	return parse_bundle(p, verb, w, true);
}

void
action_print_bundle(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	const struct xlate_bundle *b = a->bundle;

	fprintf(out, "%s(%s,%u,%s,ofport,", b->dst.field ? "bundle_load" : "bundle",
		hash_fields[b->fields], b->basis, bundle_algorithms[b->algorithm]);
	if (b->dst.field) {
		subfield_print(&b->dst, out);
		fputc(',', out);
	}
	fputs("members:", out);
	for (size_t i = 0; i < b->n; i++) {
		if (i)
			fputc(',', out);
		ofp_port_print(names, b->member[i], out);
	}
	fputc(')', out);
}
