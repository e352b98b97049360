/* SPDX-License-Identifier: Apache-2.0 */
/* Offload, one round at a time in simulated time, with random operations and faults. A twin
 * records the requests, and the device records the packets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ofl_private.h"
#include "sim.h"

#include <base/clock.h>
#include <base/rcu.h>

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define SLOTS 24
#define PORTS 4 /* 0 and 1 on one e-switch, 2 on another, 3 on none */
#define STALE_NS bed_stale_ns(3 * NS_PER_MS)

static uint64_t sim_ns;
static const struct ofl *sim_ofl;

/* The device uses offload's clock, which calls that block advance by running rounds of their
 * own. */
static uint64_t
sim_now(void)
{
	return sim_ofl ? sim_ofl->now_ns : sim_ns;
}

static void
sim_catch_up(void)
{
	if (sim_ofl->now_ns > sim_ns)
		sim_ns = sim_ofl->now_ns;
}

/* The requests for one flow. */
struct twin {
	struct ofl_flow *flow; /* NULL: free */
	uint32_t id, port;
	unsigned int version;
	bool retired;
	bool steady; /* was in hardware, and since then only changed to actions that the device
		      * takes */
	struct flow_stats last;
};

struct world {
	struct bed *bed;
	struct ofl *o;
	struct twin twins[SLOTS];
	bool up[PORTS];
	uint32_t n_ids;
	unsigned int seed;
	bool gentle; /* without faults that cause a gap */
	unsigned int max_version;
	unsigned int n_steady_checks;
};

static const uint16_t dev_ids[PORTS] = {0, 1, 8, 100};

static unsigned int
pick(struct world *w, unsigned int n)
{
	return (unsigned int)rand_r(&w->seed) % n;
}

static void
actions_of(unsigned int version, uint32_t port, struct flow_actions *out)
{
	struct flow_action push = {.type = FLOW_ACTION_PUSH_VLAN, .vlan.tpid = htobe16(0x8100)};
	struct flow_value value = flow_value_from_u64(version), mask;

	flow_field_ones(&flow_fields[FLOW_FIELD_ETH_SRC], &mask);
	flow_actions_init(out);
	assert_int_equal(flow_actions_add_set(out, FLOW_FIELD_ETH_SRC, &value, &mask), 0);
	if (version % 3 == 1)
		assert_int_equal(flow_actions_add_output(out, port), 0);
	if (version % 2)
		assert_int_equal(flow_actions_add(out, &push), 0);
	assert_int_equal(flow_actions_add_output(out, port), 0);
}

/* Returns the next version of actions; the device accepts most. */
static unsigned int
version_next(struct world *w, unsigned int from)
{
	unsigned int v = (from + 1) % 60;

	while (w->gentle && !bed_takes(v))
		v = (v + 1) % 60;
	return v;
}

static uint32_t
output_of(struct world *w, uint32_t port)
{
	if (!w->gentle && pick(w, 12) == 0)
		return pick(w, PORTS);
	return port == 2 ? 2 : port < 2 ? pick(w, 2) : 0;
}

static void
flow_new(struct world *w, struct twin *t)
{
	struct flow_actions actions;
	struct flow_packed *match;
	struct flow_match m;

	if (w->n_ids == FAKE_FLOWS)
		return;
	memset(t, 0, sizeof *t);
	t->id = w->n_ids++;
	t->port = pick(w, PORTS);
	sim_match(t->port, t->id, &m);
	actions_of(0, output_of(w, t->port), &actions);
	match = flow_packed_new(&m);
	assert_int_equal(ofl_flow_new(w->o, match, &actions, &t->flow), 0);
	flow_packed_unref(match);
	flow_actions_free(&actions);
}

static void
flow_change(struct world *w, struct twin *t)
{
	struct flow_actions actions;

	t->version = version_next(w, t->version);
	actions_of(t->version, output_of(w, t->port), &actions);
	assert_int_equal(ofl_flow_change(t->flow, &actions), 0);
	flow_actions_free(&actions);
}

static void
check_settled(struct world *w, struct twin *t)
{
	struct nic_count truth = bed_truth(w->bed, t->id);
	struct flow_stats s;

	ofl_flow_stats(t->flow, &s);
	assert_int_equal(s.packets, truth.packets);
	assert_int_equal(s.bytes, truth.bytes);
	assert_int_equal(bed_versions(w->bed, t->id), 0);
}

static void
flow_end(struct world *w, struct twin *t)
{
	if (!ofl_flow_settled(t->flow))
		return;
	check_settled(w, t);
	ofl_flow_free(t->flow);
	t->flow = NULL;
}

static void
port_toggle(struct world *w, uint32_t port)
{
	struct nic_refusal why;

	for (int i = 0; i < SLOTS; i++)
		w->twins[i].steady = false;
	if (w->up[port])
		ofl_port_del(w->o, port);
	else
		assert_int_equal(ofl_port_add(w->o, port, dev_ids[port], bed_classes, &why), 0);
	sim_catch_up();
	w->up[port] = !w->up[port];
	for (int i = 0; i < SLOTS; i++) {
		struct twin *t = &w->twins[i];

		if (t->flow && t->port == port && !w->up[port])
			assert_int_equal(bed_versions(w->bed, t->id), 0);
	}
}

/* Waits; then hardware has only the requested versions, and no rule of retired flows. */
static void
check_wait(struct world *w)
{
	assert_int_equal(ofl_wait(w->o, 20 * NS_PER_S), 0);
	sim_catch_up();
	for (int i = 0; i < SLOTS; i++) {
		const struct twin *t = &w->twins[i];
		uint64_t versions;

		if (!t->flow)
			continue;
		versions = bed_versions(w->bed, t->id);
		if (t->retired)
			assert_int_equal(versions, 0);
		else
			assert_true(!(versions & ~(UINT64_C(1) << t->version)));
	}
}

static void
operate(struct world *w)
{
	struct twin *t = &w->twins[pick(w, SLOTS)];
	unsigned int what = pick(w, 100);

	if (what == 0 && !w->gentle) {
		bed_reset(w->bed);
		for (int i = 0; i < SLOTS; i++)
			w->twins[i].steady = false;
	} else if (what < 3) {
		check_wait(w);
	} else if (what < 5 && !w->gentle) {
		port_toggle(w, pick(w, PORTS));
	} else if (!t->flow) {
		flow_new(w, t);
	} else if (t->retired) {
		flow_end(w, t);
	} else if (what < 60) {
		flow_change(w, t);
	} else if (what < 80) {
		ofl_flow_retire(t->flow);
		t->retired = true;
		t->steady = false;
	}
}

static void
traffic(struct world *w)
{
	for (int i = 0; i < SLOTS; i++) {
		struct twin *t = &w->twins[i];
		struct ofl_flow_info info;
		struct flow_stats s;
		int version;

		if (!t->flow)
			continue;
		version = bed_packet(w->bed, t->port, t->id, 60 + pick(w, 1400));
		if (t->steady && w->gentle) {
			w->n_steady_checks++;
			assert_int_not_equal(version, FAKE_MISS);
		}
		ofl_flow_info(t->flow, &info);
		if (info.placement == OFL_SOFTWARE)
			assert_int_equal(bed_versions(w->bed, t->id), 0);
		if (info.placement == OFL_HARDWARE && !t->retired && version != FAKE_MISS)
			t->steady = true;
		ofl_flow_stats(t->flow, &s);
		assert_true(s.packets >= t->last.packets && s.bytes >= t->last.bytes);
		assert_true(s.packets <= bed_truth(w->bed, t->id).packets);
		t->last = s;
	}
}

static void
check_gauges(struct world *w)
{
	struct ofl_stats all, sum = {0};
	uint64_t placed = 0, reasons = 0;

	ofl_stats(w->o, UINT32_MAX, &all);
	for (uint32_t p = 0; p < PORTS; p++) {
		struct ofl_stats s;

		ofl_stats(w->o, p, &s);
		for (int i = 0; i < OFL_N_PLACEMENTS; i++)
			sum.placed[i] += s.placed[i];
		for (int i = 0; i < NIC_N_REASONS; i++)
			sum.reasons[i] += s.reasons[i];
		sum.offered += s.offered;
		sum.inserted += s.inserted;
	}
	for (int i = 0; i < OFL_N_PLACEMENTS; i++) {
		assert_int_equal(sum.placed[i], all.placed[i]);
		placed += all.placed[i];
	}
	for (int i = 0; i < NIC_N_REASONS; i++) {
		assert_int_equal(sum.reasons[i], all.reasons[i]);
		reasons += all.reasons[i];
	}
	assert_int_equal(reasons, all.placed[OFL_SOFTWARE]);
	assert_true(placed <= SLOTS);
	assert_int_equal(sum.offered, all.offered);
	assert_int_equal(sum.inserted, all.inserted);
}

static void
finish(struct world *w)
{
	bed_faults_set(w->bed, false);
	for (int i = 0; i < SLOTS; i++) {
		if (w->twins[i].flow)
			ofl_flow_retire(w->twins[i].flow);
	}
	for (int n = 0; n < 4000; n++) {
		bool all = true;

		for (int i = 0; i < SLOTS; i++) {
			struct twin *t = &w->twins[i];

			if (!t->flow)
				continue;
			flow_end(w, t);
			all &= !t->flow;
		}
		if (all)
			break;
		sim_ns += NS_PER_MS;
		ofl_step(w->o, sim_ns);
	}
	for (int i = 0; i < SLOTS; i++)
		assert_null(w->twins[i].flow);
	for (uint32_t p = 0; p < PORTS; p++) {
		struct nic_count truth = bed_truth_port(w->bed, p), got;

		ofl_port_count(w->o, p, &got);
		assert_int_equal(got.packets, truth.packets);
		assert_int_equal(got.bytes, truth.bytes);
		truth = bed_truth_sent(w->bed, p);
		ofl_port_sent(w->o, p, &got);
		assert_int_equal(got.packets, truth.packets);
		assert_int_equal(got.bytes, truth.bytes);
	}
	ofl_destroy(w->o);
	sim_ofl = NULL;
	bed_free(w->bed);
	rcu_drain();
}

static void
run(unsigned int seed, bool gentle, const struct fake_config *config, unsigned int insert_rate)
{
	struct ofl_config oc = {.counter_interval_ns = 5 * NS_PER_MS,
				.counter_settle_ns = STALE_NS,
				.back_off_min_ns = NS_PER_MS,
				.back_off_max_ns = 20 * NS_PER_MS,
				.insert_rate = insert_rate};
	struct world *w = calloc(1, sizeof *w);

	print_message("seed %u\n", seed);
	sim_ns = NS_PER_S;
	w->seed = seed;
	w->gentle = gentle;
	w->bed = bed_new(config, seed);
	oc.devices = bed_devices(w->bed);
	assert_int_equal(ofl_create(&oc, &w->o), 0);
	sim_ofl = w->o;
	for (uint32_t p = 0; p < PORTS; p++)
		port_toggle(w, p);
	for (unsigned int step = 0; step < bed_effort(6000); step++) {
		if (pick(w, 3) == 0)
			operate(w);
		traffic(w);
		sim_ns += pick(w, 400) * NS_PER_US;
		ofl_step(w->o, sim_ns);
		traffic(w);
		if (step % 16 == 0)
			check_gauges(w);
	}
	if (gentle)
		assert_true(w->n_steady_checks > bed_effort(1000));
	finish(w);
	free(w);
}

static struct fake_config
config_base(void)
{
	return (struct fake_config){.capacity = 1000,
				    .n_counters = 1000,
				    .latency = 4,
				    .queue = 8,
				    .stale_ns = STALE_NS,
				    .now_ns = sim_now};
}

/* Make before break: once in hardware, a flow that is only changed never misses. */
static void
test_changes_leave_no_gap(void **state)
{
	struct fake_config c = config_base();

	(void)state;
	for (unsigned int seed = 1; seed <= 4; seed++)
		run(seed, true, &c, 0);
	c.latency = 20;
	c.queue = 2;
	run(5, true, &c, 3000);
}

static void
test_faults(void **state)
{
	struct fake_config c = config_base();

	(void)state;
	c.insert_fails_in = 7;
	c.remove_fails_in = 5;
	c.read_fails_in = 10;
	for (unsigned int seed = 11; seed <= 14; seed++)
		run(seed, false, &c, 0);
	c.latency = 0;
	c.queue = 1;
	run(15, false, &c, 2000);
}

static void
test_full_table(void **state)
{
	struct fake_config c = config_base();

	(void)state;
	bed_needs(BED_SMALL_TABLE);
	c.capacity = 4;
	for (unsigned int seed = 21; seed <= 23; seed++)
		run(seed, false, &c, 0);
	c.capacity = 1000;
	c.n_counters = 5;
	run(24, false, &c, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes_leave_no_gap),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_full_table),
	};

	return cmocka_run_group_tests(tests, sim_thread_start, sim_thread_stop);
}
