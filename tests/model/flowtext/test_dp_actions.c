/* SPDX-License-Identifier: Apache-2.0 */
/* Datapath actions and statistics in dpctl syntax. */
#include "random_match.h"

#include <base/clock.h>

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define N_CASES 5000

static char *
text_of(const struct flow_actions *acts, const struct flow_match *m)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	flow_megaflow_actions_print_dp(acts, m, NULL, out);
	fclose(out);
	return text;
}

static enum flow_field_id
random_settable(struct rng *r)
{
	uint32_t id;

	do
		id = rng_below(r, FLOW_N_FIELDS);
	while (!flow_fields[id].settable);
	return (enum flow_field_id)id;
}

static int
random_set(struct rng *r, struct flow_actions *acts)
{
	enum flow_field_id id = random_settable(r);
	struct flow_value value = random_bits(r, flow_fields[id].n_bits), mask;

	flow_field_ones(&flow_fields[id], &mask);
	if (flow_fields[id].maskable && rng_below(r, 2)) {
		mask = random_bits(r, flow_fields[id].n_bits);
		for (int i = 0; i < FLOW_VALUE_BYTES; i++)
			value.b[i] &= mask.b[i];
	}
	return flow_actions_add_set(acts, id, &value, &mask);
}

static void
random_nat(struct rng *r, struct flow_nat *nat)
{
	static const uint8_t sides[] = {0, FLOW_NAT_SRC, FLOW_NAT_DST};
	static const uint8_t how[] = {0, FLOW_NAT_HASH, FLOW_NAT_RANDOM};
	size_t n;

	nat->flags = sides[rng_below(r, 3)];
	if (!nat->flags)
		return;
	nat->flags |= how[rng_below(r, 3)] | (rng_below(r, 2) ? FLOW_NAT_PERSISTENT : 0);
	nat->ip_version = (uint8_t)(2 * (1 + rng_below(r, 3)) & 6);
	if (nat->ip_version < 4) {
		nat->ip_version = 0;
		return;
	}
	n = nat->ip_version == 4 ? 4 : 16;
	memcpy(nat->ip_min.b, random_bits(r, 128).b + FLOW_VALUE_BYTES - n, n);
	nat->ip_min.b[0] |= 1;
	if (rng_below(r, 2)) {
		nat->ip_max = nat->ip_min;
		nat->ip_max.b[n - 1] |= 1;
		if (!memcmp(&nat->ip_max, &nat->ip_min, n))
			memset(&nat->ip_max, 0, n); /* printed as one address */
	}
	if (rng_below(r, 2))
		nat->port_min = (uint16_t)(1 + rng_below(r, 60000));
	if (nat->port_min && rng_below(r, 2))
		nat->port_max = (uint16_t)(nat->port_min + 1 + rng_below(r, 5000));
}

static int
random_ct(struct rng *r, struct flow_actions *acts)
{
	static const uint8_t helpers[] = {0, FLOW_CT_FTP, FLOW_CT_TFTP};
	struct flow_ct ct = {.commit = rng_below(r, 2), .zone = (uint16_t)rng_below(r, 9)};

	ct.force = ct.commit && rng_below(r, 2);
	ct.helper = helpers[rng_below(r, 3)];
	if (rng_below(r, 2)) {
		ct.mark_mask = (uint32_t)rng_u64(r);
		ct.mark = (uint32_t)rng_u64(r);
	}
	if (rng_below(r, 2)) {
		memcpy(ct.label_mask, random_bits(r, 128).b + FLOW_VALUE_BYTES - 16, 16);
		memcpy(ct.label, random_bits(r, 128).b + FLOW_VALUE_BYTES - 16, 16);
	}
	memset(ct.timeout, 'a', rng_below(r, sizeof ct.timeout));
	ct.has_nat = rng_below(r, 2);
	if (ct.has_nat)
		random_nat(r, &ct.nat);
	return flow_actions_add_ct(acts, &ct);
}

/* Whole options, or any bytes. */
static int
random_tun_opts(struct rng *r, struct flow_actions *acts)
{
	uint8_t opts[FLOW_GENEVE_OPT_BYTES] = {0};
	uint32_t n = rng_below(r, sizeof opts + 1);

	for (uint32_t i = 0; i < n; i++)
		opts[i] = (uint8_t)rng_u64(r);
	if (rng_below(r, 2)) {
		n = 12 + 4 * rng_below(r, 10);
		memset(opts + n, 0, sizeof opts - n);
		opts[3] = 1;
		opts[8 + 3] = (uint8_t)((n - 12) / 4);
	}
	return flow_actions_add_tun_opts(acts, opts, (uint8_t)n);
}

static int
random_action(struct rng *r, struct flow_actions *acts)
{
	struct flow_action a = {0};

	switch (rng_below(r, 17)) {
	case 16:
		return random_tun_opts(r, acts);
	case 15:
		a.type = FLOW_ACTION_CHECK_LEN;
		a.check_len.n_bytes = (uint16_t)rng_u64(r);
		a.check_len.longer = (uint32_t)rng_u64(r) | 1;
		a.check_len.others = (uint32_t)rng_u64(r) | 1;
		return flow_actions_add(acts, &a);
	case 11:
		return random_ct(r, acts);
	case 12:
		a.type = rng_below(r, 2) ? FLOW_ACTION_CT_CLEAR : FLOW_ACTION_RECIRC;
		if (a.type == FLOW_ACTION_RECIRC)
			a.recirc_id = (uint32_t)rng_u64(r) | 1;
		return flow_actions_add(acts, &a);
	case 13:
		a.type = FLOW_ACTION_SET_QUEUE;
		a.queue = (uint32_t)rng_u64(r);
		return flow_actions_add(acts, &a);
	case 14:
		a.type = rng_below(r, 2) ? FLOW_ACTION_COPY_TTL_OUT : FLOW_ACTION_COPY_TTL_IN;
		return flow_actions_add(acts, &a);
	case 0:
		return flow_actions_add_output(acts, (uint32_t)rng_u64(r));
	case 1:
		a.type = FLOW_ACTION_UPCALL;
		a.upcall.reason = (uint8_t)rng_below(r, FLOW_N_UPCALL_REASONS);
		a.upcall.max_len = rng_below(r, 2) ? UINT16_MAX : (uint16_t)rng_u64(r);
		a.upcall.cookie = rng_below(r, 2) ? 0 : (uint32_t)rng_u64(r);
		return flow_actions_add(acts, &a);
	case 2:
		a.type = FLOW_ACTION_PUSH_VLAN;
		a.vlan.tpid = htons(rng_below(r, 2) ? 0x8100 : 0x88a8);
		a.vlan.tci = htons((uint16_t)rng_u64(r) & (FLOW_VLAN_VID | FLOW_VLAN_PCP));
		return flow_actions_add(acts, &a);
	case 3:
		a.type = FLOW_ACTION_POP_VLAN;
		return flow_actions_add(acts, &a);
	case 5:
		a.type = FLOW_ACTION_PUSH_MPLS;
		a.mpls.eth_type = htons(rng_below(r, 2) ? 0x8847 : 0x8848);
		a.mpls.lse = (be32)rng_u64(r);
		return flow_actions_add(acts, &a);
	case 6:
		a.type = FLOW_ACTION_POP_MPLS;
		a.mpls.eth_type = (be16)rng_u64(r);
		return flow_actions_add(acts, &a);
	case 7:
		a.type = FLOW_ACTION_TRUNC;
		a.n_bytes = (uint32_t)rng_u64(r) | FLOW_TRUNC_MIN;
		return flow_actions_add(acts, &a);
	case 8:
		a.type = FLOW_ACTION_SAMPLE;
		a.upcall.reason = FLOW_UPCALL_SAMPLE;
		a.upcall.max_len = (uint16_t)rng_u64(r);
		a.upcall.cookie = (uint32_t)rng_u64(r);
		/* A probability that the text can express. */
		a.upcall.probability = (uint32_t)(rng_below(r, 1001) / 1000.0 * UINT32_MAX + 0.5);
		return flow_actions_add(acts, &a);
	case 4:
		a.type = FLOW_ACTION_METER;
		a.meter = (uint32_t)rng_u64(r) | 1;
		return flow_actions_add(acts, &a);
	default:
		return random_set(r, acts);
	}
}

static void
lists_read_back(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= N_CASES; seed++) {
		struct rng r = {seed};
		struct flow_actions acts, back;
		struct flow_match m;
		char err[FLOW_ERR_BYTES] = "", *text;

		random_match(&r, RANDOM_DP, &m);
		flow_actions_init(&acts);
		flow_actions_init(&back);
		for (uint32_t n = rng_below(&r, 12); n; n--)
			assert_int_equal(random_action(&r, &acts), 0);
		if (!acts.n || !rng_below(&r, 4))
			assert_int_equal(flow_actions_add_drop(&acts, rng_below(&r, FLOW_N_DROPS)),
					 0);
		text = text_of(&acts, rng_below(&r, 2) ? &m : NULL);
		if (flow_actions_parse_dp(text, NULL, &back, err, sizeof err))
			fail_msg("seed %llu: %s: %s", (unsigned long long)seed, text, err);
		if (!flow_actions_equal(&acts, &back)) {
			char *again = text_of(&back, NULL);

			fail_msg("seed %llu: %s\nread back: %s", (unsigned long long)seed, text,
				 again);
		}
		free(text);
		flow_actions_free(&acts);
		flow_actions_free(&back);
	}
}

static void
every_settable_field_is_written(void **state)
{
	(void)state;
	for (int id = 0; id < FLOW_N_FIELDS; id++) {
		struct flow_value value = {{0}}, mask;
		struct flow_actions acts, back;
		char err[FLOW_ERR_BYTES] = "", *text;

		if (!flow_fields[id].settable)
			continue;
		flow_actions_init(&acts);
		flow_actions_init(&back);
		flow_field_ones(&flow_fields[id], &mask);
		value.b[FLOW_VALUE_BYTES - 1] = 1;
		assert_int_equal(flow_actions_add_set(&acts, (enum flow_field_id)id, &value, &mask),
				 0);
		text = text_of(&acts, NULL);
		if (flow_actions_parse_dp(text, NULL, &back, err, sizeof err))
			fail_msg("%s: %s: %s", flow_fields[id].name, text, err);
		if (!flow_actions_equal(&acts, &back))
			fail_msg("%s: %s", flow_fields[id].name, text);
		free(text);
		flow_actions_free(&acts);
		flow_actions_free(&back);
	}
}

static const struct {
	const char *in, *out;
} texts[] = {
	{"3", "3"},
	{"set(eth(src=00:00:00:00:00:01,dst=00:00:00:00:00:02)),set(ipv4(ttl=63)),1,2",
	 "set(eth(src=00:00:00:00:00:01,dst=00:00:00:00:00:02)),set(ipv4(ttl=63)),1,2"},
	{"set(ipv4(tos=0x4/0xfc)), set(tcp(dst=80))", "set(ipv4(tos=0x4/0xfc)),set(tcp(dst=80))"},
	{"set(ipv6(hlimit=63))", "set(ipv4(ttl=63))"},
	{"push_vlan(vid=5,pcp=0),3,pop_vlan,4", "push_vlan(vid=5,pcp=0),3,pop_vlan,4"},
	{"push_vlan(tpid=0x88a8,vid=5)", "push_vlan(tpid=0x88a8,vid=5,pcp=0)"},
	{"userspace(reason=controller,max_len=128,cookie=0x7)",
	 "userspace(reason=controller,max_len=128,cookie=0x7)"},
	{"userspace(reason=slow_path)", "userspace(reason=slow_path)"},
	{"trunc(100),3,4", "trunc(100),3,4"},
	{"sample(sample=50.0%,actions(userspace(reason=sample,max_len=128,cookie=0x7))),2",
	 "sample(sample=50.0%,actions(userspace(reason=sample,max_len=128,cookie=0x7))),2"},
	{"drop", "drop"},
	{"", "drop"},
	{"drop(reason=explicit)", "drop"},
	{"1,drop(reason=vlan-policy)", "1,drop(reason=vlan-policy)"},
	{"set(skb_mark(0x1/0xff)),set(tunnel(tun_id=0x5,dst=1.1.1.1,flags(df|key)))",
	 "set(skb_mark(0x1/0xff)),set(tunnel(tun_id=0x5,dst=1.1.1.1,flags(df|key)))"},
	{"ct,ct(),ct_clear,recirc(1)", "ct,ct,ct_clear,recirc(0x1)"},
	{"ct(nat(dst=[fe80::1]-[fe80::2]:5),zone=5,label=0x1,mark=7,force_commit,helper=ftp)",
	 "ct(force_commit,zone=5,mark=0x7/0xffffffff,label=0x1,helper=ftp,"
	 "nat(dst=[fe80::1]-[fe80::2]:5))"},
	{"ct(commit,label=0x1/0xff,nat(src=1.2.3.4-1.2.3.9:1-100,random))",
	 "ct(commit,label=0x1/0xff,nat(src=1.2.3.4-1.2.3.9:1-100,random))"},
	{"set(skb_priority(0x5)),1", "set(skb_priority(0x5)),1"},
	{"set(eth(src=00:00:00:00:00:01)),set(eth(src=00:00:00:00:00:02))",
	 "set(eth(src=00:00:00:00:00:01)),set(eth(src=00:00:00:00:00:02))"},
};

static void
known_texts(void **state)
{
	struct flow_actions acts;

	(void)state;
	flow_actions_init(&acts);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		char err[FLOW_ERR_BYTES] = "", *text;

		if (flow_actions_parse_dp(texts[i].in, NULL, &acts, err, sizeof err))
			fail_msg("%s: %s", texts[i].in, err);
		text = text_of(&acts, NULL);
		assert_string_equal(text, texts[i].out);
		free(text);
	}
	flow_actions_free(&acts);
}

static void
shared_fields_follow_the_match(void **state)
{
	struct flow_actions acts;
	struct flow_match m;
	char err[FLOW_ERR_BYTES], *text;

	(void)state;
	flow_actions_init(&acts);
	assert_int_equal(flow_match_parse_dp("eth_type(0x86dd)", NULL, &m, err, sizeof err), 0);
	assert_int_equal(flow_actions_parse_dp("set(ipv4(ttl=63)),1", NULL, &acts, err, sizeof err),
			 0);
	text = text_of(&acts, &m);
	assert_string_equal(text, "set(ipv6(hlimit=63)),1");
	free(text);
	flow_actions_free(&acts);
}

static const struct {
	const char *text, *sentence;
} wrong[] = {
	{"foo", "output: 'foo' is not a port"},
	{"foo(1)", "'foo(1)' is not an action; expected"},
	{"1 2", "',' is expected between actions, before '2'"},
	{"drop,1", "drop must be the last action"},
	{"meter(0)", "meter: '(0)' is not a number; expected meter(1..4294967295)"},
	{"trunc(13),1", "trunc: '(13),1' is not a number; expected trunc(14..4294967295)"},
	{"sample(sample=101%,actions(userspace(reason=sample)))",
	 "'101%,actions(userspace(r' is not a percentage; expected 0% to 100%"},
	{"sample(sample=5%,actions(1))", "sample: '%,actions(userspace' is expected before"},
	{"recirc(0)", "recirc: '(0)' is not a number; expected recirc(1..4294967295)"},
	{"ct(foo)", "ct: 'foo)' is not accepted; expected commit"},
	{"ct(zone=65536)", "ct(zone): '65536' is not accepted"},
	{"ct(helper=sip)", "ct(helper): 'sip' is not accepted; expected ftp or tftp"},
	{"ct(nat(src=1.1.1.1-1.1.1.0))", "nat(src): '1.1.1.1-1.1.1.0' is not a range"},
	{"ct(commit", "')' is expected after ct"},
	{"set(skb_priority(x))", "expected skb_priority(0..4294967295)"},
	{"drop(reason=foo)", "drop(reason): 'foo' is not accepted; expected explicit, no-bridge, "},
	{"set(ipv4(proto=1))", "set: ipv4(proto) cannot be set"},
	{"set(ipv5(proto=1))", "set: 'ipv5(proto=1))' is not a header"},
	{"set(ipv4(ttl=300))", "ipv4(ttl): '300' is not accepted; expected 0 to 0xff"},
	{"push_vlan(pcp=1)", "push_vlan: vid is missing"},
	{"push_vlan(vid=4096)", "push_vlan(vid): '4096' is not accepted; expected 0 to 4095"},
	{"push_vlan(vid=1,vid=1)", "push_vlan(vid) is given twice"},
	{"userspace()", "userspace: reason is missing"},
	{"userspace(pid=1)",
	 "userspace: 'pid=1)' is not accepted; expected reason, max_len, cookie"},
};

static void
errors_name_the_cause_and_change_nothing(void **state)
{
	struct flow_actions acts;

	(void)state;
	flow_actions_init(&acts);
	assert_int_equal(flow_actions_add_output(&acts, 9), 0);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		char err[FLOW_ERR_BYTES] = "";

		if (flow_actions_parse_dp(wrong[i].text, NULL, &acts, err, sizeof err) != -EINVAL)
			fail_msg("%s was accepted", wrong[i].text);
		if (!strstr(err, wrong[i].sentence))
			fail_msg("%s: %s\nwithout: %s", wrong[i].text, err, wrong[i].sentence);
		assert_int_equal(acts.n, 1);
		assert_int_equal(acts.a[0].port, 9);
	}
	flow_actions_free(&acts);
}

static void
too_many_actions_are_refused(void **state)
{
	char text[2 * FLOW_ACTIONS_MAX + 3], err[FLOW_ERR_BYTES];
	struct flow_actions acts;

	(void)state;
	for (size_t i = 0; i < sizeof text - 1; i++)
		text[i] = i % 2 ? ',' : '1';
	text[sizeof text - 1] = '\0';
	flow_actions_init(&acts);
	assert_int_equal(flow_actions_parse_dp(text, NULL, &acts, err, sizeof err), -EINVAL);
	assert_string_equal(err, "more than 4096 actions");
	text[2 * FLOW_ACTIONS_MAX] = '\0';
	assert_int_equal(flow_actions_parse_dp(text, NULL, &acts, err, sizeof err), 0);
	flow_actions_free(&acts);
}

static void
stats_are_dpctls(void **state)
{
	static const struct {
		struct flow_stats stats;
		const char *text;
	} cases[] = {
		{{3, 180, 10 * NS_PER_S - 512 * NS_PER_MS, 0x12},
		 "packets:3, bytes:180, used:0.512s, flags:S."},
		{{0, 0, 0, 0}, "packets:0, bytes:0, used:never"},
		{{UINT64_MAX, 1, 10 * NS_PER_S, 0xfff},
		 "packets:18446744073709551615, bytes:1, used:0.000s, "
		 "flags:SFPRU.ECN[200][400][800]"},
		{{1, 60, 11 * NS_PER_S, 0}, "packets:1, bytes:60, used:0.000s"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *text = NULL;
		size_t n;
		FILE *out = open_memstream(&text, &n);

		flow_stats_print(&cases[i].stats, 10 * NS_PER_S, out);
		fclose(out);
		assert_string_equal(text, cases[i].text);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_read_back),
		cmocka_unit_test(every_settable_field_is_written),
		cmocka_unit_test(known_texts),
		cmocka_unit_test(shared_fields_follow_the_match),
		cmocka_unit_test(errors_name_the_cause_and_change_nothing),
		cmocka_unit_test(too_many_actions_are_refused),
		cmocka_unit_test(stats_are_dpctls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
