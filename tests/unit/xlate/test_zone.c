/* SPDX-License-Identifier: Apache-2.0 */
/* Timeouts of zones: which passes name a policy, what their megaflows match, and which of them a change affects. */
#include "bridge/zone.h"
#include "lab.h"

#include <flow/timeout.h>
#include <xlate/sieve.h>

#include <stdio.h>
#include <string.h>

#define TCP "in_port=1,tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=1000,tp_dst=80"
#define UDP "in_port=1,udp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=1000,tp_dst=80"
#define UDP6 "in_port=1,udp6,ipv6_src=fd00::1,ipv6_dst=fd00::2,tp_src=1000,tp_dst=80"
#define UDP_PARTS (1u << FLOW_TIMEOUT_UDP4 | 1u << FLOW_TIMEOUT_UDP6)

static void
open_named(struct lab *lab)
{
	lab_open_with(lab, 3, &(struct xlate_config){.seed = 42, .dp_name = "dp"});
}

static void
set(struct lab *lab, uint32_t zone, unsigned int parts)
{
	assert_int_equal(xlate_zone_timeouts_set(lab->x, (uint16_t)zone, (uint8_t)parts), 0);
}

static void
expect(struct lab *lab, const char *packet, const char *actions, uint8_t proto_mask)
{
	struct xlate_out out;

	lab_expect(lab, packet, false, actions);
	lab_translate(lab, packet, false, &out);
	assert_int_equal(out.mask.nw_proto, proto_mask);
	xlate_out_free(&out);
}

static void
test_names(void **state)
{
	struct lab lab;

	(void)state;
	open_named(&lab);
	lab_rules(&lab, "priority=1,ip,actions=ct(commit,zone=5),2",
		  "priority=1,ipv6,actions=ct(commit,zone=5),2",
		  "priority=9,ip,in_port=2,actions=ct(zone=5),ct(commit,zone=6),1", NULL);
	expect(&lab, UDP, "ct(commit,zone=5),12", 0);
	set(&lab, 5, UDP_PARTS);
	expect(&lab, UDP, "ct(commit,zone=5,timeout=dp.tp.5.udp4),12", UINT8_MAX);
	expect(&lab, UDP6, "ct(commit,zone=5,timeout=dp.tp.5.udp6),12", UINT8_MAX);
	expect(&lab, TCP, "ct(commit,zone=5),12", UINT8_MAX);
	/* A pass that commits nothing, and one to another zone. */
	expect(&lab, "in_port=2,udp", "ct(zone=5),ct(commit,zone=6),11", 0);
	set(&lab, 6, 1u << FLOW_TIMEOUT_TCP4);
	set(&lab, 5, 0);
	expect(&lab, UDP, "ct(commit,zone=5),12", 0);
	expect(&lab, "in_port=2,tcp", "ct(zone=5),ct(commit,zone=6,timeout=dp.tp.6.tcp4),11",
	       UINT8_MAX);
	lab_close(&lab);
}

struct flow {
	struct xlate_out out;
	struct flow_packed *match;
	struct xlate_digest digest;
};

static void
flow_make(struct lab *lab, const char *packet, struct flow *f)
{
	struct flow_match m = {.key = lab_key(lab, packet)};

	lab_translate_key(lab, &m.key, &f->out);
	m.mask = f->out.mask;
	flow_match_canonicalize(&m);
	f->match = flow_packed_new(&m);
	assert_non_null(f->match);
	xlate_digest_make(f->out.record, f->match, &f->digest);
}

static void
flow_free(struct flow *f)
{
	flow_packed_unref(f->match);
	xlate_out_free(&f->out);
}

/* Returns whether the flow is stale. The sieve catches every stale one. */
static bool
is_stale(struct lab *lab, const struct xlate_sieve *s, struct flow *f)
{
	bool stale = !xlate_record_current(lab->x, f->out.record, f->match);

	assert_true(!stale || xlate_sieve_catches(s, &f->digest.kind, &f->digest.own));
	return stale;
}

/* A change affects the megaflows that commit to its zone, also those that were made before any policy, and not
 * those of zones with another bucket, however many have policies. */
static void
test_changes(void **state)
{
	struct flow five, six, none;
	struct xlate_sieve *s;
	struct lab lab;

	(void)state;
	open_named(&lab);
	lab_rules(&lab, "udp,actions=ct(commit,zone=5),2", "tcp,actions=ct(commit,zone=6),2",
		  "arp,actions=2", NULL);
	assert_int_equal(xlate_sieve_create(lab.x, &s), 0);
	for (int round = 0; round < 2; round++) {
		flow_make(&lab, UDP, &five);
		flow_make(&lab, TCP, &six);
		flow_make(&lab, "in_port=1,arp", &none);
		xlate_sieve_advance(s);
		set(&lab, 7, 1);
		set(&lab, 5, xlate_version(lab.x) % 2 ? UDP_PARTS : UDP_PARTS | 1);
		xlate_sieve_advance(s);
		assert_true(is_stale(&lab, s, &five));
		assert_false(is_stale(&lab, s, &six));
		assert_false(is_stale(&lab, s, &none));
		assert_false(xlate_sieve_catches(s, &none.digest.kind, &none.digest.own));
		/* Nothing has changed since. */
		xlate_sieve_advance(s);
		assert_false(xlate_sieve_catches(s, &five.digest.kind, &five.digest.own));
		flow_free(&five);
		flow_make(&lab, UDP, &five);
		assert_false(is_stale(&lab, s, &five));
		flow_free(&five);
		flow_free(&six);
		flow_free(&none);
		for (uint32_t zone = 0; zone <= UINT16_MAX; zone++)
			set(&lab, zone, 1u << FLOW_TIMEOUT_TCP6);
	}
	xlate_sieve_destroy(s);
	lab_close(&lab);
}

/* To set what a zone has is no change. */
static void
test_no_change(void **state)
{
	struct lab lab;
	uint64_t version;

	(void)state;
	open_named(&lab);
	set(&lab, 5, 0);
	set(&lab, 5, 3);
	version = xlate_version(lab.x);
	set(&lab, 5, 3);
	assert_int_equal(xlate_version(lab.x), version);
	lab_close(&lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_no_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
