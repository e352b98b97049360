/* SPDX-License-Identifier: Apache-2.0 */
#include "switch.h"
#include <arpa/inet.h>
#include <bits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

void
switch_frame(const struct switch_ *sw, struct frame *frame, struct rng *rng)
{
	frame_random(frame, rng, SWITCH_VPORTS);
	if (sw->config->metadata)
		frame->reg_c[0] = (frame->vport == EMU_WIRE ? 0xffffU : frame->vport + 1U) << 16;
}

static void
table_make(struct switch_ *sw, unsigned t, struct rng *rng)
{
	struct switch_table *table = &sw->tables[t];

	table->table = mlx5dv_dr_table_create(sw->rig->domain, 1 + t);
	assert_non_null(table->table);
	table->number = emu_newest_table();
	table->n_matchers = 1 + rng_below(rng, SWITCH_MATCHERS_MAX);
	for (unsigned m = 0; m < table->n_matchers; m++) {
		union rig_match mask;

		shape_random(&table->shapes[m], rng, sw->config->metadata);
		shape_write(&table->shapes[m], NULL, &mask);
		table->matchers[m] = mlx5dv_dr_matcher_create(
			table->table, (uint16_t)m, shape_criteria(&table->shapes[m]), &mask.params);
		assert_non_null(table->matchers[m]);
	}
}

static void
action_add(struct switch_rule *r, struct mlx5dv_dr_action *action)
{
	assert_non_null(action);
	r->actions[r->n_actions++] = action;
}

static bool
is_to_second(const struct switch_rule *r)
{
	for (unsigned i = 0; i < r->n_targets; i++)
		if (r->targets[i].is_second)
			return true;
	return r->destination == TO_SECOND;
}

/* Format 0 pops on the way from the wire alone, and pushes on the way from a vport. From the wire the library lets
 * nothing but a modification come between pop and push, and wants one there. */
static void
tags_choose(struct switch_ *sw, struct switch_rule *r, struct rng *rng)
{
	const struct shape *shape = &sw->tables[r->table].shapes[r->matcher];
	unsigned at;
	bool named = shape_has(shape, F_SOURCE_PORT, &at);
	bool from_wire = named && r->values.value[at] == EMU_WIRE;

	r->edits.pop = !rng_below(rng, 3) && (sw->config->format || (named && from_wire));
	r->edits.push = !rng_below(rng, 3) && (sw->config->format || (named && !from_wire)) &&
			!is_to_second(r) && (!r->edits.pop || r->edits.n);
	r->edits.tag = 0x81000000 | (20 + rng_below(rng, 4));
}

static void
destination_choose(struct switch_rule *r, struct rng *rng)
{
	static const enum destination kinds[] = {TO_VPORT, TO_VPORT, TO_VPORT, TO_VPORT,  TO_VPORT,
						 TO_DROP,  TO_MISS,  TO_ARRAY, TO_SECOND, TO_ARRAY};

	r->destination = kinds[rng_below(rng, sizeof(kinds) / sizeof(kinds[0]))];
	if (r->table && r->destination == TO_SECOND)
		r->destination = TO_DROP;
	r->vport = rng_below(rng, 4) ? (uint16_t)(1 + rng_below(rng, SWITCH_VPORTS)) : EMU_WIRE;
}

/* Two or more vports, the wire if packets do not come from it, and the second table, in any order. */
static void
targets_choose(const struct switch_ *sw, struct switch_rule *r, struct rng *rng)
{
	const struct shape *shape = &sw->tables[r->table].shapes[r->matcher];
	unsigned n = 2 + rng_below(rng, SWITCH_TARGETS_MAX - 1), first = rng_below(rng, 6), at;
	bool from_vport = shape_has(shape, F_SOURCE_PORT, &at) && r->values.value[at] != EMU_WIRE;

	for (; r->n_targets < n; r->n_targets++)
		r->targets[r->n_targets].vport =
			(uint16_t)(1 + (first + r->n_targets) % SWITCH_VPORTS);
	if (from_vport && rng_below(rng, 2))
		r->targets[rng_below(rng, n)].vport = EMU_WIRE;
	if (!r->table && rng_below(rng, 2)) {
		struct switch_target *t = &r->targets[rng_below(rng, n)];

		t->is_second = true;
		t->vport = 0;
	}
}

static struct mlx5dv_dr_action *
array_make(struct switch_ *sw, struct switch_rule *r)
{
	struct mlx5dv_dr_action_dest_attr attrs[SWITCH_TARGETS_MAX];
	struct mlx5dv_dr_action_dest_attr *dests[SWITCH_TARGETS_MAX];

	for (unsigned i = 0; i < r->n_targets; i++) {
		struct switch_target *t = &r->targets[i];

		t->action = t->is_second
				    ? mlx5dv_dr_action_create_dest_table(sw->tables[1].table)
				    : mlx5dv_dr_action_create_dest_vport(sw->rig->domain, t->vport);
		assert_non_null(t->action);
		attrs[i] = (struct mlx5dv_dr_action_dest_attr){.type = MLX5DV_DR_ACTION_DEST,
							       .dest = t->action};
		dests[i] = &attrs[i];
	}
	return mlx5dv_dr_action_create_dest_array(sw->rig->domain, r->n_targets, dests);
}

static struct mlx5dv_dr_action *
destination_action(struct switch_ *sw, struct switch_rule *r)
{
	switch (r->destination) {
	case TO_ARRAY:
		return array_make(sw, r);
	case TO_VPORT:
		return mlx5dv_dr_action_create_dest_vport(sw->rig->domain, r->vport);
	case TO_DROP:
		return mlx5dv_dr_action_create_drop();
	case TO_SECOND:
		return mlx5dv_dr_action_create_dest_table(sw->tables[1].table);
	default:
		return mlx5dv_dr_action_create_default_miss();
	}
}

static void
actions_make(struct switch_ *sw, struct switch_rule *r)
{
	uint64_t modifications[MODIFICATIONS_MAX];
	unsigned n = edits_write(&r->edits, modifications);

	if (r->counted)
		action_add(r, mlx5dv_dr_action_create_flow_counter(sw->counters, sw->n_rules));
	if (r->edits.pop)
		action_add(r, mlx5dv_dr_action_create_pop_vlan());
	if (n)
		action_add(r, mlx5dv_dr_action_create_modify_header(sw->rig->domain, 0,
								    n * sizeof(uint64_t),
								    (__be64 *)modifications));
	if (r->edits.push)
		action_add(r,
			   mlx5dv_dr_action_create_push_vlan(sw->rig->domain, htonl(r->edits.tag)));
	action_add(r, destination_action(sw, r));
}

static bool
is_duplicate(const struct switch_ *sw, const struct switch_rule *r)
{
	unsigned n = sw->tables[r->table].shapes[r->matcher].n;

	for (unsigned i = 0; i < sw->n_rules; i++)
		if (sw->rules[i].table == r->table && sw->rules[i].matcher == r->matcher &&
		    !memcmp(sw->rules[i].values.value, r->values.value, n * sizeof(uint64_t)))
			return true;
	return false;
}

static void
rule_make(struct switch_ *sw, struct rng *rng)
{
	struct switch_rule *r = &sw->rules[sw->n_rules];
	union rig_match value;
	struct frame sample;

	memset(r, 0, sizeof(*r));
	r->table = rng_below(rng, 3) ? 0 : 1;
	r->matcher = rng_below(rng, sw->tables[r->table].n_matchers);
	const struct shape *shape = &sw->tables[r->table].shapes[r->matcher];

	switch_frame(sw, &sample, rng);
	/* Rules of the first table write small numbers there. */
	if (!rng_below(rng, 3))
		sample.reg_c[1] = rng_below(rng, 9);
	if (!shape_values(shape, &sample, &r->values) || is_duplicate(sw, r))
		return;
	destination_choose(r, rng);
	if (r->destination == TO_ARRAY)
		targets_choose(sw, r, rng);
	/* The library takes edits with neither drop nor miss. */
	if (r->destination != TO_DROP && r->destination != TO_MISS) {
		edits_random(&r->edits, shape, &r->values, rng);
		tags_choose(sw, r, rng);
	}
	r->counted = rng_below(rng, 3);
	actions_make(sw, r);
	shape_write(shape, &r->values, &value);
	r->rule = mlx5dv_dr_rule_create(sw->tables[r->table].matchers[r->matcher], &value.params,
					r->n_actions, r->actions);
	assert_non_null(r->rule);
	sw->n_rules++;
}

void
switch_make(struct switch_ *sw, struct rig *rig, const struct emu_config *config, struct rng *rng,
	    unsigned n)
{
	uint8_t in[16] = {0x09, 0x39, [15] = 1}, out[16] = {0};

	memset(sw, 0, sizeof(*sw));
	sw->rig = rig;
	sw->config = config;
	/* 128 counters. */
	sw->counters = mlx5dv_devx_obj_create(rig->context, in, sizeof(in), out, sizeof(out));
	assert_non_null(sw->counters);
	sw->first_counter = (uint32_t)emu_get(out, EMU_FIELD(64, 32));
	table_make(sw, 0, rng);
	table_make(sw, 1, rng);
	while (n-- > 0)
		rule_make(sw, rng);
}

void
switch_remove_rule(struct switch_ *sw, unsigned i)
{
	struct switch_rule *r = &sw->rules[i];

	if (!r->rule)
		return;
	assert_int_equal(mlx5dv_dr_rule_destroy(r->rule), 0);
	r->rule = NULL;
	while (r->n_actions > 0)
		assert_int_equal(mlx5dv_dr_action_destroy(r->actions[--r->n_actions]), 0);
	while (r->n_targets > 0)
		assert_int_equal(mlx5dv_dr_action_destroy(r->targets[--r->n_targets].action), 0);
}

void
switch_remove(struct switch_ *sw)
{
	for (unsigned i = 0; i < sw->n_rules; i++) {
		uint64_t packets, bytes;

		switch_remove_rule(sw, i);
		assert_int_equal(
			rig_counter_query(sw->counters, sw->first_counter + i, &packets, &bytes),
			0);
		assert_int_equal(packets, sw->rules[i].counted ? sw->rules[i].packets : 0);
	}
	for (unsigned t = 0; t < 2; t++) {
		for (unsigned m = 0; m < sw->tables[t].n_matchers; m++)
			assert_int_equal(mlx5dv_dr_matcher_destroy(sw->tables[t].matchers[m]), 0);
		assert_int_equal(mlx5dv_dr_table_destroy(sw->tables[t].table), 0);
	}
	assert_int_equal(mlx5dv_devx_obj_destroy(sw->counters), 0);
}

static struct switch_rule *
find(struct switch_ *sw, unsigned t, const struct frame *f)
{
	struct switch_rule *best = NULL;

	for (unsigned i = 0; i < sw->n_rules; i++) {
		struct switch_rule *r = &sw->rules[i];

		if (r->rule && r->table == t && (!best || r->matcher < best->matcher) &&
		    shape_matches(&sw->tables[t].shapes[r->matcher], &r->values, f))
			best = r;
	}
	return best;
}

static void
clear(struct emu_verdict *v)
{
	v->end = EMU_END_VPORT;
	v->why = NULL;
	v->n_copies = v->n_counted = v->n_entries = v->n_variants = 0;
}

static void
leave(struct emu_verdict *v, uint16_t vport, const struct frame *f)
{
	const struct emu_copy *last = v->n_copies ? &v->copies[v->n_copies - 1] : NULL;
	uint8_t bytes[FRAME_MAX];
	size_t length = frame_write(f, bytes);

	if (last && last->length == length && !memcmp(last->bytes, bytes, length)) {
		v->copies[v->n_copies] = *last;
	} else {
		assert_true(v->n_variants < EMU_VARIANTS_MAX);
		v->copies[v->n_copies].length = length;
		v->copies[v->n_copies].bytes = memcpy(v->variants[v->n_variants++], bytes, length);
	}
	v->copies[v->n_copies++].vport = vport;
}

static void expect(struct switch_ *sw, unsigned t, struct frame *f, struct emu_verdict *v);

static void
expect_targets(struct switch_ *sw, const struct switch_rule *r, const struct frame *f,
	       struct emu_verdict *v)
{
	for (unsigned i = 0; i < r->n_targets; i++) {
		struct frame copy = *f;

		if (r->targets[i].is_second)
			expect(sw, 1, &copy, v);
		else
			leave(v, r->targets[i].vport, f);
	}
}

static void
expect(struct switch_ *sw, unsigned t, struct frame *f, struct emu_verdict *v)
{
	struct switch_rule *r = find(sw, t, f);

	if (r && r->counted) {
		v->counted[v->n_counted++] = sw->first_counter + (uint32_t)(r - sw->rules);
		r->packets++;
	}
	if (r)
		edits_apply(&r->edits, f);
	switch (r ? r->destination : TO_MISS) {
	case TO_SECOND:
		expect(sw, 1, f, v);
		break;
	case TO_ARRAY:
		expect_targets(sw, r, f, v);
		break;
	case TO_VPORT:
		leave(v, r->vport, f);
		break;
	case TO_MISS:
		leave(v, 0, f);
		break;
	case TO_DROP:
		break;
	}
}

void
switch_expect(struct switch_ *sw, struct frame *f, struct emu_verdict *v)
{
	clear(v);
	expect(sw, 0, f, v);
	if (!v->n_copies)
		v->end = EMU_END_DROP;
}

void
switch_expect_miss(const struct frame *f, struct emu_verdict *v)
{
	clear(v);
	leave(v, 0, f);
}

bool
switch_agrees(const struct emu_verdict *got, const struct emu_verdict *want)
{
	if (got->end != want->end || got->n_copies != want->n_copies ||
	    got->n_counted != want->n_counted ||
	    memcmp(got->counted, want->counted, got->n_counted * sizeof(got->counted[0])))
		return false;
	for (unsigned i = 0; i < got->n_copies; i++) {
		const struct emu_copy *a = &got->copies[i], *b = &want->copies[i];

		if (a->vport != b->vport || a->length != b->length ||
		    memcmp(a->bytes, b->bytes, a->length))
			return false;
	}
	return true;
}
