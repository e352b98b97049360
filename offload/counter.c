/* SPDX-License-Identifier: Apache-2.0 */
#include "counter.h"

#include "drive.h"

#define BATCH 64
#define STEP_READS 512
#define STEP_READS_BUSY BATCH /* as many as there are insertions in a step */
#define SETTLE_ERRORS_MAX 20

int
ofl_counter_need(struct ofl_flow *f)
{
	struct nic *nic = f->dev->nic;

	if (f->counter)
		return 0;
	f->last = (struct nic_count){0};
	f->n_settle_errors = 0;
	return nic->class->counter_new(nic, &f->counter);
}

void
ofl_counter_started(struct ofl_flow *f)
{
	if (f->counting)
		return;
	f->counting = true;
	cds_list_add_tail(&f->count_link, &f->dev->counted);
	f->dev->n_counted++;
}

void
ofl_counter_drop(struct ofl_flow *f)
{
	struct nic *nic = f->dev->nic;

	if (f->counting) {
		cds_list_del(&f->count_link);
		f->dev->n_counted--;
		f->counting = false;
	}
	cds_list_del_init(&f->settle_link);
	nic->class->counter_free(nic, f->counter);
	f->counter = NULL;
}

uint64_t
ofl_counter_settle_ns(const struct ofl *o, const struct device *d)
{
	return d->stale_ns > o->config.counter_settle_ns ? d->stale_ns
							 : o->config.counter_settle_ns;
}

static uint64_t
interval_ns(const struct ofl *o, const struct device *d)
{
	return d->stale_ns > o->config.counter_interval_ns ? d->stale_ns
							   : o->config.counter_interval_ns;
}

uint64_t
ofl_counter_age_ns(const struct ofl *o, const struct device *d)
{
	return ofl_counter_settle_ns(o, d) + interval_ns(o, d) + 2 * d->sweep_ns;
}

static bool
should_settle(const struct ofl_flow *f)
{
	return ofl_flow_is_out(f) && (f->retired || f->hold == HOLD_REFUSED);
}

void
ofl_counter_drive(struct ofl_flow *f)
{
	bool settling = !cds_list_empty(&f->settle_link);

	if (f->counter && !f->counting && ofl_flow_is_out(f))
		ofl_counter_drop(f);
	if (!f->counter) {
		if (f->dev && ofl_flow_is_out(f))
			ofl_flow_hold(f, NULL);
		return;
	}
	if (should_settle(f) == settling)
		return;
	if (settling) {
		cds_list_del_init(&f->settle_link);
		return;
	}
	cds_list_add_tail(&f->settle_link, &f->dev->quiet);
}

/* The end of a sweep is known only now. A request for counters may have asked for an earlier one. */
static void
sweep_measure(struct ofl *o, struct device *d)
{
	uint64_t interval = interval_ns(o, d);

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
		struct ofl_flow *f = cds_list_first_entry(&d->quiet, struct ofl_flow, settle_link);

		f->settle_ns = settle_ns;
		cds_list_del(&f->settle_link);
		cds_list_add_tail(&f->settle_link, &d->settling);
	}
}

static uint64_t
grown(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

static void
account(struct ofl *o, struct ofl_flow *f, const struct nic_count *c)
{
	struct nic_count delta = {grown(c->packets, f->last.packets),
				  grown(c->bytes, f->last.bytes)};
	uint64_t words[FLOW_STATS_WORDS];

	if (!delta.packets && !delta.bytes)
		return;
	f->last.packets += delta.packets;
	f->last.bytes += delta.bytes;
	f->total.packets += delta.packets;
	f->total.bytes += delta.bytes;
	f->used_ns = o->now_ns;
	words[0] = f->total.packets;
	words[1] = f->total.bytes;
	words[2] = f->used_ns;
	publish_write(&f->stats_seq, f->stats_words, words, FLOW_STATS_WORDS);
	ofl_port_count_add(f->port, &delta);
}

/* Reads the counters of 'n' flows; ok[i] says whether flow i's was read. One counter that cannot be
 * read does not keep the others from it. */
static void
read_batch(struct ofl *o, struct device *d, struct ofl_flow **flows, unsigned int n, bool *ok)
{
	struct nic_counter *counters[BATCH];
	struct nic_count counts[BATCH];

	for (unsigned int i = 0; i < n; i++)
		counters[i] = flows[i]->counter;
	tally_add(&o->total.counters[TALLY_counter_reads], 1);
	if (!d->nic->class->counters_read(d->nic, counters, n, counts)) {
		for (unsigned int i = 0; i < n; i++) {
			ok[i] = true;
			account(o, flows[i], &counts[i]);
			ofl_room_used(flows[i], o->now_ns);
		}
		return;
	}
	if (n == 1) {
		tally_add(&o->total.counters[TALLY_counter_errors], 1);
		*ok = false;
		return;
	}
	for (unsigned int i = 0; i < n; i++)
		read_batch(o, d, &flows[i], 1, &ok[i]);
}

/* What the flows of these ports were used until then is known. */
static void
swept(struct device *d)
{
	struct port *p;

	d->swept_ns = d->sweep_start_ns;
	cds_list_for_each_entry (p, &d->ports, dev_link)
		ofl_port_known(p, grown(d->swept_ns, d->stale_ns));
}

static void
sweep(struct ofl *o, struct device *d)
{
	struct ofl_flow *flows[BATCH];
	unsigned int budget = cds_list_empty(&d->turns) ? STEP_READS : STEP_READS_BUSY;
	bool ok[BATCH];

	while (d->n_to_read && budget && !cds_list_empty(&d->counted)) {
		unsigned int n = 0, max = d->n_to_read < BATCH ? d->n_to_read : BATCH;

		if (max > d->n_counted)
			max = d->n_counted;
		while (n < max) {
			struct ofl_flow *f =
				cds_list_first_entry(&d->counted, struct ofl_flow, count_link);

			cds_list_del(&f->count_link);
			cds_list_add_tail(&f->count_link, &d->counted);
			flows[n++] = f;
		}
		read_batch(o, d, flows, n, ok);
		for (unsigned int i = 0; i < n; i++)
			d->sweep_failed |= !ok[i];
		d->n_to_read -= n;
		budget -= n < budget ? n : budget;
	}
	if (!d->n_to_read || cds_list_empty(&d->counted)) {
		d->n_to_read = 0;
		d->sweep_over = true;
		if (!d->sweep_failed)
			swept(d);
	}
}

/* Counted for each, logged once. */
static void
unread(struct ofl *o, struct ofl_flow *f)
{
	ofl_count_event(o, f, TALLY_tails);
	if (!f->dev->unread && !o->closing)
		LOG_WARN(o->config.log, OFFLOAD,
			 "counters of rules that are gone cannot be read: what they counted since "
			 "the last reading is lost (offload stats: tails)");
}

static void
settled(struct ofl *o, struct ofl_flow *f, bool ok)
{
	if (!ok && !o->closing && ++f->n_settle_errors < SETTLE_ERRORS_MAX) {
		f->settle_ns = o->now_ns + interval_ns(o, f->dev);
		cds_list_del(&f->settle_link);
		cds_list_add_tail(&f->settle_link, &f->dev->settling);
		return;
	}
	if (!ok)
		unread(o, f);
	f->dev->unread = !ok;
	ofl_counter_drop(f);
	ofl_drive(o, f);
}

static void
settle(struct ofl *o, struct device *d)
{
	struct ofl_flow *flows[BATCH], *f;
	unsigned int n = 0;
	bool ok[BATCH];

	cds_list_for_each_entry (f, &d->settling, settle_link) {
		if (f->settle_ns > o->now_ns || n == BATCH)
			break;
		flows[n++] = f;
	}
	if (!n)
		return;
	read_batch(o, d, flows, n, ok);
	for (unsigned int i = 0; i < n; i++)
		settled(o, flows[i], ok[i]);
}

void
ofl_counter_step(struct ofl *o, struct device *d)
{
	if (!d->n_to_read && o->now_ns >= d->sweep_due_ns) {
		d->n_to_read = d->n_counted;
		d->sweep_failed = false;
		d->sweep_start_ns = o->now_ns;
		d->sweep_due_ns = o->now_ns + interval_ns(o, d);
		if (!d->n_to_read)
			swept(d);
	}
	if (d->n_to_read)
		sweep(o, d);
	settle(o, d);
}

uint64_t
ofl_counter_next_ns(struct ofl *o, struct device *d)
{
	uint64_t next = d->n_to_read ? o->now_ns : d->sweep_due_ns;

	if (!cds_list_empty(&d->quiet))
		return o->now_ns;
	if (!cds_list_empty(&d->settling)) {
		const struct ofl_flow *f =
			cds_list_first_entry(&d->settling, struct ofl_flow, settle_link);

		if (f->settle_ns < next)
			next = f->settle_ns;
	}
	return next;
}
