/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of named bits as text: "+syn-ack", "syn|ack", "0".
 *
 * Thread safety: pure. */
#pragma once

#include "text/text_value.h"

/* A table ends with a NULL name. A bit without a name is written [hex]. */
struct text_flag {
	const char *name;
	uint32_t bit;
};

/* Returns NULL if the kind is not flags. */
const struct text_flag *text_flags_of(enum text_kind kind);

/* Prints the flags. Returns false, with nothing printed, if the mask is empty: only value/mask can
 * express it. full: every bit of the field. */
bool text_flags_print(const struct text_flag *names, uint32_t value, uint32_t mask, uint32_t full,
		      unsigned int style, FILE *out);

/* Parses the forms above. Returns false if the text is none of them. */
bool text_flags_parse(const struct text_flag *names, const char *text, uint32_t full,
		      uint32_t *value, uint32_t *mask);

/* Writes the accepted forms to 'buf'. */
void text_flags_accepted(const struct text_flag *names, char *buf, size_t n);
