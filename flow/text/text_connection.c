/* SPDX-License-Identifier: Apache-2.0 */
#include "text/text_number.h"

#include <flow/connection.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

/* ---- printing ---- */

static void
address_print(const struct flow_ip6 *ip, uint8_t ip_version, FILE *out)
{
	char text[INET6_ADDRSTRLEN];
	bool v4 = ip_version == 4;

	inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? ip->b + 12 : ip->b, text, sizeof text);
	fputs(text, out);
}

static bool
is_icmp(uint8_t proto)
{
	return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

void
flow_tuple_print(const struct flow_tuple *t, FILE *out)
{
	fputs("src=", out);
	address_print(&t->src, t->ip_version, out);
	fputs(",dst=", out);
	address_print(&t->dst, t->ip_version, out);
	if (is_icmp(t->proto))
		fprintf(out, ",id=%u,type=%u,code=%u", ntohs(t->icmp_id), t->icmp_type,
			t->icmp_code);
	else if (t->src_port || t->dst_port)
		fprintf(out, ",sport=%u,dport=%u", ntohs(t->src_port), ntohs(t->dst_port));
}

static void
proto_print(uint8_t proto, FILE *out)
{
	static const char *const names[] = {
		[IPPROTO_ICMP] = "icmp",     [IPPROTO_TCP] = "tcp",   [IPPROTO_UDP] = "udp",
		[IPPROTO_ICMPV6] = "icmpv6", [IPPROTO_SCTP] = "sctp", [IPPROTO_GRE] = "gre",
	};

	if (proto < sizeof names / sizeof *names && names[proto])
		fputs(names[proto], out);
	else
		fprintf(out, "%u", proto);
}

static bool
has_labels(const struct flow_connection *c)
{
	static const uint8_t none[sizeof c->label];

	return memcmp(c->label, none, sizeof none) != 0;
}

void
flow_connection_labels_print(const struct flow_connection *c, FILE *out)
{
	unsigned int first = 0;

	while (first < sizeof c->label - 1 && !c->label[first])
		first++;
	fprintf(out, "0x%x", c->label[first]);
	text_hex_bytes_print(c->label + first + 1, sizeof c->label - first - 1, out);
}

void
flow_connection_print(const struct flow_connection *c, bool times, FILE *out)
{
	proto_print(c->orig.proto, out);
	fputs(",orig=(", out);
	flow_tuple_print(&c->orig, out);
	fputs("),reply=(", out);
	flow_tuple_print(&c->reply, out);
	fputc(')', out);
	if (c->zone)
		fprintf(out, ",zone=%u", c->zone);
	if (times)
		fprintf(out, ",timeout=%u", (unsigned int)c->timeout_s);
	if (c->mark)
		fprintf(out, ",mark=%u", (unsigned int)c->mark);
	if (has_labels(c)) {
		fputs(",labels=", out);
		flow_connection_labels_print(c, out);
	}
	if (c->tcp_state)
		fprintf(out, ",protoinfo=(state=%s)", c->tcp_state);
}

/* ---- parsing ---- */

enum form { FORM_IP4, FORM_IP6, FORM_U8, FORM_BE16 };

static const struct field {
	const char *name;
	enum form form;
	size_t ofs;
} fields[] = {
	{"ct_nw_src", FORM_IP4, offsetof(struct flow_tuple, src)},
	{"ct_nw_dst", FORM_IP4, offsetof(struct flow_tuple, dst)},
	{"ct_ipv6_src", FORM_IP6, offsetof(struct flow_tuple, src)},
	{"ct_ipv6_dst", FORM_IP6, offsetof(struct flow_tuple, dst)},
	{"ct_nw_proto", FORM_U8, offsetof(struct flow_tuple, proto)},
	{"ct_tp_src", FORM_BE16, offsetof(struct flow_tuple, src_port)},
	{"ct_tp_dst", FORM_BE16, offsetof(struct flow_tuple, dst_port)},
	{"icmp_id", FORM_BE16, offsetof(struct flow_tuple, icmp_id)},
	{"icmp_type", FORM_U8, offsetof(struct flow_tuple, icmp_type)},
	{"icmp_code", FORM_U8, offsetof(struct flow_tuple, icmp_code)},
};
#define N_FIELDS (sizeof fields / sizeof *fields)
#define VALUE_MAX INET6_ADDRSTRLEN

static int
address_parse(const struct field *f, const char *value, struct flow_tuple *t,
	      const struct text_err *err)
{
	struct flow_ip6 *to = (struct flow_ip6 *)((char *)t + f->ofs);
	uint8_t version = f->form == FORM_IP4 ? 4 : 6;

	if (t->ip_version && t->ip_version != version)
		return text_fail(err, "%s: the tuple has an IPv%u address already", f->name,
				 t->ip_version);
	t->ip_version = version;
	if (inet_pton(version == 4 ? AF_INET : AF_INET6, value, to->b) != 1)
		return text_fail(err, "%s: '%s'; expected an IPv%u address", f->name, value,
				 version);
	if (version == 4)
		*to = flow_ip6_of_v4(to->b);
	return 0;
}

static int
value_parse(const struct field *f, const char *value, struct flow_tuple *t,
	    const struct text_err *err)
{
	uint64_t max = f->form == FORM_U8 ? UINT8_MAX : UINT16_MAX, n;
	char *to = (char *)t + f->ofs;

	if (f->form == FORM_IP4 || f->form == FORM_IP6)
		return address_parse(f, value, t, err);
	if (!text_number(value, strlen(value), max, &n))
		return text_fail(err, "%s: '%s'; expected a number 0..%u", f->name, value,
				 (unsigned int)max);
	if (f->form == FORM_U8)
		*(uint8_t *)to = (uint8_t)n;
	else
		*(be16 *)to = htons((uint16_t)n);
	return 0;
}

static int
field_parse(const char *text, size_t n, struct flow_tuple *t, const struct text_err *err)
{
	const char *equals = memchr(text, '=', n);
	size_t n_name = equals ? (size_t)(equals - text) : n;
	size_t n_value = equals ? n - n_name - 1 : 0;
	char value[VALUE_MAX];

	for (size_t i = 0; i < N_FIELDS; i++) {
		if (strlen(fields[i].name) != n_name || memcmp(fields[i].name, text, n_name))
			continue;
		if (!n_value || n_value >= sizeof value)
			return text_fail(err, "%s: expected %s=VALUE", fields[i].name,
					 fields[i].name);
		memcpy(value, equals + 1, n_value);
		value[n_value] = '\0';
		return value_parse(&fields[i], value, t, err);
	}
	return text_fail(err,
			 "'%.*s' is unknown; expected ct_nw_src, ct_nw_dst, ct_ipv6_src, "
			 "ct_ipv6_dst, ct_nw_proto, ct_tp_src, ct_tp_dst, icmp_id, icmp_type or "
			 "icmp_code",
			 (int)(n < 80 ? n : 80), text);
}

static int
tuple_check(const struct flow_tuple *t, const struct text_err *err)
{
	bool has_icmp = t->icmp_id || t->icmp_type || t->icmp_code;

	if ((t->src_port || t->dst_port) && is_icmp(t->proto))
		return text_fail(err, "ct_tp_src, ct_tp_dst: ICMP has no ports; expected icmp_id, "
				      "icmp_type or icmp_code");
	if (has_icmp && !is_icmp(t->proto))
		return text_fail(err, "icmp_id, icmp_type, icmp_code: expected ct_nw_proto=1 or "
				      "ct_nw_proto=58 beside them");
	return 0;
}

int
flow_tuple_parse(const char *text, struct flow_tuple *out, char *err, size_t n_err)
{
	const struct text_err e = {err, n_err};
	struct flow_tuple t = {0};
	int rc = 0;

	while (!rc && *text) {
		size_t n = strcspn(text, ",");

		rc = field_parse(text, n, &t, &e);
		text += n + (text[n] == ',');
	}
	if (!rc)
		rc = tuple_check(&t, &e);
	if (!rc)
		*out = t;
	return rc;
}
