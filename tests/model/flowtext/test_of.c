/* SPDX-License-Identifier: Apache-2.0 */
/* ovs-ofctl syntax: parsing printed text yields the same match; errors are reported. */
#include "random_match.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define N_CASES 20000

static void
matches_read_back(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= N_CASES; seed++) {
		struct rng r = {seed};
		char err[FLOW_ERR_BYTES] = "", *text;
		struct flow_match m, back;

		random_match(&r, seed % 2 ? RANDOM_DP : RANDOM_OFCTL, &m);
		text = text_of_of(&m);
		if (parse_of(text, &back, err, sizeof err))
			fail_msg("seed %llu: %s: %s", (unsigned long long)seed, text, err);
		if (memcmp(&m, &back, sizeof m))
			fail_msg("seed %llu: %s\nread back: %s", (unsigned long long)seed, text,
				 text_of_of(&back));
		free(text);
	}
}

/* The text shows every matched bit. */
static void
loose_matches_are_shown_whole(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= N_CASES / 10; seed++) {
		struct rng r = {seed};
		struct flow_match m, less;
		char *text, *shorter;
		size_t bit;

		random_match(&r, RANDOM_LOOSE, &m);
		less = m;
		bit = rng_below(&r, 8 * sizeof m.mask);
		((uint8_t *)&less.mask)[bit / 8] &= (uint8_t) ~(1u << bit % 8);
		flow_match_canonicalize(&less);
		text = text_of_of(&m);
		shorter = text_of_of(&less);
		if (memcmp(&less, &m, sizeof m) && !strcmp(text, shorter))
			fail_msg("seed %llu: bit %zu is not seen in %s", (unsigned long long)seed,
				 bit, text);
		free(text);
		free(shorter);
	}
}

static const struct {
	const char *in, *out;
} texts[] = {
	{"tcp,in_port=1,nw_dst=10.0.0.0/8,tp_dst=80", "tcp,in_port=1,nw_dst=10.0.0.0/8,tp_dst=80"},
	{"in_port=LOCAL", "in_port=LOCAL"},
	{"in_port=controller", "in_port=CONTROLLER"},
	{"dl_vlan=5", "dl_vlan=5"},
	{"vlan_vid=0x1005,dl_vlan_pcp=3", "dl_vlan=5,dl_vlan_pcp=3"},
	{"vlan_tci=0x0000/0x1fff", "vlan_tci=0x0000/0x1fff"},
	{"dl_vlan=0xffff", "vlan_tci=0x0000"},
	{"vlan_vid=0", "vlan_tci=0x0000/0x1fff"},
	{"dl_type=0x0800,nw_proto=6,tp_src=0x50/0xfff0", "tcp,tp_src=0x50/0xfff0"},
	{"ip,nw_tos=33", "ip,nw_tos=32"},
	{"ip,ip_dscp=8,ip_ecn=1", "ip,nw_tos=32,nw_ecn=1"},
	{"arp,nw_src=1.2.3.4,nw_proto=2", "arp,arp_spa=1.2.3.4,arp_op=2"},
	{"eth,ip,ip_frag=not_later", "ip,nw_frag=not_later"},
	{"ct_state=+trk-new", "ct_state=-new+trk"},
	{"dl_vlan=5,dl_vlan1=6", "dl_vlan=5,dl_vlan1=6"},
	{"icmp6,icmp_type=136,nd_target=::1", "icmp6,icmp_type=136,nd_target=::1"},
	{"udp6,udp_dst=53", "udp6,tp_dst=53"},
	{"ip,ip,udp,nw_proto=17", "udp"},
};

static void
known_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		char err[FLOW_ERR_BYTES] = "", *text;
		struct flow_match m;

		if (parse_of(texts[i].in, &m, err, sizeof err))
			fail_msg("%s: %s", texts[i].in, err);
		text = text_of_of(&m);
		assert_string_equal(text, texts[i].out);
		free(text);
	}
}

static const struct {
	const char *text, *sentence;
} wrong[] = {
	{"tp_dst=80", "tp_dst=80 requires tcp, udp, sctp"},
	{"nw_src=1.2.3.4", "requires ip before it"},
	{"ip,nw_src=1.2.3", "nw_src: '1.2.3' is not accepted; expected an IPv4 address"},
	{"ip,nw_src=1.2.3.4/33", "nw_src: '1.2.3.4/33' is not accepted"},
	{"ip,arp", "arp contradicts an earlier item"},
	{"dl_vlan=4096", "dl_vlan: '4096' is not accepted; expected 0 to 4095, or 0xffff"},
	{"dl_vlan_pcp=8", "dl_vlan_pcp: '8' is not accepted; expected 0 to 7"},
	{"vlan_vid=5", "vlan_vid: '5' matches no packet"},
	{"dl_vlan=5,dl_vlan=6", "dl_vlan=6 contradicts"},
	{"tcp=1", "tcp takes no value"},
	{"tcp,tp_dst", "tp_dst: a value is missing; write tp_dst=.."},
	{"in_port", "in_port: a value is missing"},
	{"in_port=foo",
	 "in_port: 'foo' is not a port; expected a number, a reserved name such as LOCAL"},
	{"icmp6,nd_target=::1", "requires icmp6,icmp_type=135 or icmp6,icmp_type=136 before it"},
	{"tcp,tcp_flags=+foo", "of fin syn rst psh ack"},
	{"mpls_label=1", "requires mpls or mplsm before it"},
};

static void
errors_name_the_cause(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		char err[FLOW_ERR_BYTES] = "";
		struct flow_match m;

		if (parse_of(wrong[i].text, &m, err, sizeof err) != -EINVAL)
			fail_msg("%s was accepted", wrong[i].text);
		if (!strstr(err, wrong[i].sentence))
			fail_msg("%s: %s\nwithout: %s", wrong[i].text, err, wrong[i].sentence);
	}
}

static void
names_of_others_are_left_to_the_caller(void **state)
{
	char err[FLOW_ERR_BYTES];
	struct flow_match m = {0};

	(void)state;
	assert_int_equal(flow_match_parse_of("priority", 8, "5", NULL, &m, err, sizeof err),
			 -ENOENT);
	assert_int_equal(flow_match_parse_of("", 0, NULL, NULL, &m, err, sizeof err), -ENOENT);
	assert_int_equal(flow_match_parse_of("reg0", 4, "5", NULL, &m, err, sizeof err), -ENOENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_read_back),
		cmocka_unit_test(loose_matches_are_shown_whole),
		cmocka_unit_test(known_texts),
		cmocka_unit_test(errors_name_the_cause),
		cmocka_unit_test(names_of_others_are_left_to_the_caller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
