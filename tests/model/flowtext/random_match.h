/* SPDX-License-Identifier: Apache-2.0 */
/* Random matches for the tests of text forms.
 *
 * Thread safety: pure, but for the caller's rng. */
#pragma once

#include <flow/text.h>
#include <support/rng.h>

struct flow_value random_bits(struct rng *r, unsigned int n_bits);

enum random_kind {
	RANDOM_DP,    /* arbitrary masks, prerequisites kept */
	RANDOM_LOOSE, /* prerequisites violated as well */
	RANDOM_OFCTL, /* only matches that ovs-ofctl can express */
};

/* Makes a canonical match. */
void random_match(struct rng *r, enum random_kind kind, struct flow_match *m);

/* Return the text of a match, which the caller frees. */
char *text_of_dp(const struct flow_match *m, bool verbose);
char *text_of_of(const struct flow_match *m);

/* Splits 'text' at commas and parses each item. Returns 0 or -errno. */
int parse_of(const char *text, struct flow_match *m, char *err, size_t n_err);
