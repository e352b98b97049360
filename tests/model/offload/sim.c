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

#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

#include <linux/if_ether.h>

uint64_t sim_now_ns;

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
	s->bed = bed_new(device, 1);
	s->fake = bed_fake(s->bed);
	config.devices = bed_devices(s->bed);
	assert_int_equal(ofl_create(&config, &s->o), 0);
	sim_ofl = s->o;
	for (uint32_t p = 0; p < 4; p++)
		assert_int_equal(ofl_port_add(s->o, p, dev_ids[p], bed_classes, &why), 0);
	assert_int_equal(why.reason,
			 config.disabled ? NIC_REASON_DISABLED : NIC_REASON_NO_TRANSFER);
	assert_int_equal(ofl_port_add(s->o, 0, 0, bed_classes, &why), -EEXIST);
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
	bed_free(s->bed);
}

void
sim_steps(struct sim *s, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		ofl_step(s->o, sim_now_ns += NS_PER_US);
}

void
sim_match(uint32_t in_port, uint32_t id, struct flow_match *out)
{
	*out = (struct flow_match){
		.key = {.in_port = in_port, .eth_type = htobe16(ETH_P_IP), .nw_src = id},
		.mask = {.in_port = UINT32_MAX, .eth_type = UINT16_MAX, .nw_src = UINT32_MAX}};
	if (!FAKE_BAD_FLOW(id))
		return;
	/* A match of the ICMP type. */
	out->key.nw_proto = IPPROTO_ICMP;
	out->mask.nw_proto = UINT8_MAX;
	out->mask.tp_src = UINT16_MAX;
}

static struct ofl_flow *
flow_new(struct sim *s, uint32_t in_port, const struct flow_action *a, bool odd)
{
	struct flow_match m;
	struct flow_actions actions = {.a = (struct flow_action *)(uintptr_t)a, .n = a ? 1 : 0};
	struct flow_packed *match;
	struct ofl_flow *f;

	sim_match(in_port, s->n_ids++, &m);
	if (odd)
		m.mask.tp_src = UINT16_MAX;
	match = flow_packed_new(&m);
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
	for (unsigned int i = 0; i < 8 * FAKE_FLOWS && bed_n_in(s->bed) < n; i++)
		sim_steps(s, 1);
	assert_int_equal(bed_n_in(s->bed), n);
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

void
bed_needs(enum bed_need need)
{
	if (!bed_lacks(need))
		return;
	print_message("%s\n", bed_lacks(need));
	skip();
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
