/* SPDX-License-Identifier: Apache-2.0 */
#include "text/text_flags.h"
#include "text/text_number.h"

static const struct text_flag tcp_flags[] = {
	{"fin", 0x01}, {"syn", 0x02}, {"rst", 0x04}, {"psh", 0x08}, {"ack", 0x10},
	{"urg", 0x20}, {"ece", 0x40}, {"cwr", 0x80}, {"ns", 0x100}, {NULL, 0},
};

static const struct text_flag ct_states[] = {
	{"new", 0x01}, {"est", 0x02},  {"rel", 0x04},  {"rpl", 0x08}, {"inv", 0x10},
	{"trk", 0x20}, {"snat", 0x40}, {"dnat", 0x80}, {NULL, 0},
};

static const struct text_flag tun_flags[] = {
	{"oam", FLOW_TUNNEL_OAM},
	{"df", FLOW_TUNNEL_DF},
	{"csum", FLOW_TUNNEL_CSUM},
	{"key", FLOW_TUNNEL_KEYED},
	{NULL, 0},
};

const struct text_flag *
text_flags_of(enum text_kind kind)
{
	switch (kind) {
	case TEXT_TCP_FLAGS:
		return tcp_flags;
	case TEXT_CT_STATE:
		return ct_states;
	case TEXT_TUN_FLAGS:
		return tun_flags;
	default:
		return NULL;
	}
}

static void
flag_print(const struct text_flag *names, uint32_t bit, FILE *out)
{
	for (; names->name; names++) {
		if (names->bit == bit) {
			fputs(names->name, out);
			return;
		}
	}
	fprintf(out, "[%x]", bit);
}

bool
text_flags_print(const struct text_flag *names, uint32_t value, uint32_t mask, uint32_t full,
		 unsigned int style, FILE *out)
{
	bool exact = mask == full && !(style & TEXT_SIGNED);
	const char *between = "";

	if (!mask)
		return false;
	if (exact && !value) {
		fputc('0', out);
		return true;
	}
	for (uint32_t bit = 1; bit && bit <= mask; bit <<= 1) {
		if (!(mask & bit) || (exact && !(value & bit)))
			continue;
		fputs(exact ? between : value & bit ? "+" : "-", out);
		flag_print(names, bit, out);
		between = "|";
	}
	return true;
}

/* Parses one name at '*p' and moves past it. Returns 0 if it is unknown. */
static uint32_t
flag_parse(const struct text_flag *names, const char **p)
{
	size_t n = strcspn(*p, "+-|");
	uint64_t bit = 0;

	for (const struct text_flag *f = names; f->name; f++) {
		if (strlen(f->name) == n && !memcmp(f->name, *p, n))
			bit = f->bit;
	}
	if (!bit && n > 2 && **p == '[' && (*p)[n - 1] == ']') {
		char number[16];

		snprintf(number, sizeof number, "0x%.*s", (int)(n - 2), *p + 1);
		if (!text_number(number, strlen(number), UINT32_MAX, &bit) || bit & (bit - 1))
			bit = 0;
	}
	*p += n;
	return (uint32_t)bit;
}

bool
text_flags_parse(const struct text_flag *names, const char *text, uint32_t full, uint32_t *value,
		 uint32_t *mask)
{
	bool is_signed = *text == '+' || *text == '-';

	*value = 0;
	*mask = is_signed ? 0 : full;
	for (const char *p = text; *p || p == text;) {
		bool on = *p != '-';
		uint32_t bit;

		if (is_signed && *p != '+' && *p != '-')
			return false;
		if (is_signed || (p != text && *p == '|'))
			p++;
		bit = flag_parse(names, &p);
		if (!bit || !(bit & full) || (is_signed && *mask & bit) ||
		    (!is_signed && *p && *p != '|'))
			return false;
		*value |= on ? bit : 0;
		*mask |= bit;
	}
	return true;
}

void
text_flags_accepted(const struct text_flag *names, char *buf, size_t n)
{
	size_t used = (size_t)snprintf(buf, n, "+flag-flag, flag|flag or value/mask, of");

	for (; names->name && used < n; names++)
		used += (size_t)snprintf(buf + used, n - used, " %s", names->name);
}
