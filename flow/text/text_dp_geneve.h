/* SPDX-License-Identifier: Apache-2.0 */
/* Geneve options in dpctl syntax. Thread safety: pure. */
#pragma once

#include "text/text_dp_scan.h"

/* Geneve options of a match, the "geneve(..)" of tunnel(). dp_geneve_print() returns false, with
 * nothing printed, if none is matched. dp_geneve_parse() parses the text after "geneve". */
bool dp_geneve_print(const struct flow_tunnel *key, const struct flow_tunnel *mask,
		     const char *before, FILE *out);
int dp_geneve_parse(struct dp_scan *s, struct flow_tunnel *key, struct flow_tunnel *mask);
