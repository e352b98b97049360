/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of flow/nic.h on the emulated ConnectX: probing, replacement without a gap, exact counters, shared
 * objects, and the budget of steering memory. */
#include "rig.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#define SMALL (64 << 20) /* steering memory */
#define LENGTH 64

static const struct emu_config config = {.format = 1, .n_vports = RIG_PORTS};

/* Sends a packet of port 1 to 02:00:00:00:00:dmac. Returns the vport that it leaves to; 0: to software. */
static uint16_t
send_to(uint8_t dmac)
{
	uint8_t packet[LENGTH] = {0x02, 0, 0, 0, 0, dmac, 0x02, 0, 0, 0, 0, 0xaa, 0x12, 0x34};
	struct emu_verdict v;

	assert_int_equal(emu_walk(EMU_ROOT_TABLE, rig_vport(1), packet, LENGTH, &v), 0);
	assert_int_equal(v.end, EMU_END_VPORT);
	return v.copies[0].vport;
}

static void
no_device(void **state)
{
	(void)state;
	struct nic_refusal why = {0};
	struct rig rig = {0};

	assert_int_equal(rig_port_add(&rig, 0, &why), -EOPNOTSUPP);
	assert_int_equal(why.reason, NIC_REASON_NO_DEVICE);
	assert_non_null(strstr(why.detail, "no mlx5 device"));
}

static void
no_port(void **state)
{
	(void)state;
	struct nic_refusal why = {0};
	struct rig rig;

	rig_start(&rig, &config);
	assert_int_equal(rig_port_add(&rig, 40, &why), -EOPNOTSUPP);
	assert_int_equal(why.reason, NIC_REASON_NO_DEVICE);
	assert_non_null(strstr(why.detail, "RDMA port 41"));
	rig_stop(&rig);
}

#define TO_5 "in_port(1),eth(dst=02:00:00:00:00:05)"

/* The rule of priority 0 wins, and a counter serves both while one replaces the other. */
static void
make_before_break(void **state)
{
	(void)state;
	struct rig rig;

	rig_start(&rig, &config);
	struct nic_counter *counter = rig_counter_new(&rig);
	struct nic_rule *one = rig_add(&rig, TO_5, "2", 1, counter);

	assert_int_equal(send_to(5), 2);
	struct nic_rule *zero = rig_add(&rig, TO_5, "3", 0, counter);

	assert_int_equal(send_to(5), 3);
	rig_drop(&rig, one);
	assert_int_equal(send_to(5), 3);
	one = rig_add(&rig, TO_5, "2", 1, counter);
	rig_drop(&rig, zero);
	assert_int_equal(send_to(5), 2);
	rig_drop(&rig, one);
	assert_int_equal(send_to(5), 0);
	assert_int_equal(rig_read(&rig, counter).packets, 4);
	assert_int_equal(rig_read(&rig, counter).bytes, 4 * LENGTH);
	rig.nic->class->counter_free(rig.nic, counter);
	rig_stop(&rig);
}

/* A port's packets meet its own rules alone. */
static void
ports_are_apart(void **state)
{
	(void)state;
	struct rig rig;

	rig_start(&rig, &config);
	struct nic_counter *counter = rig_counter_new(&rig);
	struct nic_rule *other =
		rig_add(&rig, "in_port(2),eth(dst=02:00:00:00:00:05)", "3", 0, counter);

	assert_int_equal(send_to(5), 0);
	struct nic_rule *own = rig_add(&rig, TO_5, "3", 0, counter);

	assert_int_equal(send_to(5), 3);
	rig_drop(&rig, own);
	rig_drop(&rig, other);
	rig.nic->class->counter_free(rig.nic, counter);
	rig_stop(&rig);
}

/* The same match at the same priority is refused with a reason, and the first rule stays. */
static void
duplicates_are_refused(void **state)
{
	(void)state;
	struct nic_refusal why;
	struct nic_rule *second;
	struct rig rig;

	rig_start(&rig, &config);
	struct nic_counter *counter = rig_counter_new(&rig);
	struct nic_rule *first = rig_add(&rig, TO_5, "2", 0, counter);

	assert_int_equal(rig_compile(&rig, TO_5, "3", 0, counter, &second, &why), 0);
	assert_int_equal(rig_insert(&rig, second, &why), -EEXIST);
	assert_int_equal(why.reason, NIC_REASON_RULE);
	rig.nic->class->rule_free(rig.nic, second);
	assert_int_equal(send_to(5), 2);
	rig_drop(&rig, first);
	rig.nic->class->counter_free(rig.nic, counter);
	rig_stop(&rig);
}

/* A counter that another rule had begins at 0, and is not used before its bulk was read: late counts of the rule that
 * was removed are nobody's. */
static void
counters_begin_at_zero(void **state)
{
	(void)state;
	struct emu_counts before, after;
	struct rig rig;

	rig_start(&rig, &config);
	for (unsigned round = 0; round < 3000; round++) {
		struct nic_counter *counter = rig_counter_new(&rig);
		struct nic_rule *rule = rig_add(&rig, TO_5, "2", 0, counter);
		struct nic_count now;

		if (round == 10)
			emu_counts(&before);
		send_to(5);
		rig_drop(&rig, rule);
		if (round % 500 == 499) {
			now = rig_read(&rig, counter);
			assert_int_equal(now.packets, 1);
			assert_int_equal(now.bytes, LENGTH);
		}
		rig.nic->class->counter_free(rig.nic, counter);
	}
	/* Three times as many as a bulk has: they were used again. */
	emu_counts(&after);
	assert_int_equal(after.objects[EMU_COUNTER], before.objects[EMU_COUNTER]);
	rig_stop(&rig);
}

/* Rules of one shape share a matcher, and rules that do the same share a rewrite: memory of the device does not grow
 * with them, and nothing is left after the last. */
static void
objects_are_shared(void **state)
{
	(void)state;
	struct nic_rule *rules[100];
	struct rig rig;
	char match[100];

	rig_start(&rig, &config);
	struct nic_counter *counter = rig_counter_new(&rig);

	for (unsigned i = 0; i < 100; i++) {
		snprintf(match, sizeof(match), "in_port(1),eth(dst=02:00:00:00:00:%02x)", i);
		rules[i] = rig_add(&rig, match,
				   "set(eth(src=02:00:00:00:00:77)),push_vlan(vid=5,pcp=0),2", 0,
				   counter);
	}
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(send_to((uint8_t)i), 2);
	for (unsigned i = 0; i < 100; i++)
		rig_drop(&rig, rules[i]);
	assert_int_equal(rig_read(&rig, counter).packets, 100);
	rig.nic->class->counter_free(rig.nic, counter);
	rig_stop(&rig);
}

/* Fills a batch without polls, then the queue refuses more. */
static void
queue_is_bounded(void **state)
{
	(void)state;
	struct nic_rule *rules[300];
	struct nic_event event;
	struct nic_refusal why;
	unsigned n = 0, done = 0;
	struct rig rig;
	char match[100];

	rig_start(&rig, &config);
	struct nic_counter *counter = rig_counter_new(&rig);

	for (; n < 300; n++) {
		snprintf(match, sizeof(match), "in_port(1),eth(dst=02:00:00:00:%02x:%02x)", n >> 8,
			 n & 0xff);
		assert_int_equal(rig_compile(&rig, match, "2", 0, counter, &rules[n], &why), 0);
		if (rig.nic->class->insert(rig.nic, rules[n]))
			break;
	}
	assert_int_equal(n, 256);
	rig.nic->class->rule_free(rig.nic, rules[n]);
	rig.nic->class->flush(rig.nic);
	while (rig_poll(&rig, &event)) {
		assert_int_equal(event.error, 0);
		done++;
	}
	assert_int_equal(done, n);
	while (n > 0)
		rig_drop(&rig, rules[--n]);
	rig.nic->class->counter_free(rig.nic, counter);
	rig_stop(&rig);
}

#define FILL_MAX 200000

enum filling { LAST_HEADER, ALL_HEADERS, REWRITES };

/* What differs from rule to rule: the last header, all headers, or the only header and the rewrite. */
static void
texts_print(enum filling f, unsigned i, char *match, char *actions, size_t n)
{
	unsigned a = i >> 16, b = i >> 8 & 0xff, c = i & 0xff;

	unsigned all = f == ALL_HEADERS ? i : 0;

	if (f == REWRITES) {
		snprintf(match, n, "in_port(1),eth(dst=02:00:00:%02x:%02x:%02x)", a, b, c);
		snprintf(actions, n, "set(eth(src=02:00:00:%02x:%02x:%02x)),2", a, b, c);
		return;
	}
	snprintf(match, n,
		 "in_port(1),eth(src=02:00:00:%02x:%02x:%02x,dst=02:00:00:00:%02x:%02x),"
		 "eth_type(0x0800),ipv4(src=10.%u.%u.%u,dst=10.0.%u.%u,proto=6,ttl=%u,"
		 "frag=no),tcp(src=%u,dst=81)",
		 all >> 16, all >> 8 & 0xff, all & 0xff, all >> 8 & 0xff, all & 0xff, a, b, c,
		 all >> 8 & 0xff, all & 0xff, 64 + all % 100, all & 0xffff);
	snprintf(actions, n, "set(ipv4(ttl=63)),2");
}

/* Inserts rules until the budget is used up: a reason, where libmlx5 would crash; then there is room again. */
static void
fill(enum filling f)
{
	struct nic_rule **rules = calloc(FILL_MAX, sizeof(struct nic_rule *));
	struct emu_counts counts;
	struct nic_refusal why;
	struct rig rig;
	unsigned n = 0;
	int rc = 0;

	assert_non_null(rules);
	rig_start(&rig, &(struct emu_config){
				.format = 1, .n_vports = RIG_PORTS, .steering_bytes = SMALL});
	struct nic_counter *counter = rig_counter_new(&rig);

	for (; n < FILL_MAX; n++) {
		char match[300], actions[300];

		texts_print(f, n, match, actions, sizeof(match));
		assert_int_equal(rig_compile(&rig, match, actions, 0, counter, &rules[n], &why), 0);
		rc = rig_insert(&rig, rules[n], &why);
		if (rc)
			break;
	}
	emu_counts(&counts);
	print_message("%u rules, %u of %u MB of the device: %s\n", n,
		      (unsigned)(counts.steering_bytes >> 20), SMALL >> 20, why.detail);
	assert_int_equal(rc, -ENOSPC);
	assert_int_equal(why.reason, NIC_REASON_TABLE_FULL);
	assert_true(n > 10000);
	rig_drop(&rig, rules[n - 1]);
	assert_int_equal(rig_insert(&rig, rules[n], &why), 0);
	rules[n - 1] = rules[n];
	while (n > 0)
		rig_drop(&rig, rules[--n]);
	rig.nic->class->counter_free(rig.nic, counter);
	rig_stop(&rig);
	free(rules);
}

static void
budget_of_the_last_header(void **state)
{
	(void)state;
	fill(LAST_HEADER);
}

static void
budget_of_all_headers(void **state)
{
	(void)state;
	fill(ALL_HEADERS);
}

static void
budget_of_rewrites(void **state)
{
	(void)state;
	fill(REWRITES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_device),
		cmocka_unit_test(no_port),
		cmocka_unit_test(make_before_break),
		cmocka_unit_test(ports_are_apart),
		cmocka_unit_test(duplicates_are_refused),
		cmocka_unit_test(counters_begin_at_zero),
		cmocka_unit_test(objects_are_shared),
		cmocka_unit_test(queue_is_bounded),
		cmocka_unit_test(budget_of_the_last_header),
		cmocka_unit_test(budget_of_all_headers),
		cmocka_unit_test(budget_of_rewrites),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
