/* SPDX-License-Identifier: Apache-2.0 */
#include "step.h"

#include "advance.h"
#include "counter.h"
#include "counter_read.h"
#include "hardware.h"
#include "release.h"
#include "request.h"

#define TAKE_MAX 256	/* from the queue in one step */
#define RETRIES_MAX 256 /* in one step */

/* Takes items from the queue. Returns true if more may be queued. */
static bool
take(struct ofl *o)
{
	for (unsigned int n = 0; n < TAKE_MAX; n++) {
		struct queue_item *item = ofl_queue_take(&o->queue);

		if (!item)
			return false;
		if (item->kind == QUEUE_FLOW)
			ofl_advance_from_inbox(o, object_of(item, struct ofl_flow, item));
		else
			ofl_request_start(o, object_of(item, struct request, item));
	}
	return true;
}

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static struct ofl_flow *
flow_due(struct ofl *o)
{
	struct retry_entry *e = ofl_retry_due(&o->lost, o->now_ns);

	if (!e && ofl_rate_ready(&o->retry_rate, o->now_ns)) {
		e = ofl_retry_due(&o->retry, o->now_ns);
		if (e)
			ofl_rate_spend(&o->retry_rate, o->now_ns);
	}
	return e ? object_of(e, struct candidate, retry)->flow : NULL;
}

static void
retries(struct ofl *o)
{
	struct ofl_flow *f;
	struct retry_entry *e;

	for (unsigned int n = 0; n < RETRIES_MAX && (f = flow_due(o)); n++)
		ofl_release_time_over(o, f);
	while ((e = ofl_retry_due(&o->shape_retry, o->now_ns)))
		ofl_release_probe(o, object_of(e, struct shape, probe));
	while ((e = ofl_retry_due(&o->room_retry, o->now_ns)))
		ofl_room_probe(object_of(e, struct device, room.probe));
}

static uint64_t
retries_next_ns(struct ofl *o)
{
	uint64_t next = ofl_retry_next_ns(&o->retry);
	uint64_t turn = ofl_rate_next_ns(&o->retry_rate, o->now_ns);

	if (next != UINT64_MAX && turn > next)
		next = turn;
	next = earlier(next, ofl_retry_next_ns(&o->lost));
	next = earlier(next, ofl_retry_next_ns(&o->shape_retry));
	return earlier(next, ofl_retry_next_ns(&o->room_retry));
}

static void
age_publish(struct ofl *o)
{
	const struct device *d;
	uint64_t age = 0;

	cds_list_for_each_entry (d, &o->devices, link) {
		if (ofl_counter_age_ns(o, d) > age)
			age = ofl_counter_age_ns(o, d);
	}
	atomic_store_explicit(&o->age_ns, age, memory_order_relaxed);
}

uint64_t
ofl_step_round(struct ofl *o, uint64_t now_ns)
{
	uint64_t next = UINT64_MAX;
	struct device *d;
	bool more;

	if (now_ns > o->now_ns)
		o->now_ns = now_ns;
	ofl_requests_round(o);
	cds_list_for_each_entry (d, &o->devices, link)
		ofl_counter_round(o, d);
	age_publish(o);
	more = take(o);
	retries(o);
	cds_list_for_each_entry (d, &o->devices, link) {
		ofl_hardware_step(o, d);
		ofl_counter_read_step(o, d);
		ofl_device_room_publish(d);
	}
	next = ofl_requests_check(o);
	cds_list_for_each_entry (d, &o->devices, link) {
		next = earlier(next, ofl_hardware_next_ns(o, d));
		next = earlier(next, ofl_counter_read_next_ns(o, d));
	}
	next = earlier(next, retries_next_ns(o));
	return more ? o->now_ns : next;
}

void
ofl_step_bury(struct ofl *o)
{
	while (!cds_list_empty(&o->dead)) {
		struct ofl_flow *f = cds_list_first_entry(&o->dead, struct ofl_flow, link);

		cds_list_del(&f->link);
		ofl_flow_bury(f);
	}
}

uint64_t
ofl_step(struct ofl *o, uint64_t now_ns)
{
	uint64_t next;

	mutex_lock(&o->step_lock);
	next = ofl_step_round(o, now_ns);
	ofl_step_bury(o);
	mutex_unlock(&o->step_lock);
	return next;
}
