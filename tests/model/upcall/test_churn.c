/* SPDX-License-Identifier: Apache-2.0 */
/* Counts are exact under churn. Traffic threads send while control makes random changes of every
 * kind. Whenever traffic pauses, every total equals the fake host's own record, and no total has
 * ever decreased. */
#include "world.h"

#include <base/clock.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define N_PORTS 4
#define UNRULED 4 /* leaves and joins the bridge; no rule counts it while it is out */
#define N_TRAFFIC 2
#define N_ROUNDS 10
#define N_CHANGES 40

struct churn {
	struct world w;
	uint64_t seed;
	_Atomic bool stop, rest;
	_Atomic unsigned int n_resting;
	_Atomic unsigned int controller;
	bool joined, paused;
	uint64_t rules_seen[N_PORTS + 1];
	uint64_t rng;
};

static uint32_t
pick(uint64_t *rng, uint32_t n)
{
	*rng = *rng * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*rng >> 33) % n;
}

static void
nap_us(unsigned int us)
{
	struct timespec ts = {.tv_nsec = us * 1000L};

	nanosleep(&ts, NULL);
}

struct traffic {
	struct churn *c;
	pthread_t thread;
	uint64_t rng;
};

static void *
traffic_run(void *aux)
{
	struct traffic *t = aux;
	struct churn *c = t->c;

	while (!atomic_load(&c->stop)) {
		if (atomic_load(&c->rest)) {
			atomic_fetch_add(&c->n_resting, 1);
			while (atomic_load(&c->rest))
				nap_us(500);
			atomic_fetch_sub(&c->n_resting, 1);
		}
		for (int i = 0; i < 16; i++) {
			struct flow_key key =
				world_key(1 + pick(&t->rng, N_PORTS), pick(&t->rng, 64));

			fake_send(&c->w.f, &key, 64 + pick(&t->rng, 1000));
		}
		nap_us(300);
	}
	return NULL;
}

static void
rest(struct churn *c, bool on)
{
	atomic_store(&c->rest, on);
	rcu_sleep();
	while (atomic_load(&c->n_resting) != (on ? N_TRAFFIC : 0))
		nap_us(200);
	rcu_wake();
}

static void
never_back(uint64_t *seen, uint64_t now, const char *what, uint32_t port)
{
	if (now < *seen) {
		fprintf(stderr, "port %u: %s went back from %llu to %llu\n", port, what,
			(unsigned long long)*seen, (unsigned long long)now);
		abort();
	}
	*seen = now;
}

struct seen {
	uint64_t hw, sw, upcalled;
};

static void
sample_port(struct churn *c, uint32_t port, struct seen *s)
{
	struct upc_port_totals t;

	upc_port_totals(c->w.u, port, &t);
	never_back(&s->hw, t.hw.packets, "hardware", port);
	never_back(&s->sw, t.sw.packets, "software", port);
	never_back(&s->upcalled, t.upcalled.packets, "upcalls", port);
}

/* The thread that changes the rules reads them. */
static void
sample_rules(struct churn *c)
{
	for (uint32_t port = 1; port <= N_PORTS; port++)
		if (port != UNRULED)
			never_back(&c->rules_seen[port], world_rule_count(&c->w, port).packets,
				   "the rule", port);
}

/* Totals of live flows. A flow is identified by UFID and creation time. */
struct flow_seen {
	struct flow_ufid ufid;
	uint64_t created_ns, packets;
};

#define N_FLOWS_SEEN 256

static int
sample_flow(const struct upc_flow_view *v, void *aux)
{
	struct flow_seen *s = (struct flow_seen *)aux + v->ufid.lo % N_FLOWS_SEEN;

	if (!flow_ufid_equal(&s->ufid, &v->ufid) || s->created_ns != v->created_ns)
		*s = (struct flow_seen){v->ufid, v->created_ns, 0};
	never_back(&s->packets, v->total.packets, "a flow", v->match->key.in_port);
	if (v->total.packets != v->sw.packets + v->hw.packets + v->upcalled.packets)
		abort();
	return 0;
}

/* A walk that lasts many grace periods visits each flow at most once. */
static void
sample_flows(struct churn *c, struct flow_seen *flows)
{
	struct upc_flow_cursor *cur;

	if (upc_flow_cursor_open(c->w.u, &cur))
		abort();
	while (upc_flow_cursor_step(cur, 3, sample_flow, flows) > 0)
		rcu_quiesce();
	upc_flow_cursor_close(cur);
}

static void *
sampler_run(void *aux)
{
	static struct flow_seen flows[N_FLOWS_SEEN];
	struct churn *c = aux;
	struct seen seen[N_PORTS + 1] = {0};

	rcu_thread_start();
	while (!atomic_load(&c->stop)) {
		for (uint32_t p = 1; p <= N_PORTS; p++)
			sample_port(c, p, &seen[p]);
		sample_flows(c, flows);
		rcu_sleep();
		nap_us(2000);
		rcu_wake();
	}
	rcu_thread_stop();
	return NULL;
}

static void
change_rules(struct churn *c)
{
	static const char *const actions[] = {
		"drop",	  "output:1",	    "output:2,output:3",      "NORMAL",
		"FLOOD",  "CONTROLLER:128", "mod_nw_ttl:9,output:2",  "mod_vlan_vid:5,output:3",
		"NORMAL", "resubmit(,2)",   "output:2,CONTROLLER:64",
	};
	const char *acts = actions[pick(&c->rng, sizeof actions / sizeof *actions)];
	unsigned int host = pick(&c->rng, 8), priority = 1 + pick(&c->rng, 4);

	switch (pick(&c->rng, 6)) {
	case 0:
	case 1:
		world_flow(&c->w, XLATE_ADD, "table=1,priority=%u,ip,nw_dst=10.0.0.%u,actions=%s",
			   priority, host, acts);
		break;
	case 2:
		world_flow(&c->w, XLATE_ADD, "table=1,priority=%u,udp,tp_dst=%u,actions=%s",
			   priority + 4, 80 + pick(&c->rng, 4), acts);
		break;
	case 3:
		world_flow(&c->w, XLATE_DELETE, "table=1,ip,nw_dst=10.0.0.%u", host);
		break;
	case 4:
		world_flow(&c->w, XLATE_MODIFY, "table=1,ip,nw_dst=10.0.0.%u,actions=%s", host,
			   acts);
		break;
	case 5:
		world_flow(&c->w, XLATE_ADD, "table=1,priority=0,actions=%s",
			   pick(&c->rng, 2) ? "NORMAL" : "drop");
		break;
	}
}

static void
change_bridge(struct churn *c)
{
	if (c->joined)
		world_port_del(&c->w, UNRULED);
	else
		world_port_add(&c->w, UNRULED);
	c->joined = !c->joined;
}

static void
change_pause(struct churn *c)
{
	if (c->paused)
		upc_resume(c->w.u);
	else
		upc_pause(c->w.u);
	c->paused = !c->paused;
}

static void
change(struct churn *c)
{
	static const unsigned int limits[] = {40, 1000, 1000, 100000};
	struct upc *u = c->w.u;

	switch (pick(&c->rng, 14)) {
	case 0:
		assert_int_equal(upc_threads_set(u, 1 + pick(&c->rng, 3), 1 + pick(&c->rng, 3)), 0);
		break;
	case 1:
		change_pause(c);
		break;
	case 2:
		upc_flush(u);
		break;
	case 3:
		upc_flow_limit_set(u, limits[pick(&c->rng, 4)]);
		break;
	case 4:
		fake_reset(c->w.f.nic);
		break;
	case 5:
		change_bridge(c);
		break;
	case 6:
		upc_sweep_wait(u);
		break;
	case 7:
		upc_barrier(u);
		break;
	default:
		change_rules(c);
	}
}

static void
churn_round(struct churn *c)
{
	for (int i = 0; i < N_CHANGES; i++) {
		change(c);
		sample_rules(c);
		rcu_sleep();
		nap_us(500 + pick(&c->rng, 20000));
		rcu_wake();
	}
	if (c->paused)
		change_pause(c);
	rest(c, true);
	world_quiet(&c->w);
	assert_int_equal(upc_settle(c->w.u), 0);
	world_check(&c->w, UNRULED, c->seed);
	rest(c, false);
}

static void
count_controller(void *aux, const struct dp_upcall *up)
{
	struct churn *c = aux;

	(void)up;
	atomic_fetch_add(&c->controller, 1);
}

/* Asserts that every kind of event occurred; otherwise the test proves nothing. */
static void
check_reached(struct churn *c)
{
	struct upc_stats s;
	struct ofl_stats o;

	upc_stats(c->w.u, &s);
	ofl_stats(c->w.o, UINT32_MAX, &o);
	assert_true(s.installed && s.modified && s.evicted_changed && s.evicted_flush);
	assert_true(s.install_failed && s.retranslated && s.sweeps);
	assert_true(s.controller && s.controller == atomic_load(&c->controller));
	assert_true(s.upcalls == s.misses + s.action_upcalls);
	assert_true(s.no_bridge > 0);
	assert_int_equal(s.orphans, 0);
	assert_int_equal(s.vanished, 0);
	assert_true(o.inserted && o.resets);
	print_message("batches %llu translations %llu installed %llu raced %llu busy %llu limited "
		      "%llu failed %llu modified %llu idle %llu changed %llu limit %llu flush %llu "
		      "sweeps %llu; inserted %llu resets %llu\n",
		      (unsigned long long)s.batches, (unsigned long long)s.translations,
		      (unsigned long long)s.installed, (unsigned long long)s.install_raced,
		      (unsigned long long)s.install_busy, (unsigned long long)s.install_limited,
		      (unsigned long long)s.install_failed, (unsigned long long)s.modified,
		      (unsigned long long)s.evicted_idle, (unsigned long long)s.evicted_changed,
		      (unsigned long long)s.evicted_limit, (unsigned long long)s.evicted_flush,
		      (unsigned long long)s.sweeps, (unsigned long long)o.inserted,
		      (unsigned long long)o.resets);
}

static void
run_churn(struct churn *c)
{
	struct traffic traffic[N_TRAFFIC];
	pthread_t sampler;

	for (unsigned int i = 0; i < N_TRAFFIC; i++) {
		traffic[i] = (struct traffic){.c = c, .rng = c->seed + i};
		assert_int_equal(pthread_create(&traffic[i].thread, NULL, traffic_run, &traffic[i]),
				 0);
	}
	assert_int_equal(pthread_create(&sampler, NULL, sampler_run, c), 0);
	for (int i = 0; i < N_ROUNDS; i++)
		churn_round(c);
	atomic_store(&c->stop, true);
	rcu_sleep();
	for (unsigned int i = 0; i < N_TRAFFIC; i++)
		pthread_join(traffic[i].thread, NULL);
	pthread_join(sampler, NULL);
	rcu_wake();
}

static void
churn(void **state)
{
	static struct churn c;
	struct world_config wc = {
		.seed = 20260101,
		.n_ports = N_PORTS,
		.n_offloaded = N_PORTS - 2,
		.nic = {.capacity = 24,
			.latency_us = 2000,
			.insert_fails = 8,
			.remove_fails = 8,
			.read_fails = 16,
			.stale_ns = 4 * NS_PER_MS},
		.upc = {.n_handlers = 2,
			.n_revalidators = 2,
			.flow_limit = 1000,
			.idle_ns = 60 * NS_PER_MS,
			.sweep_interval_ns = 15 * NS_PER_MS,
			.controller = count_controller,
			.aux = &c},
	};

	(void)state;
	c.seed = c.rng = wc.seed;
	c.joined = true;
	print_message("seed %llu\n", (unsigned long long)c.seed);
	world_start(&c.w, &wc);
	c.w.f.put_fails = 50;
	c.w.f.modify_fails = 10;
	c.w.f.tears = 3;
	world_flow(&c.w, XLATE_ADD, "table=1,priority=0,actions=NORMAL");
	run_churn(&c);

	world_quiet(&c.w);
	upc_flush(c.w.u);
	world_check(&c.w, UNRULED, c.seed);
	check_reached(&c);
	world_stop(&c.w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(churn),
	};
	int rc;

	rcu_thread_start();
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_thread_stop();
	return rc;
}
