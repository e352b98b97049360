/* SPDX-License-Identifier: Apache-2.0 */
#include "displace.h"

#include "advance.h"
#include "hold.h"
#include "release.h"
#include "turn.h"

#define RECLASSED_MAX 8 /* flows whose class is corrected in one search */

static void
grant(struct ofl *o, struct device *d, struct ofl_flow *f)
{
	struct port *p = f->port;

	f->cand->granted = true;
	d->room.n_granted++;
	ofl_release(o, f);
	ofl_turn_next(d, p);
}

void
ofl_displace_removed(struct ofl *o, struct device *d, struct ofl_flow *f)
{
	if (f->hold == HOLD_ROOM && f->refusal.reason == NIC_REASON_TABLE_FULL)
		grant(o, d, f);
}

static struct ofl_flow *
hottest_of(struct device *d, struct port *p)
{
	struct ofl_flow *f = NULL;

	for (int i = 0; i < RECLASSED_MAX; i++) {
		f = cds_list_entry(ofl_heat_hottest(&p->waiting), struct candidate, retry.link)
			    ->flow;
		if (atomic_load(&f->software_class) >= atomic_load(&f->listed_class))
			break;
		ofl_room_reorder(d, f);
	}
	return f;
}

/* Returns the next waiting flow to be granted room. At least one flow waits. */
static struct ofl_flow *
next(struct device *d)
{
	struct port *hot = ofl_room_hottest(d), *least = ofl_room_least(d);

	return hottest_of(d, ofl_room_has_twice(hot, least, 1) ? least : hot);
}

static void
displace(struct ofl *o, struct device *d, struct ofl_flow *f, enum nic_reason reason)
{
	struct nic_refusal why = ofl_refusal_make(reason);

	ofl_hold_refuse(o, f, &why);
	ofl_advance(o, f);
	f->cand->displaced = true;
	d->room.n_displaced++;
	ofl_count_event(o, f, TALLY_displaced);
}

/* Returns the least used flow of a port in hardware, or NULL if no use is known. */
static struct ofl_flow *
coldest_of(struct port *p)
{
	struct cds_list_head *link = ofl_heat_coldest(&p->in);

	return link ? cds_list_entry(link, struct candidate, in_link)->flow : NULL;
}

static struct ofl_flow *
least_worth_of(struct port *p)
{
	struct ofl_flow *f = coldest_of(p);

	return f ? f : cds_list_entry(p->young.prev, struct candidate, in_link)->flow;
}

static void
make_shares(struct ofl *o, struct device *d)
{
	struct port *least = ofl_room_least(d);
	unsigned int n = least->waiting.n_all;

	n = n < ROOM_DISPLACED_MAX ? n : ROOM_DISPLACED_MAX;
	while (d->room.n_displaced < n) {
		struct port *most = ofl_room_most(d);

		if (!ofl_room_has_twice(most, least, d->room.n_displaced + 1))
			return;
		displace(o, d, least_worth_of(most), NIC_REASON_PORT_SHARE);
	}
}

/* Returns the least used flow of the hot flow's port or of the port with most rules. */
static struct ofl_flow *
coldest_for(struct device *d, struct port *hot)
{
	struct ofl_flow *own = coldest_of(hot), *other = NULL;
	struct port *most = ofl_room_most(d);

	if (most->n_in > hot->n_in)
		other = coldest_of(most);
	if (!own || !other)
		return own ? own : other;
	return other->cand->in_class < own->cand->in_class ? other : own;
}

static void
swap_cold_for_hot(struct ofl *o, struct device *d)
{
	while (d->room.n_waiting && d->room.n_displaced < ROOM_DISPLACED_MAX) {
		struct port *hot = ofl_room_hottest(d);
		struct ofl_flow *cold = coldest_for(d, hot);

		if (!cold || ofl_room_has_twice(hot, ofl_room_least(d), 1) ||
		    d->room.n_displaced >=
			    ofl_heat_n_from(&hot->waiting, cold->cand->in_class + 2u) ||
		    !ofl_rate_ready(&d->room.swaps, o->now_ns))
			return;
		ofl_rate_spend(&d->room.swaps, o->now_ns);
		displace(o, d, cold, NIC_REASON_USED_LESS);
	}
}

void
ofl_displace_step(struct ofl *o, struct device *d)
{
	struct room *r = &d->room;

	for (unsigned int n = 0; n < ROOM_MOVES_MAX && r->n_waiting && ofl_room_left(d) > 0; n++)
		grant(o, d, next(d));
	if (!r->n_waiting) {
		ofl_room_relax(d);
		return;
	}
	if (ofl_room_left(d) > 0)
		return;
	make_shares(o, d);
	swap_cold_for_hot(o, d);
	if (!r->probe.due_ns)
		ofl_retry_wait(&o->room_retry, &r->probe, o->now_ns);
}
