/* SPDX-License-Identifier: Apache-2.0 */
/* Rules with several outputs: copies, counted once; arrays that rules share, their limits, and when they are destroyed. */
#include "rig.h"
#include <errno.h>
#include <fault.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#define LENGTH 64
#define N_RULES 100
#define WAIT_MAX_MS 10000
#define STATUS_LIMIT 0x08 /* ENOMEM */
#define SYNC_STEERING 0xb00
#define SET_FLOW_TABLE_ENTRY 0x936
#define TO_5 "in_port(1),eth(dst=02:00:00:00:00:05)"

static const struct emu_config config = {.format = 1, .n_vports = RIG_PORTS};

static unsigned
n_arrays(void)
{
	struct emu_counts counts;

	emu_counts(&counts);
	assert_int_equal(counts.objects[EMU_GROUP], counts.objects[EMU_ENTRY]);
	assert_int_equal(counts.objects[EMU_TABLE], RIG_PORTS + counts.objects[EMU_ENTRY]);
	return counts.objects[EMU_ENTRY];
}

/* Sends a packet of port 1 to 02:00:00:00:00:dmac. Returns a bit for each port that it left to, and 0 if it missed. */
static unsigned
send_to(uint8_t dmac)
{
	uint8_t packet[LENGTH] = {0x02, 0, 0, 0, 0, dmac, 0x02, 0, 0, 0, 0, 0xaa, 0x12, 0x34};
	struct emu_verdict v;
	unsigned ports = 0;

	assert_int_equal(emu_walk(EMU_ROOT_TABLE, rig_vport(1), packet, LENGTH, &v), 0);
	assert_int_equal(v.end, EMU_END_VPORT);
	for (unsigned i = 0; i < v.n_copies; i++) {
		unsigned port = v.copies[i].vport == EMU_WIRE ? 0 : v.copies[i].vport;

		if (!v.copies[i].vport)
			return 0;
		assert_int_equal(v.copies[i].length, LENGTH);
		ports |= 1U << port;
	}
	assert_int_equal(v.n_counted, 1);
	return ports;
}

/* Rules with equal sets share an array, whatever the order of their outputs. */
static void
arrays_are_shared(void **state)
{
	(void)state;
	static const char *const outputs[] = {"2,3", "3,2", "3,0,2", "0,2,3"};
	struct nic_rule *rules[N_RULES];
	struct rig rig;
	char match[100];

	rig_start(&rig, &config);
	struct nic_counter *counter = rig_counter_new(&rig);

	for (unsigned i = 0; i < N_RULES; i++) {
		snprintf(match, sizeof(match), "in_port(1),eth(dst=02:00:00:00:00:%02x)", i);
		rules[i] = rig_add(&rig, match, outputs[i % 4], 0, counter);
	}
	assert_int_equal(n_arrays(), 2);
	for (unsigned i = 0; i < N_RULES; i++)
		assert_int_equal(send_to((uint8_t)i), i % 4 < 2 ? 0xc : 0xd);
	assert_int_equal(rig_read(&rig, counter).packets, N_RULES);
	assert_int_equal(rig_read(&rig, counter).bytes, N_RULES * LENGTH);
	for (unsigned i = 0; i < N_RULES; i++) {
		rig_drop(&rig, rules[i]);
		assert_int_equal(n_arrays(), 2 - (i >= N_RULES - 3) - (i == N_RULES - 1));
	}
	rig.nic->class->counter_free(rig.nic, counter);
	rig_stop(&rig);
}

/* One rule replaces another in one batch: no entry is written for it. */
static void
an_array_is_kept_by_its_next_user(void **state)
{
	(void)state;
	struct nic_refusal why;
	struct nic_event event;
	struct nic_rule *next;
	struct rig rig;

	rig_start(&rig, &config);
	struct nic_counter *counter = rig_counter_new(&rig);
	struct nic_rule *rule = rig_add(&rig, TO_5, "2,3", 0, counter);

	emu_fail_command(SET_FLOW_TABLE_ENTRY, 0, STATUS_LIMIT);
	assert_int_equal(rig_compile(&rig, TO_5, "3,2", 0, counter, &next, &why), 0);
	assert_int_equal(rig.nic->class->remove(rig.nic, rule), 0);
	assert_int_equal(rig.nic->class->insert(rig.nic, next), 0);
	rig.nic->class->flush(rig.nic);
	while (rig_poll(&rig, &event))
		assert_int_equal(event.error, 0);
	rig.nic->class->rule_free(rig.nic, rule);
	assert_int_equal(send_to(5), 0xc);
	/* The fault is for the next array. */
	assert_int_equal(rig_compile(&rig, TO_5, "2,0", 1, counter, &rule, &why), 0);
	assert_int_equal(rig_insert(&rig, rule, &why), -ENOMEM);
	assert_int_equal(why.reason, NIC_REASON_INSERT_FAILED);
	assert_int_equal(n_arrays(), 1);
	rig.nic->class->rule_free(rig.nic, rule);
	rig_drop(&rig, next);
	assert_int_equal(n_arrays(), 0);
	rig.nic->class->counter_free(rig.nic, counter);
	rig_stop(&rig);
}

struct removal {
	struct rig *rig;
	struct nic_rule *rule;
};

static void *
removal_run(void *arg)
{
	const struct removal *r = arg;

	rig_drop(r->rig, r->rule);
	return NULL;
}

/* Packets may be on their way to the table until the device has synchronised. */
static void
steering_leaves_an_array_first(void **state)
{
	(void)state;
	pthread_t thread;
	struct rig rig;

	rig_start(&rig, &config);
	struct nic_counter *counter = rig_counter_new(&rig);
	struct removal r = {&rig, rig_add(&rig, TO_5, "2,3", 0, counter)};

	emu_stall_command(SYNC_STEERING);
	assert_int_equal(pthread_create(&thread, NULL, removal_run, &r), 0);
	for (unsigned ms = 0; ms < WAIT_MAX_MS && !emu_stalled(); ms++)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	assert_true(emu_stalled());
	assert_int_equal(n_arrays(), 1);
	emu_faults_clear();
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(n_arrays(), 0);
	rig.nic->class->counter_free(rig.nic, counter);
	rig_stop(&rig);
}

/* Of 16 tables 4 are the ports', and 8 may be arrays. */
static void
budget_of_tables(void **state)
{
	(void)state;
	static const char *const outputs[] = {"0,1", "0,2",   "0,3",   "1,2",	"1,3",
					      "2,3", "0,1,2", "0,1,3", "0,2,3", "1,2,3"};
	struct nic_rule *rules[10];
	struct nic_refusal why;
	struct rig rig;
	char match[100];
	unsigned n = 0;
	int rc = 0;

	rig_start(&rig, &(struct emu_config){.format = 1, .n_vports = RIG_PORTS, .tables = 16});
	struct nic_counter *counter = rig_counter_new(&rig);

	for (; n < 10 && !rc; n++) {
		snprintf(match, sizeof(match), "in_port(1),eth(dst=02:00:00:00:00:%02x)", n);
		assert_int_equal(rig_compile(&rig, match, outputs[n], 0, counter, &rules[n], &why),
				 0);
		rc = rig_insert(&rig, rules[n], &why);
	}
	assert_int_equal(rc, -ENOSPC);
	assert_int_equal(why.reason, NIC_REASON_TABLE_FULL);
	assert_string_equal(why.detail, "budget of flow tables");
	assert_int_equal(n, 9);
	assert_int_equal(n_arrays(), 8);
	rig_drop(&rig, rules[0]);
	assert_int_equal(rig_insert(&rig, rules[--n], &why), 0);
	for (; n > 0; n--)
		rig_drop(&rig, rules[n]);
	assert_int_equal(n_arrays(), 0);
	rig.nic->class->counter_free(rig.nic, counter);
	rig_stop(&rig);
}

/* The driver asks the device how many destinations an entry has, and the device would refuse more. */
static void
destinations_are_limited(void **state)
{
	(void)state;
	struct nic_refusal why;
	struct nic_rule *rule;
	struct rig rig;

	rig_start(&rig,
		  &(struct emu_config){.format = 1, .n_vports = RIG_PORTS, .destinations = 2});
	struct nic_counter *counter = rig_counter_new(&rig);

	assert_int_equal(rig_compile(&rig, TO_5, "0,2,3", 0, counter, &rule, &why), -EOPNOTSUPP);
	assert_int_equal(why.reason, NIC_REASON_ACTION);
	assert_int_equal(why.action, FLOW_ACTION_OUTPUT);
	assert_string_equal(why.detail, "2 outputs at most: log_max_destination of the FDB");
	rule = rig_add(&rig, TO_5, "2,3", 0, counter);
	assert_int_equal(send_to(5), 0xc);
	rig_drop(&rig, rule);
	rig.nic->class->counter_free(rig.nic, counter);
	rig_stop(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arrays_are_shared),
		cmocka_unit_test(an_array_is_kept_by_its_next_user),
		cmocka_unit_test(steering_leaves_an_array_first),
		cmocka_unit_test(budget_of_tables),
		cmocka_unit_test(destinations_are_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
