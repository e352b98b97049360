/* SPDX-License-Identifier: Apache-2.0 */
#include "forecast.h"

#include "drive.h"
#include "hardware.h"
#include "request.h"

#include <errno.h>

static unsigned int
n_waiting(const struct device *d)
{
	const struct ofl_flow *f;
	const struct port *p;
	unsigned int n = 0;

	cds_list_for_each_entry (p, &d->ports, dev_link) {
		cds_list_for_each_entry (f, &p->full, full_link)
			n++;
	}
	return n;
}

int
ofl_forecast_make(struct ofl *o, const struct flow_match *match, const struct flow_actions *actions,
		  struct ofl_forecast *out)
{
	bool one_port = match->mask.in_port == UINT32_MAX;
	struct nic_rule *rule;
	struct device *d;
	int rc;

	*out = (struct ofl_forecast){.refusal = ofl_refusal_make(NIC_REASON_NONE)};
	if (!ofl_drive_admit(o, one_port ? &match->key.in_port : NULL, actions, &d, &out->refusal))
		return 0;
	out->refusal = ofl_refusal_make(NIC_REASON_NONE);
	rc = d->nic->class->compile(d->nic, match, actions, 0, NULL, &rule, &out->refusal);
	if (rc == -ENOMEM)
		return rc;
	if (rc) {
		out->refusal = ofl_hardware_why(&out->refusal, rc);
		return 0;
	}
	d->nic->class->rule_free(d->nic, rule);
	out->n_waiting = n_waiting(d);
	return 0;
}

int
ofl_forecast(struct ofl *o, const struct flow_match *match, const struct flow_actions *actions,
	     uint64_t timeout_ns, struct ofl_forecast *out)
{
	struct request *r = ofl_request_new(REQUEST_FORECAST);
	int rc;

	if (!r)
		return -ENOMEM;
	r->match = *match;
	if (flow_actions_copy(&r->actions, actions)) {
		ofl_request_put(r);
		ofl_request_put(r);
		return -ENOMEM;
	}
	rc = ofl_request_call(o, r, timeout_ns);
	if (!rc)
		*out = r->forecast;
	ofl_request_put(r);
	return rc;
}
