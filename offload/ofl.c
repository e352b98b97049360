/* SPDX-License-Identifier: Apache-2.0 */
#include "ofl_private.h"

#include "advance.h"
#include "counter.h"
#include "port_request.h"
#include "request.h"
#include "step.h"

#include <base/clock.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#define COUNTER_INTERVAL_NS (100 * NS_PER_MS)
#define BACK_OFF_MIN_NS (100 * NS_PER_MS)
#define BACK_OFF_MAX_NS (10 * NS_PER_S)
#define REMOVE_TIMEOUT_NS (5 * NS_PER_S)
/* Total number of retried flows during the shortest back-off, however many wait. */
#define RETRIES_PER_BACK_OFF 10
#define CLOSE_PAUSE_NS (50 * NS_PER_US)

static void
config_defaults(struct ofl_config *c)
{
	if (!c->counter_interval_ns)
		c->counter_interval_ns = COUNTER_INTERVAL_NS;
	if (!c->back_off_min_ns)
		c->back_off_min_ns = BACK_OFF_MIN_NS;
	if (!c->back_off_max_ns)
		c->back_off_max_ns = BACK_OFF_MAX_NS;
	if (!c->remove_timeout_ns)
		c->remove_timeout_ns = REMOVE_TIMEOUT_NS;
}

static void
retries_init(struct ofl *o)
{
	uint64_t min = o->config.back_off_min_ns, max = o->config.back_off_max_ns;
	uint64_t per_s = RETRIES_PER_BACK_OFF * NS_PER_S / min;

	ofl_retry_init(&o->retry, min, max);
	ofl_retry_init(&o->lost, min, max);
	ofl_retry_init(&o->shape_retry, min, max);
	ofl_retry_init(&o->room_retry, min, max);
	ofl_rate_init(&o->retry_rate, per_s < UINT_MAX ? (unsigned int)per_s : UINT_MAX, 0);
}

int
ofl_create(const struct ofl_config *config, struct ofl **out)
{
	struct ofl *o = calloc(1, sizeof *o);

	if (!o)
		return -ENOMEM;
	o->config = *config;
	config_defaults(&o->config);
	ofl_queue_init(&o->queue);
	mutex_init(&o->step_lock);
	mutex_init(&o->lock);
	cond_init(&o->done);
	ofl_rate_init(&o->rate, o->config.insert_rate, 0);
	retries_init(o);
	CDS_INIT_LIST_HEAD(&o->flows);
	CDS_INIT_LIST_HEAD(&o->dead);
	CDS_INIT_LIST_HEAD(&o->devices);
	CDS_INIT_LIST_HEAD(&o->requests);
	CDS_INIT_LIST_HEAD(&o->debts);
	*out = o;
	return 0;
}

static bool
closed(struct ofl *o)
{
	return ofl_queue_empty(&o->queue) && !o->n_held;
}

static void
close_begin(struct ofl *o)
{
	struct ofl_flow *f, *next;

	o->closing = true;
	cds_list_for_each_entry_safe (f, next, &o->flows, link) {
		f->retired = true;
		ofl_counters_hurry(f, o->now_ns);
		ofl_advance(o, f);
	}
}

/* Gives up rules that a device did not remove in time. Rules that it still has in flight
 * cannot be freed. */
static void
close_force(struct ofl *o)
{
	struct ofl_flow *f, *next;
	unsigned int n = 0;

	cds_list_for_each_entry_safe (f, next, &o->flows, link) {
		for (int i = 0; f->cand && i < 2; i++) {
			struct slot *s = &f->cand->slots[i];

			if (s->state == SLOT_EMPTY)
				continue;
			n++;
			if (s->state == SLOT_INSERTING || s->state == SLOT_REMOVING)
				ofl_device_land(f->cand->dev, s);
			else
				cds_list_del(&s->link);
			ofl_slot_clear(s);
		}
		ofl_counters_drop(f);
		ofl_advance(o, f);
	}
	if (n)
		LOG_ERR(o->config.log, OFFLOAD,
			"giving up %u rules that devices did not remove in time", n);
}

static void
close_flows(struct ofl *o) REQUIRES(o->step_lock)
{
	uint64_t start = clock_now_ns(), most, base;

	ofl_step_round(o, o->now_ns);
	base = o->now_ns;
	close_begin(o);
	most = o->config.remove_timeout_ns + o->n_held * REQUEST_RULE_NS;
	while (!closed(o)) {
		struct timespec pause = {.tv_nsec = (long)CLOSE_PAUSE_NS};
		uint64_t passed = clock_now_ns() - start;

		if (passed > most) {
			close_force(o);
			break;
		}
		ofl_step_round(o, base + passed);
		nanosleep(&pause, NULL);
	}
}

/* Removes all ports. Afterwards nothing keeps a request without a waiting caller. */
static void
close_ports(struct ofl *o)
{
	for (unsigned int b = 0; b < PORT_BUCKETS; b++) {
		struct port *p = atomic_load(&o->ports.buckets[b]);

		for (; p; p = p->next) {
			if (p->present)
				ofl_port_detach(o, p);
		}
	}
	ofl_requests_check(o);
	ofl_port_table_free(&o->ports);
}

void
ofl_destroy(struct ofl *o)
{
	if (!o)
		return;
	ofl_stop(o);
	mutex_lock(&o->step_lock);
	close_flows(o);
	ofl_step_bury(o);
	close_ports(o);
	mutex_unlock(&o->step_lock);
	cond_destroy(&o->done);
	mutex_destroy(&o->lock);
	mutex_destroy(&o->step_lock);
	ofl_queue_destroy(&o->queue);
	ofl_refusal_texts_free(&o->texts);
	free(o);
}
