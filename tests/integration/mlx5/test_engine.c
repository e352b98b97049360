/* SPDX-License-Identifier: Apache-2.0 */
/* Each firmware command, method and work request fails in turn below the engine and the driver: whatever fails, traffic goes on in
 * software, each megaflow there has a reason, each packet is counted once, nothing is left, and hardware is used again. */
#include "bed_connectx.h"
#include "lives.h"
#include "sim.h"
#include "support/effort.h"
#include <base/clock.h>
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#define N_FLOWS 24
#define ROUNDS 30
#define CHANGE_ROUND 13 /* some time after counters were read */
#define RETIRE_ROUND 22
#define BYTES 100
#define RECOVERY_NS (80 * NS_PER_S) /* longer than the driver or the engine ever pauses */

struct life {
	struct sim s;
	struct ofl_flow *flows[N_FLOWS];
	uint64_t sent[N_FLOWS], software[N_FLOWS];
	bool retired[N_FLOWS];
};

static const struct fault *fault;

static void
arm(void)
{
	lives_arm(fault);
}

/* Rewrites, pushes and destination arrays, shared by some of the flows. */
static void
actions_make(unsigned i, unsigned version, struct flow_actions *out)
{
	struct flow_action push = {.type = FLOW_ACTION_PUSH_VLAN, .vlan.tpid = htobe16(0x8100)};
	struct flow_value value = flow_value_from_u64(version + i % 4), mask;

	flow_field_ones(&flow_fields[FLOW_FIELD_ETH_SRC], &mask);
	flow_actions_init(out);
	if (i % 3)
		assert_int_equal(flow_actions_add_set(out, FLOW_FIELD_ETH_SRC, &value, &mask), 0);
	if (i % 3 == 2)
		assert_int_equal(flow_actions_add(out, &push), 0);
	assert_int_equal(flow_actions_add_output(out, 0), 0);
	if (i % 4 == 3)
		assert_int_equal(flow_actions_add_output(out, 9), 0);
}

static void
flows_new(struct life *l)
{
	for (unsigned i = 0; i < N_FLOWS; i++) {
		struct flow_actions actions;
		struct flow_match m;

		/* Only some commands are of flows that are refused. */
		sim_match(1, i, &m);
		actions_make(i, 0, &actions);
		struct flow_packed *match = flow_packed_new(&m);

		assert_int_equal(ofl_flow_new(l->s.o, match, &actions, &l->flows[i]), 0);
		flow_packed_unref(match);
		flow_actions_free(&actions);
	}
}

static void
flows_change(struct life *l)
{
	for (unsigned i = 0; i < N_FLOWS; i += 2) {
		struct flow_actions actions;

		actions_make(i + 1, 10, &actions);
		assert_int_equal(ofl_flow_change(l->flows[i], &actions), 0);
		flow_actions_free(&actions);
	}
}

static void
flows_retire(struct life *l)
{
	for (unsigned i = 0; i < N_FLOWS; i += 3) {
		ofl_flow_retire(l->flows[i]);
		l->retired[i] = true;
	}
}

/* Software treats what hardware does not. */
static void
traffic(struct life *l)
{
	for (unsigned i = 0; i < N_FLOWS; i++) {
		l->sent[i]++;
		l->software[i] += bed_packet(l->s.bed, 1, i, BYTES) == FAKE_MISS;
	}
}

static void
reasons_check(const struct life *l)
{
	for (unsigned i = 0; i < N_FLOWS; i++) {
		struct ofl_flow_info info;

		ofl_flow_info(l->flows[i], &info);
		if (info.placement == OFL_SOFTWARE && !l->retired[i])
			assert_int_not_equal(info.refusal.reason, NIC_REASON_NONE);
		/* All that a queue in error means for a rule is a loss. */
		if (fault->kind == WORK)
			assert_int_not_equal(info.refusal.reason, NIC_REASON_INSERT_FAILED);
	}
}

static void
counts_check(struct life *l)
{
	assert_int_equal(ofl_counters_wait(l->s.o, 10 * NS_PER_S), 0);
	for (unsigned i = 0; i < N_FLOWS; i++) {
		struct nic_count truth = bed_truth(l->s.bed, i);
		struct flow_stats stats;

		ofl_flow_stats(l->flows[i], &stats);
		assert_int_equal(truth.packets + l->software[i], l->sent[i]);
		assert_int_equal(stats.packets, truth.packets);
		assert_int_equal(stats.bytes, truth.bytes);
	}
	assert_int_equal(sim_stats(&l->s).tails, 0);
}

static unsigned
n_fallback(const struct life *l)
{
	return !ofl_port_driver(l->s.o, 0) + !ofl_port_driver(l->s.o, 1) +
	       !ofl_port_driver(l->s.o, 9);
}

/* Ports of a device that could not be opened are without hardware until they are added again. */
static void
hardware_again_check(struct life *l)
{
	if (n_fallback(l))
		return;
	for (unsigned i = 0; i < N_FLOWS; i++) {
		struct ofl_flow_info info;

		ofl_flow_info(l->flows[i], &info);
		if (!l->retired[i] && !FAKE_BAD_FLOW(i) && info.placement != OFL_HARDWARE)
			fail_msg("flow %u: %s (%s)", i, nic_reason_names[info.refusal.reason],
				 info.refusal.detail);
	}
}

static unsigned
n_failures(const struct life *l)
{
	struct ofl_stats stats = sim_stats(&l->s);

	return (unsigned)(stats.insert_failed + stats.remove_failed + stats.resets +
			  stats.counter_errors) +
	       n_fallback(l);
}

static void
life_run(struct life *l)
{
	flows_new(l);
	for (unsigned round = 0; round < ROUNDS; round++) {
		if (round == CHANGE_ROUND)
			flows_change(l);
		if (round == RETIRE_ROUND)
			flows_retire(l);
		traffic(l);
		sim_pass(&l->s, 20 * NS_PER_MS, 5 * NS_PER_MS);
		traffic(l);
		reasons_check(l);
	}
	bed_faults_set(l->s.bed, false);
	sim_pass(&l->s, RECOVERY_NS, 500 * NS_PER_MS);
	traffic(l);
	reasons_check(l);
	hardware_again_check(l);
	counts_check(l);
}

static unsigned
life(unsigned format, const struct fault *f, struct emu_counts *counts)
{
	struct fake_config device = sim_device(1000);
	struct life l = {0};
	unsigned n;

	fault = f;
	bed_connectx_configure(format, arm);
	sim_start_on(&l.s, (struct ofl_config){.counter_interval_ns = 30 * NS_PER_MS}, &device);
	/* A second port to send to, which may be refused. */
	assert_int_equal(ofl_port_add(l.s.o, 9, 2, bed_classes, NULL), 0);
	life_run(&l);
	n = n_failures(&l);
	emu_counts(counts);
	for (unsigned i = 0; i < N_FLOWS; i++)
		ofl_flow_free(l.flows[i]);
	sim_end(&l.s);
	return n;
}

static void
nothing_fails(void **state)
{
	(void)state;
	struct emu_counts counts;

	for (unsigned format = 0; format < 2; format++)
		assert_int_equal(life(format, &(struct fault){NOTHING}, &counts), 0);
}

static void
each_command_fails(void **state)
{
	(void)state;
	lives_of_commands(life, EFFORT(8) == 8 ? 1 : 4);
}

static void
each_method_fails(void **state)
{
	(void)state;
	lives_of_methods(life);
}

static void
each_work_request_fails(void **state)
{
	(void)state;
	lives_of_work(life, 64);
}

static uint64_t
packets(const struct ofl_flow *f)
{
	struct flow_stats stats;

	ofl_flow_stats(f, &stats);
	return stats.packets;
}

/* A device that fails takes the counts since the last reading with it. They are said to be lost, and no others. */
static void
test_lost_counts_are_told(void **state)
{
	(void)state;
	struct fake_config device = sim_device(1000);
	struct ofl_flow *f;
	struct sim s;

	bed_connectx_configure(1, NULL);
	sim_start_on(&s, (struct ofl_config){0}, &device);
	f = sim_flow(&s, 1, NULL);
	sim_steps(&s, 3);
	assert_int_equal(bed_packet(s.bed, 1, 0, BYTES), 0);
	assert_int_equal(ofl_counters_wait(s.o, NS_PER_S), 0);
	assert_int_equal(bed_packet(s.bed, 1, 0, BYTES), 0);
	bed_connectx_lose(s.bed, false);
	sim_steps(&s, 1);
	assert_int_equal(sim_stats(&s).tails, 1);
	sim_pass(&s, NS_PER_S, NS_PER_MS);
	assert_true(sim_in_hardware(f));
	assert_int_equal(bed_packet(s.bed, 1, 0, BYTES), 0);
	assert_int_equal(ofl_counters_wait(s.o, NS_PER_S), 0);
	assert_int_equal(packets(f), 2);
	ofl_flow_free(f);
	sim_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_fails),
		cmocka_unit_test(each_command_fails),
		cmocka_unit_test(each_method_fails),
		cmocka_unit_test(each_work_request_fails),
		cmocka_unit_test(test_lost_counts_are_told),
	};

	return cmocka_run_group_tests(tests, sim_thread_start, sim_thread_stop);
}
