/* SPDX-License-Identifier: Apache-2.0 */
#include "device_request.h"

#include "advance.h"
#include "hardware.h"
#include "hold.h"
#include "release.h"

#include <inttypes.h>

static bool
uses(const struct device *d, uint16_t dev_id)
{
	return d->nic->class->is_proxy(d->nic, dev_id);
}

static unsigned int
n_held(const struct device *d)
{
	const struct port *p;
	unsigned int n = 0;

	cds_list_for_each_entry (p, &d->ports, dev_link)
		n += p->n_held;
	return n;
}

static void
refuse_flows(struct ofl *o, struct port *p)
{
	struct nic_refusal why = ofl_refusal_make(NIC_REASON_DEVICE_DOWN);
	struct ofl_flow *f, *next;

	cds_list_for_each_entry_safe (f, next, &p->flows, port_link) {
		ofl_count_event(o, f, TALLY_visited);
		if (f->retired || f->hold == HOLD_REFUSED)
			continue;
		ofl_hold_refuse(o, f, &why);
		ofl_advance(o, f);
	}
}

unsigned int
ofl_device_request_down(struct ofl *o, uint16_t dev_id)
{
	unsigned int n = 0;
	struct device *d;

	cds_list_for_each_entry (d, &o->devices, link) {
		struct port *p;

		if (!uses(d, dev_id))
			continue;
		n += d->n_rules + d->n_in_flight;
		if (d->n_down++)
			continue;
		cds_list_for_each_entry (p, &d->ports, dev_link)
			refuse_flows(o, p);
	}
	return n;
}

bool
ofl_device_request_down_done(struct ofl *o, uint16_t dev_id)
{
	struct device *d;

	cds_list_for_each_entry (d, &o->devices, link) {
		if (uses(d, dev_id) && n_held(d))
			return false;
	}
	return true;
}

/* Marks the counters as final, since the device reports no more. */
static void
counters_end(struct ofl *o, struct device *d)
{
	struct counter *c;

	cds_list_for_each_entry (c, &d->settling, settle_link)
		c->settle_ns = o->now_ns;
}

void
ofl_device_request_forget(struct ofl *o, uint16_t dev_id)
{
	struct device *d;

	cds_list_for_each_entry (d, &o->devices, link) {
		if (!uses(d, dev_id) || !n_held(d))
			continue;
		LOG_WARN(o->config.log, OFFLOAD,
			 "device %" PRIu16 " is being stopped without having removed the rules of "
			 "%u flows; these rules are given up",
			 dev_id, n_held(d));
		d->nic->class->forget(d->nic);
		ofl_hardware_poll(o, d);
		counters_end(o, d);
	}
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
ofl_device_request_up(struct ofl *o, uint16_t dev_id)
{
	struct device *d;

	cds_list_for_each_entry (d, &o->devices, link) {
		struct port *p;

		if (!uses(d, dev_id) || !d->n_down || --d->n_down)
			continue;
		cds_list_for_each_entry (p, &d->ports, dev_link)
			release_flows(o, p);
	}
}
