/* SPDX-License-Identifier: Apache-2.0 */
#include "request.h"

#include "counter.h"
#include "device_request.h"
#include "forecast.h"
#include "port_request.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

struct request *
ofl_request_new(enum request_type type)
{
	struct request *r = calloc(1, sizeof *r);

	if (!r)
		return NULL;
	r->item.kind = QUEUE_REQUEST;
	r->type = type;
	flow_actions_init(&r->actions);
	atomic_init(&r->refs, 2);
	return r;
}

void
ofl_request_put(struct request *r)
{
	if (atomic_fetch_sub(&r->refs, 1) != 1)
		return;
	flow_actions_free(&r->actions);
	free(r);
}

static void
request_done(struct ofl *o, struct request *r, int rc)
{
	mutex_lock(&o->lock);
	r->done = true;
	r->rc = rc;
	if (r->on_done)
		r->on_done(r->on_done_aux);
	cond_broadcast(&o->done);
	mutex_unlock(&o->lock);
	ofl_request_put(r);
}

static bool
debts_paid(struct ofl *o, uint64_t number)
{
	const struct candidate *c;

	if (cds_list_empty(&o->debts))
		return true;
	c = cds_list_first_entry(&o->debts, struct candidate, debt_link);
	return c->debt > number;
}

static void
request_extend(struct ofl *o, struct request *r, uint64_t extra_ns)
{
	mutex_lock(&o->lock);
	r->extra_ns = extra_ns;
	cond_broadcast(&o->done);
	mutex_unlock(&o->lock);
}

static bool
counters_read_since(struct ofl *o, uint64_t called_ns, uint64_t *next_ns)
{
	struct device *d;
	bool all = true;

	cds_list_for_each_entry (d, &o->devices, link) {
		uint64_t ns = called_ns + ofl_counter_settle_ns(o, d);

		if (d->swept_ns >= ns)
			continue;
		all = false;
		if (d->sweep_start_ns >= ns)
			continue;
		if (d->sweep_due_ns > ns)
			d->sweep_due_ns = ns;
		if (ns < *next_ns)
			*next_ns = ns;
	}
	return all;
}

void
ofl_request_start(struct ofl *o, struct request *r)
{
	int rc;

	switch (r->type) {
	case REQUEST_PORT_ADD:
		rc = ofl_port_request_add(o, r);
		request_done(o, r, rc);
		return;
	case REQUEST_DEVICE_UP:
		ofl_device_request_up(o, r->dev_id);
		request_done(o, r, 0);
		return;
	case REQUEST_DEVICE_DOWN:
		r->deadline_ns = o->now_ns + o->config.remove_timeout_ns +
				 ofl_device_request_down(o, r->dev_id) * REQUEST_RULE_NS +
				 atomic_load(&o->age_ns);
		request_extend(o, r, r->deadline_ns - o->now_ns);
		break;
	case REQUEST_FORECAST:
		rc = ofl_forecast_make(o, &r->match, &r->actions, &r->forecast);
		request_done(o, r, rc);
		return;
	case REQUEST_PORT_DEL:
		request_extend(o, r, ofl_port_request_del(o, r->port) * REQUEST_RULE_NS);
		break;
	case REQUEST_WAIT:
		r->debt = o->n_debts;
		request_extend(o, r, o->n_owing * REQUEST_RULE_NS);
		break;
	case REQUEST_COUNTERS:
		break;
	}
	cds_list_add_tail(&r->link, &o->requests);
}

void
ofl_requests_round(struct ofl *o)
{
	struct request *r;

	cds_list_for_each_entry (r, &o->requests, link) {
		if (r->type != REQUEST_COUNTERS || r->called_ns)
			continue;
		r->called_ns = o->now_ns;
		request_extend(o, r, atomic_load(&o->age_ns));
	}
}

static bool
device_is_down(struct ofl *o, const struct request *r, uint64_t *next_ns, int *rc)
{
	if (ofl_device_request_down_done(o, r->dev_id))
		return true;
	if (o->now_ns < r->deadline_ns) {
		*next_ns = r->deadline_ns < *next_ns ? r->deadline_ns : *next_ns;
		return false;
	}
	ofl_device_request_forget(o, r->dev_id);
	*rc = -EIO;
	return true;
}

/* Returns true if the request is done. '*rc' is set only to an error. */
static bool
request_is_done(struct ofl *o, const struct request *r, uint64_t *next_ns, int *rc)
{
	switch (r->type) {
	case REQUEST_PORT_DEL:
		return ofl_port_request_del_done(o, r->port);
	case REQUEST_DEVICE_DOWN:
		return device_is_down(o, r, next_ns, rc);
	case REQUEST_WAIT:
		return debts_paid(o, r->debt);
	case REQUEST_COUNTERS:
		if (!r->called_ns && !cds_list_empty(&o->devices)) {
			*next_ns = o->now_ns;
			return false;
		}
		return counters_read_since(o, r->called_ns, next_ns);
	default:
		abort();
	}
}

/* Returns true if the caller has stopped waiting and no work is left. Removal of a port or
 * device continues. */
static bool
is_given_up(struct ofl *o, struct request *r)
{
	if (atomic_load(&r->refs) > 1)
		return false;
	if (!r->given_up)
		tally_add(&o->total.counters[TALLY_wait_timeouts], 1);
	if (!r->given_up && r->type == REQUEST_PORT_DEL)
		LOG_WARN(o->config.log, OFFLOAD,
			 "port %" PRIu32
			 ": the device has not removed all rules of the port; removal is retried",
			 r->port);
	r->given_up = true;
	return r->type != REQUEST_PORT_DEL && r->type != REQUEST_DEVICE_DOWN;
}

uint64_t
ofl_requests_check(struct ofl *o)
{
	struct request *r, *next;
	uint64_t next_ns = UINT64_MAX;

	cds_list_for_each_entry_safe (r, next, &o->requests, link) {
		int rc = 0;

		if (!request_is_done(o, r, &next_ns, &rc) && !is_given_up(o, r))
			continue;
		cds_list_del(&r->link);
		request_done(o, r, rc);
	}
	return next_ns;
}
