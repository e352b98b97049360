/* SPDX-License-Identifier: Apache-2.0 */
#include "random.h"

#include <flow/parse.h>
#include <support/compose.h>

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define N_OF(a) (sizeof(a) / sizeof *(a))
#define PICK(r, list) (list)[rng_below(r, N_OF(list))]

enum kind { ANY, IP, TCP, UDP, ICMP, IP6, TCP6, ICMP6, ND, ARP, MPLS, N_KINDS };

static const char *const kind_texts[N_KINDS] = {
	"",	 "ip,",	   "tcp,",
	"udp,",	 "icmp,",  "ipv6,",
	"tcp6,", "icmp6,", "icmp6,icmp_type=135,icmp_code=0,",
	"arp,",	 "mpls,",
};

#define KINDS(a, b) (((2u << (b)) - 1) & ~((1u << (a)) - 1))
#define EVERY KINDS(ANY, MPLS)

struct piece {
	unsigned int kinds;
	const char *text;
};

static const struct piece matches[] = {
	{EVERY, "in_port=1"},
	{EVERY, "in_port=20"},
	{EVERY, "dl_src=02:00:00:00:00:01"},
	{EVERY, "dl_dst=02:00:00:00:00:02"},
	{EVERY, "dl_dst=01:00:00:00:00:00/01:00:00:00:00:00"},
	{EVERY, "dl_src=02:00:00:00:00:00/ff:ff:ff:ff:ff:fc"},
	{EVERY, "dl_vlan=10"},
	{EVERY, "dl_vlan=20,dl_vlan_pcp=3"},
	{EVERY, "vlan_tci=0x0000"},
	{EVERY, "vlan_tci=0x1000/0x1000"},
	{EVERY, "reg0=1"},
	{EVERY, "reg0=0/0x1"},
	{EVERY, "reg1=0x5"},
	{EVERY, "metadata=0x3"},
	{1 << MPLS, "mpls_label=16"},
	{1 << MPLS, "mpls_label=7,mpls_bos=0"},
	{1 << MPLS, "mpls_bos=1"},
	{1 << MPLS, "mpls_ttl=64"},
	{EVERY, "conj_id=1"},
	{EVERY, "conj_id=2"},
	{KINDS(IP, ICMP), "nw_src=10.0.0.0/8"},
	{KINDS(IP, ICMP), "nw_src=10.0.0.1"},
	{KINDS(IP, ICMP), "nw_dst=10.0.0.0/30"},
	{KINDS(IP, ICMP), "nw_dst=0.0.0.1/0.0.0.1"},
	{KINDS(IP, ND), "nw_ttl=63"},
	{KINDS(IP, ND), "nw_tos=32"},
	{KINDS(IP, ND), "nw_ecn=1"},
	{KINDS(IP, IP6), "nw_frag=no"},
	{KINDS(IP, TCP), "nw_frag=later"},
	{KINDS(IP6, ND), "ipv6_src=fd00::/16"},
	{KINDS(IP6, ND), "ipv6_dst=fd00::1"},
	{KINDS(IP6, ND), "ipv6_label=0x3"},
	{1 << TCP | 1 << TCP6, "tp_dst=80"},
	{1 << TCP | 1 << TCP6, "tp_src=0x3e8/0xfff8"},
	{1 << TCP, "tcp_flags=+syn-ack"},
	{1 << UDP, "tp_dst=53"},
	{1 << ICMP, "icmp_type=8"},
	{1 << ICMP6, "icmp_type=128"},
	{1 << ND, "nd_target=fd00::1"},
	{1 << ND, "nd_sll=02:00:00:00:00:01"},
	{1 << ARP, "arp_op=1"},
	{1 << ARP, "arp_spa=10.0.0.1"},
	{1 << ARP, "arp_tha=02:00:00:00:00:01"},
};

static const struct piece actions[] = {
	{EVERY, "output:1"},
	{EVERY, "output:2"},
	{EVERY, "output:20"},
	{EVERY, "output:33"},
	{EVERY, "in_port"},
	{EVERY, "flood"},
	{EVERY, "all"},
	{EVERY, "normal"},
	{EVERY, "normal"},
	{EVERY, "normal"},
	{EVERY, "controller"},
	{EVERY, "resubmit"},
	{EVERY, "resubmit"},
	{EVERY, "group"},
	{EVERY, "group"},
	{EVERY, "group"},
	{EVERY, "set_field:1->reg0"},
	{EVERY, "set_field:0x5->reg1"},
	{EVERY, "set_field:0x3->metadata"},
	{EVERY, "move:NXM_OF_IN_PORT[0..3]->NXM_NX_REG1[0..3]"},
	{EVERY, "move:NXM_OF_ETH_SRC[0..15]->NXM_NX_REG0[8..23]"},
	{EVERY, "move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[]"},
	{EVERY, "move:NXM_OF_VLAN_TCI[0..11]->NXM_NX_REG0[0..11]"},
	{EVERY, "mod_dl_src:02:00:00:00:00:02"},
	{EVERY, "mod_dl_dst:02:00:00:00:00:03"},
	{EVERY, "set_field:02:00:00:00:00:00/ff:00:00:00:00:00->eth_dst"},
	{EVERY, "push_vlan:0x8100"},
	{EVERY, "push_vlan:0x88a8"},
	{EVERY, "pop_vlan"},
	{EVERY, "strip_vlan"},
	{EVERY, "mod_vlan_vid:10"},
	{EVERY, "mod_vlan_vid:20"},
	{EVERY, "mod_vlan_pcp:3"},
	{EVERY, "dec_ttl"},
	{EVERY, "exit"},
	{EVERY, "push_mpls:0x8847"},
	{EVERY, "pop_mpls:0x8847"},
	{EVERY, "pop_mpls:0x0800"},
	{EVERY, "set_mpls_label:7"},
	{EVERY, "set_mpls_ttl:9"},
	{EVERY, "dec_mpls_ttl"},
	{EVERY, "copy_ttl_out"},
	{EVERY, "copy_ttl_in"},
	{EVERY, "note:01.02"},
	{EVERY, "push:NXM_OF_IN_PORT[]"},
	{EVERY, "push:NXM_NX_REG0[4..11]"},
	{EVERY, "push:NXM_OF_ETH_SRC[]"},
	{EVERY, "pop:NXM_NX_REG0[]"},
	{EVERY, "pop:NXM_OF_ETH_DST[]"},
	{EVERY, "pop:NXM_NX_REG1[0..3]"},
	{EVERY, "output:NXM_NX_REG0[]"},
	{EVERY, "output:NXM_OF_IN_PORT[]"},
	{EVERY, "output:NXM_OF_ETH_SRC[0..3]"},
	{EVERY, "clone(mod_dl_src:02:00:00:00:00:04,output:2,exit)"},
	{EVERY, "clone(push_vlan:0x8100,mod_vlan_vid:20,normal,clone(strip_vlan,output:1))"},
	{EVERY, "clone(resubmit(,3)),output:1"},
	{EVERY, "clone(pop:NXM_OF_ETH_DST[],set_field:5->reg0,dec_ttl,flood)"},
	{EVERY, "bundle(eth_src,0,active_backup,ofport,members:7,20,1)"},
	{EVERY, "multipath(symmetric_l4,3,hrw,8,0,NXM_NX_REG5[])"},
	{KINDS(IP, ICMP), "clone(mod_nw_dst:10.0.0.3,output:2,dec_ttl,output:20)"},
	{KINDS(IP, ICMP), "mod_nw_src:10.0.0.1"},
	{KINDS(IP, ICMP), "mod_nw_dst:10.0.0.2"},
	{KINDS(IP, ICMP), "set_field:0.0.0.1/0.0.0.3->ip_dst"},
	{KINDS(IP, ICMP), "move:NXM_OF_IP_SRC[]->NXM_OF_IP_DST[]"},
	{KINDS(IP, ICMP), "move:NXM_OF_IP_SRC[0..7]->NXM_NX_REG0[0..7]"},
	{KINDS(IP, ND), "mod_nw_tos:32"},
	{KINDS(IP, ND), "mod_nw_ecn:1"},
	{KINDS(IP, ND), "set_field:63->nw_ttl"},
	{KINDS(IP6, ND), "set_field:fd00::1->ipv6_dst"},
	{KINDS(IP6, ND), "set_field:3->ipv6_label"},
	{1 << TCP | 1 << TCP6, "set_field:80->tcp_dst"},
	{1 << TCP | 1 << TCP6, "move:NXM_OF_TCP_SRC[]->NXM_OF_TCP_DST[]"},
	{1 << UDP, "set_field:53->udp_dst"},
	{1 << ICMP, "set_field:8->icmp_type"},
	{1 << ICMP6 | 1 << ND, "set_field:135->icmpv6_type"},
	{1 << ND, "set_field:fd00::1->nd_target"},
	{1 << ND, "set_field:02:00:00:00:00:01->nd_sll"},
	{1 << ARP, "set_field:2->arp_op"},
	{1 << ARP, "set_field:10.0.0.1->arp_spa"},
	{1 << ARP, "move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[]"},
};

static void append(char *text, size_t n_text, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void
append(char *text, size_t n_text, const char *fmt, ...)
{
	size_t n = strlen(text);
	va_list args;

	va_start(args, fmt);
	vsnprintf(text + n, n_text - n, fmt, args);
	va_end(args);
}

static const char *
pick_piece(struct rng *r, const struct piece *list, size_t n, enum kind kind)
{
	const struct piece *p;

	do
		p = &list[rng_below(r, (unsigned int)n)];
	while (!(p->kinds & 1u << kind));
	return p->text;
}

/* Appends a resubmit, mostly to a later table: every cycle ends in a drop. */
static void
append_resubmit(struct rng *r, unsigned int table, char *text, size_t n_text)
{
	unsigned int to = rng_below(r, MODEL_TABLES);

	if (rng_below(r, 40) && to <= table)
		to = table + 1;
	append(text, n_text, "resubmit(%s,%u)", rng_below(r, 4) ? "" : "20", to);
}

static void
append_conjunctions(struct rng *r, char *text, size_t n_text)
{
	for (unsigned int i = 0, n = 1 + rng_below(r, 2); i < n; i++) {
		unsigned int of = 2 + !rng_below(r, 4);

		append(text, n_text, "conjunction(%u,%u/%u),", 1 + rng_below(r, 3),
		       1 + rng_below(r, of), of);
	}
}

/* Actions that an action set may have for any packet. */
static const char *const set_actions[] = {
	"output:1",
	"output:2",
	"output:20",
	"in_port",
	"flood",
	"normal",
	"controller",
	"mod_dl_src:02:00:00:00:00:02",
	"mod_dl_dst:02:00:00:00:00:03",
	"set_field:02:00:00:00:00:00/ff:00:00:00:00:00->eth_dst",
	"move:NXM_OF_ETH_SRC[0..15]->NXM_NX_REG0[8..23]",
	"move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[]",
	"set_field:1->reg0",
	"push_vlan:0x8100",
	"push_vlan:0x88a8",
	"pop_vlan",
	"mod_vlan_vid:10",
	"mod_vlan_pcp:3",
	"mod_nw_tos:32",
	"mod_nw_src:10.0.0.1",
	"dec_ttl",
	"resubmit(,2)",
	"resubmit(,3)",
};

/* Appends actions of a set. Groups past MODEL_GROUPS do not exist. */
static void
append_set(struct rng *r, unsigned int n, unsigned int above_group, char *text, size_t n_text)
{
	while (n--) {
		unsigned int group = above_group + 1 + rng_below(r, MODEL_GROUPS);

		if (rng_below(r, 6))
			append(text, n_text, "%s", PICK(r, set_actions));
		else
			append(text, n_text, "group:%u", group);
		append(text, n_text, "%s", n ? "," : "");
	}
}

static void
append_instructions(struct rng *r, char *text, size_t n_text)
{
	if (!rng_below(r, 8))
		append(text, n_text, ",clear_actions");
	if (rng_below(r, 4))
		return;
	append(text, n_text, ",write_actions(");
	for (unsigned int n = 1 + rng_below(r, 4); n--;) {
		if (rng_below(r, 5))
			append(text, n_text, "%s", PICK(r, set_actions));
		else
			append(text, n_text, "group:%u", 1 + rng_below(r, MODEL_GROUPS));
		append(text, n_text, "%s", n ? "," : ")");
	}
}

static void
append_watch(struct rng *r, unsigned int id, char *text, size_t n_text)
{
	static const char *const ports[] = {"1", "2", "20", "40", "33"};

	if (rng_below(r, 3))
		append(text, n_text, "watch_port:%s,", PICK(r, ports));
	else
		append(text, n_text, "watch_group:%u,", id + 1 + rng_below(r, MODEL_GROUPS));
}

void
random_group(struct rng *r, unsigned int id, char *text, size_t n_text)
{
	static const char *const types[] = {"all", "select", "select", "ff", "indirect"};
	static const char *const selections[] = {
		"",
		"",
		",selection_method=dp_hash",
		",selection_method=hash,fields(eth_src,dl_vlan)",
		",selection_method=hash,fields(ip_src,tcp_dst=0x3)",
		",selection_method=hash,selection_method_param=7,fields(nw_tos,reg0,in_port)",
		",selection_method=hash,fields=nw_frag",
		",selection_method=hash,fields(nd_target,ipv6_src)",
	};
	const char *type = PICK(r, types);
	unsigned int n = !strcmp(type, "indirect") ? 1 : rng_below(r, 4);

	text[0] = '\0';
	append(text, n_text, "group_id=%u,type=%s", id, type);
	if (!strcmp(type, "select"))
		append(text, n_text, "%s", PICK(r, selections));
	while (n--) {
		append(text, n_text, ",bucket=");
		if (!strcmp(type, "select"))
			append(text, n_text, "weight:%u,", rng_below(r, 4));
		if (!strcmp(type, "ff") || (!strcmp(type, "select") && !rng_below(r, 3)))
			append_watch(r, id, text, n_text);
		append(text, n_text, "actions=");
		append_set(r, 1 + rng_below(r, 4), id, text, n_text);
	}
}

void
random_rule(struct rng *r, unsigned int table, unsigned int priority, char *text, size_t n_text)
{
	enum kind kind = rng_below(r, 3) ? (enum kind)rng_below(r, N_KINDS) : ANY;
	unsigned int n = rng_below(r, 3);

	bool conjunction = !rng_below(r, 5);

	text[0] = '\0';
	/* Rules of a conjunction share priorities, which are odd. */
	if (conjunction)
		priority = 9 + 2 * rng_below(r, 2);
	append(text, n_text, "table=%u,priority=%u,%s", table, priority, kind_texts[kind]);
	while (n--)
		append(text, n_text, "%s,", pick_piece(r, matches, N_OF(matches), kind));
	append(text, n_text, "actions=");
	if (conjunction) {
		append_conjunctions(r, text, n_text);
		return;
	}
	for (n = 1 + rng_below(r, 4); n; n--) {
		const char *action = pick_piece(r, actions, N_OF(actions), kind);

		if (!strcmp(action, "resubmit"))
			append_resubmit(r, table, text, n_text);
		else if (!strcmp(action, "group"))
			append(text, n_text, "group:%u", 1 + rng_below(r, MODEL_GROUPS));
		else
			append(text, n_text, "%s", action);
		append(text, n_text, "%s", n > 1 ? "," : "");
	}
	append_instructions(r, text, n_text);
	if (table + 1 < MODEL_TABLES && rng_below(r, 3))
		append(text, n_text, ",goto_table:%u",
		       table + 1 + rng_below(r, MODEL_TABLES - table - 1));
}

static struct flow_mac
random_mac(struct rng *r, bool source)
{
	static const struct flow_mac special[] = {
		{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
		{{0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e}},
		{{0x01, 0x00, 0x5e, 0x00, 0x00, 0x01}},
	};

	if (!rng_below(r, source ? 20 : 4))
		return PICK(r, special);
	return (struct flow_mac){{2, 0, 0, 0, 0, (uint8_t)(1 + rng_below(r, 5))}};
}

static void
random_tags(struct rng *r, struct flow_key *key)
{
	static const uint16_t tcis[] = {10, 20, 0, 10 | 3 << 13, 20 | 3 << 13, 5 << 13, 30};
	unsigned int n = rng_below(r, 4);

	for (unsigned int i = 0; i < FLOW_VLANS && i + 1 < n; i++) {
		key->vlan[i].tci = htons((uint16_t)(PICK(r, tcis) | FLOW_VLAN_CFI));
		key->vlan[i].tpid = htons(rng_below(r, 4) ? ETHERTYPE_VLAN : 0x88a8);
	}
}

static struct flow_ip6
random_ip6(struct rng *r)
{
	return (struct flow_ip6){{0xfd, (uint8_t)rng_below(r, 2), [15] = (uint8_t)rng_below(r, 3)}};
}

static void
random_l4(struct rng *r, struct flow_key *key)
{
	static const uint16_t ports[] = {80, 53, 1000, 1001, 1003, 65535};
	static const uint8_t types[] = {8, 0, 128, 129, 135, 136};

	if (key->nw_frag & FLOW_FRAG_LATER)
		return;
	key->tp_src = htons(PICK(r, ports));
	key->tp_dst = htons(PICK(r, ports));
	if (key->nw_proto == IPPROTO_TCP)
		key->tcp_flags = htons((uint16_t)(rng_below(r, 2) ? 0x002 : 0x012));
	if (key->nw_proto == IPPROTO_ICMP || key->nw_proto == IPPROTO_ICMPV6) {
		key->tp_src = htons(PICK(r, types));
		key->tp_dst = htons((uint16_t)(rng_below(r, 4) ? 0 : 1));
		key->nd_target = random_ip6(r);
		key->arp_sha = key->arp_tha = random_mac(r, true);
	}
}

static void
random_ip(struct rng *r, struct flow_key *key)
{
	static const uint8_t protos[] = {IPPROTO_TCP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP, 47};
	static const uint8_t ttls[] = {0, 1, 2, 63, 64};
	static const uint8_t frags[] = {0, 0, 0, FLOW_FRAG_ANY, FLOW_FRAG_ANY | FLOW_FRAG_LATER};

	key->nw_proto = PICK(r, protos);
	if (!rng_below(r, 3))
		key->nw_proto =
			key->eth_type == htons(ETHERTYPE_IP) ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	key->nw_ttl = PICK(r, ttls);
	key->nw_tos = (uint8_t)(rng_below(r, 2) * 32 + rng_below(r, 3));
	key->nw_frag = PICK(r, frags);
	if (key->eth_type == htons(ETHERTYPE_IP)) {
		key->nw_src = htonl(0x0a000000 + rng_below(r, 4));
		key->nw_dst = htonl((rng_below(r, 4) ? 0x0a000000 : 0xc0a80000) + rng_below(r, 4));
	} else {
		key->ipv6_src = random_ip6(r);
		key->ipv6_dst = random_ip6(r);
		key->ipv6_label = htonl(rng_below(r, 4));
	}
	random_l4(r, key);
}

void
random_packet(struct rng *r, struct flow_key *key)
{
	static const uint32_t in_ports[] = {11, 12, 20, 21, 30, 40, 41, 42};
	static const uint16_t types[] = {ETHERTYPE_IP, ETHERTYPE_IP, ETHERTYPE_IPV6, ETHERTYPE_ARP,
					 0x8847,       0x88b5,	     0x05ff};

	memset(key, 0, sizeof *key);
	key->in_port = rng_below(r, 50) ? PICK(r, in_ports) : 999;
	key->eth_src = random_mac(r, true);
	key->eth_dst = random_mac(r, false);
	key->eth_type = htons(PICK(r, types));
	random_tags(r, key);
	if (key->eth_type == htons(ETHERTYPE_ARP)) {
		key->nw_proto = (uint8_t)(1 + rng_below(r, 2));
		key->nw_src = htonl(0x0a000000 + rng_below(r, 3));
		key->nw_dst = htonl(0x0a000000 + rng_below(r, 3));
		key->arp_sha = random_mac(r, true);
		key->arp_tha = random_mac(r, true);
	} else if (key->eth_type == htons(0x8847)) {
		for (unsigned int i = 0, n = rng_below(r, 3); i <= n; i++)
			key->mpls[i] = htonl((rng_below(r, 2) ? 0x00010040u : 0x00007000u) +
					     rng_below(r, 3) + (i == n ? 0x100 : 0));
	} else if (key->eth_type == htons(ETHERTYPE_IP) || key->eth_type == htons(ETHERTYPE_IPV6)) {
		random_ip(r, key);
	}
	normalise(key);
}

void
normalise(struct flow_key *key)
{
	uint8_t data[512];
	int n = packet_compose(key, 32, data, sizeof data);

	if (n < 0)
		abort();
	flow_parse(data, (size_t)n, key, NULL);
}
