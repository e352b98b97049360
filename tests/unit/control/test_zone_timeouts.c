/* SPDX-License-Identifier: Apache-2.0 */
/* Policies of zones: set, replaced, removed, found at the start, on a datapath that refuses or has flows. */
#include "operate/zone_timeouts.h"

#include <base/rcu.h>
#include <xlate/xlate.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define UDP (1u << FLOW_TIMEOUT_UDP4 | 1u << FLOW_TIMEOUT_UDP6)
#define TCP (1u << FLOW_TIMEOUT_TCP4 | 1u << FLOW_TIMEOUT_TCP6)
#define DEFAULT_S 30

/* A datapath. 'busy': parts that flows name; 'foreign': names of parts that another program has. */
static struct {
	uint8_t parts[65536], busy, foreign;
	int error;
	unsigned int n_busy; /* removals after which none is busy; 0: they remain so */
	unsigned int n_removals;
} fake;

static int
fake_set(struct dp *dp, uint16_t zone, struct flow_timeouts *t)
{
	(void)dp;
	if (fake.error)
		return fake.error;
	for (int p = 0; p < FLOW_N_TIMEOUT_PARTS; p++) {
		uint32_t has = flow_timeout_part_has((enum flow_timeout_part)p);

		if (!(flow_timeouts_parts(t) >> p & 1))
			continue;
		if (fake.foreign >> p & 1)
			return -EEXIST;
		fake.parts[zone] |= (uint8_t)(1u << p);
		for (int i = 0; i < FLOW_N_TIMEOUTS; i++) {
			if ((has & ~t->has) >> i & 1)
				t->s[i] = DEFAULT_S;
		}
		t->has |= has;
	}
	return 0;
}

static int
fake_del(struct dp *dp, uint16_t zone, uint8_t *parts)
{
	uint8_t left = *parts & fake.busy;

	(void)dp;
	if (fake.n_busy && !--fake.n_busy)
		fake.busy = 0;
	fake.n_removals++;
	fake.parts[zone] &= (uint8_t) ~(*parts & ~left);
	*parts = left;
	return left ? -EBUSY : 0;
}

static int
fake_each(struct dp *dp,
	  void (*each)(void *aux, uint16_t zone, enum flow_timeout_part part,
		       const struct flow_timeouts *t),
	  void *aux)
{
	(void)dp;
	for (int zone = 65535; zone >= 0; zone--) {
		for (int p = 0; p < FLOW_N_TIMEOUT_PARTS; p++) {
			struct flow_timeouts t = {
				.has = flow_timeout_part_has((enum flow_timeout_part)p)};

			for (int i = 0; i < FLOW_N_TIMEOUTS; i++)
				t.s[i] = 50;
			if (fake.parts[zone] >> p & 1)
				each(aux, (uint16_t)zone, (enum flow_timeout_part)p, &t);
		}
	}
	return 0;
}

static const struct dp_class class = {
	.timeouts_set = fake_set, .timeouts_del = fake_del, .timeouts_each = fake_each};

struct lab {
	struct dp dp;
	struct ctl_stack s;
	char err[1024];
};

static void
start(struct lab *l, const struct ctl_zone_policy *policies, unsigned int n)
{
	*l = (struct lab){.dp = {.class = &class}};
	l->dp.caps.timeouts = (1u << FLOW_N_TIMEOUTS) - 1 - (1u << FLOW_TIMEOUT_UDP_FIRST);
	l->s = (struct ctl_stack){.dp = &l->dp, .dp_name = "system@dp"};
	assert_int_equal(
		xlate_create(&(struct xlate_config){.seed = 1, .dp_name = "dp"}, &l->s.xlate), 0);
	assert_int_equal(ctl_zone_timeouts_start(&l->s, policies, n, l->err, sizeof l->err), 0);
}

static void
stop(struct lab *l)
{
	ctl_zone_timeouts_stop(&l->s);
	xlate_destroy(l->s.xlate);
}

static int
set(struct lab *l, uint16_t zone, const char *key, const char *seconds)
{
	struct ctl_zone_policy p = {.zone = zone};

	assert_int_equal(ctl_timeout_take(&p.t, key, strlen(key), seconds, l->err, sizeof l->err),
			 0);
	return ctl_zone_timeouts_set(&l->s, &p, l->err, sizeof l->err);
}

static void
expect(struct lab *l, uint16_t zone, uint32_t has, uint8_t leaving, unsigned int retries)
{
	struct ctl_zone_state z;

	assert_true(ctl_zone_timeouts_next(&l->s, zone, &z));
	assert_int_equal(z.policy.zone, zone);
	assert_int_equal(z.policy.t.has, has);
	assert_int_equal(z.leaving, leaving);
	assert_int_equal(z.retries, retries);
}

static void
expect_none(struct lab *l)
{
	struct ctl_zone_state z;

	assert_false(ctl_zone_timeouts_next(&l->s, 0, &z));
}

static void
test_set_and_del(void **state)
{
	const uint32_t udp = flow_timeout_part_has(FLOW_TIMEOUT_UDP4);
	const uint32_t tcp = flow_timeout_part_has(FLOW_TIMEOUT_TCP4);
	struct lab l;

	(void)state;
	memset(&fake, 0, sizeof fake);
	start(&l, NULL, 0);
	expect_none(&l);
	assert_int_equal(set(&l, 7, "udp_single", "9"), 0);
	assert_int_equal(set(&l, 3, "udp_single", "9"), 0);
	expect(&l, 3, udp, 0, 0);
	expect(&l, 7, udp, 0, 0);
	/* A part that flows name is removed when they do not any more. */
	fake.busy = 1u << FLOW_TIMEOUT_UDP4;
	assert_int_equal(set(&l, 7, "tcp_close", "9"), 0);
	assert_int_equal(fake.parts[7], TCP | fake.busy);
	expect(&l, 7, tcp, fake.busy, 1);
	ctl_zone_timeouts_tick(&l.s);
	expect(&l, 7, tcp, fake.busy, 2);
	/* One that is set again is not removed. */
	assert_int_equal(set(&l, 7, "udp_multiple", "8"), 0);
	expect(&l, 7, udp, 0, 0);
	assert_int_equal(fake.parts[7], UDP);
	assert_int_equal(ctl_zone_timeouts_del(&l.s, 7, l.err, sizeof l.err), 0);
	expect(&l, 7, 0, fake.busy, 1);
	assert_int_equal(ctl_zone_timeouts_del(&l.s, 7, l.err, sizeof l.err), -ENOENT);
	fake.busy = 0;
	ctl_zone_timeouts_tick(&l.s);
	assert_int_equal(fake.parts[7], 0);
	assert_int_equal(ctl_zone_timeouts_del(&l.s, 3, l.err, sizeof l.err), 0);
	expect_none(&l);
	fake.n_removals = 0;
	ctl_zone_timeouts_tick(&l.s);
	assert_int_equal(fake.n_removals, 0);
	stop(&l);
}

/* A turn tries 64 zones, and each has its turn. */
static void
test_many_removals(void **state)
{
	struct ctl_zone_state z;
	struct lab l;

	(void)state;
	memset(&fake, 0, sizeof fake);
	start(&l, NULL, 0);
	for (uint16_t zone = 0; zone < 200; zone++)
		assert_int_equal(set(&l, (uint16_t)(zone * 300), "icmp_first", "9"), 0);
	fake.busy = 255;
	for (uint16_t zone = 0; zone < 200; zone++) {
		if (zone % 4)
			assert_int_equal(ctl_zone_timeouts_del(&l.s, (uint16_t)(zone * 300), l.err,
							       sizeof l.err),
					 0);
	}
	for (int i = 0; i < 3; i++) {
		fake.n_removals = 0;
		ctl_zone_timeouts_tick(&l.s);
		assert_int_equal(fake.n_removals, 64);
	}
	for (unsigned int zone = 0; ctl_zone_timeouts_next(&l.s, zone, &z);
	     zone = z.policy.zone + 1u) {
		if (z.leaving)
			assert_in_range(z.retries, 2, 3);
	}
	fake.busy = 0;
	for (int i = 0; i < 3; i++)
		ctl_zone_timeouts_tick(&l.s);
	for (unsigned int zone = 0; zone < 200; zone++)
		assert_int_equal(fake.parts[zone * 300] != 0, zone % 4 == 0);
	stop(&l);
}

static void
test_errors(void **state)
{
	static const struct flow_key no_zones = {.ct_zone = UINT16_MAX};
	struct ctl_zone_policy p = {.zone = 1};
	struct lab l;

	(void)state;
	memset(&fake, 0, sizeof fake);
	start(&l, NULL, 0);
	assert_int_equal(set(&l, 1, "udp_first", "9"), -EOPNOTSUPP);
	assert_non_null(strstr(l.err, "udp_first: the datapath system@dp has no such timeout"));
	fake.error = -EPROTONOSUPPORT;
	assert_int_equal(set(&l, 1, "udp_single", "9"), -EPROTONOSUPPORT);
	assert_non_null(strstr(l.err, "modprobe nfnetlink_cttimeout"));
	fake.error = -EEXIST;
	assert_int_equal(set(&l, 1, "udp_single", "9"), -EEXIST);
	expect_none(&l);
	fake.error = 0;
	fake.foreign = 1u << FLOW_TIMEOUT_UDP6;
	assert_int_equal(set(&l, 1, "udp_single", "9"), -EEXIST);
	expect(&l, 1, 0, 1u << FLOW_TIMEOUT_UDP4, 0);
	ctl_zone_timeouts_tick(&l.s);
	expect_none(&l);
	fake.foreign = 0;
	/* What an attempt may have left is removed. */
	fake.error = -ENOMEM;
	fake.busy = 255;
	assert_int_equal(set(&l, 1, "udp_single", "9"), -ENOMEM);
	expect(&l, 1, 0, UDP, 0);
	fake.busy = 0;
	ctl_zone_timeouts_tick(&l.s);
	expect_none(&l);
	l.dp.caps.absent = no_zones;
	fake.error = 0;
	assert_int_equal(set(&l, 1, "udp_single", "9"), -EOPNOTSUPP);
	assert_non_null(strstr(l.err, "zone 0 alone"));
	l.dp.caps.timeouts = 0;
	assert_int_equal(ctl_zone_timeouts_set(&l.s, &p, l.err, sizeof l.err), -EOPNOTSUPP);
	assert_non_null(strstr(l.err, "has no timeouts of connections"));
	stop(&l);
}

static void
test_words(void **state)
{
	static const struct {
		const char *key, *seconds, *want;
	} wrong[] = {
		{"udp", "5", "'udp': unknown timeout; expected tcp_syn_sent, tcp_syn_recv"},
		{"udp_single", "0", "udp_single: '0'; expected seconds, 1..2147483"},
		{"udp_single", "2147484", "expected seconds, 1..2147483"},
		{"udp_single", "", "expected seconds"},
		{"udp_single", "5s", "expected seconds"},
		{"icmp_reply", "4", "icmp_reply is given twice"},
	};
	struct flow_timeouts t = {.has = 0};
	char err[1024];
	uint16_t zone;

	(void)state;
	assert_int_equal(ctl_timeout_take(&t, "icmp_reply=x", 10, "2147483", err, sizeof err), 0);
	assert_int_equal(t.has, 1u << FLOW_TIMEOUT_ICMP_REPLY);
	assert_int_equal(t.s[FLOW_TIMEOUT_ICMP_REPLY], 2147483);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_int_equal(ctl_timeout_take(&t, wrong[i].key, strlen(wrong[i].key),
						  wrong[i].seconds, err, sizeof err),
				 -EINVAL);
		if (!strstr(err, wrong[i].want))
			fail_msg("%s", err);
	}
	assert_int_equal(ctl_zone_take("65535", &zone, err, sizeof err), 0);
	assert_int_equal(zone, 65535);
	assert_int_equal(ctl_zone_take("65536", &zone, err, sizeof err), -EINVAL);
}

/* The policies of a daemon before are taken, and completed; those of the file replace them. */
static void
test_start(void **state)
{
	struct ctl_zone_policy file = {.zone = 9};
	struct lab l;

	(void)state;
	memset(&fake, 0, sizeof fake);
	fake.parts[4] = 1u << FLOW_TIMEOUT_UDP4;
	fake.parts[2] = TCP;
	start(&l, NULL, 0);
	assert_int_equal(fake.parts[4], UDP);
	expect(&l, 4, flow_timeout_part_has(FLOW_TIMEOUT_UDP4), 0, 0);
	expect(&l, 2, flow_timeout_part_has(FLOW_TIMEOUT_TCP4), 0, 0);
	stop(&l);

	/* One that is refused is lost, and the daemon starts. */
	fake.foreign = 1u << FLOW_TIMEOUT_UDP6;
	fake.parts[4] = 1u << FLOW_TIMEOUT_UDP4;
	start(&l, NULL, 0);
	expect(&l, 4, 0, 1u << FLOW_TIMEOUT_UDP4, 0);
	expect(&l, 2, flow_timeout_part_has(FLOW_TIMEOUT_TCP4), 0, 0);
	ctl_zone_timeouts_tick(&l.s);
	assert_int_equal(fake.parts[4], 0);
	stop(&l);
	fake.foreign = 0;
	fake.parts[4] = UDP;

	file.t.has = 1u << FLOW_TIMEOUT_TCP_CLOSE;
	file.t.s[FLOW_TIMEOUT_TCP_CLOSE] = 5;
	start(&l, &file, 1);
	expect(&l, 9, flow_timeout_part_has(FLOW_TIMEOUT_TCP4), 0, 0);
	expect(&l, 2, 0, TCP, 0);
	ctl_zone_timeouts_tick(&l.s);
	expect(&l, 9, flow_timeout_part_has(FLOW_TIMEOUT_TCP4), 0, 0);
	assert_int_equal(fake.parts[2] | fake.parts[4], 0);
	assert_int_equal(fake.parts[9], TCP);
	stop(&l);
}

/* A daemon that leaves its datapath leaves no part of a policy that was removed, which the next one would take. */
static void
test_stop(void **state)
{
	struct lab l;

	(void)state;
	memset(&fake, 0, sizeof fake);
	start(&l, NULL, 0);
	assert_int_equal(set(&l, 7, "udp_single", "9"), 0);
	assert_int_equal(set(&l, 8, "udp_single", "9"), 0);
	fake.busy = UDP;
	fake.n_busy = 3;
	assert_int_equal(ctl_zone_timeouts_del(&l.s, 7, l.err, sizeof l.err), 0);
	l.s.keep_datapath = true;
	stop(&l);
	assert_int_equal(fake.parts[7], 0);
	assert_int_equal(fake.parts[8], UDP);
	assert_int_equal(fake.n_removals, 4);
	/* A datapath that is removed takes them with it. */
	start(&l, NULL, 0);
	fake.busy = UDP;
	assert_int_equal(ctl_zone_timeouts_del(&l.s, 8, l.err, sizeof l.err), 0);
	fake.n_removals = 0;
	stop(&l);
	assert_int_equal(fake.n_removals, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_and_del), cmocka_unit_test(test_many_removals),
		cmocka_unit_test(test_errors),	    cmocka_unit_test(test_words),
		cmocka_unit_test(test_start),	    cmocka_unit_test(test_stop),
	};
	int rc;

	rcu_thread_start();
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_thread_stop();
	return rc;
}
