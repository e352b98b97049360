/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ofl_private.h"
#include "sim.h"

#include <base/clock.h>
#include <base/rcu.h>

#include <errno.h>
#include <stdlib.h>

uint64_t sim_now_ns;
const struct nic_class *const sim_classes[] = {&fake_class, NULL};

static const struct ofl *sim_ofl;

/* Calls that block run rounds of their own, which advance offload's clock. */
static uint64_t
device_now(void)
{
	return sim_ofl && sim_ofl->now_ns > sim_now_ns ? sim_ofl->now_ns : sim_now_ns;
}

struct fake_config
sim_device(unsigned int capacity)
{
	return (struct fake_config){
		.capacity = capacity, .n_counters = FAKE_FLOWS, .queue = 64, .now_ns = device_now};
}

void
sim_start_on(struct sim *s, struct ofl_config config, const struct fake_config *device)
{
	static const uint16_t dev_ids[] = {0, 1, 8, 100};
	struct nic_refusal why;

	sim_now_ns = NS_PER_S;
	sim_ofl = NULL;
	s->n_ids = 0;
	assert_int_equal(fake_world_new(device, 1, &s->fake), 0);
	fake_world_now = s->fake;
	config.devices = fake_devices(s->fake);
	assert_int_equal(ofl_create(&config, &s->o), 0);
	sim_ofl = s->o;
	for (uint32_t p = 0; p < 4; p++)
		assert_int_equal(ofl_port_add(s->o, p, dev_ids[p], sim_classes, &why), 0);
	assert_int_equal(why.reason,
			 config.disabled ? NIC_REASON_DISABLED : NIC_REASON_NO_TRANSFER);
	assert_int_equal(ofl_port_add(s->o, 0, 0, sim_classes, &why), -EEXIST);
}

void
sim_start(struct sim *s, struct ofl_config config, unsigned int capacity)
{
	struct fake_config device = sim_device(capacity);

	sim_start_on(s, config, &device);
}

void
sim_end(struct sim *s)
{
	sim_ofl = NULL;
	ofl_destroy(s->o);
	assert_int_equal(fake_alive(s->fake), 0);
	fake_world_free(s->fake);
}

void
sim_steps(struct sim *s, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		ofl_step(s->o, sim_now_ns += NS_PER_US);
}

static struct ofl_flow *
flow_new(struct sim *s, uint32_t in_port, const struct flow_action *a, bool odd)
{
	struct flow_match m = {.key = {.in_port = in_port, .nw_src = s->n_ids},
			       .mask = {.in_port = UINT32_MAX,
					.nw_src = UINT32_MAX,
					.tp_src = odd ? UINT16_MAX : 0}};
	struct flow_actions actions = {.a = (struct flow_action *)(uintptr_t)a, .n = a ? 1 : 0};
	struct flow_packed *match = flow_packed_new(&m);
	struct ofl_flow *f;

	s->n_ids++;
	assert_int_equal(ofl_flow_new(s->o, match, &actions, &f), 0);
	flow_packed_unref(match);
	return f;
}

struct ofl_flow *
sim_flow(struct sim *s, uint32_t in_port, const struct flow_action *a)
{
	return flow_new(s, in_port, a, false);
}

static void
flows_add(struct sim *s, struct sim_flows *fs, uint32_t in_port, const struct flow_action *a,
	  unsigned int n, bool odd)
{
	fs->flow = realloc(fs->flow, (fs->n + n) * sizeof(struct ofl_flow *));
	assert_non_null(fs->flow);
	for (unsigned int i = 0; i < n; i++) {
		s->n_ids += FAKE_BAD_FLOW(s->n_ids);
		fs->flow[fs->n++] = flow_new(s, in_port, a, odd);
	}
}

void
sim_flows_add(struct sim *s, struct sim_flows *fs, uint32_t in_port, const struct flow_action *a,
	      unsigned int n)
{
	flows_add(s, fs, in_port, a, n, false);
}

void
sim_flows_add_odd(struct sim *s, struct sim_flows *fs, uint32_t in_port, unsigned int n)
{
	flows_add(s, fs, in_port, NULL, n, true);
}

uint64_t
sim_pass(struct sim *s, uint64_t ns, uint64_t step_ns)
{
	uint64_t until = sim_now_ns + ns, busy = 0;

	while (sim_now_ns < until) {
		uint64_t took;

		sim_now_ns += step_ns;
		ofl_step(s->o, sim_now_ns);
		took = fake_busy_take(s->fake);
		sim_now_ns += took;
		busy += took;
	}
	return busy;
}

void
sim_flows_end_one(struct sim_flows *fs, unsigned int i)
{
	ofl_flow_free(fs->flow[i]);
	fs->flow[i] = fs->flow[--fs->n];
}

void
sim_flows_end(struct sim_flows *fs)
{
	while (fs->n)
		ofl_flow_free(fs->flow[--fs->n]);
	free(fs->flow);
	fs->flow = NULL;
}

void
sim_until_in(struct sim *s, unsigned int n)
{
	for (unsigned int i = 0; i < 8 * FAKE_FLOWS && fake_n_in(s->fake) < n; i++)
		sim_steps(s, 1);
	assert_int_equal(fake_n_in(s->fake), n);
}

struct ofl_stats
sim_stats(const struct sim *s)
{
	struct ofl_stats all;

	ofl_stats(s->o, UINT32_MAX, &all);
	return all;
}

enum nic_reason
sim_reason(const struct ofl_flow *f)
{
	struct ofl_flow_info info;

	ofl_flow_info(f, &info);
	return info.refusal.reason;
}

bool
sim_in_hardware(const struct ofl_flow *f)
{
	struct ofl_flow_info info;

	ofl_flow_info(f, &info);
	return info.placement == OFL_HARDWARE;
}

int
sim_thread_start(void **state)
{
	(void)state;
	rcu_thread_start();
	return 0;
}

int
sim_thread_stop(void **state)
{
	(void)state;
	rcu_drain();
	rcu_thread_stop();
	return 0;
}
