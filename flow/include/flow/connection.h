/* SPDX-License-Identifier: Apache-2.0 */
/* Connections that a datapath tracks, which of them are meant, and their text.
 *
 * Thread safety: plain data and pure functions; FILEs are borrowed. */
#pragma once

#include <flow/key.h>

#include <stdio.h>

/* The packets of one direction. In a filter, a member of 0 stands for any value. */
struct flow_tuple {
	uint8_t ip_version; /* 4 or 6 */
	uint8_t proto;
	uint8_t icmp_type, icmp_code;
	be16 icmp_id;
	be16 src_port, dst_port;
	struct flow_ip6 src, dst; /* IPv4: as IPv4-mapped IPv6 addresses */
};

struct flow_connection {
	struct flow_tuple orig, reply; /* the reply's is after address translation */
	uint16_t zone;
	uint32_t mark;
	uint8_t label[16];     /* as in struct flow_key */
	const char *tcp_state; /* "ESTABLISHED" and so on; NULL: not TCP, or not known */
	uint32_t timeout_s;
};

struct flow_connection_filter {
	bool has_zone; /* false: all zones */
	uint16_t zone;
	struct flow_tuple orig, reply;
};

bool flow_connection_matches(const struct flow_connection_filter *f,
			     const struct flow_connection *c);

/* Prints as 'ovs-appctl dpctl/dump-conntrack' does: tcp,orig=(src=..),reply=(..),zone=5,mark=1. With
 * 'times' also timeout=N. */
void flow_connection_print(const struct flow_connection *c, bool times, FILE *out);

/* Prints the labels as a hexadecimal number: 0x0 if none is set. */
void flow_connection_labels_print(const struct flow_connection *c, FILE *out);

/* Prints src=A,dst=A and sport=N,dport=N, or id=N,type=N,code=N. */
void flow_tuple_print(const struct flow_tuple *t, FILE *out);

/* Parses ct_nw_src=A,ct_nw_dst=A or ct_ipv6_src=A,ct_ipv6_dst=A, ct_nw_proto=N, ct_tp_src=N,ct_tp_dst=N
 * or icmp_id=N,icmp_type=N,icmp_code=N; the empty text is any tuple. Returns 0, or -EINVAL with 'err',
 * which names the field and what is accepted. */
int flow_tuple_parse(const char *text, struct flow_tuple *out, char *err, size_t n_err);
