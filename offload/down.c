/* SPDX-License-Identifier: Apache-2.0 */
#include "down.h"

#include "advance.h"
#include "hold.h"
#include "release.h"

#include <stdio.h>

static void
refuse_flows(struct ofl *o, struct port *p, const struct nic_refusal *why)
{
	struct ofl_flow *f, *next;

	cds_list_for_each_entry_safe (f, next, &p->flows, port_link) {
		ofl_count_event(o, f, TALLY_visited);
		if (f->retired || f->hold == HOLD_REFUSED)
			continue;
		ofl_hold_refuse(o, f, why);
		ofl_advance(o, f);
	}
}

static void
why_publish(struct ofl *o, struct device *d, const struct nic_refusal *why)
{
	mutex_lock(&o->lock);
	d->down_why = *why;
	mutex_unlock(&o->lock);
}

void
ofl_down_begin(struct ofl *o, struct device *d, const char *detail)
{
	struct nic_refusal why = ofl_refusal_make(NIC_REASON_DEVICE_DOWN);
	struct port *p;

	if (d->n_down++)
		return;
	snprintf(why.detail, sizeof why.detail, "%s", detail);
	why_publish(o, d, &why);
	cds_list_for_each_entry (p, &d->ports, dev_link)
		refuse_flows(o, p, &why);
}

static void
release_flows(struct ofl *o, struct port *p)
{
	struct ofl_flow *f, *next;

	cds_list_for_each_entry_safe (f, next, &p->flows, port_link) {
		ofl_count_event(o, f, TALLY_visited);
		if (f->hold == HOLD_REFUSED && f->refusal.reason == NIC_REASON_DEVICE_DOWN)
			ofl_release(o, f);
	}
}

void
ofl_down_end(struct ofl *o, struct device *d)
{
	struct nic_refusal none = ofl_refusal_make(NIC_REASON_NONE);
	struct port *p;

	if (!d->n_down || --d->n_down)
		return;
	why_publish(o, d, &none);
	cds_list_for_each_entry (p, &d->ports, dev_link)
		release_flows(o, p);
}
