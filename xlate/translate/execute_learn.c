/* SPDX-License-Identifier: Apache-2.0 */

#include "translate/execute_learn.h"

#include "action/subfield.h"
#include "bridge/tlv_match.h"
#include "change/learn_apply.h"
#include "run/consult.h"
#include "run/run_field.h"
#include "run/trace_lines.h"
#include "table/expiry.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#define TCP_FIN 0x001
#define TCP_RST 0x004
#define LEARN_STEPS 64 /* the record keeps the learned rule: some kB */

static void
consult_source(struct run *run, const struct xlate_subfield *sf, struct flow_value *out)
{
	struct flow_value mask;

	memset(out, 0, sizeof *out);
	if (!run_has_field(run, sf->field))
		return;
	subfield_mask(sf, &mask);
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
	if (xlate_tlv_index(matched) >= 0) {
		tlv_head_set(matched, &m->key.flow.tun);
		tlv_head_mask(matched, &m->mask.flow.tun);
	}
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
	atomic_init(&l->n_refs, 1);
	l->limit = from->limit;
	l->link = bridge_link_ref(run->br->link);
	if (run->at.rule) {
		l->teacher = rule_count_ref(run->at.rule->count);
		l->lesson = from;
		l->table = run->at.rule->table;
		l->priority = run->at.rule->priority;
		rule_match(run->at.rule, &l->match);
	}
	return l;
}

/* Writes whether the rule fits. The result depends on the table, so the record does too. */
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
	return l->limit ? record_add_table(run->record, l->fm.table) : 0;
}

/* Queues the rule, or only looks for it without 'learn'. Returns true if the tables do not have
 * it yet. */
static bool
teach(struct run *run, struct learned *l)
{
	if (run->in->learn)
		return learned_put(run->x, l);
	return !learned_find(run->br->tables, &l->fm);
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
	fits = learned_fits(run->br->tables, l);
	rc = write_result(run, from, l, fits);
	if (!rc)
		rc = held_add_learned(&run->record->held, l);
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
	run_note(run, "the TCP connection ends, timeouts are reduced");
	if (run->in->learn && run->at.rule)
		expiry_reduce_timeouts(run->br->tables, run->at.rule, a->fin_timeout.idle_s,
				       a->fin_timeout.hard_s);
}
