/* SPDX-License-Identifier: Apache-2.0 */
#include "hold.h"

#include "device.h"

void
ofl_hold_gauge(struct ofl *o, const struct ofl_flow *f, int n)
{
	enum ofl_placement at = ofl_placement_get(&f->placement);

	tally_add(&o->total.placed[at], n);
	if (f->port)
		tally_add(&f->port->tally.placed[at], n);
	if (at != OFL_SOFTWARE)
		return;
	tally_add(&o->total.reasons[f->refusal.reason], n);
	if (f->port)
		tally_add(&f->port->tally.reasons[f->refusal.reason], n);
}

void
ofl_hold_reason_set(struct ofl *o, struct ofl_flow *f, const struct nic_refusal *why)
{
	ofl_hold_gauge(o, f, -1);
	ofl_refusal_keep(&o->texts, why, &f->refusal);
	ofl_hold_gauge(o, f, 1);
}

void
ofl_hold_end(struct ofl_flow *f)
{
	struct device *d = f->port ? f->port->dev : NULL;

	if (f->cand)
		ofl_retry_cancel(&f->cand->retry);
	if (d && f->hold == HOLD_TIME && ofl_refusal_by_room(f->refusal.reason))
		d->room.n_aside--;
	if (d && f->hold == HOLD_ROOM)
		ofl_room_leave(d, f);
	if (f->hold == HOLD_SHAPE) {
		cds_list_del_init(&f->cand->retry.link);
		ofl_shape_unref(f->cand->wait_shape);
	}
	f->hold = HOLD_FREE;
}

void
ofl_hold_refuse(struct ofl *o, struct ofl_flow *f, const struct nic_refusal *why)
{
	struct device *d = f->port ? f->port->dev : NULL;
	bool by_room = d && ofl_refusal_by_room(why->reason);
	bool granted = f->cand && f->cand->granted;

	ofl_hold_end(f);
	ofl_hold_reason_set(o, f, why);
	if (d)
		ofl_room_answered(d, f);
	/* What retries is part of the candidate, for which no memory was left. */
	if (ofl_refusal_is_final(why->reason) || !f->cand) {
		f->hold = HOLD_REFUSED;
		return;
	}
	if (by_room && !granted) {
		f->hold = HOLD_ROOM;
		ofl_room_wait(d, f);
		return;
	}
	f->hold = HOLD_TIME;
	if (by_room)
		d->room.n_aside++;
	ofl_retry_wait(why->reason == NIC_REASON_RESET ? &o->lost : &o->retry, &f->cand->retry,
		       o->now_ns);
}

void
ofl_hold_for_shape(struct ofl *o, struct ofl_flow *f, struct shape *shape)
{
	ofl_hold_end(f);
	ofl_hold_reason_set(o, f, &shape->why);
	ofl_room_answered(f->port->dev, f);
	f->hold = HOLD_SHAPE;
	f->cand->wait_shape = shape;
	cds_list_add_tail(&f->cand->retry.link, &shape->waiting);
}
