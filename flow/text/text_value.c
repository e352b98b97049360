/* SPDX-License-Identifier: Apache-2.0 */
#include "text/text_value.h"

#include "text/text_flags.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>

#define VALUE_TEXT_MAX 320

/* ---- numbers ---- */

static uint64_t
max_of(unsigned int n_bits)
{
	return n_bits >= 64 ? UINT64_MAX : (UINT64_C(1) << n_bits) - 1;
}

static bool
parse_long(const char *text, size_t n, unsigned int n_bits, struct flow_value *v)
{
	struct flow_value ones = text_ones(n_bits);
	struct flow_value cut;
	uint64_t low;

	if (!text_has_0x(text, n)) {
		/* -1 is all ones */
		bool minus = n_bits == 64 && n > 1 && *text == '-';

		if (!text_number(text + minus, n - minus, max_of(n_bits), &low))
			return false;
		*v = flow_value_from_u64(minus ? -low : low);
		return true;
	}
	if (!text_hex_bytes(text + 2, n - 2, v->b, sizeof v->b))
		return false;
	cut = *v;
	text_value_and(&cut, &ones);
	return text_value_equal(&cut, v);
}

static void
print_long(const struct flow_value *v, FILE *out)
{
	size_t i = 0;

	while (i < FLOW_VALUE_BYTES - 1 && !v->b[i])
		i++;
	if (i == FLOW_VALUE_BYTES - 1 && !v->b[i]) {
		fputc('0', out);
		return;
	}
	fprintf(out, "0x%x", v->b[i]);
	text_hex_bytes_print(v->b + i + 1, FLOW_VALUE_BYTES - 1 - i, out);
}

/* ---- addresses ---- */

static bool
parse_mac(const char *text, struct flow_value *v)
{
	uint8_t *b = v->b + FLOW_VALUE_BYTES - 6;

	for (int i = 0; i < 6; i++) {
		int hi = text_digit(text[0]), lo = hi > 15 ? 16 : text_digit(text[1]);

		if (lo > 15 || text[2] != (i < 5 ? ':' : '\0'))
			return false;
		b[i] = (uint8_t)(hi << 4 | lo);
		text += 3;
	}
	return true;
}

static bool
parse_address(enum text_kind kind, const char *text, struct flow_value *v)
{
	switch (kind) {
	case TEXT_MAC:
		return parse_mac(text, v);
	case TEXT_IP4:
		return inet_pton(AF_INET, text, v->b + FLOW_VALUE_BYTES - 4) == 1;
	default:
		return inet_pton(AF_INET6, text, v->b + FLOW_VALUE_BYTES - 16) == 1;
	}
}

static void
print_address(enum text_kind kind, const struct flow_value *v, FILE *out)
{
	const uint8_t *b = v->b + FLOW_VALUE_BYTES - 6;
	char text[INET6_ADDRSTRLEN];

	switch (kind) {
	case TEXT_MAC:
		fprintf(out, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
		return;
	case TEXT_IP4:
		inet_ntop(AF_INET, v->b + FLOW_VALUE_BYTES - 4, text, sizeof text);
		break;
	default:
		inet_ntop(AF_INET6, v->b + FLOW_VALUE_BYTES - 16, text, sizeof text);
	}
	fputs(text, out);
}

/* Returns the prefix length of the mask, or -1 if it is no prefix. */
static int
prefix_of(const struct flow_value *mask, unsigned int n_bits)
{
	const uint8_t *b = mask->b + FLOW_VALUE_BYTES - n_bits / 8;
	unsigned int n = 0;

	while (n < n_bits && b[n / 8] & 0x80 >> n % 8)
		n++;
	for (unsigned int i = n; i < n_bits; i++) {
		if (b[i / 8] & 0x80 >> i % 8)
			return -1;
	}
	return (int)n;
}

static struct flow_value
prefix_mask(unsigned int n_prefix, unsigned int n_bits)
{
	struct flow_value v = {{0}};
	uint8_t *b = v.b + FLOW_VALUE_BYTES - n_bits / 8;

	for (unsigned int i = 0; i < n_prefix; i++)
		b[i / 8] |= (uint8_t)(0x80 >> i % 8);
	return v;
}

/* ---- values ---- */

static bool
is_address(enum text_kind k)
{
	return k == TEXT_MAC || k == TEXT_IP4 || k == TEXT_IP6;
}

static void
print_plain(struct text_type t, enum text_kind kind, const struct flow_value *v, FILE *out)
{
	uint64_t u = flow_value_u64(v);

	if (is_address(kind))
		print_address(kind, v, out);
	else if (t.n_bits > 64)
		print_long(v, out);
	else if (kind == TEXT_DEC)
		fprintf(out, "%" PRIu64, u);
	else if (kind == TEXT_HEX1 || kind == TEXT_HEX4 || kind == TEXT_HEX5)
		fprintf(out, "0x%0*" PRIx64, kind == TEXT_HEX1 ? 1 : kind == TEXT_HEX4 ? 4 : 5, u);
	else
		fprintf(out, "%#" PRIx64, u);
}

static const char *
frag_name(unsigned int value, unsigned int mask, unsigned int full)
{
	if (mask == full) {
		static const char *const exact[] = {"no", "first", NULL, "later"};

		return value < 4 ? exact[value] : NULL;
	}
	if (mask == FLOW_FRAG_ANY && value)
		return "yes";
	if (mask == FLOW_FRAG_LATER && !value)
		return "not_later";
	return NULL;
}

static bool
parse_frag(const char *text, unsigned int full, struct flow_value *v, struct flow_value *m)
{
	static const struct {
		const char *name;
		uint8_t value, mask;
	} names[] = {
		{"no", 0, 0xff},
		{"yes", FLOW_FRAG_ANY, FLOW_FRAG_ANY},
		{"first", FLOW_FRAG_ANY, 0xff},
		{"later", FLOW_FRAG_ANY | FLOW_FRAG_LATER, 0xff},
		{"not_later", 0, FLOW_FRAG_LATER},
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (!strcmp(text, names[i].name)) {
			*v = flow_value_from_u64(names[i].value);
			*m = flow_value_from_u64(names[i].mask & full);
			return true;
		}
	}
	return false;
}

void
text_value_print(struct text_type t, unsigned int style, const struct flow_value *value,
		 const struct flow_value *mask, FILE *out)
{
	struct flow_value ones = text_ones(t.n_bits);
	bool exact = text_value_equal(mask, &ones);
	const struct text_flag *flags = text_flags_of(t.kind);
	unsigned int full = (unsigned int)flow_value_u64(&ones);
	const char *name;
	int prefix;

	if (flags && text_flags_print(flags, (uint32_t)flow_value_u64(value),
				      (uint32_t)flow_value_u64(mask), full, style, out))
		return;
	name = t.kind == TEXT_FRAG ? frag_name((unsigned int)flow_value_u64(value),
					       (unsigned int)flow_value_u64(mask), full)
				   : NULL;
	if (name) {
		fputs(name, out);
		return;
	}
	if (!exact && t.kind == TEXT_DEC && style & TEXT_HEX_MASKED)
		t.kind = TEXT_HEX1;
	print_plain(t, t.kind, value, out);
	if (exact)
		return;
	fputc('/', out);
	prefix = style & TEXT_PREFIX && (t.kind == TEXT_IP4 || t.kind == TEXT_IP6)
			 ? prefix_of(mask, t.n_bits)
			 : -1;
	if (prefix >= 0)
		fprintf(out, "%d", prefix);
	else
		print_plain(t, t.kind == TEXT_DEC ? TEXT_HEX : t.kind, mask, out);
}

static const char *
accepted(struct text_type t, char *buf, size_t n)
{
	switch (t.kind) {
	case TEXT_MAC:
		return "xx:xx:xx:xx:xx:xx[/xx:xx:xx:xx:xx:xx]";
	case TEXT_IP4:
		return "an IPv4 address a.b.c.d with /prefix, /mask or nothing";
	case TEXT_IP6:
		return "an IPv6 address with /prefix, /mask or nothing";
	case TEXT_FRAG:
		return "no, yes, first, later, not_later or value/mask";
	case TEXT_TCP_FLAGS:
	case TEXT_CT_STATE:
	case TEXT_TUN_FLAGS:
		text_flags_accepted(text_flags_of(t.kind), buf, n);
		return buf;
	default:
		if (t.n_bits > 64)
			snprintf(buf, n, "a number of up to %u bits, or value/mask", t.n_bits);
		else
			snprintf(buf, n, "0 to %#" PRIx64 ", or value/mask", max_of(t.n_bits));
		return buf;
	}
}

static bool
parse_part(struct text_type t, const char *text, bool is_mask, struct flow_value *v)
{
	size_t n = strlen(text);
	uint64_t prefix;

	memset(v, 0, sizeof *v);
	if (!is_address(t.kind))
		return parse_long(text, n, t.n_bits, v);
	if (is_mask && t.kind != TEXT_MAC && text_decimal(text, n, t.n_bits, &prefix)) {
		*v = prefix_mask((unsigned int)prefix, t.n_bits);
		return true;
	}
	return parse_address(t.kind, text, v);
}

static bool
parse_text(struct text_type t, char *text, struct flow_value *value, struct flow_value *mask)
{
	const struct text_flag *flags = text_flags_of(t.kind);
	struct flow_value ones = text_ones(t.n_bits);
	uint32_t full = (uint32_t)flow_value_u64(&ones);
	uint32_t flag_value, flag_mask;
	char *slash;

	if (flags && text_flags_parse(flags, text, full, &flag_value, &flag_mask)) {
		*value = flow_value_from_u64(flag_value);
		*mask = flow_value_from_u64(flag_mask);
		return true;
	}
	if (t.kind == TEXT_FRAG && parse_frag(text, full, value, mask))
		return true;
	*mask = ones;
	slash = strchr(text, '/');
	if (slash) {
		*slash = '\0';
		if (!parse_part(t, slash + 1, true, mask))
			return false;
	}
	return parse_part(t, text, false, value);
}

int
text_value_parse(struct text_type t, const char *what, const char *text, size_t n,
		 struct flow_value *value, struct flow_value *mask, const struct text_err *err)
{
	char buf[VALUE_TEXT_MAX] = "", form[160];

	while (n && isspace((unsigned char)*text)) {
		text++;
		n--;
	}
	while (n && isspace((unsigned char)text[n - 1]))
		n--;
	if (n < sizeof buf && !memchr(text, '\0', n)) {
		memcpy(buf, text, n);
		buf[n] = '\0';
		if (parse_text(t, buf, value, mask))
			return 0;
	}
	return text_fail(err, "%s: '%.*s' is not accepted; expected %s", what, n < 48 ? (int)n : 48,
			 text, accepted(t, form, sizeof form));
}
