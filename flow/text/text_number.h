/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as text, and the bits of values.
 *
 * Thread safety: pure. */
#pragma once

#include <flow/text.h>

/* Where a failed parse writes its message. */
struct text_err {
	char *text;
	size_t n;
};

/* Writes the message; returns -EINVAL. */
int text_fail(const struct text_err *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Parses a number of at most 'max', which is all 'n' characters: decimal, 0x.., or octal after a 0,
 * as ovs-ofctl and ovs-dpctl parse values. */
bool text_number(const char *text, size_t n, uint64_t max, uint64_t *out);

/* As text_number(), for ports and prefixes: leading zeros are ignored. */
bool text_decimal(const char *text, size_t n, uint64_t max, uint64_t *out);

/* Parses hexadecimal digits into 'b', right-aligned. Returns false if they do not fit
 * or are not digits. */
bool text_hex_bytes(const char *text, size_t n, uint8_t *b, size_t n_b);
void text_hex_bytes_print(const uint8_t *b, size_t n, FILE *out);

/* Returns the value of a hexadecimal digit; 16 for any other character. */
int text_digit(char c);

/* Returns true if the text begins with "0x" and has more characters. */
bool text_has_0x(const char *text, size_t n);

/* Returns ones in the 'n_bits' lowest bits. */
struct flow_value text_ones(unsigned int n_bits);
bool text_value_zero(const struct flow_value *v);
bool text_value_equal(const struct flow_value *a, const struct flow_value *b);
void text_value_and(struct flow_value *v, const struct flow_value *mask);
