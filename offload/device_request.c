/* SPDX-License-Identifier: Apache-2.0 */
#include "device_request.h"

#include "down.h"
#include "hardware.h"

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

unsigned int
ofl_device_request_down(struct ofl *o, uint16_t dev_id)
{
	unsigned int n = 0;
	struct device *d;

	cds_list_for_each_entry (d, &o->devices, link) {
		if (!uses(d, dev_id))
			continue;
		n += d->n_rules + d->n_in_flight;
		ofl_down_begin(o, d, "");
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

void
ofl_device_request_up(struct ofl *o, uint16_t dev_id)
{
	struct device *d;

	cds_list_for_each_entry (d, &o->devices, link) {
		if (uses(d, dev_id))
			ofl_down_end(o, d);
	}
}
