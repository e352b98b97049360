/* SPDX-License-Identifier: Apache-2.0 */
/* A text that is printed to become a JSON string. Thread safety: plain data. */
#pragma once

#include <jansson.h>
#include <stdio.h>

struct ctl_text {
	char *text;
	size_t n;
	FILE *f;
};

/* Returns a file for the text, or NULL without memory; then there is nothing to end. */
FILE *ctl_text_begin(struct ctl_text *t);

/* Returns what was printed as a string, or NULL without memory. */
json_t *ctl_text_end(struct ctl_text *t);
