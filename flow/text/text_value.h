/* SPDX-License-Identifier: Apache-2.0 */
/* A value with its mask as text, in the notations that both syntaxes share.
 *
 * Thread safety: pure. */
#pragma once

#include "text/text_number.h"

enum text_kind {
	TEXT_DEC,
	TEXT_HEX,  /* 0 is written without 0x */
	TEXT_HEX1, /* 0 is written with 0x */
	TEXT_HEX4, /* at least four digits */
	TEXT_HEX5, /* at least five */
	TEXT_MAC,
	TEXT_IP4,
	TEXT_IP6,
	TEXT_LONG, /* one hexadecimal number of any width */
	TEXT_FRAG,
	TEXT_TCP_FLAGS,
	TEXT_CT_STATE,
	TEXT_TUN_FLAGS,
	TEXT_N_KINDS,
};

/* Differences between the two syntaxes. */
#define TEXT_PREFIX 1	  /* 10.0.0.0/8, not 10.0.0.0/255.0.0.0 */
#define TEXT_HEX_MASKED 2 /* a masked decimal is written in hexadecimal: 0x50/0xfff0 */
#define TEXT_SIGNED 4	  /* flags are always written as +a-b, even if all bits are matched */

/* Bits of a flow_value, as flow_field has them. */
struct text_type {
	enum text_kind kind;
	uint16_t n_bits;
};

/* Prints "value" or "value/mask". */
void text_value_print(struct text_type t, unsigned int style, const struct flow_value *value,
		      const struct flow_value *mask, FILE *out);

/* Parses "value" or "value/mask", which is all 'n' characters. Without a mask, it is all ones.
 * what: the field's name for the message.
 * Returns 0 or -EINVAL. */
int text_value_parse(struct text_type t, const char *what, const char *text, size_t n,
		     struct flow_value *value, struct flow_value *mask, const struct text_err *err);
