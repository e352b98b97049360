/* SPDX-License-Identifier: Apache-2.0 */
/* Tuples of connections: their text, refusals, and what a filter selects. */
#include <flow/connection.h>

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct flow_tuple
tuple(const char *text)
{
	struct flow_tuple t;
	char err[512] = "";

	if (flow_tuple_parse(text, &t, err, sizeof err))
		fail_msg("%s: %s", text, err);
	return t;
}

static void
test_text(void **state)
{
	static const struct {
		const char *orig, *reply, *want;
	} cases[] = {
		{"ct_nw_src=10.0.0.1,ct_nw_dst=10.0.0.2,ct_nw_proto=6,ct_tp_src=1000,ct_tp_dst=80",
		 "ct_nw_src=10.0.0.2,ct_nw_dst=10.0.0.9,ct_nw_proto=6,ct_tp_src=80,ct_tp_dst=0x400",
		 "tcp,orig=(src=10.0.0.1,dst=10.0.0.2,sport=1000,dport=80),"
		 "reply=(src=10.0.0.2,dst=10.0.0.9,sport=80,dport=1024),zone=5,timeout=7,"
		 "labels=0x1020,protoinfo=(state=CLOSE)"},
		{"ct_ipv6_src=fc00::1,ct_ipv6_dst=fc00::2,ct_nw_proto=58,icmp_id=9,icmp_type=128",
		 "ct_ipv6_src=fc00::2,ct_ipv6_dst=fc00::1,ct_nw_proto=58,icmp_id=9,icmp_type=129",
		 "icmpv6,orig=(src=fc00::1,dst=fc00::2,id=9,type=128,code=0),"
		 "reply=(src=fc00::2,dst=fc00::1,id=9,type=129,code=0),zone=5,timeout=7,"
		 "labels=0x1020,protoinfo=(state=CLOSE)"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct flow_connection c = {.orig = tuple(cases[i].orig),
					    .reply = tuple(cases[i].reply),
					    .zone = 5,
					    .label = {[14] = 0x10, [15] = 0x20},
					    .tcp_state = "CLOSE",
					    .timeout_s = 7};
		char *text;
		size_t n;
		FILE *out = open_memstream(&text, &n);

		flow_connection_print(&c, true, out);
		fclose(out);
		assert_string_equal(text, cases[i].want);
		free(text);
	}
}

static void
test_refusals(void **state)
{
	static const struct {
		const char *text, *words[2];
	} cases[] = {
		{"tp_src=5", {"'tp_src=5'", "ct_tp_src"}},
		{"ct_nw_src", {"ct_nw_src", "VALUE"}},
		{"ct_nw_src=", {"ct_nw_src", "VALUE"}},
		{"ct_nw_src=fc00::1", {"'fc00::1'", "IPv4"}},
		{"ct_nw_src=1.2.3.4,ct_ipv6_dst=fc00::1", {"ct_ipv6_dst", "IPv4"}},
		{"ct_nw_proto=256", {"'256'", "0..255"}},
		{"ct_tp_dst=65536", {"'65536'", "0..65535"}},
		{"ct_nw_proto=1,ct_tp_dst=7", {"ICMP has no ports", "icmp_id"}},
		{"icmp_type=8", {"icmp_type", "ct_nw_proto=1"}},
		{"ct_nw_proto=6,icmp_id=8", {"icmp_id", "ct_nw_proto=1"}},
		{"ct_nw_src=00000000000000000000000000000000000000000000000000000000001",
		 {"VALUE", ""}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct flow_tuple t = {.proto = 77};
		char err[512] = "";

		assert_int_equal(flow_tuple_parse(cases[i].text, &t, err, sizeof err), -EINVAL);
		assert_non_null(strstr(err, cases[i].words[0]));
		assert_non_null(strstr(err, cases[i].words[1]));
		assert_int_equal(t.proto, 77);
	}
}

static void
test_filters(void **state)
{
	const struct flow_connection c = {
		.orig = tuple("ct_nw_src=10.0.0.1,ct_nw_dst=10.0.0.9,ct_nw_proto=6,ct_tp_src=1000,"
			      "ct_tp_dst=80"),
		.reply = tuple("ct_nw_src=10.0.0.2,ct_nw_dst=10.0.0.1,ct_nw_proto=6,ct_tp_src=8080,"
			       "ct_tp_dst=1000"),
		.zone = 5};
	static const struct {
		const char *orig, *reply;
		int zone; /* -1: any */
		bool want;
	} cases[] = {
		{"", "", -1, true},
		{"", "", 5, true},
		{"", "", 0, false},
		{"ct_nw_proto=6", "", -1, true},
		{"ct_nw_proto=17", "", -1, false},
		{"ct_nw_dst=10.0.0.9", "ct_nw_src=10.0.0.2", -1, true},
		{"ct_nw_dst=10.0.0.2", "", -1, false},
		{"ct_tp_dst=80", "ct_tp_src=8080", 5, true},
		{"ct_tp_dst=8080", "", 5, false},
		{"", "ct_tp_dst=1001", 5, false},
		{"ct_ipv6_src=fc00::1", "", -1, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct flow_connection_filter f = {.has_zone = cases[i].zone >= 0,
							 .zone = (uint16_t)cases[i].zone,
							 .orig = tuple(cases[i].orig),
							 .reply = tuple(cases[i].reply)};

		assert_int_equal(flow_connection_matches(&f, &c), cases[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_filters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
