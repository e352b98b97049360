/* SPDX-License-Identifier: Apache-2.0 */
/* Timeouts of zones in the kernel: objects are made, changed, found and removed, whatever it answers. */
#include "fake.h"
#include "fake_timeouts.h"
#include "kdp_private.h"
#include "zone_timeouts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink_cttimeout.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define UDP (1u << FLOW_TIMEOUT_UDP4 | 1u << FLOW_TIMEOUT_UDP6)
#define TCP (1u << FLOW_TIMEOUT_TCP4 | 1u << FLOW_TIMEOUT_TCP6)
#define ICMP (1u << FLOW_TIMEOUT_ICMP4 | 1u << FLOW_TIMEOUT_ICMP6)

static struct kdp *
open_fake(void)
{
	struct kdp_config config = {.name = "fake"};
	char err[256] = "";
	struct kdp *k;

	fake_reset(FAKE_NONE, 0, 0);
	fake_timeouts = (struct fake_timeouts){.n = 0};
	assert_int_equal(kdp_create(&config, &k, err, sizeof err), 0);
	return k;
}

static struct flow_timeouts
policy(enum flow_timeout which, uint32_t s)
{
	struct flow_timeouts t = {.has = 1u << which};

	t.s[which] = s;
	return t;
}

static const struct fake_object *
object(const char *name)
{
	for (unsigned int i = 0; i < fake_timeouts.n; i++) {
		if (!strcmp(fake_timeouts.objects[i].name, name))
			return &fake_timeouts.objects[i];
	}
	return NULL;
}

/* Each timeout has its attribute, and what is not given is completed. */
static void
test_set(void **state)
{
	struct kdp *k = open_fake();
	struct dp *dp = kdp_dp(k);
	struct flow_timeouts t = {.has = KDP_TIMEOUTS};

	(void)state;
	for (int i = 0; i < FLOW_N_TIMEOUTS; i++)
		t.s[i] = 100u + (uint32_t)i;
	assert_int_equal(dp->class->timeouts_set(dp, 65535, &t), 0);
	assert_int_equal(fake_timeouts.n, FLOW_N_TIMEOUT_PARTS);
	for (unsigned int i = CTA_TIMEOUT_TCP_SYN_SENT; i <= CTA_TIMEOUT_TCP_UNACK; i++)
		assert_int_equal(object("fake.tp.65535.tcp6")->values[i], 99 + i);
	assert_int_equal(object("fake.tp.65535.udp4")->values[CTA_TIMEOUT_UDP_UNREPLIED], 112);
	assert_int_equal(object("fake.tp.65535.udp4")->values[CTA_TIMEOUT_UDP_REPLIED], 113);
	assert_int_equal(object("fake.tp.65535.icmp4")->values[CTA_TIMEOUT_ICMP_TIMEOUT], 114);
	assert_int_equal(object("fake.tp.65535.icmp6")->l4proto, IPPROTO_ICMPV6);
	assert_int_equal(object("fake.tp.65535.icmp6")->l3proto, AF_INET6);
	assert_int_equal(t.has, KDP_TIMEOUTS);
	assert_int_equal(t.s[FLOW_TIMEOUT_UDP_MULTIPLE], 113);

	t = policy(FLOW_TIMEOUT_UDP_SINGLE, 7);
	assert_int_equal(dp->class->timeouts_set(dp, 3, &t), 0);
	assert_int_equal(t.has, 1u << FLOW_TIMEOUT_UDP_SINGLE | 1u << FLOW_TIMEOUT_UDP_MULTIPLE);
	assert_int_equal(t.s[FLOW_TIMEOUT_UDP_SINGLE], 7);
	assert_int_equal(t.s[FLOW_TIMEOUT_UDP_MULTIPLE], FAKE_DEFAULT_S);
	t = policy(FLOW_TIMEOUT_UDP_MULTIPLE, 9);
	assert_int_equal(dp->class->timeouts_set(dp, 3, &t), 0);
	assert_int_equal(t.s[FLOW_TIMEOUT_UDP_SINGLE], FAKE_DEFAULT_S);
	kdp_destroy(k, false);
	assert_int_equal(fake_timeouts.n, 0);
}

static void
test_del(void **state)
{
	struct kdp *k = open_fake();
	struct dp *dp = kdp_dp(k);
	struct flow_timeouts t = policy(FLOW_TIMEOUT_TCP_CLOSE, 7);
	uint8_t parts = TCP | ICMP;

	(void)state;
	assert_int_equal(dp->class->timeouts_set(dp, 3, &t), 0);
	fake_timeouts.n_busy = 1;
	assert_int_equal(dp->class->timeouts_del(dp, 3, &parts), -EBUSY);
	assert_int_equal(parts, 1u << FLOW_TIMEOUT_TCP4);
	assert_int_equal(fake_timeouts.n, 1);
	assert_int_equal(dp->class->timeouts_del(dp, 3, &parts), 0);
	assert_int_equal(parts, 0);
	assert_int_equal(fake_timeouts.n, 0);
	/* The error is of the part that remains. */
	t = policy(FLOW_TIMEOUT_UDP_SINGLE, 7);
	assert_int_equal(dp->class->timeouts_set(dp, 3, &t), 0);
	fake_timeouts.n_busy = 1;
	parts = TCP | UDP;
	assert_int_equal(dp->class->timeouts_del(dp, 3, &parts), -EBUSY);
	assert_int_equal(parts, 1u << FLOW_TIMEOUT_UDP4);
	/* Without the module there are none. */
	fake_timeouts.is_absent = true;
	parts = UDP;
	assert_int_equal(dp->class->timeouts_del(dp, 3, &parts), 0);
	assert_int_equal(parts, 0);
	kdp_destroy(k, false);
}

struct seen {
	unsigned int n;
	uint8_t parts[4];
};

static void
see(void *aux, uint16_t zone, enum flow_timeout_part part, const struct flow_timeouts *t)
{
	struct seen *s = aux;

	assert_in_range(zone, 1, 3);
	assert_int_equal(t->has & ~flow_timeout_part_has(part), 0);
	assert_true(t->has);
	s->parts[zone] |= (uint8_t)(1u << part);
	s->n++;
}

/* Objects of others, and one with a name of ours for another protocol, are neither found nor removed. */
static void
test_each(void **state)
{
	struct kdp *k = open_fake();
	struct dp *dp = kdp_dp(k);
	struct flow_timeouts t = policy(FLOW_TIMEOUT_TCP_CLOSE, 7);
	struct seen s = {.n = 0};

	(void)state;
	assert_int_equal(dp->class->timeouts_set(dp, 1, &t), 0);
	t = policy(FLOW_TIMEOUT_ICMP_FIRST, 7);
	assert_int_equal(dp->class->timeouts_set(dp, 3, &t), 0);
	fake_timeouts.objects[fake_timeouts.n++] =
		(struct fake_object){"ovs_tp_0_udp4", AF_INET, IPPROTO_UDP, 2, {0, 1, 2}};
	fake_timeouts.objects[fake_timeouts.n++] =
		(struct fake_object){"fake.tp.2.udp4", AF_INET, IPPROTO_TCP, 11, {0, 1, 2}};
	fake_timeouts.objects[fake_timeouts.n++] =
		(struct fake_object){"fake.tp.2.udp6", AF_INET6, IPPROTO_SCTP, 2, {0, 1, 2}};
	assert_int_equal(dp->class->timeouts_each(dp, see, &s), 0);
	assert_int_equal(s.n, 4);
	assert_int_equal(s.parts[1], TCP);
	assert_int_equal(s.parts[3], ICMP);
	t = policy(FLOW_TIMEOUT_UDP_SINGLE, 7);
	assert_int_equal(dp->class->timeouts_set(dp, 2, &t), -EEXIST);
	/* Flows of the datapath end a little later than it. */
	fake_timeouts.n_busy = 5;
	assert_int_equal(kdp_timeouts_clear(k), 0);
	assert_non_null(object("ovs_tp_0_udp4"));
	assert_non_null(object("fake.tp.2.udp4"));
	assert_int_equal(fake_timeouts.n, 3);
	kdp_destroy(k, false);
}

/* A datapath that is kept keeps them; a new one begins without those of a dead one. */
static void
test_keep(void **state)
{
	struct kdp *k = open_fake();
	struct flow_timeouts t = policy(FLOW_TIMEOUT_TCP_CLOSE, 7);
	struct kdp_config config = {.name = "fake"};
	char err[256];

	(void)state;
	assert_int_equal(kdp_dp(k)->class->timeouts_set(kdp_dp(k), 1, &t), 0);
	kdp_destroy(k, true);
	assert_int_equal(fake_timeouts.n, 2);
	assert_int_equal(kdp_create(&config, &k, err, sizeof err), 0);
	assert_int_equal(fake_timeouts.n, 0);
	kdp_destroy(k, true);
}

static void
test_absent(void **state)
{
	struct kdp *k = open_fake();
	struct dp *dp = kdp_dp(k);
	struct flow_timeouts t = policy(FLOW_TIMEOUT_TCP_CLOSE, 7);
	struct seen s = {.n = 0};

	(void)state;
	assert_int_equal(dp->caps.timeouts, KDP_TIMEOUTS);
	fake_timeouts.is_absent = true;
	assert_int_equal(dp->class->timeouts_set(dp, 1, &t), -EPROTONOSUPPORT);
	assert_int_equal(t.has, 1u << FLOW_TIMEOUT_TCP_CLOSE);
	assert_int_equal(dp->class->timeouts_each(dp, see, &s), -EPROTONOSUPPORT);
	kdp_destroy(k, false);
}

/* Whatever is refused, lost or spoilt at whichever request, it is an error, or all is as wanted. */
static void
test_faults(void **state)
{
	static const int errors[] = {-EPERM, -ENOMEM, -EBUSY, -EINVAL, -ENOBUFS, -EOPNOTSUPP};
	static const enum fake_fault faults[] = {FAKE_ERROR,   FAKE_SEND,     FAKE_LOSE,
						 FAKE_OVERRUN, FAKE_TRUNCATE, FAKE_RANDOM,
						 FAKE_NOISE};
	unsigned int n_failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
		for (unsigned int at = 1; at < 16; at++) {
			struct kdp *k = open_fake();
			struct dp *dp = kdp_dp(k);
			struct flow_timeouts t = policy(FLOW_TIMEOUT_UDP_SINGLE, 7);
			struct seen s = {.n = 0};
			uint8_t parts = UDP;
			int rc;

			fake_reset(faults[i], errors[at % (sizeof errors / sizeof *errors)], at);
			fake.has_datapath = true;
			rc = dp->class->timeouts_set(dp, 1, &t);
			n_failed += rc != 0;
			if (rc)
				assert_int_equal(t.has, 1u << FLOW_TIMEOUT_UDP_SINGLE);
			else
				assert_int_equal(fake_timeouts.n, 2);
			if (!rc && !dp->class->timeouts_each(dp, see, &s))
				assert_int_equal(s.parts[1], UDP);
			rc = dp->class->timeouts_del(dp, 1, &parts);
			assert_int_equal(rc != 0, parts != 0);
			if (!rc)
				assert_int_equal(fake_timeouts.n, 0);
			n_failed += rc != 0;
			fake_reset(FAKE_NONE, 0, 0);
			kdp_destroy(k, false);
		}
	}
	assert_true(n_failed > 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),    cmocka_unit_test(test_del),
		cmocka_unit_test(test_each),   cmocka_unit_test(test_keep),
		cmocka_unit_test(test_absent), cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
