/* SPDX-License-Identifier: Apache-2.0 */
#include "learn.h"

#include "execute.h"
#include "expiry.h"
#include "subfield.h"

#include <base/clock.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#define TCP_FIN 0x001
#define TCP_RST 0x004
#define LEARN_STEPS 64 /* what is learned is kept with the record: some kB */

/* Between looks at whether a waiter is to give up. */
#define GIVE_UP_NS (5 * NS_PER_MS)

struct learned *
learned_ref(struct learned *l)
{
	atomic_fetch_add_explicit(&l->n_refs, 1, memory_order_relaxed);
	return l;
}

void
learned_unref(struct learned *l)
{
	if (atomic_fetch_sub_explicit(&l->n_refs, 1, memory_order_acq_rel) != 1)
		return;
	if (l->teacher)
		rule_count_unref(l->teacher);
	xlate_flow_mod_free(&l->fm);
	bridge_link_unref(l->link);
	free(l);
}

void
learn_queue_init(struct learn_queue *q)
{
	__cds_wfcq_init(&q->head, &q->tail);
	mutex_init(&q->mu);
	cond_init(&q->done);
}

static struct learned *
take(struct learn_queue *q)
{
	struct cds_wfcq_node *node = __cds_wfcq_dequeue_blocking(&q->head, &q->tail);
	struct learned *l;

	if (!node)
		return NULL;
	l = caa_container_of(node, struct learned, node);
	RCU_ACQUIRE(q);
	atomic_fetch_sub(&q->n, 1);
	atomic_store(&l->queued, false);
	return l;
}

void
learn_queue_destroy(struct learn_queue *q)
{
	for (struct learned *l; (l = take(q));)
		learned_unref(l);
	cond_destroy(&q->done);
	mutex_destroy(&q->mu);
}

static void
put(struct xlate *x, struct learned *l)
{
	struct learn_queue *q = &x->learn;

	atomic_fetch_add(&q->n, 1);
	atomic_fetch_add(&q->n_put, 1);
	learned_ref(l);
	cds_wfcq_node_init(&l->node);
	RCU_RELEASE(q);
	if (!cds_wfcq_enqueue(&q->head, &q->tail, &l->node) && x->config.learned)
		x->config.learned(x->config.learned_aux);
}

static void
consult_source(struct run *run, const struct xlate_subfield *sf, struct flow_value *out)
{
	static const struct flow_value none;
	struct flow_value unused, mask;

	memset(out, 0, sizeof *out);
	if (!run_has_field(run, sf->field))
		return;
	subfield_place(sf, &none, &unused, &mask);
	consult_field(run, sf->field, &mask);
	subfield_read(sf, &run->key, out);
}

static void
learn_match(struct xlate_match *m, const struct xlate_subfield *dst, const struct flow_value *v)
{
	const struct flow_field *matched = xlate_field_in_match(dst->field);
	struct flow_value place, mask;

	subfield_place(dst, v, &place, &mask);
	xlate_field_set_masked(dst->field, &m->key, &place, &mask);
	if (matched == &flow_fields[FLOW_FIELD_IN_PORT])
		flow_field_mask_exact(matched, &m->mask);
	else
		flow_field_set_masked(matched, &m->mask, &mask, &mask);
}

static void
learn_load(struct xlate_action *a, const struct xlate_subfield *dst, const struct flow_value *v)
{
	*a = (struct xlate_action){.type = XLATE_ACT_SET_FIELD};
	a->set.field = dst->field;
	a->set.verb = dst->n_bits <= 64 ? "load" : "set_field";
	subfield_place(dst, v, &a->set.value, &a->set.mask);
}

static void
learn_output(struct xlate_action *a, const struct flow_value *v)
{
	uint64_t port = flow_value_u64(v);

	*a = (struct xlate_action){.type = XLATE_ACT_OUTPUT};
	a->output.port = port > UINT16_MAX ? XLATE_PORT_NONE : (uint16_t)port;
	if (a->output.port == XLATE_PORT_CONTROLLER) {
		a->type = XLATE_ACT_CONTROLLER;
		a->controller.max_len = UINT16_MAX;
		a->controller.reason = XLATE_REASON_ACTION;
	}
}

static void
apply_spec(struct run *run, const struct xlate_learn_spec *s, struct xlate_flow_mod *fm)
{
	struct flow_value v = s->value;

	if (!s->immediate)
		consult_source(run, &s->src, &v);
	switch (s->kind) {
	case XLATE_LEARN_MATCH:
		learn_match(&fm->match, &s->dst, &v);
		break;
	case XLATE_LEARN_LOAD:
		learn_load(&fm->actions->a[fm->actions->n++], &s->dst, &v);
		break;
	case XLATE_LEARN_OUTPUT:
		learn_output(&fm->actions->a[fm->actions->n++], &v);
		break;
	}
}

static struct learned *
learned_new(struct run *run, const struct xlate_learn *from)
{
	struct learned *l = calloc(1, sizeof *l);
	size_t n = from->n + 1;

	if (!l)
		return NULL;
	l->fm = (struct xlate_flow_mod){
		.command = XLATE_ADD,
		.table = from->table,
		.priority = from->priority,
		.cookie = from->cookie,
		.idle_timeout_s = from->idle_timeout_s,
		.hard_timeout_s = from->hard_timeout_s,
		.send_flow_rem = from->send_flow_rem,
		.out_port = XLATE_PORT_NONE,
		.actions = calloc(1, sizeof *l->fm.actions + n * sizeof l->fm.actions->a[0]),
	};
	if (!l->fm.actions) {
		free(l);
		return NULL;
	}
	l->n_refs = 1;
	l->limit = from->limit;
	l->link = bridge_link_ref(run->br->link);
	if (run->rule) {
		l->teacher = rule_count_ref(run->rule->count);
		l->lesson = from;
		l->table = run->rule->table;
		l->priority = run->rule->priority;
		rule_match(run->rule, &l->match);
	}
	return l;
}

/* Whether the rule is there, or may be added. */
static bool
is_below_limit(const struct tables *t, const struct learned *l)
{
	const struct rule_key key = {
		.kind = RULE_HAS_COOKIE, .table = l->fm.table, .id = l->fm.cookie};

	return !l->limit ||
	       tables_find(t, l->fm.table, tables_version(t), &l->fm.match, l->fm.priority) ||
	       rule_index_count_at_rest(tables_index(t), &key) < l->limit;
}

/* What is written is only true of the table as it is. */
static int
write_result(struct run *run, const struct xlate_learn *from, const struct learned *l, bool fits)
{
	const struct xlate_subfield *dst = &from->result_dst;
	struct flow_value v = flow_value_from_u64(fits), value, mask;

	if (!fits)
		run_note(run, "table %u has %u rules with cookie 0x%llx, not learned", l->fm.table,
			 l->limit, (unsigned long long)l->fm.cookie);
	if (!dst->field || !run_has_field(run, dst->field))
		return 0;
	subfield_place(dst, &v, &value, &mask);
	run_write_field(run, dst->field, &value, &mask);
	trace_field(run, dst->field);
	return l->limit ? record_add_table(&run->record, l->fm.table) : 0;
}

/* The rule, when it is there as it is to be learned. */
static struct rule_private *
find_learned(const struct tables *t, const struct xlate_flow_mod *fm)
{
	struct rule_private *r =
		tables_find(t, fm->table, tables_version(t), &fm->match, fm->priority);

	if (!r || r->rule.cookie != fm->cookie || r->send_flow_rem != fm->send_flow_rem ||
	    rule_idle_timeout_s(r) != fm->idle_timeout_s ||
	    rule_hard_timeout_s(r) != fm->hard_timeout_s ||
	    !xlate_actions_equal(r->rule.actions, fm->actions))
		return NULL;
	return r;
}

/* A rule that is there as it is to be learned is only as good as new. Thread: any RCU thread. */
static bool
refresh(struct tables *t, const struct xlate_flow_mod *fm, uint64_t now_ns)
{
	struct rule_private *r = find_learned(t, fm);

	if (r)
		__atomic_store_n(&r->modified_ns, now_ns, __ATOMIC_RELAXED);
	return r != NULL;
}

static bool
teaches(const struct xlate_actions *actions, const struct xlate_learn *lesson)
{
	for (size_t i = 0; i < actions->n; i++) {
		const struct xlate_action *a = &actions->a[i];

		if (a->type == XLATE_ACT_LEARN && a->learn == lesson)
			return true;
		if (a->type == XLATE_ACT_CLONE && teaches(a->nested, lesson))
			return true;
	}
	return false;
}

/* Counts come in after the tables have changed, and so may teach what the new ones do not. */
static bool
is_taught(struct tables *t, const struct learned *l)
{
	const struct rule_private *r;

	if (!l->teacher)
		return true;
	r = tables_find(t, l->table, tables_version(t), &l->match, l->priority);
	return r && r->rule.count == l->teacher && teaches(r->rule.actions, l->lesson);
}

bool
learned_put(struct xlate *x, struct learned *l)
{
	const struct xlate_bridge *br = rcu_read(&l->link->br);

	if (!br || !is_taught(br->tables, l) || refresh(br->tables, &l->fm, clock_now_ns()) ||
	    atomic_load(&x->learn.n) >= LEARN_QUEUE_MAX)
		return false;
	if (!atomic_exchange(&l->queued, true))
		put(x, l);
	return true;
}

/* Returns true when the rule is not in the tables yet. */
static bool
teach(struct run *run, struct learned *l)
{
	if (run->in->learn)
		return learned_put(run->x, l);
	return !find_learned(run->br->tables, &l->fm);
}

void
execute_learn(struct run *run, const struct xlate_action *a)
{
	const struct xlate_learn *from = a->learn;
	struct learned *l;
	bool fits;
	int rc = -ENOMEM;

	if (!run_steps(run, LEARN_STEPS))
		return;
	l = learned_new(run, from);
	if (!l) {
		run_emitted(run, rc);
		return;
	}
	if (from->fin_idle_timeout_s || from->fin_hard_timeout_s) {
		struct xlate_action *fin = &l->fm.actions->a[l->fm.actions->n++];

		fin->type = XLATE_ACT_FIN_TIMEOUT;
		fin->fin_timeout.idle_s = from->fin_idle_timeout_s;
		fin->fin_timeout.hard_s = from->fin_hard_timeout_s;
	}
	for (size_t i = 0; i < from->n; i++)
		apply_spec(run, &from->spec[i], &l->fm);
	match_canonicalize(&l->fm.match);
	fits = is_below_limit(run->br->tables, l);
	rc = write_result(run, from, l, fits);
	if (!rc)
		rc = held_add_learned(&run->record.held, l);
	if (rc)
		run_emitted(run, rc);
	else if (fits && !run->in->br)
		run->out->unlearned |= teach(run, l);
	learned_unref(l);
}

void
execute_fin_timeout(struct run *run, const struct xlate_action *a)
{
	const struct flow_field *f = &flow_fields[FLOW_FIELD_TCP_FLAGS];
	struct flow_value bits = flow_value_from_u64(TCP_FIN | TCP_RST);

	if (!run_has_field(run, f))
		return;
	consult_field(run, f, &bits);
	if (!(run->key.flow.tcp_flags & htons(TCP_FIN | TCP_RST)))
		return;
	run_note(run, "the connection ends");
	if (run->in->learn && run->rule)
		rule_reduce_timeouts(run->br->tables, run->rule, a->fin_timeout.idle_s,
				     a->fin_timeout.hard_s);
}

static bool
apply(struct xlate *x, const struct learned *l, uint64_t now_ns)
{
	struct xlate_bridge *br = rcu_read(&l->link->br);
	struct xlate_flow_mod fm = l->fm;
	char err[FLOW_ERR_BYTES] = "out of memory";
	int rc = -ENOMEM;

	if (!br || !is_taught(br->tables, l) || refresh(br->tables, &fm, now_ns) ||
	    !is_below_limit(br->tables, l))
		return false;
	fm.actions = xlate_actions_copy(fm.actions);
	if (fm.actions)
		rc = xlate_flow_mods_apply(x, br, &fm, 1, NULL, err, sizeof err);
	if (!rc)
		return true;
	xlate_flow_mod_free(&fm);
	/* A full table counts what it rejects, and packets teach again and again. */
	if (rc != -ENOSPC)
		LOG_WARN(x->config.log, XLATE, "a rule was not learned: %s", err);
	return false;
}

void
learned_teach(struct xlate *x, const struct learned *l)
{
	apply(x, l, clock_now_ns());
}

/* The count is raised before a waiter is looked for, and a waiter says that it waits before it looks
 * at the count. */
static void
done(struct learn_queue *q, unsigned int n)
{
	atomic_fetch_add(&q->n_done, n);
	if (!atomic_load(&q->n_waiting))
		return;
	mutex_lock(&q->mu);
	cond_broadcast(&q->done);
	mutex_unlock(&q->mu);
}

unsigned int
xlate_learned_apply(struct xlate *x)
{
	uint64_t now_ns = clock_now_ns();
	unsigned int n = 0, n_taken = 0;
	struct learned *l;

	while (n_taken < XLATE_LEARNED_TURN && (l = take(&x->learn))) {
		n += apply(x, l, now_ns);
		learned_unref(l);
		n_taken++;
	}
	if (n_taken)
		done(&x->learn, n_taken);
	if (n_taken == XLATE_LEARNED_TURN && x->config.learned)
		x->config.learned(x->config.learned_aux);
	return n;
}

/* What was put before is counted in 'n_put', and the queue is first in, first out. */
void
xlate_learned_wait(struct xlate *x, const _Atomic bool *give_up)
{
	struct learn_queue *q = &x->learn;
	uint64_t n_put = atomic_load(&q->n_put);

	if (!x->config.learned)
		return;
	rcu_sleep();
	atomic_fetch_add(&q->n_waiting, 1);
	mutex_lock(&q->mu);
	while (atomic_load(&q->n_done) < n_put && !atomic_load(give_up))
		cond_wait_until(&q->done, &q->mu, clock_now_ns() + GIVE_UP_NS);
	mutex_unlock(&q->mu);
	atomic_fetch_sub(&q->n_waiting, 1);
	rcu_wake();
}
