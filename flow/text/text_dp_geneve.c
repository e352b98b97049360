/* SPDX-License-Identifier: Apache-2.0 */
/* Geneve options. If the match is of whole options, each is written as Open vSwitch does:
 * {class=0x102,type=0x80,len=4,0x01020304/0xffffffff}. Otherwise all bytes are one number, the
 * first byte first. */
#include "text/text_dp_geneve.h"

#include <errno.h>

#define HEADER_BYTES 4
#define LENGTH_BITS 0x1f

static size_t
last_byte(const struct flow_tunnel *key, const struct flow_tunnel *mask)
{
	size_t n = FLOW_GENEVE_OPT_BYTES;

	while (n && !key->opts[n - 1] && !mask->opts[n - 1])
		n--;
	return n;
}

/* Returns true if the match can be written as whole options. */
static bool
is_whole(const struct flow_tunnel *key, const struct flow_tunnel *mask)
{
	size_t n = key->n_opt_bytes, i = 0;

	if (mask->n_opt_bytes != UINT8_MAX || n > FLOW_GENEVE_OPT_BYTES || last_byte(key, mask) > n)
		return false;
	while (i + HEADER_BYTES <= n) {
		if (mask->opts[i + 3] != UINT8_MAX || key->opts[i + 3] & ~LENGTH_BITS)
			return false;
		i += HEADER_BYTES + 4u * key->opts[i + 3];
	}
	return i == n;
}

static bool
bytes_are(const uint8_t *b, size_t n, uint8_t what)
{
	for (size_t i = 0; i < n; i++) {
		if (b[i] != what)
			return false;
	}
	return true;
}

/* Omits leading zeros, as Open vSwitch does. */
static void
hex_print(const uint8_t *b, size_t n, FILE *out)
{
	while (n > 1 && !*b) {
		b++;
		n--;
	}
	fprintf(out, "0x%x", *b);
	text_hex_bytes_print(b + 1, n - 1, out);
}

static void
option_print(const uint8_t *key, const uint8_t *mask, FILE *out)
{
	unsigned int class = key[0] << 8 | key[1], class_mask = mask[0] << 8 | mask[1];
	unsigned int n = 4u * key[3];

	fputc('{', out);
	if (class_mask)
		fprintf(out, "class=%#x", class);
	if (class_mask && class_mask != UINT16_MAX)
		fprintf(out, "/%#x", class_mask);
	if (mask[2])
		fprintf(out, "%stype=%#x", class_mask ? "," : "", key[2]);
	if (mask[2] && mask[2] != UINT8_MAX)
		fprintf(out, "/%#x", mask[2]);
	fprintf(out, "%slen=%u", class_mask || mask[2] ? "," : "", n);
	if (!bytes_are(mask + HEADER_BYTES, n, 0)) {
		fputc(',', out);
		hex_print(key + HEADER_BYTES, n, out);
		if (!bytes_are(mask + HEADER_BYTES, n, UINT8_MAX)) {
			fputc('/', out);
			hex_print(mask + HEADER_BYTES, n, out);
		}
	}
	fputc('}', out);
}

static const struct text_type all_opts = {TEXT_LONG, 8 * FLOW_GENEVE_OPT_BYTES};

static void
all_print(const uint8_t *key, const uint8_t *mask, FILE *out)
{
	struct flow_value value, wild;

	memcpy(value.b, key, sizeof value.b);
	memcpy(wild.b, mask, sizeof wild.b);
	text_value_print(all_opts, 0, &value, &wild, out);
}
_Static_assert(FLOW_GENEVE_OPT_BYTES == FLOW_VALUE_BYTES, "all options are one value");

bool
dp_geneve_print(const struct flow_tunnel *key, const struct flow_tunnel *mask, const char *before,
		FILE *out)
{
	size_t n = last_byte(key, mask);

	if (!n && !mask->n_opt_bytes)
		return false;
	fprintf(out, "%sgeneve(", before);
	if (is_whole(key, mask)) {
		for (size_t i = 0; i < key->n_opt_bytes; i += HEADER_BYTES + 4u * key->opts[i + 3])
			option_print(key->opts + i, mask->opts + i, out);
	} else {
		if (mask->n_opt_bytes)
			fprintf(out, "len=%u/%#x%s", key->n_opt_bytes, mask->n_opt_bytes,
				n ? "," : "");
		if (n) {
			fputs("opts=", out);
			all_print(key->opts, mask->opts, out);
		}
	}
	fputc(')', out);
	return true;
}

/* ---- reading ---- */

/* Parses "0x.." into 'n' bytes, right-aligned, since Open vSwitch omits leading zeros. */
static bool
hex_read(struct dp_scan *s, uint8_t *b, size_t n)
{
	size_t n_digits;

	if (s->p[0] != '0' || s->p[1] != 'x')
		return false;
	s->p += 2;
	n_digits = strspn(s->p, "0123456789abcdefABCDEF");
	if (!text_hex_bytes(s->p, n_digits, b, n))
		return false;
	s->p += n_digits;
	return true;
}

/* Parses "0x../0x.." into 'n' bytes each. */
static int
hex_pair(struct dp_scan *s, uint8_t *key, uint8_t *mask, size_t n)
{
	const char *start = s->p;
	bool ok = hex_read(s, key, n);

	if (ok && *s->p == '/') {
		s->p++;
		ok = hex_read(s, mask, n);
	} else {
		memset(mask, 0xff, n);
	}
	if (!ok)
		return text_fail(&s->err,
				 "tunnel(geneve): '%.24s' is not accepted; expected 0x and at most "
				 "%zu bytes in hexadecimal, or two of them as value/mask",
				 start, n);
	for (size_t i = 0; i < n; i++)
		key[i] &= mask[i];
	return 0;
}

static int
number_read(struct dp_scan *s, unsigned int n_bits, const char *what, unsigned int *value,
	    unsigned int *mask)
{
	struct flow_value v, m;
	int rc = dp_expect(s, '=', what);

	if (!rc)
		rc = dp_value(s, (struct text_type){TEXT_DEC, (uint16_t)n_bits}, what, &v, &m);
	if (rc)
		return rc;
	*mask = (unsigned int)flow_value_u64(&m);
	*value = (unsigned int)flow_value_u64(&v) & *mask;
	return 0;
}

static int
option_item(struct dp_scan *s, uint8_t *key, uint8_t *mask, size_t max, unsigned int *len)
{
	unsigned int value, wild;
	const char *word;
	size_t n_word;
	int rc;

	if (dp_next(s) == '0')
		return hex_pair(s, key + HEADER_BYTES, mask + HEADER_BYTES, *len);
	n_word = dp_word(s, &word);
	if (n_word == 5 && !memcmp(word, "class", 5)) {
		rc = number_read(s, 16, "tunnel(geneve(class))", &value, &wild);
		if (rc)
			return rc;
		key[0] = (uint8_t)(value >> 8);
		key[1] = (uint8_t)value;
		mask[0] = (uint8_t)(wild >> 8);
		mask[1] = (uint8_t)wild;
		return 0;
	}
	if (n_word == 4 && !memcmp(word, "type", 4)) {
		rc = number_read(s, 8, "tunnel(geneve(type))", &value, &wild);
		if (rc)
			return rc;
		key[2] = (uint8_t)value;
		mask[2] = (uint8_t)wild;
		return 0;
	}
	if (n_word == 3 && !memcmp(word, "len", 3)) {
		rc = number_read(s, 8, "tunnel(geneve(len))", len, &wild);
		if (rc)
			return rc;
		if (wild == UINT8_MAX && !(*len % 4) && *len + HEADER_BYTES <= max)
			return 0;
		return text_fail(&s->err,
				 "tunnel(geneve(len)): must be a multiple of 4; all options, each "
				 "with a 4-byte header, take at most %d bytes",
				 FLOW_GENEVE_OPT_BYTES);
	}
	return text_fail(
		&s->err,
		"tunnel(geneve): '%.24s' is not accepted; expected class, type, len or 0x..[/0x..]",
		word);
}

/* Parses one option after its '{'. */
static int
option_read(struct dp_scan *s, struct flow_tunnel *key, struct flow_tunnel *mask)
{
	size_t at = key->n_opt_bytes;
	unsigned int len = 0;
	int rc = 0;

	if (at + HEADER_BYTES > FLOW_GENEVE_OPT_BYTES)
		return text_fail(&s->err, "tunnel(geneve): options take at most %d bytes",
				 FLOW_GENEVE_OPT_BYTES);
	while (!rc && dp_next(s) && *s->p != '}')
		rc = option_item(s, key->opts + at, mask->opts + at, FLOW_GENEVE_OPT_BYTES - at,
				 &len);
	if (rc)
		return rc;
	key->opts[at + 3] = (uint8_t)(len / 4);
	mask->opts[at + 3] = UINT8_MAX;
	key->n_opt_bytes = (uint8_t)(at + HEADER_BYTES + len);
	mask->n_opt_bytes = UINT8_MAX;
	return dp_expect(s, '}', "a Geneve option");
}

static int
bytes_item(struct dp_scan *s, struct flow_tunnel *key, struct flow_tunnel *mask)
{
	unsigned int value, wild;
	const char *word;
	size_t n_word = dp_word(s, &word);
	struct flow_value all, all_wild;
	int rc;

	if (n_word == 3 && !memcmp(word, "len", 3)) {
		rc = number_read(s, 8, "tunnel(geneve(len))", &value, &wild);
		if (rc)
			return rc;
		key->n_opt_bytes = (uint8_t)value;
		mask->n_opt_bytes = (uint8_t)wild;
		return 0;
	}
	if (n_word == 4 && !memcmp(word, "opts", 4)) {
		rc = dp_expect(s, '=', "tunnel(geneve(opts))");
		if (!rc)
			rc = dp_value(s, all_opts, "tunnel(geneve(opts))", &all, &all_wild);
		if (rc)
			return rc;
		text_value_and(&all, &all_wild);
		memcpy(key->opts, all.b, sizeof key->opts);
		memcpy(mask->opts, all_wild.b, sizeof mask->opts);
		return 0;
	}
	return text_fail(&s->err,
			 "tunnel(geneve): '%.24s' is not accepted; expected "
			 "{class=..,type=..,len=..,0x..} for each option, or len=.. and opts=0x..",
			 word);
}

int
dp_geneve_parse(struct dp_scan *s, struct flow_tunnel *key, struct flow_tunnel *mask)
{
	int rc = dp_expect(s, '(', "tunnel(geneve");

	if (!rc && (mask->n_opt_bytes || last_byte(key, mask)))
		rc = text_fail(&s->err, "tunnel(geneve) is given twice");
	if (!rc && dp_peek(s) == ')')
		mask->n_opt_bytes = UINT8_MAX;
	while (!rc && dp_next(s) && *s->p != ')')
		rc = dp_take(s, '{') ? option_read(s, key, mask) : bytes_item(s, key, mask);
	return rc ? rc : dp_expect(s, ')', "tunnel(geneve");
}
