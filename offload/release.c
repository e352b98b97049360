/* SPDX-License-Identifier: Apache-2.0 */
#include "release.h"

#include "advance.h"
#include "hold.h"

void
ofl_release(struct ofl *o, struct ofl_flow *f)
{
	if (f->hold != HOLD_FREE && f->hold != HOLD_REFUSED)
		ofl_count_event(o, f, TALLY_retried);
	ofl_hold_end(f);
	ofl_advance(o, f);
}

void
ofl_release_time_over(struct ofl *o, struct ofl_flow *f)
{
	if (!ofl_refusal_by_room(f->refusal.reason)) {
		ofl_release(o, f);
		return;
	}
	ofl_hold_end(f);
	f->hold = HOLD_ROOM;
	ofl_room_wait(f->port->dev, f);
	ofl_advance(o, f);
}

static struct ofl_flow *
first_waiting(struct shape *shape)
{
	return cds_list_first_entry(&shape->waiting, struct candidate, retry.link)->flow;
}

/* The first waiting flow asks; if none waits, the next new one does. */
void
ofl_release_probe(struct ofl *o, struct shape *shape)
{
	shape->ready = true;
	if (cds_list_empty(&shape->waiting))
		return;
	ofl_shape_ref(shape);
	ofl_release(o, first_waiting(shape));
	/* The flow did not ask at once, and may never do so. */
	if (shape->ready)
		ofl_retry_wait(&o->shape_retry, &shape->probe, o->now_ns);
	ofl_shape_unref(shape);
}

bool
ofl_release_opened(struct ofl *o, struct device *d)
{
	for (unsigned int n = 0; n < RELEASE_MOVES_MAX && !cds_list_empty(&d->opened); n++) {
		struct shape *shape = cds_list_first_entry(&d->opened, struct shape, opened_link);

		if (cds_list_empty(&shape->waiting)) {
			cds_list_del_init(&shape->opened_link);
			continue;
		}
		ofl_release(o, first_waiting(shape));
	}
	return !cds_list_empty(&d->opened);
}
