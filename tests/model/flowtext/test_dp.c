/* SPDX-License-Identifier: Apache-2.0 */
/* dpctl syntax: parsing printed text yields the same value. */
#include "random_match.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define N_CASES 20000

static void
check_match(const struct flow_match *m, bool verbose, uint64_t seed)
{
	char *text = text_of_dp(m, verbose), err[FLOW_ERR_BYTES] = "";
	struct flow_match back;
	int rc = flow_match_parse_dp(text, NULL, &back, err, sizeof err);

	if (rc || memcmp(&back, m, sizeof back)) {
		char *again = rc ? NULL : text_of_dp(&back, false);

		fail_msg("seed %llu: %s\nread back: %s", (unsigned long long)seed, text,
			 rc ? err : again);
	}
	free(text);
}

static void
matches_read_back(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= N_CASES; seed++) {
		struct rng r = {seed};
		struct flow_match m;

		random_match(&r, seed % 4 ? RANDOM_DP : RANDOM_LOOSE, &m);
		check_match(&m, seed % 3 == 0, seed);
	}
}

/* If prerequisites are kept, the text never has "unchecked". */
static void
kept_prerequisites_are_not_unchecked(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= N_CASES / 10; seed++) {
		struct rng r = {seed};
		struct flow_match m;
		char *text;

		random_match(&r, RANDOM_DP, &m);
		if (m.key.nw_frag & FLOW_FRAG_LATER)
			continue;
		text = text_of_dp(&m, false);
		if (strstr(text, "unchecked"))
			fail_msg("seed %llu: %s", (unsigned long long)seed, text);
		free(text);
	}
}

/* ---- known texts: as Open vSwitch writes them, or as extended here ---- */

static const char *const same_texts[] = {
	"",
	"recirc_id(0),in_port(2)",
	"recirc_id(0x5),dp_hash(0x5/0xf),in_port(2),skb_mark(0x1/0xff)",
	"recirc_id(0),in_port(2),ct_state(+est+trk),ct_zone(0x7),ct_mark(0x1/0x3),"
	"ct_label(0x10000000000000002/0xf000000000000000f)",
	"ct_state(-new-est)",
	"ct_state(+est+trk),ct_tuple4(src=10.0.0.1,dst=10.0.0.0/255.255.255.0,proto=6,"
	"tp_src=1000,tp_dst=80/0xfff0),eth_type(0x0800),ipv4(frag=no)",
	"ct_tuple6(src=fd00::1,dst=fd00::/ffff::,proto=17,src_port=53,dst_port=0/0x1),"
	"eth_type(0x86dd)",
	"eth_type(0x0806),unchecked(ct_tuple4(src=10.0.0.1,proto=6))",
	"recirc_id(0),in_port(2),eth(src=50:54:00:00:00:09,dst=50:54:00:00:00:0a),"
	"eth_type(0x0800),ipv4(src=10.0.0.1,dst=10.0.0.0/255.0.0.0,proto=6,tos=0/0xfc,ttl=64,"
	"frag=no),tcp(src=80,dst=1024/0xfc00),tcp_flags(syn|ack)",
	"eth(dst=01:00:00:00:00:00/01:00:00:00:00:00)",
	"eth_type(0x8100),vlan(vid=5,pcp=0),encap(eth_type(0x0800),ipv4(proto=17,frag=no),"
	"udp(dst=53))",
	"eth_type(0x88a8),vlan(vid=9,pcp=1),encap(eth_type(0x8100),vlan(vid=5,pcp=0),encap("
	"eth_type(0x0800),ipv4(frag=first)))",
	"vlan(cfi=0),eth_type(0x0806),arp(sip=1.2.3.4,tip=1.2.3.5,op=1,sha=00:00:00:00:00:01,"
	"tha=00:00:00:00:00:00)",
	"vlan(vid=0,pcp=0,cfi=0),eth_type(0x0800)",
	"vlan(vid=5/0xfff),encap()",
	"vlan(vid=5/0xf,cfi=0/0),eth_type(0x1234)",
	"vlan(cfi=1),encap(eth_type(0x0800))",
	"eth_type(0x8100),vlan(vid=5),encap()",
	"eth_type(0x8847),mpls(label=100,tc=3,ttl=64,bos=1)",
	"eth_type(0x8847),mpls(label=100,bos=0,lse1=0x64140/0xfffff1ff)",
	"eth_type(0x86dd),ipv6(src=fe80::/ffc0::,dst=::1,label=0x5,proto=58,tclass=0x1c,hlimit=255,"
	"frag=no),icmpv6(type=135,code=0),nd(target=fe80::1,sll=00:00:00:00:00:01)",
	"eth_type(0x86dd),ipv6(proto=132,frag=no),sctp(src=1,dst=2)",
	"eth_type(0x86dd),ipv6(frag=yes)",
	"eth_type(0x0800),ipv4(proto=6,frag=not_later),tcp(dst=80)",
	"eth_type(0x0800),ipv4(proto=1,frag=later)",
	"eth_type(0x0800),ipv4(proto=1,frag=no),icmp(type=8,code=0)",
	"eth_type(0x0800),ipv4(proto=6,frag=no),tcp_flags(+syn-ack)",
	"eth_type(0x0800),ipv4(proto=6,frag=no),tcp_flags(0)",
	"tunnel(tun_id=0x1,src=1.1.1.1,dst=2.2.2.2,tos=0x1c,ttl=64,tp_src=5,tp_dst=6081,"
	"geneve({class=0x102,type=0x80,len=8,0x102030405060708}"
	"{class=0x103,type=0/0x80,len=4,0x1000000/0xff000000}),flags(-df+csum+key)),in_port(6)",
	"tunnel(ipv6_src=fc00::1,geneve())",
	"tunnel(geneve(len=4/0x7,opts=0x1/0xf1))",
	"unchecked(tcp(src=80))",
};

static void
known_texts_stay_as_they_are(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof same_texts / sizeof *same_texts; i++) {
		char err[FLOW_ERR_BYTES] = "", *text, want[512];
		struct flow_match m;

		/* The one text above that is printed shorter. */
		snprintf(want, sizeof want, "%s",
			 strcmp(same_texts[i], "vlan(vid=5/0xfff),encap()")
				 ? same_texts[i]
				 : "vlan(vid=5),encap()");
		if (flow_match_parse_dp(same_texts[i], NULL, &m, err, sizeof err))
			fail_msg("%s: %s", same_texts[i], err);
		text = text_of_dp(&m, false);
		assert_string_equal(text, want);
		free(text);
	}
}

/* An IPv4 end of a tunnel states that it is one: a packet of IPv6 with the same bits differs. What matches the bits
 * alone has another text. */
static void
ends_of_tunnels_are_of_ip4_or_ip6(void **state)
{
	static const uint8_t address[4] = {10, 1, 0, 2};
	struct flow_match m = {.key.tun.dst = flow_ip6_of_v4(address)}, back;
	char err[FLOW_ERR_BYTES] = "", *text;

	(void)state;
	memset(&m.mask.tun.dst, 0xff, sizeof m.mask.tun.dst);
	text = text_of_dp(&m, false);
	assert_string_equal(text, "tunnel(dst=10.1.0.2)");
	assert_int_equal(flow_match_parse_dp(text, NULL, &back, err, sizeof err), 0);
	assert_memory_equal(&back, &m, sizeof m);
	free(text);
	memset(m.mask.tun.dst.b + 14, 0, 2);
	m.key.tun.dst.b[15] = 0;
	text = text_of_dp(&m, false);
	assert_string_equal(text, "tunnel(dst=10.1.0.0/255.255.0.0)");
	free(text);
	memset(m.mask.tun.dst.b, 0, FLOW_IP6_V4_AT);
	memset(m.key.tun.dst.b, 0, FLOW_IP6_V4_AT);
	text = text_of_dp(&m, false);
	assert_non_null(strstr(text, "ipv6_dst="));
	assert_int_equal(flow_match_parse_dp(text, NULL, &back, err, sizeof err), 0);
	assert_memory_equal(&back, &m, sizeof m);
	free(text);
	assert_int_equal(flow_match_parse_dp("tunnel(src=1.1.1.1,ipv6_src=::1)", NULL, &back, err,
					     sizeof err),
			 -EINVAL);
	assert_non_null(strstr(err, "given twice"));
}

static void
untagged_and_any_differ(void **state)
{
	struct flow_match any, untagged, tagged;
	char err[FLOW_ERR_BYTES];

	(void)state;
	assert_int_equal(flow_match_parse_dp("eth_type(0x0800)", NULL, &any, err, sizeof err), 0);
	assert_int_equal(any.mask.vlan[0].tci, 0);
	assert_int_equal(flow_match_parse_dp("vlan(cfi=0),eth_type(0x0800)", NULL, &untagged, err,
					     sizeof err),
			 0);
	assert_int_equal(untagged.mask.vlan[0].tci, htons(FLOW_VLAN_CFI));
	assert_int_equal(untagged.key.vlan[0].tci, 0);
	assert_int_equal(flow_match_parse_dp("eth_type(0x8100),vlan(vid=0x5/0xfff,pcp=0,cfi=1),"
					     "encap(eth_type(0x0800))",
					     NULL, &tagged, err, sizeof err),
			 0);
	assert_int_equal(tagged.key.vlan[0].tci, htons(0x1005));
	assert_int_equal(tagged.mask.vlan[0].tci, 0xffff);
	assert_int_equal(tagged.key.vlan[0].tpid, htons(0x8100));
	assert_int_equal(tagged.key.eth_type, htons(0x0800));
}

static void
verbose_shows_what_is_wildcarded(void **state)
{
	struct flow_match m;
	char err[FLOW_ERR_BYTES], *text;

	(void)state;
	assert_int_equal(
		flow_match_parse_dp("recirc_id(0),in_port(1),eth_type(0x0800),ipv4(frag=no)", NULL,
				    &m, err, sizeof err),
		0);
	text = text_of_dp(&m, true);
	assert_non_null(strstr(text, "eth(src=00:00:00:00:00:00/00:00:00:00:00:00,"));
	assert_non_null(strstr(text, "ipv4(src=0.0.0.0/0.0.0.0,dst=0.0.0.0/0.0.0.0,proto=0/0,"));
	assert_null(strstr(text, "ipv6"));
	free(text);
}

static const struct {
	const char *text, *sentence;
} wrong[] = {
	{"in_port(x)", "in_port: 'x' is not a port"},
	{"in_port(1", "')' is expected after in_port"},
	{"eth(src=1)", "eth(src): '1' is not accepted; expected xx:xx:xx:xx:xx:xx"},
	{"eth(source=1)", "eth: 'source=1)' is not a member; expected src, dst"},
	{"eth_type(0x0800),ipv4(proto=256)",
	 "ipv4(proto): '256' is not accepted; expected 0 to 0xff"},
	{"ipv4(proto=6)", "ipv4(..) requires eth_type(0x0800)"},
	{"eth_type(0x0800),tcp(src=1)", "tcp(..) requires ipv4(proto=6)"},
	{"eth_type(0x0800),eth_type(0x0800)", "eth_type is given twice"},
	{"in_port(1),in_port(1)", "in_port is given twice"},
	{"eth_type(0x0800),ipv4(tos=1,dscp=0)", "ipv4(dscp) is given twice"},
	{"vlan(vid=1,vid=2)", "vlan(vid) is given twice"},
	{"vlan(vid=4096)", "vlan(vid): '4096' is not accepted"},
	{"encap(encap(encap()))", "encap: one per tag, at most 2 tags"},
	{"encap(encap(vlan(vid=1)))", "vlan: at most 2 tags"},
	{"in_port(1))", "unmatched ')'"},
	{"packet_type(ns=1,id=0)", "is not a field of a datapath flow"},
	{"ct_state(+foo)", "of new est rel rpl inv trk snat dnat"},
	{"tunnel(geneve({len=5}))", "a multiple of 4"},
	{"tunnel(geneve({class=1,len=4,0x102030405}))", "expected 0x and at most 4 bytes"},
};

static void
errors_name_the_cause(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		char err[FLOW_ERR_BYTES] = "";
		struct flow_match m;

		if (flow_match_parse_dp(wrong[i].text, NULL, &m, err, sizeof err) != -EINVAL)
			fail_msg("%s was accepted", wrong[i].text);
		if (!strstr(err, wrong[i].sentence))
			fail_msg("%s: %s\nwithout: %s", wrong[i].text, err, wrong[i].sentence);
	}
}

/* ---- ports by name ---- */

static const char *const port_names[] = {"br0", "vf0.5", "a b\"\\(,", "drop", "7", "\x01\xff"};
#define N_PORTS (sizeof port_names / sizeof *port_names)

static const char *
name_of(void *aux, uint32_t port)
{
	(void)aux;
	return port < N_PORTS ? port_names[port] : NULL;
}

static int
number_of(void *aux, const char *name, size_t n_name, uint32_t *port)
{
	(void)aux;
	for (uint32_t i = 0; i < N_PORTS; i++) {
		if (strlen(port_names[i]) == n_name && !memcmp(port_names[i], name, n_name)) {
			*port = i;
			return 0;
		}
	}
	return -ENOENT;
}

static const struct flow_port_names names = {name_of, number_of, NULL};

static void
ports_read_back_by_name(void **state)
{
	(void)state;
	for (uint32_t port = 0; port < N_PORTS + 2; port++) {
		struct flow_match m = {.key.in_port = port, .mask.in_port = UINT32_MAX}, back;
		struct flow_actions acts, acts_back;
		char *text, *acts_text, err[FLOW_ERR_BYTES] = "";
		size_t n;
		FILE *out = open_memstream(&text, &n);

		flow_match_print_dp(&m, &names, false, out);
		fclose(out);
		assert_int_equal(flow_match_parse_dp(text, &names, &back, err, sizeof err), 0);
		assert_memory_equal(&m, &back, sizeof m);
		free(text);

		flow_actions_init(&acts);
		flow_actions_init(&acts_back);
		assert_int_equal(flow_actions_add_output(&acts, port), 0);
		assert_int_equal(flow_actions_add_output(&acts, 1), 0);
		out = open_memstream(&acts_text, &n);
		flow_actions_print_dp(&acts, &names, out);
		fclose(out);
		if (flow_actions_parse_dp(acts_text, &names, &acts_back, err, sizeof err))
			fail_msg("%s: %s", acts_text, err);
		assert_true(flow_actions_equal(&acts, &acts_back));
		free(acts_text);
		flow_actions_free(&acts);
		flow_actions_free(&acts_back);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_read_back),
		cmocka_unit_test(kept_prerequisites_are_not_unchecked),
		cmocka_unit_test(known_texts_stay_as_they_are),
		cmocka_unit_test(untagged_and_any_differ),
		cmocka_unit_test(ends_of_tunnels_are_of_ip4_or_ip6),
		cmocka_unit_test(verbose_shows_what_is_wildcarded),
		cmocka_unit_test(errors_name_the_cause),
		cmocka_unit_test(ports_read_back_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
