/* SPDX-License-Identifier: Apache-2.0 */
/* Offload as in production: its own thread, several threads that own flows, one that sends
 * traffic, one that resets devices, one that reads statistics. For ThreadSanitizer, and for
 * exact counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim.h"

#include <offload/ofl.h>

#include <base/clock.h>
#include <base/rcu.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define OWNERS 3
#define FLOWS 12    /* per owner at a time */
#define ROUNDS 4000 /* per owner */
#define PORTS 2
#define STALE_NS (2 * NS_PER_MS)

struct world;

struct owner {
	struct world *w;
	unsigned int seed, index;
	pthread_t thread;
	const char *wrong; /* the failure; only the main thread may assert */
};

struct world {
	struct fake_world *fake;
	struct ofl *o;
	struct owner owners[OWNERS];
	_Atomic uint32_t n_ids;
	_Atomic bool stop;
};

struct flow {
	struct ofl_flow *flow;
	uint32_t id, port;
	unsigned int version;
	bool retired;
	struct flow_stats last;
};

static void
actions_of(unsigned int version, uint32_t port, struct flow_actions *out)
{
	struct flow_value value = flow_value_from_u64(version), mask;

	flow_field_ones(&flow_fields[FLOW_FIELD_ETH_SRC], &mask);
	flow_actions_init(out);
	if (flow_actions_add_set(out, FLOW_FIELD_ETH_SRC, &value, &mask) ||
	    flow_actions_add_output(out, port))
		abort();
}

#define CHECK(ow, condition)                                                                       \
	do {                                                                                       \
		if (!(condition) && !(ow)->wrong)                                                  \
			(ow)->wrong = #condition;                                                  \
	} while (0)

static void
flow_new(struct owner *ow, struct flow *f)
{
	struct flow_match m = {.mask = {.in_port = UINT32_MAX, .nw_src = UINT32_MAX}};
	struct flow_actions actions;
	struct flow_packed *match;

	memset(f, 0, sizeof *f);
	f->id = atomic_fetch_add(&ow->w->n_ids, 1);
	f->port = (uint32_t)rand_r(&ow->seed) % PORTS;
	m.key.in_port = f->port;
	m.key.nw_src = f->id;
	actions_of(0, f->port, &actions);
	match = flow_packed_new(&m);
	CHECK(ow, !ofl_flow_new(ow->w->o, match, &actions, &f->flow));
	flow_packed_unref(match);
	flow_actions_free(&actions);
}

static void
flow_change(struct owner *ow, struct flow *f)
{
	struct flow_actions actions;

	f->version = (f->version + 1) % 60;
	actions_of(f->version, f->port, &actions);
	CHECK(ow, !ofl_flow_change(f->flow, &actions));
	flow_actions_free(&actions);
}

static void
flow_look(struct owner *ow, struct flow *f)
{
	struct ofl_flow_info info;
	struct flow_stats s;

	ofl_flow_info(f->flow, &info);
	ofl_flow_stats(f->flow, &s);
	CHECK(ow, info.placement < OFL_N_PLACEMENTS);
	CHECK(ow, s.packets >= f->last.packets && s.bytes >= f->last.bytes);
	CHECK(ow, s.bytes == 100 * s.packets);
	f->last = s;
}

static void
flow_end(struct owner *ow, struct flow *f)
{
	struct flow_stats s;

	if (!ofl_flow_settled(f->flow))
		return;
	ofl_flow_stats(f->flow, &s);
	CHECK(ow, s.packets == fake_truth(ow->w->fake, f->id).packets);
	ofl_flow_free(f->flow);
	f->flow = NULL;
}

static void
own_wait(struct owner *ow, struct flow *flows)
{
	CHECK(ow, !ofl_wait(ow->w->o, 30 * NS_PER_S));
	for (int i = 0; i < FLOWS; i++) {
		uint64_t versions;

		if (!flows[i].flow)
			continue;
		versions = fake_versions(ow->w->fake, flows[i].id);
		CHECK(ow, !flows[i].retired || !versions);
		CHECK(ow, !(versions & ~(UINT64_C(1) << flows[i].version)));
	}
}

static void
own_round(struct owner *ow, struct flow *flows)
{
	struct flow *f = &flows[rand_r(&ow->seed) % FLOWS];
	int what = rand_r(&ow->seed) % 100;

	if (!f->flow) {
		flow_new(ow, f);
		return;
	}
	flow_look(ow, f);
	if (what < 4) {
		own_wait(ow, flows);
	} else if (f->retired) {
		flow_end(ow, f);
	} else if (what < 60) {
		flow_change(ow, f);
	} else if (what < 80) {
		ofl_flow_retire(f->flow);
		f->retired = true;
	}
}

static void
nap(uint64_t ns)
{
	struct timespec ts = {.tv_nsec = (long)ns};

	rcu_sleep();
	nanosleep(&ts, NULL);
	rcu_wake();
}

static void *
own(void *arg)
{
	struct owner *ow = arg;
	struct flow flows[FLOWS] = {0};
	bool left = true;

	rcu_thread_start();
	for (int i = 0; i < ROUNDS; i++) {
		own_round(ow, flows);
		if (i % 4 == 0)
			nap(200 * NS_PER_US);
	}
	for (int i = 0; i < FLOWS; i++) {
		if (flows[i].flow)
			ofl_flow_retire(flows[i].flow);
	}
	for (int n = 0; left && n < 20000; n++) {
		left = false;
		for (int i = 0; i < FLOWS; i++) {
			if (flows[i].flow)
				flow_end(ow, &flows[i]);
			left |= flows[i].flow != NULL;
		}
		nap(NS_PER_MS);
	}
	CHECK(ow, !left);
	rcu_thread_stop();
	return NULL;
}

static void *
carry(void *arg)
{
	struct world *w = arg;
	unsigned int seed = 77;

	while (!atomic_load(&w->stop)) {
		struct timespec ts = {.tv_nsec = 100000};
		uint32_t n = atomic_load(&w->n_ids);

		for (uint32_t id = n > 60 ? n - 60 : 0; id < n; id++) {
			for (uint32_t port = 0; port < PORTS; port++)
				fake_packet(w->fake, port, id, 100);
		}
		if (rand_r(&seed) % 500 == 0)
			fake_reset(w->fake);
		nanosleep(&ts, NULL);
	}
	return NULL;
}

static void *
look(void *arg)
{
	struct world *w = arg;
	struct nic_count last[PORTS] = {0};

	while (!atomic_load(&w->stop)) {
		struct timespec ts = {.tv_nsec = 200000};
		struct ofl_stats s;
		struct nic_caps caps;
		struct nic_refusal why;

		ofl_stats(w->o, UINT32_MAX, &s);
		ofl_port_caps(w->o, 0, &caps, &why);
		for (uint32_t p = 0; p < PORTS; p++) {
			struct nic_count c;

			ofl_port_count(w->o, p, &c);
			if (c.packets < last[p].packets || c.bytes != 100 * c.packets)
				abort();
			last[p] = c;
		}
		nanosleep(&ts, NULL);
	}
	return NULL;
}

static void
ports_up(struct world *w)
{
	static const struct nic_class *const classes[] = {&fake_class, NULL};
	struct nic_refusal why;

	for (uint32_t p = 0; p < PORTS; p++)
		assert_int_equal(ofl_port_add(w->o, p, (uint16_t)(8 * p), classes, &why), 0);
}

static void
threads_run(struct world *w)
{
	pthread_t carrier, looker;

	assert_int_equal(pthread_create(&carrier, NULL, carry, w), 0);
	assert_int_equal(pthread_create(&looker, NULL, look, w), 0);
	for (unsigned int i = 0; i < OWNERS; i++) {
		struct owner *ow = &w->owners[i];

		*ow = (struct owner){.w = w, .seed = 100 + i, .index = i};
		assert_int_equal(pthread_create(&ow->thread, NULL, own, ow), 0);
	}
	rcu_sleep();
	for (unsigned int i = 0; i < OWNERS; i++)
		pthread_join(w->owners[i].thread, NULL);
	atomic_store(&w->stop, true);
	pthread_join(carrier, NULL);
	pthread_join(looker, NULL);
	rcu_wake();
	for (unsigned int i = 0; i < OWNERS; i++) {
		if (w->owners[i].wrong)
			fail_msg("owner %u: %s", i, w->owners[i].wrong);
	}
}

static void
test_threads(void **state)
{
	struct ofl_config oc = {.counter_interval_ns = 2 * NS_PER_MS,
				.counter_settle_ns = STALE_NS,
				.back_off_min_ns = NS_PER_MS,
				.back_off_max_ns = 20 * NS_PER_MS};
	struct fake_config fc = {.capacity = 20,
				 .n_counters = 1000,
				 .latency = 3,
				 .queue = 16,
				 .insert_fails_in = 9,
				 .remove_fails_in = 9,
				 .read_fails_in = 20,
				 .stale_ns = STALE_NS,
				 .now_ns = clock_now_ns};
	struct world *w = calloc(1, sizeof *w);

	(void)state;
	assert_int_equal(fake_world_new(&fc, 7, &w->fake), 0);
	fake_world_now = w->fake;
	oc.devices = fake_devices(w->fake);
	assert_int_equal(ofl_create(&oc, &w->o), 0);
	assert_int_equal(ofl_start(w->o), 0);
	ports_up(w);
	threads_run(w);
	for (uint32_t p = 0; p < PORTS; p++) {
		struct nic_count got;

		ofl_port_count(w->o, p, &got);
		assert_int_equal(got.packets, fake_truth_port(w->fake, p).packets);
		ofl_port_del(w->o, p);
	}
	assert_int_equal(fake_alive(w->fake), 0);
	ofl_destroy(w->o);
	fake_world_free(w->fake);
	free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads)};

	return cmocka_run_group_tests(tests, sim_thread_start, sim_thread_stop);
}
