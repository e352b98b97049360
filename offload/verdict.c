/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict.h"

#include "device.h"
#include "hold.h"

static bool
no_counter_left(const struct device *d)
{
	const struct room *r = &d->room;

	return r->limit[ROOM_COUNTERS] != ROOM_UNKNOWN &&
	       d->n_counted + r->n_granted >= r->limit[ROOM_COUNTERS];
}

static void
spare(struct ofl *o, struct ofl_flow *f, enum nic_reason reason)
{
	struct nic_refusal why = ofl_refusal_make(reason);

	ofl_count_event(o, f, TALLY_spared);
	ofl_hold_refuse(o, f, &why);
}

bool
ofl_verdict_may_ask(struct ofl *o, struct ofl_flow *f, struct shape *shape, bool replaces)
{
	struct device *d = f->port->dev;

	if (shape && shape->halted && !shape->ready) {
		ofl_count_event(o, f, TALLY_spared);
		ofl_hold_for_shape(o, f, shape);
		return false;
	}
	if (f->cand->granted || replaces)
		return true;
	if (shape && ofl_shape_is_full(shape))
		spare(o, f, NIC_REASON_TABLE_FULL);
	else if (no_counter_left(d))
		spare(o, f, NIC_REASON_NO_COUNTER);
	else
		return true;
	ofl_shape_unref(shape);
	return false;
}

void
ofl_verdict_ask(struct slot *s)
{
	struct shape *shape = s->shape;

	if (!shape || !shape->ready)
		return;
	shape->ready = false;
	shape->probing = s->probing = true;
}

bool
ofl_verdict_stands(const struct slot *s)
{
	const struct shape *shape = s->shape;

	if (s->probing || ofl_slot_flow(s)->cand->granted)
		return true;
	if (shape && (shape->halted || ofl_shape_is_full(shape)))
		return false;
	return !no_counter_left(ofl_slot_flow(s)->cand->dev);
}

static void
open_up(struct device *d, struct shape *shape)
{
	d->shapes.n_halted--;
	shape->halted = shape->ready = false;
	ofl_retry_cancel(&shape->probe);
	shape->probe.n_failures = 0;
	if (!cds_list_empty(&shape->waiting) && cds_list_empty(&shape->opened_link))
		cds_list_add_tail(&shape->opened_link, &d->opened);
}

void
ofl_verdict_inserted(struct slot *s)
{
	struct device *d = ofl_slot_flow(s)->cand->dev;
	struct shape *shape = s->shape;

	s->in_device = true;
	d->n_rules++;
	ofl_room_answered(d, ofl_slot_flow(s));
	ofl_room_inserted(d);
	if (!shape)
		return;
	shape->n_in++;
	shape->n_refused = 0;
	if (s->probing)
		shape->probing = s->probing = false;
	if (shape->halted)
		open_up(d, shape);
}

static void
halt(struct ofl *o, struct shape *shape, const struct nic_refusal *why)
{
	if (!shape->halted)
		LOG_INFO(o->config.log, OFFLOAD,
			 "the device refuses rules of this mask and action list: %s: %s; similar "
			 "flows wait",
			 nic_reason_names[why->reason], why->detail);
	shape->of->n_halted += !shape->halted;
	shape->halted = true;
	shape->ready = false;
	shape->why = *why;
	cds_list_del_init(&shape->opened_link);
	if (!shape->probing && !shape->probe.due_ns)
		ofl_retry_wait(&o->shape_retry, &shape->probe, o->now_ns);
}

static void
fill(struct device *d, struct slot *s, enum room_kind kind)
{
	if (s->shape && kind == ROOM_RULES)
		ofl_shape_fill(s->shape);
	ofl_room_refused(d, kind, ofl_slot_flow(s)->cand->granted);
}

void
ofl_verdict_refused(struct ofl *o, struct slot *s, struct nic_refusal *why)
{
	struct device *d = ofl_slot_flow(s)->cand->dev;
	struct shape *shape = s->shape;

	if (why->reason == NIC_REASON_RESET || why->reason == NIC_REASON_DEVICE_DOWN)
		return;
	if (why->reason == NIC_REASON_TABLE_FULL || why->reason == NIC_REASON_NO_COUNTER) {
		fill(d, s, why->reason == NIC_REASON_TABLE_FULL ? ROOM_RULES : ROOM_COUNTERS);
		return;
	}
	if (!shape)
		return;
	shape->n_refused++;
	if (!ofl_refusal_is_final(why->reason) && (shape->n_in || ofl_room_left(d) <= 0)) {
		if (shape->n_refused < SHAPE_FULL_MAX)
			return;
		why->reason = NIC_REASON_TABLE_FULL;
		fill(d, s, ROOM_RULES);
	} else if (!shape->n_in && shape->n_refused >= SHAPE_REFUSED_MAX) {
		halt(o, shape, why);
	}
}

void
ofl_verdict_slot_over(struct ofl *o, struct slot *s)
{
	struct device *d = ofl_slot_flow(s)->cand->dev;
	struct shape *shape = s->shape;

	d->n_rules -= s->in_device;
	if (shape) {
		shape->n_in -= s->in_device;
		if (s->probing)
			shape->probing = false;
		if (s->probing && shape->halted && !shape->probe.due_ns)
			ofl_retry_wait(&o->shape_retry, &shape->probe, o->now_ns);
	}
	s->in_device = s->probing = false;
}

void
ofl_verdict_forget(struct device *d)
{
	struct shape *shape;

	ofl_room_forget(d);
	for (unsigned int i = 0; i < SHAPE_BUCKETS; i++) {
		cds_list_for_each_entry (shape, &d->shapes.buckets[i], link) {
			shape->n_refused = 0;
			if (shape->halted)
				open_up(d, shape);
		}
	}
}
