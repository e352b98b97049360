/* SPDX-License-Identifier: Apache-2.0 */
#include <base/err.h>
#include <flow/field.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define TCP_FLAG_NAMES 9
#define CT_STATE_NAMES 8

struct bit_names {
	const char *const *names; /* from bit 0 on */
	int n;
};

static const char *const tcp_flag_names[TCP_FLAG_NAMES] = {"fin", "syn", "rst", "psh", "ack",
							   "urg", "ece", "cwr", "ns"};
static const char *const ct_state_names[CT_STATE_NAMES] = {"new", "est", "rel",	 "rpl",
							   "inv", "trk", "snat", "dnat"};
static const struct bit_names tcp_flag_bits = {tcp_flag_names, TCP_FLAG_NAMES};
static const char *const tun_flag_names[] = {"oam"};
static const struct bit_names ct_state_bits = {ct_state_names, CT_STATE_NAMES};
static const struct bit_names tun_flag_bits = {tun_flag_names, 1};

/* Returns NULL if the bits of the field have no names. */
static const struct bit_names *
bits_of(const struct flow_field *f)
{
	switch ((enum flow_format)f->format) {
	case FLOW_FMT_TCP_FLAGS:
		return &tcp_flag_bits;
	case FLOW_FMT_CT_STATE:
		return &ct_state_bits;
	case FLOW_FMT_TUN_FLAGS:
		return &tun_flag_bits;
	default:
		return NULL;
	}
}

struct frag_name {
	const char *name;
	uint8_t value, mask;
};

static const struct frag_name frag_names[] = {
	{"no", 0, FLOW_FRAG_ANY | FLOW_FRAG_LATER},
	{"yes", FLOW_FRAG_ANY, FLOW_FRAG_ANY},
	{"first", FLOW_FRAG_ANY, FLOW_FRAG_ANY | FLOW_FRAG_LATER},
	{"later", FLOW_FRAG_ANY | FLOW_FRAG_LATER, FLOW_FRAG_ANY | FLOW_FRAG_LATER},
	{"not_later", 0, FLOW_FRAG_LATER},
};
#define N_FRAG_NAMES (sizeof frag_names / sizeof frag_names[0])

static uint8_t *
value_tail(struct flow_value *v, size_t n)
{
	return v->b + FLOW_VALUE_BYTES - n;
}

static const uint8_t *
value_tail_const(const struct flow_value *v, size_t n)
{
	return v->b + FLOW_VALUE_BYTES - n;
}

static bool
fits(const struct flow_field *f, const struct flow_value *v)
{
	struct flow_value ones;

	flow_field_ones(f, &ones);
	for (int i = 0; i < FLOW_VALUE_BYTES; i++) {
		if (v->b[i] & ~ones.b[i])
			return false;
	}
	return true;
}

static bool
is_ones(const struct flow_field *f, const struct flow_value *v)
{
	struct flow_value ones;

	flow_field_ones(f, &ones);
	return !memcmp(&ones, v, sizeof ones);
}

static unsigned int
hex_digit(char c)
{
	return (unsigned int)(isdigit((unsigned char)c) ? c - '0'
							: tolower((unsigned char)c) - 'a' + 10);
}

/* Parses a hexadecimal number after its "0x", of at most the size of a value. */
static bool
read_hex(const char *s, struct flow_value *out)
{
	size_t n;

	while (s[0] == '0' && s[1])
		s++;
	n = strlen(s);
	if (!n || n > 2 * FLOW_VALUE_BYTES || strspn(s, "0123456789abcdefABCDEF") != n)
		return false;
	memset(out, 0, sizeof *out);
	for (size_t i = 0; i < n; i++)
		value_tail(out, i / 2 + 1)[0] |=
			(uint8_t)(hex_digit(s[n - 1 - i]) << (i % 2 ? 4 : 0));
	return true;
}

static bool
read_number(const struct flow_field *f, const char *s, struct flow_value *out)
{
	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
		return read_hex(s + 2, out) && fits(f, out);
	/* A leading 0 means octal, as in ovs-ofctl; -1 is all ones in a field of 64 bits. */
	bool minus = f->n_bits == 64 && *s == '-';
	char *end;

	if (!isdigit((unsigned char)s[minus]))
		return false;
	errno = 0;
	*out = flow_value_from_u64(strtoull(s, &end, 0));
	return !errno && !*end && fits(f, out);
}

static bool
read_mac(const char *s, struct flow_value *out)
{
	uint8_t *mac = value_tail(out, 6);

	memset(out, 0, sizeof *out);
	for (int i = 0; i < 6; i++) {
		if (i && *s++ != ':')
			return false;
		if (!isxdigit((unsigned char)*s))
			return false;
		mac[i] = (uint8_t)hex_digit(*s++);
		if (isxdigit((unsigned char)*s))
			mac[i] = (uint8_t)(mac[i] << 4 | hex_digit(*s++));
	}
	return !*s;
}

static bool
read_ip(int family, const char *s, struct flow_value *out)
{
	memset(out, 0, sizeof *out);
	return inet_pton(family, s, value_tail(out, family == AF_INET ? 4 : 16)) == 1;
}

static void
prefix_mask(unsigned int n_bits, unsigned int n_prefix, struct flow_value *out)
{
	uint8_t *b = value_tail(out, n_bits / 8);

	memset(out, 0, sizeof *out);
	memset(b, 0xff, n_prefix / 8);
	if (n_prefix % 8)
		b[n_prefix / 8] = (uint8_t)(0xff00 >> n_prefix % 8);
}

static bool
read_ip_mask(const struct flow_field *f, const char *s, struct flow_value *out)
{
	size_t n = strlen(s);
	unsigned long n_prefix;

	if (strspn(s, "0123456789") != n || !n || n > 3)
		return read_ip(f->format == FLOW_FMT_IP4 ? AF_INET : AF_INET6, s, out);
	n_prefix = strtoul(s, NULL, 10);
	if (n_prefix > f->n_bits)
		return false;
	prefix_mask(f->n_bits, (unsigned int)n_prefix, out);
	return true;
}

static int
bit_find(const struct bit_names *bits, const char *name, size_t n)
{
	for (int i = 0; i < bits->n; i++) {
		if (strlen(bits->names[i]) == n && !memcmp(bits->names[i], name, n))
			return i;
	}
	return -1;
}

/* Parses "+syn-ack": names with signs, each once. */
static bool
read_signed_bits(const struct bit_names *bits, const char *s, uint64_t *value, uint64_t *mask)
{
	*value = *mask = 0;
	while (*s) {
		char sign = *s++;
		size_t n = strcspn(s, "+-");
		int bit = bit_find(bits, s, n);

		if ((sign != '+' && sign != '-') || bit < 0 || *mask & UINT64_C(1) << bit)
			return false;
		*mask |= UINT64_C(1) << bit;
		if (sign == '+')
			*value |= UINT64_C(1) << bit;
		s += n;
	}
	return *mask;
}

/* Parses "syn|ack": exactly these bits. */
static bool
read_joined_bits(const struct bit_names *bits, const char *s, uint64_t *value)
{
	*value = 0;
	for (;;) {
		size_t n = strcspn(s, "|");
		int bit = bit_find(bits, s, n);

		if (bit < 0)
			return false;
		*value |= UINT64_C(1) << bit;
		if (!s[n])
			return true;
		s += n + 1;
	}
}

/* Parses a symbolic form that gives both value and mask. */
static bool
read_symbolic(const struct flow_field *f, const char *s, struct flow_value *value,
	      struct flow_value *mask)
{
	const struct bit_names *bits = bits_of(f);
	uint64_t v, m;

	if (f->format == FLOW_FMT_FRAG) {
		for (size_t i = 0; i < N_FRAG_NAMES; i++) {
			if (!strcmp(frag_names[i].name, s)) {
				*value = flow_value_from_u64(frag_names[i].value);
				*mask = flow_value_from_u64(frag_names[i].mask);
				return true;
			}
		}
		return false;
	}
	if (!bits)
		return false;
	if (read_signed_bits(bits, s, &v, &m)) {
		*value = flow_value_from_u64(v);
		*mask = flow_value_from_u64(m);
		return true;
	}
	if (!read_joined_bits(bits, s, &v))
		return false;
	*value = flow_value_from_u64(v);
	flow_field_ones(f, mask);
	return true;
}

static bool
read_value(const struct flow_field *f, const char *s, struct flow_value *out)
{
	switch ((enum flow_format)f->format) {
	case FLOW_FMT_MAC:
		return read_mac(s, out);
	case FLOW_FMT_IP4:
		return read_ip(AF_INET, s, out);
	case FLOW_FMT_IP6:
		return read_ip(AF_INET6, s, out);
	case FLOW_FMT_DEC:
	case FLOW_FMT_HEX:
	case FLOW_FMT_BYTES:
	case FLOW_FMT_PORT:
	case FLOW_FMT_FRAG:
	case FLOW_FMT_TCP_FLAGS:
	case FLOW_FMT_CT_STATE:
	case FLOW_FMT_TUN_FLAGS:
		break;
	}
	return read_number(f, s, out);
}

static bool
read_mask(const struct flow_field *f, const char *s, struct flow_value *out)
{
	if (f->format == FLOW_FMT_IP4 || f->format == FLOW_FMT_IP6)
		return read_ip_mask(f, s, out);
	return read_value(f, s, out);
}

static void
accepted_text(const struct flow_field *f, char *out, size_t n)
{
	switch ((enum flow_format)f->format) {
	case FLOW_FMT_MAC:
		snprintf(out, n, "a MAC address xx:xx:xx:xx:xx:xx");
		return;
	case FLOW_FMT_IP4:
		snprintf(out, n, "an IPv4 address a.b.c.d, with /0../32 or /mask");
		return;
	case FLOW_FMT_IP6:
		snprintf(out, n, "an IPv6 address, with /0../128 or /mask");
		return;
	case FLOW_FMT_FRAG:
		snprintf(out, n, "no, yes, first, later or not_later");
		return;
	case FLOW_FMT_TCP_FLAGS:
		snprintf(out, n, "flags like +syn-ack or syn|ack, or a number 0..0xfff");
		return;
	case FLOW_FMT_CT_STATE:
		snprintf(out, n, "states like +trk-new, or a number 0..0xff");
		return;
	case FLOW_FMT_TUN_FLAGS:
		snprintf(out, n, "oam, +oam or -oam, or 0..1");
		return;
	case FLOW_FMT_DEC:
	case FLOW_FMT_PORT:
		snprintf(out, n, "a number 0..%" PRIu64, UINT64_MAX >> (64 - f->n_bits));
		return;
	case FLOW_FMT_HEX:
	case FLOW_FMT_BYTES:
		snprintf(out, n, "a number of at most %u bits", f->n_bits);
		return;
	}
}

static int
complain(const struct flow_field *f, const char *text, const char *part, char *err, size_t n_err)
{
	char accepted[80];

	accepted_text(f, accepted, sizeof accepted);
	err_print(err, n_err, "%s: bad %s \"%.100s\": expected %s", f->name, part, text, accepted);
	return -EINVAL;
}

int
flow_field_parse(const struct flow_field *f, const char *text, struct flow_value *value,
		 struct flow_value *mask, char *err, size_t n_err)
{
	char head[2 * FLOW_VALUE_BYTES + 16];
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	struct flow_value v, m;

	if (n >= sizeof head)
		return complain(f, text, "value", err, n_err);
	memcpy(head, text, n);
	head[n] = '\0';

	if (slash || !read_symbolic(f, head, &v, &m)) {
		if (!read_value(f, head, &v))
			return complain(f, text, "value", err, n_err);
		flow_field_ones(f, &m);
	}
	if (slash && !read_mask(f, slash + 1, &m))
		return complain(f, text, "mask", err, n_err);
	if (!f->maskable && !is_ones(f, &m)) {
		err_print(err, n_err, "%s: \"%.100s\": this field takes no mask; expected a value",
			  f->name, text);
		return -EINVAL;
	}
	for (int i = 0; i < FLOW_VALUE_BYTES; i++)
		v.b[i] &= m.b[i];
	*value = v;
	*mask = m;
	return 0;
}

static void
print_hex(const struct flow_field *f, const struct flow_value *v, FILE *out)
{
	int i = 0;

	if (f->n_bits <= 64) {
		int width = f->n_bits == 16 ? 4 : f->n_bits == 12 ? 3 : 1;

		fprintf(out, "0x%0*" PRIx64, width, flow_value_u64(v));
		return;
	}
	while (i < FLOW_VALUE_BYTES - 1 && !v->b[i])
		i++;
	fprintf(out, "0x%x", v->b[i]);
	for (i++; i < FLOW_VALUE_BYTES; i++)
		fprintf(out, "%02x", v->b[i]);
}

static void
print_mac(const struct flow_value *v, FILE *out)
{
	const uint8_t *b = value_tail_const(v, 6);

	fprintf(out, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
}

static void
print_ip(const struct flow_field *f, const struct flow_value *v, FILE *out)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(f->format == FLOW_FMT_IP4 ? AF_INET : AF_INET6,
		  value_tail_const(v, f->n_bits / 8), text, sizeof text);
	fputs(text, out);
}

static void
print_ip_mask(const struct flow_field *f, const struct flow_value *mask, FILE *out)
{
	const uint8_t *b = value_tail_const(mask, f->n_bits / 8);
	struct flow_value prefix;
	unsigned int n = 0;

	while (n < f->n_bits && b[n / 8] & 0x80 >> n % 8)
		n++;
	prefix_mask(f->n_bits, n, &prefix);
	if (!memcmp(&prefix, mask, sizeof prefix))
		fprintf(out, "%u", n);
	else
		print_ip(f, mask, out);
}

static bool
print_frag(const struct flow_value *value, const struct flow_value *mask, FILE *out)
{
	for (size_t i = 0; i < N_FRAG_NAMES; i++) {
		if (frag_names[i].value == flow_value_u64(value) &&
		    frag_names[i].mask == flow_value_u64(mask)) {
			fputs(frag_names[i].name, out);
			return true;
		}
	}
	return false;
}

/* Returns false, with nothing printed, for bits without names or if no symbolic form exists. */
static bool
print_bits(const struct flow_field *f, const struct bit_names *bits, const struct flow_value *value,
	   const struct flow_value *mask, FILE *out)
{
	uint64_t v = flow_value_u64(value), m = flow_value_u64(mask);
	bool exact = is_ones(f, mask);
	const char *separator = "";

	if ((exact ? v : m) >> bits->n || !(exact ? v : m))
		return false;
	for (int i = 0; i < bits->n; i++) {
		if (!(m >> i & 1) || (exact && !(v >> i & 1)))
			continue;
		if (!exact)
			separator = v >> i & 1 ? "+" : "-";
		fprintf(out, "%s%s", separator, bits->names[i]);
		separator = "|";
	}
	return true;
}

static void
print_part(const struct flow_field *f, const struct flow_value *v, bool hex, FILE *out)
{
	if (f->format == FLOW_FMT_MAC)
		print_mac(v, out);
	else if (f->format == FLOW_FMT_IP4 || f->format == FLOW_FMT_IP6)
		print_ip(f, v, out);
	else if (!hex && (f->format == FLOW_FMT_DEC || f->format == FLOW_FMT_PORT))
		fprintf(out, "%" PRIu64, flow_value_u64(v));
	else
		print_hex(f, v, out);
}

void
flow_field_print(const struct flow_field *f, const struct flow_value *value,
		 const struct flow_value *mask, FILE *out)
{
	const struct bit_names *bits = bits_of(f);
	bool exact = is_ones(f, mask);

	if (f->format == FLOW_FMT_FRAG && print_frag(value, mask, out))
		return;
	if (bits && print_bits(f, bits, value, mask, out))
		return;
	print_part(f, value, !exact, out);
	if (exact)
		return;
	fputc('/', out);
	if (f->format == FLOW_FMT_IP4 || f->format == FLOW_FMT_IP6)
		print_ip_mask(f, mask, out);
	else
		print_part(f, mask, true, out);
}
