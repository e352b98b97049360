/* SPDX-License-Identifier: Apache-2.0 */
#include "connection_get.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>

static const struct nla_policy policy[CTA_MAX + 1] = {
	[CTA_TUPLE_ORIG] = {NLA_NESTED, 0, 0}, [CTA_TUPLE_REPLY] = {NLA_NESTED, 0, 0},
	[CTA_PROTOINFO] = {NLA_NESTED, 0, 0},  [CTA_TIMEOUT] = {NLA_U32, 0, 0},
	[CTA_MARK] = {NLA_U32, 0, 0},	       [CTA_ZONE] = {NLA_U16, 0, 0},
	[CTA_LABELS] = {NLA_UNSPEC, 1, 16},    [CTA_ID] = {NLA_U32, 0, 0},
};

static const struct nla_policy ip_policy[CTA_IP_MAX + 1] = {
	[CTA_IP_V4_SRC] = {NLA_UNSPEC, 4, 4},
	[CTA_IP_V4_DST] = {NLA_UNSPEC, 4, 4},
	[CTA_IP_V6_SRC] = {NLA_UNSPEC, 16, 16},
	[CTA_IP_V6_DST] = {NLA_UNSPEC, 16, 16},
};

static const struct nla_policy proto_policy[CTA_PROTO_MAX + 1] = {
	[CTA_PROTO_NUM] = {NLA_U8, 0, 0},	  [CTA_PROTO_SRC_PORT] = {NLA_U16, 0, 0},
	[CTA_PROTO_DST_PORT] = {NLA_U16, 0, 0},	  [CTA_PROTO_ICMP_ID] = {NLA_U16, 0, 0},
	[CTA_PROTO_ICMP_TYPE] = {NLA_U8, 0, 0},	  [CTA_PROTO_ICMP_CODE] = {NLA_U8, 0, 0},
	[CTA_PROTO_ICMPV6_ID] = {NLA_U16, 0, 0},  [CTA_PROTO_ICMPV6_TYPE] = {NLA_U8, 0, 0},
	[CTA_PROTO_ICMPV6_CODE] = {NLA_U8, 0, 0},
};

static void
address_get(const struct nlattr *v4, const struct nlattr *v6, struct flow_tuple *t,
	    struct flow_ip6 *out)
{
	if (v4) {
		t->ip_version = 4;
		*out = flow_ip6_of_v4(nla_data(v4));
	} else if (v6) {
		t->ip_version = 6;
		memcpy(out->b, nla_data(v6), sizeof out->b);
	}
}

static uint8_t
u8_get(const struct nlattr *a, const struct nlattr *b)
{
	return a ? nla_get_u8(a) : b ? nla_get_u8(b) : 0;
}

static uint16_t
u16_get(const struct nlattr *a, const struct nlattr *b)
{
	return a ? nla_get_u16(a) : b ? nla_get_u16(b) : 0;
}

static int
tuple_get(struct nlattr *nest, struct flow_tuple *t)
{
	struct nlattr *a[CTA_TUPLE_MAX + 1], *ip[CTA_IP_MAX + 1], *p[CTA_PROTO_MAX + 1];

	if (!nest || nla_parse_nested(a, CTA_TUPLE_MAX, nest, NULL) || !a[CTA_TUPLE_IP] ||
	    !a[CTA_TUPLE_PROTO] || nla_parse_nested(ip, CTA_IP_MAX, a[CTA_TUPLE_IP], ip_policy) ||
	    nla_parse_nested(p, CTA_PROTO_MAX, a[CTA_TUPLE_PROTO], proto_policy))
		return -EBADMSG;
	address_get(ip[CTA_IP_V4_SRC], ip[CTA_IP_V6_SRC], t, &t->src);
	address_get(ip[CTA_IP_V4_DST], ip[CTA_IP_V6_DST], t, &t->dst);
	t->proto = u8_get(p[CTA_PROTO_NUM], NULL);
	t->src_port = u16_get(p[CTA_PROTO_SRC_PORT], NULL);
	t->dst_port = u16_get(p[CTA_PROTO_DST_PORT], NULL);
	t->icmp_id = u16_get(p[CTA_PROTO_ICMP_ID], p[CTA_PROTO_ICMPV6_ID]);
	t->icmp_type = u8_get(p[CTA_PROTO_ICMP_TYPE], p[CTA_PROTO_ICMPV6_TYPE]);
	t->icmp_code = u8_get(p[CTA_PROTO_ICMP_CODE], p[CTA_PROTO_ICMPV6_CODE]);
	return 0;
}

static const char *
tcp_state_get(struct nlattr *nest)
{
	static const char *const names[] = {"NONE",	"SYN_SENT",   "SYN_RECV", "ESTABLISHED",
					    "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT",
					    "CLOSE",	"SYN_SENT2"};
	struct nlattr *info[CTA_PROTOINFO_MAX + 1], *tcp[CTA_PROTOINFO_TCP_MAX + 1];
	uint8_t state;

	if (!nest || nla_parse_nested(info, CTA_PROTOINFO_MAX, nest, NULL) ||
	    !info[CTA_PROTOINFO_TCP] ||
	    nla_parse_nested(tcp, CTA_PROTOINFO_TCP_MAX, info[CTA_PROTOINFO_TCP], NULL) ||
	    !tcp[CTA_PROTOINFO_TCP_STATE] || nla_len(tcp[CTA_PROTOINFO_TCP_STATE]) < 1)
		return NULL;
	state = nla_get_u8(tcp[CTA_PROTOINFO_TCP_STATE]);
	return state < sizeof names / sizeof *names ? names[state] : NULL;
}

int
kdp_connection_get(struct nlmsghdr *h, struct nlattr **a, struct flow_connection *out)
{
	uint8_t label[16] = {0};
	int rc;

	*out = (struct flow_connection){0};
	if (nlmsg_parse(h, sizeof(struct nfgenmsg), a, CTA_MAX, policy))
		return -EBADMSG;
	rc = tuple_get(a[CTA_TUPLE_ORIG], &out->orig);
	if (!rc)
		rc = tuple_get(a[CTA_TUPLE_REPLY], &out->reply);
	if (rc)
		return rc;
	out->zone = a[CTA_ZONE] ? ntohs(nla_get_u16(a[CTA_ZONE])) : 0;
	out->mark = a[CTA_MARK] ? ntohl(nla_get_u32(a[CTA_MARK])) : 0;
	out->timeout_s = a[CTA_TIMEOUT] ? ntohl(nla_get_u32(a[CTA_TIMEOUT])) : 0;
	out->tcp_state = tcp_state_get(a[CTA_PROTOINFO]);
	if (a[CTA_LABELS])
		memcpy(label, nla_data(a[CTA_LABELS]), (size_t)nla_len(a[CTA_LABELS]));
	for (int i = 0; i < 16; i++)
		out->label[i] = label[htons(1) == 1 ? i : 15 - i];
	return 0;
}
