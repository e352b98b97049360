/* SPDX-License-Identifier: Apache-2.0 */
/* A second process on a datapath that kept its flows: it enters them, and each packet is counted once by
 * the rules that treat it. */
#include "world.h"

#include <base/clock.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define N_BYTES 100
#define N_FLOWS 16

static struct upc_config
config(struct world *w)
{
	return (struct upc_config){.dp = &w->f.dp,
				   .xlate = w->x,
				   .ofl = w->o,
				   .n_handlers = 2,
				   .n_revalidators = 2,
				   .idle_ns = 60 * NS_PER_S,
				   .seed = clock_now_ns(),
				   .held = true};
}

static void
send(struct world *w, unsigned int n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct flow_key key = world_key(1, i % N_FLOWS);

		fake_send(&w->f, &key, N_BYTES);
	}
}

/* A process makes a flow for each source port, and leaves. */
static void
scene_start(struct world *w)
{
	struct world_config wc = {.seed = 3, .n_ports = 3, .upc = {.idle_ns = 60 * NS_PER_S}};

	world_start(w, &wc);
	for (unsigned int i = 0; i < N_FLOWS; i++)
		world_flow(w, XLATE_ADD, "table=1,priority=5,udp,tp_src=%u,actions=output:2",
			   1000 + i);
	send(w, N_FLOWS);
	world_quiet(w);
	send(w, 10 * N_FLOWS);
	upc_leave(w->u);
	assert_int_equal(w->f.dp.class->n_flows(&w->f.dp), N_FLOWS);
}

/* Misses are dropped from here on. */
static void
second_start(struct world *w)
{
	struct upc_config c = config(w);

	assert_int_equal(upc_create(&c, &w->u), 0);
}

static int
adopt_all(struct world *w)
{
	int rc = 0;

	for (const struct fake_flow *f = w->f.flows; f; f = f->next) {
		const struct upc_found found = {f->ufid, &f->match, &f->actions, f->stats};
		int one = upc_adopt(w->u, &found);

		rc = one ? one : rc;
	}
	return rc;
}

static struct upc_stats
stats(struct world *w)
{
	struct upc_stats s;

	upc_stats(w->u, &s);
	return s;
}

struct sums {
	unsigned int n;
	uint64_t sw;
};

static int
sum(const struct upc_flow_view *v, void *aux)
{
	struct sums *s = aux;

	s->n++;
	s->sw += v->sw.packets;
	return 0;
}

static struct sums
ledger(struct world *w)
{
	struct upc_flow_cursor *cur;
	struct sums s = {0};

	assert_int_equal(upc_flow_cursor_open(w->u, &cur), 0);
	while (upc_flow_cursor_step(cur, 100, sum, &s) > 0)
		;
	upc_flow_cursor_close(cur);
	return s;
}

/* Packets between the adoption and the first pass are those of the rules, older ones nobody's. */
static void
flows_are_kept(void **state)
{
	struct upc_port_totals totals;
	struct world w;
	uint64_t before;
	struct sums s;

	(void)state;
	scene_start(&w);
	before = world_rule_count(&w, 1).packets;
	second_start(&w);
	send(&w, 3 * N_FLOWS); /* nobody counts them */
	assert_int_equal(adopt_all(&w), 0);
	assert_int_equal(adopt_all(&w), -EEXIST);
	send(&w, 5 * N_FLOWS);
	assert_int_equal(world_rule_count(&w, 1).packets, before);
	assert_int_equal(upc_release(w.u), 0);
	assert_int_equal(upc_settle(w.u), 0);
	send(&w, 2 * N_FLOWS);
	assert_int_equal(upc_settle(w.u), 0);
	assert_int_equal(world_rule_count(&w, 1).packets, before + 7 * N_FLOWS);
	upc_port_totals(w.u, 1, &totals);
	assert_int_equal(totals.sw.packets, 7 * N_FLOWS);
	s = ledger(&w);
	assert_int_equal(s.n, N_FLOWS);
	assert_int_equal(s.sw, 20 * N_FLOWS);
	assert_int_equal(stats(&w).adopted, N_FLOWS);
	assert_int_equal(stats(&w).modified + stats(&w).evicted_changed + stats(&w).orphans, 0);
	assert_int_equal(w.f.dp.class->n_flows(&w.f.dp), N_FLOWS);
	world_stop(&w);
}

static void
flows_follow_other_rules(void **state)
{
	struct world w;
	uint64_t out;

	(void)state;
	scene_start(&w);
	second_start(&w);
	world_flow(&w, XLATE_MODIFY_STRICT, "table=1,priority=5,udp,tp_src=1000,actions=output:3");
	assert_int_equal(adopt_all(&w), 0);
	assert_int_equal(upc_release(w.u), 0);
	assert_int_equal(upc_barrier(w.u), 0);
	assert_int_equal(stats(&w).modified, 1);
	assert_int_equal(stats(&w).evicted_changed, 0);
	out = fake_out(&w.f, 3);
	send(&w, N_FLOWS);
	assert_int_equal(fake_out(&w.f, 3), out + 1);
	world_flow(&w, XLATE_ADD, "table=1,priority=6,udp,nw_ttl=1,actions=drop");
	assert_int_equal(upc_barrier(w.u), 0);
	assert_int_equal(stats(&w).evicted_changed, N_FLOWS);
	world_stop(&w);
}

/* Nothing is removed, read or taken, and calls end. */
static void
held_touches_nothing(void **state)
{
	struct fake_port p;
	struct world w;
	uint64_t n;

	(void)state;
	scene_start(&w);
	second_start(&w);
	world_flow(&w, XLATE_DELETE, "table=1");
	fake_port_get(&w.f, 3, &p);
	n = p.dropped.packets;
	fake_send(&w.f, &(struct flow_key){.in_port = 3}, N_BYTES);
	fake_port_get(&w.f, 3, &p);
	assert_int_equal(p.dropped.packets, n + 1);
	assert_int_equal(upc_barrier(w.u), 0);
	assert_int_equal(upc_settle(w.u), 0);
	assert_int_equal(upc_sweep_wait(w.u), 0);
	assert_int_equal(upc_flush(w.u), -EBUSY);
	assert_int_equal(upc_threads_set(w.u, 3, 3), 0);
	upc_pause(w.u);
	upc_resume(w.u);
	assert_int_equal(w.f.dp.class->n_flows(&w.f.dp), N_FLOWS);
	assert_int_equal(w.f.n_handlers, 0);
	upc_leave(w.u);
	second_start(&w);
	/* Flows that are not entered are removed. */
	assert_int_equal(upc_release(w.u), 0);
	assert_int_equal(upc_barrier(w.u), 0);
	assert_int_equal(w.f.dp.class->n_flows(&w.f.dp), 0);
	assert_int_equal(stats(&w).orphans, N_FLOWS);
	world_stop(&w);
}

static void
some_are_left_out(void **state)
{
	struct upc_found found = {.ufid = {1, 2}};
	struct flow_action recirc = {.type = FLOW_ACTION_RECIRC, .recirc_id = UINT32_C(1) << 31};
	struct flow_actions acts;
	struct flow_match match;
	struct world w;

	(void)state;
	scene_start(&w);
	second_start(&w);
	upc_flow_limit_set(w.u, 4);
	assert_int_equal(adopt_all(&w), -ENOSPC);
	assert_int_equal(stats(&w).n_flows, 4);
	upc_flow_limit_set(w.u, 1000);
	memset(&match, 0, sizeof match);
	match.mask.in_port = UINT32_MAX;
	match.key.in_port = 2;
	flow_actions_init(&acts);
	assert_int_equal(flow_actions_add(&acts, &recirc), 0);
	found.match = &match;
	found.actions = &acts;
	assert_int_equal(upc_adopt(w.u, &found), -EOPNOTSUPP);
	acts.a[0].recirc_id = 7;
	assert_int_equal(upc_adopt(w.u, &found), 0);
	flow_actions_free(&acts);
	assert_int_equal(upc_release(w.u), 0);
	assert_int_equal(upc_settle(w.u), 0);
	assert_int_equal(stats(&w).orphans, N_FLOWS - 4);
	world_stop(&w);
}

/* The order of what the datapath is asked for: a flow is modified, packets of the old actions are waited for, then
 * what they led to is removed. */
static const struct dp_class *real;
static _Atomic unsigned int n_modified, n_barriers_after, n_removed_early;

static void
operate_noted(struct dp *dp, struct dp_op *ops, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		n_modified += ops[i].type == DP_OP_MODIFY;
		if (ops[i].type == DP_OP_DEL && ops[i].ufid.hi == 7)
			n_removed_early += !n_modified || !n_barriers_after;
	}
	real->operate(dp, ops, n);
}

static void
barrier_noted(struct dp *dp)
{
	n_barriers_after += n_modified != 0;
	real->barrier(dp);
}

static void
what_leads_there_is_modified_first(void **state)
{
	struct dp_class noted;
	struct flow_actions acts;
	struct flow_match match;
	struct dp_op ops[2];
	struct world w;

	(void)state;
	scene_start(&w);
	memset(&match, 0, sizeof match);
	match.mask.in_port = match.mask.recirc_id = UINT32_MAX;
	match.key.in_port = 1;
	match.key.recirc_id = 7;
	flow_actions_init(&acts);
	assert_int_equal(flow_actions_add_output(&acts, 3), 0);
	ops[0] = (struct dp_op){
		.type = DP_OP_PUT, .ufid = {7, 7}, .match = &match, .actions = &acts};
	ops[1] = (struct dp_op){.type = DP_OP_MODIFY, .ufid = w.f.flows->ufid, .actions = &acts};
	w.f.dp.class->operate(&w.f.dp, ops, 2);
	assert_int_equal(ops[0].error | ops[1].error, 0);
	flow_actions_free(&acts);
	real = w.f.dp.class;
	noted = *real;
	noted.operate = operate_noted;
	noted.barrier = barrier_noted;
	w.f.dp.class = &noted;
	second_start(&w);
	assert_int_equal(adopt_all(&w), 0);
	assert_int_equal(upc_release(w.u), 0);
	assert_int_equal(upc_sweep_wait(w.u), 0);
	assert_int_equal(upc_settle(w.u), 0);
	assert_int_equal(n_modified, 1);
	assert_int_equal(n_removed_early, 0);
	assert_int_equal(stats(&w).evicted_changed, 1);
	assert_int_equal(w.f.dp.class->n_flows(&w.f.dp), N_FLOWS);
	world_stop(&w);
}

/* A flow of packets that an action sent to be looked up again is removed after the flow that sends them was
 * modified; a flow that names a handler is written again. */
static void
state_of_the_dead(void **state)
{
	struct flow_action a = {.type = FLOW_ACTION_UPCALL};
	struct dp_op op = {.type = DP_OP_PUT};
	struct flow_actions acts;
	struct flow_match match;
	struct world w;

	(void)state;
	scene_start(&w);
	memset(&match, 0, sizeof match);
	match.mask.in_port = match.mask.recirc_id = UINT32_MAX;
	match.key.in_port = 2;
	match.key.recirc_id = 7;
	flow_actions_init(&acts);
	assert_int_equal(flow_actions_add_output(&acts, 3), 0);
	op = (struct dp_op){.type = DP_OP_PUT, .ufid = {7, 7}, .match = &match, .actions = &acts};
	w.f.dp.class->operate(&w.f.dp, &op, 1);
	assert_int_equal(op.error, 0);
	acts.n = 0;
	a.upcall.reason = FLOW_UPCALL_SLOW_PATH;
	a.upcall.max_len = UINT16_MAX;
	assert_int_equal(flow_actions_add(&acts, &a), 0);
	match.key.recirc_id = 0;
	op.ufid = (struct flow_ufid){8, 8};
	w.f.dp.class->operate(&w.f.dp, &op, 1);
	assert_int_equal(op.error, 0);
	flow_actions_free(&acts);
	second_start(&w);
	assert_int_equal(adopt_all(&w), 0);
	assert_int_equal(upc_release(w.u), 0);
	assert_int_equal(upc_sweep_wait(w.u), 0);
	assert_int_equal(upc_settle(w.u), 0);
	/* The tables look at more of the packets of port 2 than the second flow's match. */
	assert_int_equal(stats(&w).evicted_changed, 2);
	assert_int_equal(stats(&w).orphans, 0);
	assert_int_equal(w.f.dp.class->n_flows(&w.f.dp), N_FLOWS);
	world_stop(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flows_are_kept),
		cmocka_unit_test(flows_follow_other_rules),
		cmocka_unit_test(held_touches_nothing),
		cmocka_unit_test(some_are_left_out),
		cmocka_unit_test(state_of_the_dead),
		cmocka_unit_test(what_leads_there_is_modified_first),
	};
	int rc;

	rcu_thread_start();
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_thread_stop();
	return rc;
}
