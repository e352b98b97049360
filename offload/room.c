/* SPDX-License-Identifier: Apache-2.0 */
#include "room.h"

#include "drive.h"
#include "hold.h"
#include "turn.h"

#include <errno.h>
#include <limits.h>

#define RECLASSED_MAX 8 /* flows that were used more when they began to wait, in one search */

void
ofl_room_init(struct room *r)
{
	for (int k = 0; k < ROOM_N_KINDS; k++)
		r->limit[k] = ROOM_UNKNOWN;
	ofl_rate_init(&r->swaps, ROOM_SWAPS_PER_S, 0);
}

void
ofl_room_free(struct room *r)
{
	ofl_heap_free(&r->most);
	ofl_heap_free(&r->least);
	ofl_heap_free(&r->heat);
}

static struct port *
port_first(const struct heap *h, size_t offset)
{
	struct heap_node *node = ofl_heap_first(h);

	return node ? (struct port *)((uintptr_t)node - offset) : NULL;
}

/* NULL: the device has no port. */
static struct port *
most_in(const struct device *d)
{
	return port_first(&d->room.most, offsetof(struct port, by_most));
}

/* Of the ports of which flows wait; NULL: there is none. */
static struct port *
least_waiting(const struct device *d)
{
	return port_first(&d->room.least, offsetof(struct port, by_least));
}

static struct port *
hottest_waiting(const struct device *d)
{
	return port_first(&d->room.heat, offsetof(struct port, by_heat));
}

static void
port_rank(struct device *d, struct port *p)
{
	struct room *r = &d->room;

	ofl_heap_set(&r->most, &p->by_most, UINT64_MAX - p->n_in);
	if (!p->waiting.n_all) {
		ofl_heap_remove(&r->least, &p->by_least);
		ofl_heap_remove(&r->heat, &p->by_heat);
		return;
	}
	ofl_heap_set(&r->least, &p->by_least, p->n_in);
	ofl_heap_set(&r->heat, &p->by_heat,
		     (uint64_t)(HEAT_CLASSES - ofl_heat_top(&p->waiting)) << 32 | p->n_in);
}

int
ofl_room_port_add(struct device *d, struct port *p)
{
	unsigned int n = d->room.most.n + 1;

	if (ofl_heap_reserve(&d->room.most, n) || ofl_heap_reserve(&d->room.least, n) ||
	    ofl_heap_reserve(&d->room.heat, n))
		return -ENOMEM;
	port_rank(d, p);
	return 0;
}

void
ofl_room_port_del(struct device *d, struct port *p)
{
	ofl_heap_remove(&d->room.most, &p->by_most);
	ofl_heap_remove(&d->room.least, &p->by_least);
	ofl_heap_remove(&d->room.heat, &p->by_heat);
}

/* A caller that raises the class at this moment sees where the flow is listed, or is seen here. */
static void
list(struct ofl_flow *f)
{
	unsigned int heat = atomic_load(&f->software_class);

	atomic_store(&f->listed_class, (uint8_t)heat);
	if (atomic_load(&f->software_class) > heat) {
		heat = atomic_load(&f->software_class);
		atomic_store(&f->listed_class, (uint8_t)heat);
	}
	ofl_heat_add(&f->port->waiting, &f->wait_link, heat);
}

static void
unlist(struct ofl_flow *f)
{
	ofl_heat_del(&f->port->waiting, &f->wait_link, atomic_load(&f->listed_class));
	atomic_store(&f->listed_class, FLOW_NOT_LISTED);
}

void
ofl_room_wait(struct device *d, struct ofl_flow *f)
{
	list(f);
	d->room.n_waiting++;
	port_rank(d, f->port);
}

void
ofl_room_leave(struct device *d, struct ofl_flow *f)
{
	unlist(f);
	d->room.n_waiting--;
	port_rank(d, f->port);
}

void
ofl_room_reorder(struct device *d, struct ofl_flow *f)
{
	unlist(f);
	list(f);
	port_rank(d, f->port);
}

static unsigned int
used(const struct device *d, enum room_kind kind)
{
	return kind == ROOM_RULES ? d->n_rules : d->n_counted;
}

static int
left_of(const struct device *d, enum room_kind kind)
{
	if (d->room.limit[kind] == ROOM_UNKNOWN)
		return INT_MAX;
	return (int)d->room.limit[kind] - (int)(used(d, kind) + d->room.n_granted);
}

int
ofl_room_left(const struct device *d)
{
	int rules = left_of(d, ROOM_RULES), counters = left_of(d, ROOM_COUNTERS);

	return rules < counters ? rules : counters;
}

void
ofl_room_refused(struct device *d, enum room_kind kind, bool granted)
{
	struct room *r = &d->room;

	if (granted && ++r->n_failed < ROOM_FAILED_MAX)
		return;
	r->n_failed = 0;
	r->ramp = 0;
	if (r->limit[kind] > used(d, kind))
		r->limit[kind] = used(d, kind);
}

void
ofl_room_inserted(struct device *d)
{
	struct room *r = &d->room;

	r->n_failed = 0;
	for (int k = 0; k < ROOM_N_KINDS; k++) {
		if (r->limit[k] < used(d, k))
			r->limit[k] = used(d, k);
	}
	if (!r->ramp || r->n_granted)
		return;
	ofl_retry_cancel(&r->probe);
	r->probe.n_failures = 0;
	for (int k = 0; k < ROOM_N_KINDS; k++) {
		if (r->limit[k] != ROOM_UNKNOWN && left_of(d, k) < (int)r->ramp)
			r->limit[k] = used(d, k) + r->ramp;
	}
	if (r->ramp < ROOM_MOVES_MAX)
		r->ramp *= 2;
}

void
ofl_room_answered(struct device *d, struct ofl_flow *f)
{
	if (!f->granted)
		return;
	f->granted = false;
	d->room.n_granted--;
}

static void
grant(struct ofl *o, struct device *d, struct ofl_flow *f)
{
	struct port *p = f->port;

	f->granted = true;
	d->room.n_granted++;
	ofl_hold_release(o, f);
	ofl_turn_next(d, p);
}

void
ofl_room_removed(struct ofl *o, struct device *d, struct ofl_flow *f)
{
	if (f->hold == HOLD_ROOM && f->refusal.reason == NIC_REASON_TABLE_FULL)
		grant(o, d, f);
}

/* True when 'p' has at least twice what 'least' will have with 'n' more. */
static bool
has_twice(const struct port *p, const struct port *least, unsigned int n)
{
	return p->n_in >= 2 * (least->n_in + n);
}

bool
ofl_room_exceeded(const struct device *d, const struct port *p)
{
	const struct port *least = least_waiting(d);

	return least && has_twice(p, least, 1);
}

void
ofl_room_moved(struct device *d, struct ofl_flow *f, enum ofl_placement to)
{
	struct port *p = f->port;

	if (to == OFL_HARDWARE) {
		f->hardware = (struct heat_meter){0};
		f->in_young = true;
		cds_list_add_tail(&f->in_link, &p->young);
		p->n_in++;
	} else if (ofl_placement_get(&f->placement) == OFL_HARDWARE) {
		if (f->in_young)
			cds_list_del(&f->in_link);
		else
			ofl_heat_del(&p->in, &f->in_link, f->in_class);
		f->in_young = false;
		p->n_in--;
	} else {
		return;
	}
	port_rank(d, p);
}

void
ofl_room_used(struct ofl_flow *f, uint64_t now_ns)
{
	unsigned int heat;

	if (ofl_placement_get(&f->placement) != OFL_HARDWARE)
		return;
	ofl_heat_sample(&f->hardware, f->total.packets, now_ns);
	heat = ofl_heat_class(&f->hardware);
	if (!f->hardware.known || (!f->in_young && heat == f->in_class))
		return;
	if (f->in_young)
		cds_list_del(&f->in_link);
	else
		ofl_heat_del(&f->port->in, &f->in_link, f->in_class);
	f->in_young = false;
	f->in_class = (uint8_t)heat;
	ofl_heat_add(&f->port->in, &f->in_link, heat);
}

void
ofl_room_left_by(struct device *d, struct ofl_flow *f)
{
	if (!f->displaced)
		return;
	f->displaced = false;
	d->room.n_displaced--;
}

void
ofl_room_forget(struct device *d)
{
	for (int k = 0; k < ROOM_N_KINDS; k++)
		d->room.limit[k] = ROOM_UNKNOWN;
	d->room.ramp = 0;
	ofl_shapes_empty(&d->shapes);
}

static struct ofl_flow *
hottest_of(struct device *d, struct port *p)
{
	struct ofl_flow *f = NULL;

	for (int i = 0; i < RECLASSED_MAX; i++) {
		f = cds_list_entry(ofl_heat_hottest(&p->waiting), struct ofl_flow, wait_link);
		if (atomic_load(&f->software_class) >= atomic_load(&f->listed_class))
			break;
		ofl_room_reorder(d, f);
	}
	return f;
}

/* Of the flows that wait, of which there are some. */
static struct ofl_flow *
next(struct device *d)
{
	struct port *hot = hottest_waiting(d), *least = least_waiting(d);

	return hottest_of(d, has_twice(hot, least, 1) ? least : hot);
}

static void
displace(struct ofl *o, struct device *d, struct ofl_flow *f, enum nic_reason reason)
{
	struct nic_refusal why = ofl_refusal_make(reason);

	ofl_hold_refuse(o, f, &why);
	ofl_drive(o, f);
	f->displaced = true;
	d->room.n_displaced++;
	ofl_count_event(o, f, TALLY_displaced);
}

/* NULL: nothing is known of any. */
static struct ofl_flow *
coldest_of(struct port *p)
{
	struct cds_list_head *link = ofl_heat_coldest(&p->in);

	return link ? cds_list_entry(link, struct ofl_flow, in_link) : NULL;
}

static struct ofl_flow *
least_worth_of(struct port *p)
{
	struct ofl_flow *f = coldest_of(p);

	return f ? f : cds_list_entry(p->young.prev, struct ofl_flow, in_link);
}

static void
make_shares(struct ofl *o, struct device *d)
{
	struct port *least = least_waiting(d);
	unsigned int n = least->waiting.n_all;

	n = n < ROOM_DISPLACED_MAX ? n : ROOM_DISPLACED_MAX;
	while (d->room.n_displaced < n) {
		struct port *most = most_in(d);

		if (!has_twice(most, least, d->room.n_displaced + 1))
			return;
		displace(o, d, least_worth_of(most), NIC_REASON_PORT_SHARE);
	}
}

/* The flow that is used least, of the hot flow's port or of the one that has most. */
static struct ofl_flow *
coldest_for(struct device *d, struct port *hot)
{
	struct ofl_flow *own = coldest_of(hot), *other = NULL;
	struct port *most = most_in(d);

	if (most->n_in > hot->n_in)
		other = coldest_of(most);
	if (!own || !other)
		return own ? own : other;
	return other->in_class < own->in_class ? other : own;
}

static void
swap_cold_for_hot(struct ofl *o, struct device *d)
{
	while (d->room.n_waiting && d->room.n_displaced < ROOM_DISPLACED_MAX) {
		struct port *hot = hottest_waiting(d);
		struct ofl_flow *cold = coldest_for(d, hot);

		if (!cold || has_twice(hot, least_waiting(d), 1) ||
		    d->room.n_displaced >= ofl_heat_n_from(&hot->waiting, cold->in_class + 2u) ||
		    !ofl_rate_ready(&d->room.swaps, o->now_ns))
			return;
		ofl_rate_spend(&d->room.swaps, o->now_ns);
		displace(o, d, cold, NIC_REASON_USED_LESS);
	}
}

/* Most of what there was has gone: whoever comes asks by itself. */
static void
ask_freely(struct device *d)
{
	if (d->room.limit[ROOM_RULES] != ROOM_UNKNOWN &&
	    left_of(d, ROOM_RULES) > (int)(d->room.limit[ROOM_RULES] / 2))
		ofl_shapes_empty(&d->shapes);
}

void
ofl_room_probe(struct device *d)
{
	struct room *r = &d->room;

	r->n_failed = ROOM_FAILED_MAX - 1;
	r->ramp = 1;
	for (int k = 0; k < ROOM_N_KINDS; k++) {
		if (left_of(d, k) <= 0)
			r->limit[k] = used(d, k) + r->n_granted + 1;
	}
}

void
ofl_room_step(struct ofl *o, struct device *d)
{
	struct room *r = &d->room;

	for (unsigned int n = 0; n < ROOM_MOVES_MAX && r->n_waiting && ofl_room_left(d) > 0; n++)
		grant(o, d, next(d));
	if (!r->n_waiting) {
		ofl_retry_cancel(&r->probe);
		r->probe.n_failures = 0;
		ask_freely(d);
		return;
	}
	if (ofl_room_left(d) > 0)
		return;
	make_shares(o, d);
	swap_cold_for_hot(o, d);
	if (!r->probe.due_ns)
		ofl_retry_wait(&o->room_retry, &r->probe, o->now_ns);
}
