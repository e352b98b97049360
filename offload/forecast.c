/* SPDX-License-Identifier: Apache-2.0 */
#include "forecast.h"

#include "advance.h"
#include "hardware.h"

#include <errno.h>

/* Returns true and the reason if the device refuses rules of the same shape. */
static bool
shape_is_refused(struct device *d, const struct flow_match *match,
		 const struct flow_actions *actions, struct nic_refusal *why)
{
	const struct shape *shape;
	struct shape_key key;

	ofl_shape_key(match, actions, &key);
	shape = ofl_shape_find(&d->shapes, &key);
	if (!shape || !shape->halted)
		return false;
	*why = shape->why;
	return true;
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
	if (!ofl_advance_admit(o, one_port ? &match->key.in_port : NULL, actions, &d,
			       &out->refusal))
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
	if (!shape_is_refused(d, match, actions, &out->refusal))
		out->n_waiting = d->room.n_waiting + d->room.n_aside;
	return 0;
}
