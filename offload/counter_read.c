/* SPDX-License-Identifier: Apache-2.0 */
#include "counter_read.h"

#include "advance.h"
#include "counter.h"

#define BATCH 64
#define STEP_READS 512
#define STEP_READS_BUSY BATCH /* as many as insertions in a step */
#define SETTLE_ERRORS_MAX 20

static uint64_t
grown(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

static void
exits_account(const struct counter *c, const struct nic_count *delta)
{
	for (unsigned int i = 0; i < c->n_exits; i++) {
		struct nic_count sent = *delta;

		sent.bytes += delta->packets * (uint64_t)(int64_t)c->exits[i].extra_bytes;
		if (c->exits[i].port)
			ofl_port_sent_add(c->exits[i].port, &sent);
	}
}

static void
account(struct ofl *o, struct counter *c, const struct nic_count *now)
{
	struct nic_count delta = {grown(now->packets, c->last.packets),
				  grown(now->bytes, c->last.bytes)};
	struct ofl_flow *f = c->flow;
	uint64_t words[FLOW_STATS_WORDS];

	if (!delta.packets && !delta.bytes)
		return;
	c->last.packets += delta.packets;
	c->last.bytes += delta.bytes;
	words[FLOW_STATS_PACKETS] = ofl_flow_packets(f) + delta.packets;
	words[FLOW_STATS_BYTES] = ofl_flow_bytes(f) + delta.bytes;
	words[FLOW_STATS_NS] = o->now_ns;
	seqlock_write(&f->cand->stats_seq, f->cand->stats_words, words, FLOW_STATS_WORDS);
	ofl_port_count_add(f->port, &delta);
	exits_account(c, &delta);
}

/* Reads 'n' counters; sets ok[i] if the i-th was read. If the batch fails, reads them one by one,
 * so that one bad counter does not affect the others. */
static void
read_batch(struct ofl *o, struct device *d, struct counter **c, unsigned int n, bool *ok)
{
	struct nic_counter *counters[BATCH];
	struct nic_count counts[BATCH];

	for (unsigned int i = 0; i < n; i++)
		counters[i] = c[i]->nic;
	tally_add(&o->total.counters[TALLY_counter_reads], 1);
	if (!d->nic->class->counters_read(d->nic, counters, n, counts)) {
		for (unsigned int i = 0; i < n; i++) {
			ok[i] = true;
			account(o, c[i], &counts[i]);
			ofl_room_used(c[i]->flow, o->now_ns);
		}
		return;
	}
	if (n == 1) {
		tally_add(&o->total.counters[TALLY_counter_errors], 1);
		*ok = false;
		return;
	}
	for (unsigned int i = 0; i < n; i++)
		read_batch(o, d, &c[i], 1, &ok[i]);
}

/* A sweep has read every counter: publishes up to when the use of the ports' flows is known. */
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
	struct counter *counters[BATCH];
	unsigned int budget = cds_list_empty(&d->turns) ? STEP_READS : STEP_READS_BUSY;
	bool ok[BATCH];

	while (d->n_to_read && budget && !cds_list_empty(&d->counted)) {
		unsigned int n = 0, max = d->n_to_read < BATCH ? d->n_to_read : BATCH;

		if (max > d->n_counted)
			max = d->n_counted;
		while (n < max) {
			struct counter *c =
				cds_list_first_entry(&d->counted, struct counter, count_link);

			cds_list_del(&c->count_link);
			cds_list_add_tail(&c->count_link, &d->counted);
			counters[n++] = c;
		}
		read_batch(o, d, counters, n, ok);
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

/* Counts each lost tail, and logs the first. */
static void
unread(struct ofl *o, struct ofl_flow *f)
{
	ofl_count_event(o, f, TALLY_tails);
	if (!f->cand->dev->unread && !o->closing)
		LOG_WARN(o->config.log, OFFLOAD,
			 "counters of removed rules cannot be read; counts since the last reading "
			 "are lost (see \"tails\" in offload stats)");
}

static void
final_read(struct ofl *o, struct counter *c, bool ok)
{
	struct ofl_flow *f = c->flow;

	if (!ok && !o->closing && ++c->n_settle_errors < SETTLE_ERRORS_MAX) {
		c->settle_ns = o->now_ns + ofl_counter_interval_ns(o, f->cand->dev);
		cds_list_del(&c->settle_link);
		cds_list_add_tail(&c->settle_link, &f->cand->dev->settling);
		return;
	}
	if (!ok)
		unread(o, f);
	f->cand->dev->unread = !ok;
	ofl_counter_drop(c);
	ofl_advance(o, f);
}

static void
settling_read(struct ofl *o, struct device *d)
{
	struct counter *counters[BATCH], *c;
	unsigned int n = 0;
	bool ok[BATCH];

	cds_list_for_each_entry (c, &d->settling, settle_link) {
		if (c->settle_ns > o->now_ns || n == BATCH)
			break;
		counters[n++] = c;
	}
	if (!n)
		return;
	read_batch(o, d, counters, n, ok);
	for (unsigned int i = 0; i < n; i++)
		final_read(o, counters[i], ok[i]);
}

void
ofl_counter_read_step(struct ofl *o, struct device *d)
{
	if (!d->n_to_read && o->now_ns >= d->sweep_due_ns) {
		d->n_to_read = d->n_counted;
		d->sweep_failed = false;
		d->sweep_start_ns = o->now_ns;
		d->sweep_due_ns = o->now_ns + ofl_counter_interval_ns(o, d);
		if (!d->n_to_read)
			swept(d);
	}
	if (d->n_to_read)
		sweep(o, d);
	settling_read(o, d);
}

uint64_t
ofl_counter_read_next_ns(struct ofl *o, struct device *d)
{
	uint64_t next = d->n_to_read ? o->now_ns : d->sweep_due_ns;

	if (!cds_list_empty(&d->quiet))
		return o->now_ns;
	if (!cds_list_empty(&d->settling)) {
		const struct counter *c =
			cds_list_first_entry(&d->settling, struct counter, settle_link);

		if (c->settle_ns < next)
			next = c->settle_ns;
	}
	return next;
}
