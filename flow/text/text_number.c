/* SPDX-License-Identifier: Apache-2.0 */
#include "text/text_number.h"

#include <base/err.h>

#include <errno.h>
#include <stdarg.h>

int
text_fail(const struct text_err *err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	err_vprint(err->text, err->n, fmt, args);
	va_end(args);
	return -EINVAL;
}

struct flow_value
text_ones(unsigned int n_bits)
{
	struct flow_value v = {{0}};

	for (unsigned int i = 0; i < n_bits; i++)
		v.b[FLOW_VALUE_BYTES - 1 - i / 8] |= (uint8_t)(1u << (i % 8));
	return v;
}

bool
text_value_zero(const struct flow_value *v)
{
	static const struct flow_value zero;

	return text_value_equal(v, &zero);
}

bool
text_value_equal(const struct flow_value *a, const struct flow_value *b)
{
	return !memcmp(a->b, b->b, sizeof a->b);
}

void
text_value_and(struct flow_value *v, const struct flow_value *mask)
{
	for (size_t i = 0; i < FLOW_VALUE_BYTES; i++)
		v->b[i] &= mask->b[i];
}

int
text_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

bool
text_has_0x(const char *text, size_t n)
{
	return n > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
}

static bool
digits_parse(const char *text, size_t n, unsigned int base, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (!n)
		return false;
	for (size_t i = base == 16 ? 2 : 0; i < n; i++) {
		unsigned int d = (unsigned int)text_digit(text[i]);

		if (d >= base || v > (UINT64_MAX - d) / base)
			return false;
		v = v * base + d;
	}
	*out = v;
	return v <= max;
}

bool
text_number(const char *text, size_t n, uint64_t max, uint64_t *out)
{
	return digits_parse(text, n,
			    text_has_0x(text, n) ? 16
			    : n && *text == '0'	 ? 8
						 : 10,
			    max, out);
}

bool
text_decimal(const char *text, size_t n, uint64_t max, uint64_t *out)
{
	return digits_parse(text, n, text_has_0x(text, n) ? 16 : 10, max, out);
}

bool
text_hex_bytes(const char *text, size_t n, uint8_t *b, size_t n_b)
{
	while (n > 1 && *text == '0') {
		text++;
		n--;
	}
	if (!n || n > 2 * n_b)
		return false;
	memset(b, 0, n_b);
	for (size_t i = 0; i < n; i++) {
		int d = text_digit(text[n - 1 - i]);

		if (d > 15)
			return false;
		b[n_b - 1 - i / 2] |= (uint8_t)(i % 2 ? d << 4 : d);
	}
	return true;
}

void
text_hex_bytes_print(const uint8_t *b, size_t n, FILE *out)
{
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%02x", b[i]);
}
