/* SPDX-License-Identifier: Apache-2.0 */
#include "turn.h"

void
ofl_turn_queue(struct device *d, struct slot *s)
{
	struct port *p = ofl_slot_flow(s)->port;

	cds_list_add_tail(&s->link, &p->inserts);
	if (cds_list_empty(&p->turn_link))
		cds_list_add_tail(&p->turn_link, &d->turns);
}

/* Slots are removed from their port's list in many places; ports with an empty list
 * are dropped here. */
struct slot *
ofl_turn_first(struct device *d)
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
ofl_turn_over(struct device *d, struct port *p)
{
	cds_list_del(&p->turn_link);
	cds_list_add_tail(&p->turn_link, &d->turns);
}

void
ofl_turn_next(struct device *d, struct port *p)
{
	if (!cds_list_empty(&p->turn_link))
		cds_list_move(&p->turn_link, &d->turns);
}
