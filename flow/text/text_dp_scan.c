/* SPDX-License-Identifier: Apache-2.0 */
#include "text/text_dp_scan.h"

#include <ctype.h>
#include <errno.h>

char
dp_peek(struct dp_scan *s)
{
	while (isspace((unsigned char)*s->p))
		s->p++;
	return *s->p;
}

char
dp_next(struct dp_scan *s)
{
	while (dp_peek(s) == ',')
		s->p++;
	return *s->p;
}

bool
dp_take(struct dp_scan *s, char c)
{
	if (dp_peek(s) != c)
		return false;
	s->p++;
	return true;
}

int
dp_expect(struct dp_scan *s, char c, const char *after)
{
	if (dp_take(s, c))
		return 0;
	return text_fail(&s->err, "'%c' is expected after %s, before '%.24s'", c, after, s->p);
}

size_t
dp_word(struct dp_scan *s, const char **word)
{
	dp_peek(s);
	*word = s->p;
	while (islower((unsigned char)*s->p) || isdigit((unsigned char)*s->p) || *s->p == '_')
		s->p++;
	return (size_t)(s->p - *word);
}

int
dp_value(struct dp_scan *s, struct text_type t, const char *what, struct flow_value *value,
	 struct flow_value *mask)
{
	size_t n = strcspn(s->p, ",)}");
	int rc = text_value_parse(t, what, s->p, n, value, mask, &s->err);

	s->p += n;
	return rc;
}

typedef int member_cb(struct dp_scan *s, const struct dp_group *g, const struct dp_member *m,
		      const struct flow_value *value, const struct flow_value *mask, void *aux);
typedef int other_cb(struct dp_scan *s, const char *word, size_t n_word, void *aux);

static int
one_member(struct dp_scan *s, const struct dp_group *g, member_cb *cb, other_cb *other, void *aux)
{
	const char *word;
	size_t n_word = dp_word(s, &word);
	const struct dp_member *m = dp_member_find(g, word, n_word);
	struct flow_value value, mask;
	char what[48], known[96];
	int rc;

	if (!m) {
		rc = other ? other(s, word, n_word, aux) : -ENOENT;
		if (rc != -ENOENT)
			return rc;
		dp_member_names(g, known, sizeof known);
		return text_fail(&s->err, "%s: '%.24s' is not a member; expected %s", g->name, word,
				 known);
	}
	snprintf(what, sizeof what, "%s(%s)", g->name, m->name);
	rc = dp_expect(s, m->how & DP_NESTED ? '(' : '=', what);
	if (!rc)
		rc = dp_value(s, dp_member_type(m), what, &value, &mask);
	if (!rc && m->how & DP_NESTED)
		rc = dp_expect(s, ')', what);
	return rc ? rc : cb(s, g, m, &value, &mask, aux);
}

int
dp_members(struct dp_scan *s, const struct dp_group *g, member_cb *cb, other_cb *other, void *aux)
{
	const struct dp_member *first = &g->members[0];
	struct flow_value value, mask;
	int rc = 0;

	if (!first->name) {
		rc = dp_value(s, dp_member_type(first), g->name, &value, &mask);
		if (!rc)
			rc = cb(s, g, first, &value, &mask, aux);
	} else {
		while (!rc && dp_next(s) && *s->p != ')')
			rc = one_member(s, g, cb, other, aux);
	}
	return rc ? rc : dp_expect(s, ')', g->name);
}
