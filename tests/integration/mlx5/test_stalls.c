/* SPDX-License-Identifier: Apache-2.0 */
/* Queues that stand still: libmlx5 spins inside a call until the driver's watchdog ends it. The rules are lost, and the device is
 * opened again if it works. */
#include "rig.h"
#include <fault.h>
#include <flow/text.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#define N_RULES 6 /* the library spins before it has posted so many */
#define PAUSE_MS 300
#define STALL_MAX_S 8

static const struct emu_config config = {.format = 1, .n_vports = RIG_PORTS};

struct outcome {
	unsigned n_inserted, n_failed, n_lost;
	char lost[64];
	struct nic_refusal why;
	time_t seconds;
};

static int
rule_compile(struct rig *rig, unsigned i, struct nic_counter *counter, struct nic_rule **rule,
	     struct nic_refusal *why)
{
	struct flow_actions acts;
	struct flow_match m;
	char match[100], err[200];

	snprintf(match, sizeof(match), "in_port(1),eth(dst=02:00:00:00:00:%02x)", i);
	flow_actions_init(&acts);
	assert_int_equal(flow_match_parse_dp(match, NULL, &m, err, sizeof(err)), 0);
	assert_int_equal(flow_actions_parse_dp("2", NULL, &acts, err, sizeof(err)), 0);
	int rc = rig->nic->class->compile(rig->nic, &m, &acts, 0, counter, rule, why);

	flow_actions_free(&acts);
	return rc;
}

static void
take_events(struct rig *rig, struct outcome *o)
{
	struct nic_event e;

	while (rig_poll(rig, &e))
		if (e.type == NIC_LOST) {
			o->n_lost++;
			memcpy(o->lost, e.why.detail, sizeof(o->lost));
		} else if (e.type == NIC_INSERTED) {
			o->n_failed += e.error != 0;
			o->n_inserted += !e.error;
			if (e.error)
				o->why = e.why;
		}
}

/* Inserts rules in one batch, and removes them again. */
static void
try_rules(struct rig *rig, struct outcome *o)
{
	struct nic_rule *rules[N_RULES];
	struct nic_counter *counter;
	struct nic *nic = rig->nic;
	struct timespec from, to;

	memset(o, 0, sizeof(*o));
	assert_int_equal(nic->class->counter_new(nic, &counter), 0);
	for (unsigned i = 0; i < N_RULES; i++) {
		assert_int_equal(rule_compile(rig, i, counter, &rules[i], &o->why), 0);
		assert_int_equal(nic->class->insert(nic, rules[i]), 0);
	}
	clock_gettime(CLOCK_MONOTONIC, &from);
	nic->class->flush(nic);
	clock_gettime(CLOCK_MONOTONIC, &to);
	o->seconds = to.tv_sec - from.tv_sec;
	take_events(rig, o);
	for (unsigned i = 0; i < N_RULES; i++)
		assert_int_equal(nic->class->remove(nic, rules[i]), 0);
	nic->class->flush(nic);
	take_events(rig, o);
	for (unsigned i = 0; i < N_RULES; i++)
		nic->class->rule_free(nic, rules[i]);
	nic->class->counter_free(nic, counter);
}

/* Work goes on in time: nothing is lost. */
static void *
release(void *arg)
{
	nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000}, NULL);
	emu_faults_clear();
	return arg;
}

static void
a_pause_loses_nothing(void **state)
{
	(void)state;
	struct outcome o;
	struct rig rig;
	pthread_t thread;

	rig_start(&rig, &config);
	emu_stall_work();
	assert_int_equal(pthread_create(&thread, NULL, release, NULL), 0);
	try_rules(&rig, &o);
	pthread_join(thread, NULL);
	assert_int_equal(o.n_inserted, N_RULES);
	assert_int_equal(o.n_lost, 0);
	rig_stop(&rig);
}

static void
queues_that_stand_still_are_replaced(void **state)
{
	(void)state;
	struct outcome o;
	struct rig rig;

	rig_start(&rig, &config);
	emu_stall_queues();
	try_rules(&rig, &o);
	print_message("%ld s, %u failed, lost: %s\n", (long)o.seconds, o.n_failed, o.lost);
	assert_int_equal(o.n_lost, 1);
	assert_int_equal(o.n_failed + o.n_inserted, N_RULES);
	assert_true(o.n_failed > 0);
	assert_int_equal(o.why.reason, NIC_REASON_RESET);
	assert_string_equal(o.lost, "a call of libmlx5 stood still");
	assert_in_range(o.seconds, 1, STALL_MAX_S);
	try_rules(&rig, &o);
	assert_int_equal(o.n_inserted, N_RULES);
	assert_int_equal(o.n_lost, 0);
	rig_stop(&rig);
}

/* New queues stand still too: no rule is taken any more, and nothing waits for the device again. */
static void
a_device_that_stands_still_is_given_up(void **state)
{
	(void)state;
	struct nic_refusal why = {0};
	struct nic_rule *rule;
	struct outcome o;
	struct rig rig;

	rig_start(&rig, &config);
	emu_stall_work();
	try_rules(&rig, &o);
	print_message("%ld s, %u failed, lost: %s\n", (long)o.seconds, o.n_failed, o.lost);
	assert_int_equal(o.n_lost, 1);
	assert_int_equal(o.n_failed, N_RULES);
	assert_int_equal(o.why.reason, NIC_REASON_DEVICE_DOWN);
	assert_in_range(o.seconds, 2, 2 * STALL_MAX_S);
	assert_int_not_equal(rule_compile(&rig, 0, NULL, &rule, &why), 0);
	assert_int_equal(why.reason, NIC_REASON_DEVICE_DOWN);
	rig_stop(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pause_loses_nothing),
		cmocka_unit_test(queues_that_stand_still_are_replaced),
		cmocka_unit_test(a_device_that_stands_still_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
