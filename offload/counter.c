/* SPDX-License-Identifier: Apache-2.0 */
#include "counter.h"

#include <errno.h>
#include <stdlib.h>

static bool
sends_as(const struct counter *c, const struct wanted *w)
{
	if (c->n_exits != w->n_outputs)
		return false;
	for (unsigned int i = 0; i < c->n_exits; i++)
		if (c->exits[i].port != w->outputs[i].port ||
		    c->exits[i].extra_bytes != w->outputs[i].extra_bytes)
			return false;
	return true;
}

static struct counter *
counter_find(struct ofl_flow *f, const struct wanted *w)
{
	struct counter *c = f->cand->counters;

	while (c && !sends_as(c, w))
		c = c->next;
	return c;
}

static int
counter_new(struct ofl_flow *f, const struct wanted *w, struct counter **out)
{
	struct counter *c = calloc(1, sizeof *c + w->n_outputs * sizeof c->exits[0]);
	struct nic *nic = f->cand->dev->nic;
	int rc;

	if (!c)
		return -ENOMEM;
	rc = nic->class->counter_new(nic, &c->nic);
	if (rc) {
		free(c);
		return rc;
	}
	c->flow = f;
	c->n_exits = w->n_outputs;
	for (unsigned int i = 0; i < c->n_exits; i++)
		c->exits[i] = (struct exit){w->outputs[i].port, w->outputs[i].extra_bytes};
	CDS_INIT_LIST_HEAD(&c->settle_link);
	c->next = f->cand->counters;
	f->cand->counters = c;
	*out = c;
	return 0;
}

int
ofl_counter_need(struct slot *s)
{
	struct counter *c = counter_find(ofl_slot_flow(s), s->of);
	int rc = c ? 0 : counter_new(ofl_slot_flow(s), s->of, &c);

	if (rc)
		return rc;
	s->counter = c;
	c->n_slots++;
	return 0;
}

void
ofl_counter_started(struct slot *s)
{
	struct counter *c = s->counter;
	struct device *d = ofl_slot_flow(s)->cand->dev;

	if (c->counting)
		return;
	c->counting = true;
	cds_list_add_tail(&c->count_link, &d->counted);
	d->n_counted++;
}

void
ofl_counter_drop(struct counter *c)
{
	struct candidate *cand = c->flow->cand;
	struct device *d = cand->dev;
	struct counter **at = &cand->counters;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	if (c->counting) {
		cds_list_del(&c->count_link);
		d->n_counted--;
	}
	cds_list_del(&c->settle_link);
	d->nic->class->counter_free(d->nic, c->nic);
	free(c);
}

void
ofl_counters_drop(struct ofl_flow *f)
{
	while (f->cand && f->cand->counters)
		ofl_counter_drop(f->cand->counters);
}

uint64_t
ofl_counter_settle_ns(const struct ofl *o, const struct device *d)
{
	return d->stale_ns > o->config.counter_settle_ns ? d->stale_ns
							 : o->config.counter_settle_ns;
}

uint64_t
ofl_counter_interval_ns(const struct ofl *o, const struct device *d)
{
	return d->stale_ns > o->config.counter_interval_ns ? d->stale_ns
							   : o->config.counter_interval_ns;
}

uint64_t
ofl_counter_age_ns(const struct ofl *o, const struct device *d)
{
	return ofl_counter_settle_ns(o, d) + ofl_counter_interval_ns(o, d) + 2 * d->sweep_ns;
}

/* A counter whose flow waits to be inserted again with the same outputs does not settle. */
static bool
should_settle(const struct counter *c)
{
	const struct ofl_flow *f = c->flow;

	return !c->n_slots && (f->retired || f->hold == HOLD_REFUSED || !sends_as(c, f->want));
}

static void
counter_advance(struct counter *c)
{
	bool settling = !cds_list_empty(&c->settle_link);

	if (!c->counting && !c->n_slots) {
		ofl_counter_drop(c);
		return;
	}
	if (should_settle(c) == settling)
		return;
	if (settling)
		cds_list_del_init(&c->settle_link);
	else
		cds_list_add_tail(&c->settle_link, &c->flow->cand->dev->quiet);
}

void
ofl_counter_advance(struct ofl_flow *f)
{
	struct counter *c, *next;

	if (!f->cand)
		return;
	for (c = f->cand->counters; c; c = next) {
		next = c->next;
		counter_advance(c);
	}
	if (!f->cand->counters && f->cand->dev && ofl_flow_is_out(f))
		ofl_flow_hold(f, NULL);
}

void
ofl_counters_hurry(struct ofl_flow *f, uint64_t now_ns)
{
	for (struct counter *c = f->cand ? f->cand->counters : NULL; c; c = c->next)
		if (!cds_list_empty(&c->settle_link))
			c->settle_ns = now_ns;
}

/* Measures the last sweep, now that its end is known. A request for counters may have moved the
 * next one forward, which stays. */
static void
sweep_measure(struct ofl *o, struct device *d)
{
	uint64_t interval = ofl_counter_interval_ns(o, d);

	if (!d->sweep_over)
		return;
	d->sweep_over = false;
	d->sweep_ns = o->now_ns - d->sweep_start_ns;
	if (d->sweep_due_ns == d->sweep_start_ns + interval && 2 * d->sweep_ns > interval)
		d->sweep_due_ns = d->sweep_start_ns + 2 * d->sweep_ns;
}

void
ofl_counter_round(struct ofl *o, struct device *d)
{
	uint64_t settle_ns = o->now_ns + (o->closing ? 0 : ofl_counter_settle_ns(o, d));

	sweep_measure(o, d);
	while (!cds_list_empty(&d->quiet)) {
		struct counter *c = cds_list_first_entry(&d->quiet, struct counter, settle_link);

		c->settle_ns = settle_ns;
		cds_list_del(&c->settle_link);
		cds_list_add_tail(&c->settle_link, &d->settling);
	}
}
