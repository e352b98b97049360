/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of named bits as text: "+syn-ack", "syn|ack", "0".
 *
 * Thread safety: pure. */
#pragma once

#include "text/text_value.h"

/* Ends with a NULL name. A bit that has none is written [hex]. */
struct text_flag {
	const char *name;
	uint32_t bit;
};

/* NULL when the kind is not of flags. */
const struct text_flag *text_flags_of(enum text_kind kind);

/* Writes the flags; returns false, and nothing written, when only value/mask can say it: an empty
 * mask. full: every bit of the field. */
bool text_flags_print(const struct text_flag *names, uint32_t value, uint32_t mask, uint32_t full,
		      unsigned int style, FILE *out);

/* Reads the forms above; false when the text is none of them. */
bool text_flags_parse(const struct text_flag *names, const char *text, uint32_t full,
		      uint32_t *value, uint32_t *mask);

/* Writes what is accepted into 'buf'. */
void text_flags_accepted(const struct text_flag *names, char *buf, size_t n);
