/* SPDX-License-Identifier: Apache-2.0 */
#include "share.h"

#include "drive.h"

#define DISPLACED_MAX 32 /* on their way out at a time */

void
ofl_share_queue(struct device *d, struct slot *s)
{
	struct port *p = s->flow->port;

	cds_list_add_tail(&s->link, &p->inserts);
	if (cds_list_empty(&p->turn_link))
		cds_list_add_tail(&p->turn_link, &d->turns);
}

/* Slots leave their port's list for many reasons; an empty one is found here. */
struct slot *
ofl_share_first(struct device *d)
{
	while (!cds_list_empty(&d->turns)) {
		struct port *p = cds_list_first_entry(&d->turns, struct port, turn_link);

		if (!cds_list_empty(&p->inserts))
			return cds_list_first_entry(&p->inserts, struct slot, link);
		cds_list_del_init(&p->turn_link);
	}
	return NULL;
}

void
ofl_share_turn_over(struct device *d, struct port *p)
{
	cds_list_del(&p->turn_link);
	cds_list_add_tail(&p->turn_link, &d->turns);
}

/* The waiting port that has least; NULL: none waits. */
static struct port *
least_waiting(struct device *d)
{
	struct port *p, *least = NULL;

	cds_list_for_each_entry (p, &d->ports, dev_link) {
		if (!cds_list_empty(&p->full) && (!least || p->n_in < least->n_in))
			least = p;
	}
	return least;
}

static struct port *
most_in(struct device *d)
{
	struct port *p, *most = NULL;

	cds_list_for_each_entry (p, &d->ports, dev_link) {
		if (!most || p->n_in > most->n_in)
			most = p;
	}
	return most;
}

/* True when 'p' has at least twice what 'least' will have with 'n' more. */
static bool
has_twice(const struct port *p, const struct port *least, unsigned int n)
{
	return p->n_in >= 2 * (least->n_in + n);
}

bool
ofl_share_exceeded(struct device *d, const struct port *p)
{
	const struct port *least = least_waiting(d);

	return least && has_twice(p, least, 1);
}

void
ofl_share_moved(struct ofl_flow *f, enum ofl_placement to)
{
	if (to == OFL_HARDWARE) {
		cds_list_add_tail(&f->in_link, &f->port->in);
		f->port->n_in++;
	} else if (ofl_placement_get(&f->placement) == OFL_HARDWARE) {
		cds_list_del(&f->in_link);
		f->port->n_in--;
	}
}

void
ofl_share_left(struct ofl_flow *f)
{
	if (!f->displaced)
		return;
	f->displaced = false;
	f->dev->n_displaced--;
}

/* A flow whose own replacement found no room takes what it left. */
void
ofl_share_room(struct ofl *o, struct device *d, struct ofl_flow *f)
{
	bool own = !cds_list_empty(&f->full_link) && f->refusal.reason == NIC_REASON_TABLE_FULL;
	struct port *p = own ? f->port : least_waiting(d);

	if (!p)
		return;
	if (!own)
		f = cds_list_first_entry(&p->full, struct ofl_flow, full_link);
	f->granted = true;
	ofl_drive_release(o, f);
	if (!cds_list_empty(&p->turn_link))
		cds_list_move(&p->turn_link, &d->turns);
}

static unsigned int
n_waiting(const struct port *p, unsigned int max)
{
	const struct cds_list_head *at;
	unsigned int n = 0;

	for (at = p->full.next; at != &p->full && n < max; at = at->next)
		n++;
	return n;
}

void
ofl_share_step(struct ofl *o, struct device *d)
{
	struct nic_refusal why = ofl_refusal_make(NIC_REASON_PORT_SHARE);
	struct port *least = least_waiting(d), *most;

	if (!least)
		return;
	for (unsigned int n = n_waiting(least, DISPLACED_MAX); d->n_displaced < n;) {
		struct ofl_flow *f;

		most = most_in(d);
		if (!has_twice(most, least, d->n_displaced + 1))
			return;
		f = cds_list_entry(most->in.prev, struct ofl_flow, in_link);
		ofl_drive_refuse(o, f, &why);
		ofl_drive(o, f);
		f->displaced = true;
		d->n_displaced++;
	}
}
