/* SPDX-License-Identifier: Apache-2.0 */
/* After each barrier every megaflow equals a new translation, whatever changed. Every packet is
 * counted by the rules it matched, checked with a linear list, without any full sweep. */
#include "world.h"

#include <base/clock.h>
#include <xlate/translate.h>

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define N_PORTS 4
#define UNUSED_PORT 4 /* is added and removed, which affects every megaflow */
#define N_ROUNDS 120
#define N_PACKETS 40
#define N_SLOTS 10 /* per table, in tables 1 and 2; of rising priority */

enum field { ANY, IN_PORT, NW_SRC, NW_DST, TP_SRC, TP_DST, N_FIELDS };

struct slot {
	bool used, jumps; /* jumps: the rule jumps to table 2 */
	enum field field;
	uint32_t value;
	uint32_t port; /* output port; 0: drops */
	uint64_t n_packets;
};

struct model {
	struct world w;
	uint64_t seed, rng;
	bool has_unused;
	struct slot slots[2][N_SLOTS];
	uint64_t n_flows;
};

static uint32_t
pick(struct model *m, uint32_t n)
{
	m->rng = m->rng * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(m->rng >> 33) % n;
}

static struct flow_key
random_key(struct model *m)
{
	return world_key(1 + pick(m, N_PORTS - 1), pick(m, 64));
}

static uint32_t
field_of(const struct flow_key *k, enum field field)
{
	const uint32_t values[N_FIELDS] = {0,
					   k->in_port,
					   ntohl(k->nw_src),
					   ntohl(k->nw_dst),
					   ntohs(k->tp_src),
					   ntohs(k->tp_dst)};

	return values[field];
}

static void
count(struct model *m, const struct flow_key *k)
{
	for (int t = 0; t < 2; t++) {
		int i = N_SLOTS - 1;

		while (!m->slots[t][i].used ||
		       field_of(k, m->slots[t][i].field) != m->slots[t][i].value)
			i--;
		m->slots[t][i].n_packets++;
		if (!m->slots[t][i].jumps)
			return;
	}
}

static void
slot_match(const struct slot *s, int t, int i, char *out, size_t n_out)
{
	static const char *const names[N_FIELDS] = {NULL,     "in_port", "nw_src",
						    "nw_dst", "udp_src", "udp_dst"};
	int n = snprintf(out, n_out, "table=%d,priority=%d,udp", t + 1, i);

	if (s->field == NW_SRC || s->field == NW_DST)
		snprintf(out + n, n_out - (size_t)n, ",%s=10.0.%u.%u", names[s->field],
			 s->value >> 8 & 255, s->value & 255);
	else if (s->field != ANY)
		snprintf(out + n, n_out - (size_t)n, ",%s=%u", names[s->field], s->value);
}

static void
slot_apply(struct model *m, int t, int i, enum xlate_command command)
{
	const struct slot *s = &m->slots[t][i];
	char match[128], actions[32] = "drop";

	slot_match(s, t, i, match, sizeof match);
	if (s->jumps)
		snprintf(actions, sizeof actions, "resubmit(,2)");
	else if (s->port)
		snprintf(actions, sizeof actions, "output:%u", s->port);
	if (command == XLATE_DELETE_STRICT)
		world_flow(&m->w, command, "%s", match);
	else
		world_flow(&m->w, command, "%s,actions=%s", match, actions);
}

static void
choose_actions(struct model *m, int t, struct slot *s)
{
	s->jumps = t == 0 && pick(m, 2);
	s->port = s->jumps ? 0 : pick(m, N_PORTS);
}

static void
change_slot(struct model *m)
{
	int t = (int)pick(m, 2), i = 1 + (int)pick(m, N_SLOTS - 1);
	struct slot *s = &m->slots[t][i];
	struct flow_key k = random_key(m);

	if (s->used && pick(m, 2)) {
		choose_actions(m, t, s);
		slot_apply(m, t, i, XLATE_MODIFY_STRICT);
		return;
	}
	if (s->used)
		slot_apply(m, t, i, XLATE_DELETE_STRICT);
	*s = (struct slot){.used = !s->used, .field = (enum field)pick(m, N_FIELDS)};
	s->value = field_of(&k, s->field);
	choose_actions(m, t, s);
	if (s->used)
		slot_apply(m, t, i, XLATE_ADD);
}

static void
change(struct model *m)
{
	if (pick(m, 10)) {
		for (uint32_t n = 1 + pick(m, 2); n; n--)
			change_slot(m);
		return;
	}
	if (m->has_unused)
		world_port_del(&m->w, UNUSED_PORT);
	else
		world_port_add(&m->w, UNUSED_PORT);
	m->has_unused = !m->has_unused;
}

/* Returns true while a packet is not in a batch yet. A barrier waits for batches; a packet that a handler has just taken
 * may be treated by rules of after it. */
static bool
packets_wait(struct model *m)
{
	uint64_t n_taken = atomic_load(&m->w.f.n_taken);
	struct upc_stats s;

	upc_stats(m->w.u, &s);
	return fake_n_queued(&m->w.f) || s.upcalls < n_taken ||
	       atomic_load(&m->w.f.n_taken) > n_taken;
}

static void
send_packets(struct model *m)
{
	for (int i = 0; i < N_PACKETS; i++) {
		struct flow_key k = random_key(m);

		fake_send(&m->w.f, &k, 100);
		count(m, &k);
	}
	rcu_sleep();
	while (packets_wait(m))
		nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
	rcu_wake();
}

static void
check_flow(struct model *m, const struct fake_flow *fl)
{
	struct xlate_in in = {.key = &fl->match.key, .now_ns = clock_now_ns()};
	struct xlate_out out;

	assert_int_equal(xlate_translate(m->w.x, &in, &out), 0);
	if (!flow_actions_equal(&fl->actions, &out.actions)) {
		flow_match_print_dp(&fl->match, NULL, false, stderr);
		fputs("\nis: ", stderr);
		flow_actions_print_dp(&fl->actions, NULL, stderr);
		fputs("\nshould be: ", stderr);
		flow_actions_print_dp(&out.actions, NULL, stderr);
		fail_msg("\nseed %llu", (unsigned long long)m->seed);
	}
	xlate_out_free(&out);
	m->n_flows++;
}

static void
check_flows(struct model *m)
{
	mutex_lock(&m->w.f.mu);
	for (const struct fake_flow *fl = m->w.f.flows; fl; fl = fl->next)
		check_flow(m, fl);
	mutex_unlock(&m->w.f.mu);
}

static int
check_rule(const struct xlate_rule_view *rule, void *aux)
{
	struct model *m = aux;
	uint64_t want;

	if (!rule->table)
		return 0;
	want = m->slots[rule->table - 1][rule->priority].n_packets;
	if (rule->stats.packets != want)
		fail_msg("seed %llu: table %u, priority %u counts %llu packets, not %llu",
			 (unsigned long long)m->seed, rule->table, rule->priority,
			 (unsigned long long)rule->stats.packets, (unsigned long long)want);
	return 0;
}

static void
model_start(struct model *m, uint64_t seed, unsigned int n_offloaded)
{
	struct world_config wc = {
		.seed = seed,
		.n_ports = N_PORTS,
		.n_offloaded = n_offloaded,
		.nic = {.capacity = 40, .latency_us = 200, .stale_ns = NS_PER_MS},
		.upc = {.n_handlers = 1 + seed % 2,
			.n_revalidators = 1 + seed / 2 % 2,
			.idle_ns = 3600 * NS_PER_S,
			.sweep_interval_ns = 3600 * NS_PER_S},
	};

	*m = (struct model){.seed = seed, .rng = seed, .has_unused = true};
	world_start(&m->w, &wc);
	for (int t = 0; t < 2; t++) {
		m->slots[t][0].used = true;
		slot_apply(m, t, 0, XLATE_ADD);
	}
}

static void
barriers(struct model *m, uint64_t seed, unsigned int n_offloaded)
{
	struct upc_stats s;

	model_start(m, seed, n_offloaded);
	for (int i = 0; i < N_ROUNDS; i++) {
		send_packets(m);
		assert_int_equal(upc_barrier(m->w.u), 0);
		change(m);
		assert_int_equal(upc_barrier(m->w.u), 0);
		check_flows(m);
	}
	upc_stats(m->w.u, &s);
	assert_true(s.policy_sweeps > N_ROUNDS && s.sweeps < N_ROUNDS / 10);
	world_quiet(&m->w);
	assert_int_equal(upc_settle(m->w.u), 0);
	xlate_rule_each(xlate_bridge_find(m->w.x, "br0"), NULL, check_rule, m);
	world_check(&m->w, UNUSED_PORT, seed);
	world_stop(&m->w);
}

static void
after_a_barrier_all_is_new(void **state)
{
	static struct model m;
	uint64_t n_flows = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 8; seed++) {
		barriers(&m, seed, seed % 2 ? 0 : 2);
		n_flows += m.n_flows;
	}
	print_message("%llu megaflows after a change\n", (unsigned long long)n_flows);
	assert_true(n_flows > 8 * N_ROUNDS * 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(after_a_barrier_all_is_new)};
	int rc;

	rcu_thread_start();
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_thread_stop();
	return rc;
}
