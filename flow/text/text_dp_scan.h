/* SPDX-License-Identifier: Apache-2.0 */
/* Reading of dpctl syntax: characters, words, values, members of groups.
 *
 * Thread safety: pure. */
#pragma once

#include "text/text_dp_group.h"

/* A text being parsed. */
struct dp_scan {
	const char *p;
	const struct flow_port_names *names;
	struct text_err err;
};

/* Skips blanks. Returns the next character. */
char dp_peek(struct dp_scan *s);
/* Skips blanks and commas. Returns the next character. */
char dp_next(struct dp_scan *s);
bool dp_take(struct dp_scan *s, char c);
/* Takes 'c'. Returns 0, or -EINVAL with a message. */
int dp_expect(struct dp_scan *s, char c, const char *after);
/* Takes [a-z0-9_]*. Returns its length. */
size_t dp_word(struct dp_scan *s, const char **word);
/* Parses a value up to ',', ')' or '}'. */
int dp_value(struct dp_scan *s, struct text_type t, const char *what, struct flow_value *value,
	     struct flow_value *mask);
/* Parses the members of a group up to and including the ')', and passes each to 'cb'.
 * Returns 0 or -EINVAL. */
int dp_members(struct dp_scan *s, const struct dp_group *g,
	       int (*cb)(struct dp_scan *s, const struct dp_group *g, const struct dp_member *m,
			 const struct flow_value *value, const struct flow_value *mask, void *aux),
	       /* Called for a word that is no member; -ENOENT if it is unknown. May be NULL. */
	       int (*other)(struct dp_scan *s, const char *word, size_t n_word, void *aux),
	       void *aux);
