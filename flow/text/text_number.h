/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as text, and the bits of values.
 *
 * Thread safety: pure. */
#pragma once

#include <flow/text.h>

/* Where a failed parse writes its sentence. */
struct text_err {
	char *text;
	size_t n;
};

/* Writes the sentence; returns -EINVAL. */
int text_fail(const struct text_err *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Reads a number of at most 'max', the whole of 'text' up to 'n': decimal, 0x.., or octal after a 0, as
 * ovs-ofctl and ovs-dpctl read values. */
bool text_number(const char *text, size_t n, uint64_t max, uint64_t *out);

/* The same for ports and prefixes, whose leading zeros mean nothing. */
bool text_decimal(const char *text, size_t n, uint64_t max, uint64_t *out);

/* Reads hexadecimal digits into 'b', right-aligned: false when they do not fit or are not such. */
bool text_hex_bytes(const char *text, size_t n, uint8_t *b, size_t n_b);
void text_hex_bytes_print(const uint8_t *b, size_t n, FILE *out);

/* The value of a hexadecimal digit; 16 for any other character. */
int text_digit(char c);

/* Returns true when more than "0x" follows "0x". */
bool text_has_0x(const char *text, size_t n);

/* All ones over the 'n_bits' lowest. */
struct flow_value text_ones(unsigned int n_bits);
bool text_value_zero(const struct flow_value *v);
bool text_value_equal(const struct flow_value *a, const struct flow_value *b);
void text_value_and(struct flow_value *v, const struct flow_value *mask);
