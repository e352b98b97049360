/* SPDX-License-Identifier: Apache-2.0 */
/* Address translation as text, which both syntaxes share:
 * "nat(src=10.0.0.1-10.0.0.9:1024-2048,random)". */
#include "text/text_value.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

static const struct {
	const char *name;
	uint8_t flag;
} flags[] = {
	{"persistent", FLOW_NAT_PERSISTENT},
	{"hash", FLOW_NAT_HASH},
	{"random", FLOW_NAT_RANDOM},
};
#define N_FLAGS (sizeof flags / sizeof flags[0])

static const struct flow_ip6 no_ip;

static bool
ip_given(const struct flow_ip6 *ip)
{
	return memcmp(ip, &no_ip, sizeof no_ip) != 0;
}

static void
ip_print(const struct flow_nat *nat, const struct flow_ip6 *ip, FILE *out)
{
	bool brackets = nat->ip_version == 6 && nat->port_min;
	char text[INET6_ADDRSTRLEN];

	inet_ntop(nat->ip_version == 4 ? AF_INET : AF_INET6, ip->b, text, sizeof text);
	fprintf(out, brackets ? "[%s]" : "%s", text);
}

static void
range_print(const struct flow_nat *nat, FILE *out)
{
	fputc('=', out);
	ip_print(nat, &nat->ip_min, out);
	if (ip_given(&nat->ip_max) && memcmp(&nat->ip_max, &nat->ip_min, sizeof nat->ip_min) != 0) {
		fputc('-', out);
		ip_print(nat, &nat->ip_max, out);
	}
	if (nat->port_min)
		fprintf(out, ":%u", nat->port_min);
	if (nat->port_max > nat->port_min)
		fprintf(out, "-%u", nat->port_max);
}

void
flow_nat_print(const struct flow_nat *nat, FILE *out)
{
	fputs("nat", out);
	if (!nat->flags)
		return;
	fputs(nat->flags & FLOW_NAT_SRC ? "(src" : "(dst", out);
	if (nat->ip_version)
		range_print(nat, out);
	for (size_t i = 0; i < N_FLAGS; i++) {
		if (nat->flags & flags[i].flag)
			fprintf(out, ",%s", flags[i].name);
	}
	fputc(')', out);
}

/* Parses an address, with or without brackets, from '*text' up to 'end', and moves past it. */
static bool
ip_take(const char **text, const char *end, uint8_t version, struct flow_ip6 *out)
{
	bool brackets = version == 6 && *text < end && **text == '[';
	const char *start = *text + brackets, *p = start;
	char buf[INET6_ADDRSTRLEN];
	size_t n;

	while (p < end && (isxdigit((unsigned char)*p) || *p == '.' || (version == 6 && *p == ':')))
		p++;
	n = (size_t)(p - start);
	if (!n || n >= sizeof buf || (brackets && (p == end || *p != ']')))
		return false;
	memcpy(buf, start, n);
	buf[n] = '\0';
	*text = p + brackets;
	return inet_pton(version == 4 ? AF_INET : AF_INET6, buf, out->b) == 1 && ip_given(out);
}

static bool
port_take(const char **text, const char *end, uint16_t *out)
{
	unsigned long v = 0;
	const char *p = *text;

	while (p < end && isdigit((unsigned char)*p) && v <= UINT16_MAX)
		v = v * 10 + (unsigned long)(*p++ - '0');
	if (p == *text || !v || v > UINT16_MAX)
		return false;
	*text = p;
	*out = (uint16_t)v;
	return true;
}

static bool
ports_parse(const char *p, const char *end, struct flow_nat *nat)
{
	if (p == end)
		return true;
	if (*p++ != ':' || !port_take(&p, end, &nat->port_min))
		return false;
	if (p < end && *p++ == '-' &&
	    (!port_take(&p, end, &nat->port_max) || nat->port_max < nat->port_min))
		return false;
	return p == end && (p[-1] != '-');
}

static bool
range_parse(const char *p, size_t n, uint8_t version, struct flow_nat *nat)
{
	const char *end = p + n;

	nat->ip_version = version;
	if (!ip_take(&p, end, version, &nat->ip_min))
		return false;
	if (p < end && *p == '-') {
		p++;
		if (!ip_take(&p, end, version, &nat->ip_max) ||
		    memcmp(&nat->ip_max, &nat->ip_min, sizeof nat->ip_min) < 0)
			return false;
	}
	return ports_parse(p, end, nat);
}

static int
side_parse(const char *item, size_t n, struct flow_nat *nat, const struct text_err *err)
{
	const struct flow_nat before = *nat;

	nat->flags |= *item == 's' ? FLOW_NAT_SRC : FLOW_NAT_DST;
	if (n == 3)
		return 0;
	for (uint8_t version = 4; version <= 6; version += 2) {
		*nat = (struct flow_nat){.flags = nat->flags};
		if (range_parse(item + 4, n - 4, version, nat))
			return 0;
	}
	*nat = before;
	return text_fail(err,
			 "nat(%.3s): '%.*s' is not a range; expected "
			 "ADDRESS[-ADDRESS][:PORT[-PORT]], with IPv6 in brackets before a port",
			 item, (int)(n - 4), item + 4);
}

static int
item_parse(const char *item, size_t n, struct flow_nat *nat, const struct text_err *err)
{
	if (n >= 3 && (!memcmp(item, "src", 3) || !memcmp(item, "dst", 3)) &&
	    (n == 3 || item[3] == '='))
		return side_parse(item, n, nat, err);
	for (size_t i = 0; i < N_FLAGS; i++) {
		if (strlen(flags[i].name) == n && !memcmp(flags[i].name, item, n)) {
			nat->flags |= flags[i].flag;
			return 0;
		}
	}
	return text_fail(err,
			 "nat: '%.*s' is not accepted; expected src, src=RANGE, dst, dst=RANGE, "
			 "persistent, hash or random",
			 (int)n, item);
}

static int
check(const struct flow_nat *nat, const struct text_err *err)
{
	const uint8_t both = FLOW_NAT_SRC | FLOW_NAT_DST, how = FLOW_NAT_HASH | FLOW_NAT_RANDOM;

	if ((nat->flags & both) == both)
		return text_fail(err, "nat: src and dst exclude each other");
	if (nat->flags && !(nat->flags & both))
		return text_fail(err, "nat: persistent, hash and random require src or dst");
	if ((nat->flags & how) == how)
		return text_fail(err, "nat: hash and random exclude each other");
	return 0;
}

int
flow_nat_parse(const char *text, size_t n_text, struct flow_nat *out, char *err, size_t n_err)
{
	const struct text_err where = {err, n_err};
	const char *end = text + n_text;
	int rc = 0;

	*out = (struct flow_nat){0};
	while (!rc && text < end) {
		size_t n = 0;

		if (*text == ',' || isspace((unsigned char)*text)) {
			text++;
			continue;
		}
		while (text + n < end && text[n] != ',' && !isspace((unsigned char)text[n]))
			n++;
		rc = item_parse(text, n, out, &where);
		text += n;
	}
	return rc ? rc : check(out, &where);
}
