/* SPDX-License-Identifier: Apache-2.0 */
#include "room.h"

#include "ofl_private.h"

#include <errno.h>
#include <limits.h>

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

struct port *
ofl_room_most(const struct device *d)
{
	return port_first(&d->room.most, offsetof(struct port, by_most));
}

struct port *
ofl_room_least(const struct device *d)
{
	return port_first(&d->room.least, offsetof(struct port, by_least));
}

struct port *
ofl_room_hottest(const struct device *d)
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

/* A caller that raises the class at this moment either sees 'listed_class', or its new
 * value is seen here. */
static void
list(struct ofl_flow *f)
{
	unsigned int heat = atomic_load(&f->software_class);

	atomic_store(&f->listed_class, (uint8_t)heat);
	if (atomic_load(&f->software_class) > heat) {
		heat = atomic_load(&f->software_class);
		atomic_store(&f->listed_class, (uint8_t)heat);
	}
	ofl_heat_add(&f->port->waiting, &f->cand->retry.link, heat);
}

static void
unlist(struct ofl_flow *f)
{
	ofl_heat_del(&f->port->waiting, &f->cand->retry.link, atomic_load(&f->listed_class));
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
	if (!f->cand || !f->cand->granted)
		return;
	f->cand->granted = false;
	d->room.n_granted--;
}

bool
ofl_room_has_twice(const struct port *p, const struct port *least, unsigned int n)
{
	return p->n_in >= 2 * (least->n_in + n);
}

bool
ofl_room_exceeded(const struct device *d, const struct port *p)
{
	const struct port *least = ofl_room_least(d);

	return least && ofl_room_has_twice(p, least, 1);
}

void
ofl_room_moved(struct device *d, struct ofl_flow *f, enum ofl_placement to)
{
	struct port *p = f->port;

	if (to == OFL_HARDWARE) {
		f->cand->hardware = (struct heat_meter){0};
		f->cand->in_young = true;
		cds_list_add_tail(&f->cand->in_link, &p->young);
		p->n_in++;
	} else if (ofl_placement_get(&f->placement) == OFL_HARDWARE) {
		if (f->cand->in_young)
			cds_list_del(&f->cand->in_link);
		else
			ofl_heat_del(&p->in, &f->cand->in_link, f->cand->in_class);
		f->cand->in_young = false;
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
	ofl_heat_sample(&f->cand->hardware, ofl_flow_packets(f), now_ns);
	heat = ofl_heat_class(&f->cand->hardware);
	if (!f->cand->hardware.known || (!f->cand->in_young && heat == f->cand->in_class))
		return;
	if (f->cand->in_young)
		cds_list_del(&f->cand->in_link);
	else
		ofl_heat_del(&f->port->in, &f->cand->in_link, f->cand->in_class);
	f->cand->in_young = false;
	f->cand->in_class = (uint8_t)heat;
	ofl_heat_add(&f->port->in, &f->cand->in_link, heat);
}

void
ofl_room_left_by(struct device *d, struct ofl_flow *f)
{
	if (!f->cand->displaced)
		return;
	f->cand->displaced = false;
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

/* If more than half of the room is free, new flows may ask by themselves. */
static void
ask_freely(struct device *d)
{
	if (d->room.limit[ROOM_RULES] != ROOM_UNKNOWN &&
	    left_of(d, ROOM_RULES) > (int)(d->room.limit[ROOM_RULES] / 2))
		ofl_shapes_empty(&d->shapes);
}

void
ofl_room_relax(struct device *d)
{
	struct room *r = &d->room;

	ofl_retry_cancel(&r->probe);
	r->probe.n_failures = 0;
	ask_freely(d);
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
