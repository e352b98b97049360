/* SPDX-License-Identifier: Apache-2.0 */
#include "hardware.h"

#include "advance.h"
#include "counter.h"
#include "displace.h"
#include "down.h"
#include "hold.h"
#include "release.h"
#include "turn.h"
#include "verdict.h"

#include <base/clock.h>

#include <errno.h>
#include <inttypes.h>

#define INSERTS_MAX 64	 /* of a device in one step */
#define REMOVALS_MAX 256 /* of a device in one step */
#define EVENTS_MAX 64	 /* taken at once */
#define POLL_NS (100 * NS_PER_US)
#define WATCH_NS (10 * NS_PER_MS) /* maximal delay in noticing the loss of all rules */

struct nic_refusal
ofl_hardware_why(const struct nic_refusal *why, int rc)
{
	struct nic_refusal r = *why;

	if (r.reason == NIC_REASON_NONE)
		r = ofl_refusal_make(rc == -ENOSPC ? NIC_REASON_TABLE_FULL
						   : NIC_REASON_INSERT_FAILED);
	return r;
}

/* Handles the failure of a slot, which is in no list. */
static void
slot_failed(struct ofl *o, struct slot *s, const struct nic_refusal *why)
{
	struct ofl_flow *f = ofl_slot_flow(s);
	struct device *d = f->cand->dev;
	bool current = s->of == f->want && !f->retired;

	ofl_slot_clear(s);
	if (current && f->hold == HOLD_FREE)
		ofl_hold_refuse(o, f, why);
	else
		ofl_room_answered(d, f);
	ofl_advance(o, f);
}

/* Handles a refusal by the device. */
static void
slot_refused(struct ofl *o, struct slot *s, struct nic_refusal why)
{
	ofl_verdict_refused(o, s, &why);
	slot_failed(o, s, &why);
}

/* Empties the slot and advances the flow again, which makes it wait. */
static void
slot_give_up(struct ofl *o, struct slot *s)
{
	cds_list_del(&s->link);
	ofl_slot_clear(s);
	ofl_advance(o, ofl_slot_flow(s));
}

static bool
slot_compile(struct ofl *o, struct device *d, struct slot *s)
{
	struct nic_refusal why = ofl_refusal_make(NIC_REASON_NONE);
	struct ofl_flow *f = ofl_slot_flow(s);
	int rc = ofl_counter_need(s);
	struct flow_match match;

	if (rc) {
		cds_list_del(&s->link);
		slot_refused(o, s, ofl_refusal_make(NIC_REASON_NO_COUNTER));
		return false;
	}
	flow_packed_match(f->match, &match);
	rc = d->nic->class->compile(d->nic, &match, &s->of->actions, s->index, s->counter->nic,
				    &s->rule, &why);
	if (!rc)
		return true;
	why = ofl_hardware_why(&why, rc);
	s->rule = NULL;
	cds_list_del(&s->link);
	slot_failed(o, s, &why);
	return false;
}

/* Passes the slot's rule to the device. Returns false if the device takes no more now. */
static bool
slot_insert(struct ofl *o, struct device *d, struct slot *s)
{
	struct ofl_flow *f = ofl_slot_flow(s);
	int rc = d->nic->class->insert(d->nic, s->rule);

	if (rc == -EAGAIN)
		return false;
	cds_list_del(&s->link);
	f->cand->n_attempts++;
	if (rc) {
		ofl_count_event(o, f, TALLY_insert_failed);
		slot_refused(o, s, ofl_hardware_why(&(struct nic_refusal){0}, rc));
		return true;
	}
	s->state = SLOT_INSERTING;
	ofl_device_fly(d, s);
	ofl_advance(o, f);
	return true;
}

/* Returns true if anything was passed to the device. */
static bool
do_replaces(struct ofl *o, struct device *d)
{
	bool any = false;

	for (unsigned int n = 0; n < INSERTS_MAX && !cds_list_empty(&d->replaces); n++) {
		struct slot *s = cds_list_first_entry(&d->replaces, struct slot, link);

		if (!s->rule && !slot_compile(o, d, s))
			continue;
		if (!slot_insert(o, d, s))
			break;
		ofl_rate_spend(&o->rate, o->now_ns);
		any = true;
	}
	return any;
}

static bool
do_inserts(struct ofl *o, struct device *d)
{
	struct slot *s;
	bool any = false;

	for (unsigned int n = 0; n < INSERTS_MAX && (s = ofl_turn_first(d)); n++) {
		struct port *p = ofl_slot_flow(s)->port;

		if (!ofl_verdict_stands(s)) {
			slot_give_up(o, s);
			continue;
		}
		if (s->rule || slot_compile(o, d, s)) {
			if (!ofl_rate_ready(&o->rate, o->now_ns))
				break;
			if (!ofl_slot_flow(s)->cand->granted && ofl_room_exceeded(d, p)) {
				struct nic_refusal why = ofl_refusal_make(NIC_REASON_PORT_SHARE);

				cds_list_del(&s->link);
				slot_failed(o, s, &why);
			} else if (slot_insert(o, d, s)) {
				ofl_rate_spend(&o->rate, o->now_ns);
				any = true;
			} else {
				break;
			}
		}
		ofl_turn_over(d, p);
	}
	return any;
}

static bool
do_removals(struct ofl *o, struct device *d)
{
	bool any = false;

	while (!cds_list_empty(&d->stuck)) {
		struct slot *s = cds_list_first_entry(&d->stuck, struct slot, link);

		if (s->due_ns > o->now_ns)
			break;
		s->due_ns = 0;
		cds_list_move(&s->link, &d->removals);
	}
	for (unsigned int n = 0; n < REMOVALS_MAX && !cds_list_empty(&d->removals); n++) {
		struct slot *s = cds_list_first_entry(&d->removals, struct slot, link);

		if (d->nic->class->remove(d->nic, s->rule) == -EAGAIN)
			break;
		cds_list_del(&s->link);
		s->state = SLOT_REMOVING;
		ofl_device_fly(d, s);
		any = true;
	}
	return any;
}

static void
on_inserted(struct ofl *o, struct device *d, struct slot *s, const struct nic_event *e)
{
	struct ofl_flow *f = ofl_slot_flow(s);
	const struct slot *other = &f->cand->slots[s == &f->cand->slots[0]];
	struct nic_refusal none = ofl_refusal_make(NIC_REASON_NONE);

	ofl_device_land(d, s);
	if (e->error) {
		ofl_count_event(o, f, TALLY_insert_failed);
		slot_refused(o, s, ofl_hardware_why(&e->why, e->error));
		return;
	}
	s->state = SLOT_IN;
	f->cand->newest = s->index;
	ofl_verdict_inserted(s);
	if (s->of == f->want)
		f->cand->retry.n_failures = 0;
	/* Otherwise it was refused during insertion, and is removed for that reason. */
	if (f->hold == HOLD_FREE)
		ofl_refusal_keep(&o->texts, &none, &f->refusal);
	ofl_count_event(o, f, TALLY_inserted);
	if (other->state == SLOT_IN)
		ofl_count_event(o, f, TALLY_replaced);
	ofl_counter_started(s);
	ofl_advance(o, f);
}

static void
on_removed(struct ofl *o, struct device *d, struct slot *s, const struct nic_event *e)
{
	struct ofl_flow *f = ofl_slot_flow(s);

	ofl_device_land(d, s);
	if (e->error) {
		ofl_count_event(o, f, TALLY_remove_failed);
		s->state = SLOT_LEAVING;
		s->due_ns = o->now_ns + o->config.back_off_min_ns;
		cds_list_add_tail(&s->link, &d->stuck);
		return;
	}
	ofl_count_event(o, f, TALLY_removed);
	if (!d->nic->class->caps(d->nic)->shared_counter)
		ofl_count_event(o, f, TALLY_tails);
	ofl_slot_clear(s);
	ofl_displace_removed(o, d, f);
	ofl_advance(o, f);
}

/* Every inserted rule of the flow was lost. Rules in flight complete by themselves; their counter
 * has the packets that they treated before. */
static void
flow_lost(struct ofl *o, struct ofl_flow *f)
{
	struct nic_refusal why = ofl_refusal_make(NIC_REASON_RESET);
	bool inserting = false;

	for (int i = 0; i < 2; i++) {
		struct slot *s = &f->cand->slots[i];

		if (s->state == SLOT_INSERTING) {
			ofl_counter_started(s);
			inserting = true;
		}
		if (s->state == SLOT_LEAVING)
			cds_list_del(&s->link);
		if (s->state != SLOT_IN && s->state != SLOT_LEAVING)
			continue;
		/* It was not in software, so no gauge counts its reason yet. */
		if (f->hold == HOLD_FREE)
			ofl_refusal_keep(&o->texts, &why, &f->refusal);
		ofl_count_event(o, f, TALLY_lost_rules);
		ofl_slot_clear(s);
	}
	if (!f->retired && f->hold == HOLD_FREE && !inserting && !ofl_flow_current(f))
		ofl_hold_refuse(o, f, &why);
	ofl_advance(o, f);
}

static void
flows_lost(struct ofl *o, struct device *d)
{
	struct ofl_flow *f, *next;
	struct port *p;

	cds_list_for_each_entry (p, &d->ports, dev_link) {
		cds_list_for_each_entry_safe (f, next, &p->flows, port_link) {
			ofl_count_event(o, f, TALLY_visited);
			if (!ofl_flow_is_out(f))
				flow_lost(o, f);
		}
	}
}

static void
loss_publish(struct ofl *o, struct device *d, const char *detail)
{
	mutex_lock(&o->lock);
	d->n_losses++;
	snprintf(d->last_loss, sizeof d->last_loss, "%s", detail);
	mutex_unlock(&o->lock);
}

static void
on_lost(struct ofl *o, struct device *d, const struct nic_event *e)
{
	uint64_t n = atomic_load(&o->total.counters[TALLY_lost_rules]);
	const char *detail = e->why.detail;

	tally_add(&o->total.counters[TALLY_resets], 1);
	tally_add(&o->total.counters[TALLY_tails], e->n_unread);
	loss_publish(o, d, detail);
	ofl_verdict_forget(d);
	flows_lost(o, d);
	if (e->error && !d->failed) {
		d->failed = true;
		ofl_down_begin(o, d, detail);
	}
	LOG_WARN(o->config.log, OFFLOAD, "a device lost its %" PRIu64 " rules%s%s; %s",
		 atomic_load(&o->total.counters[TALLY_lost_rules]) - n, detail[0] ? ": " : "",
		 detail, e->error ? "it takes none now" : "inserting them again");
	if (e->n_unread)
		LOG_WARN(o->config.log, OFFLOAD,
			 "%u of its counters could not be read a last time; counts since the last "
			 "reading are lost (see \"tails\" in offload stats)",
			 e->n_unread);
}

static void
on_back(struct ofl *o, struct device *d)
{
	if (!d->failed)
		return;
	d->failed = false;
	ofl_down_end(o, d);
	LOG_WARN(o->config.log, OFFLOAD, "a device that failed takes rules again");
}

static void
on_event(struct ofl *o, struct device *d, const struct nic_event *e)
{
	struct slot *s;

	if (e->type == NIC_LOST) {
		on_lost(o, d, e);
		return;
	}
	if (e->type == NIC_BACK) {
		on_back(o, d);
		return;
	}
	s = ofl_device_in_flight(d, e->rule);
	if (!s) {
		LOG_ERR(o->config.log, OFFLOAD,
			"%s reported completion of a rule that is not in flight",
			d->nic->class->name);
		return;
	}
	if (s->state == SLOT_INSERTING)
		on_inserted(o, d, s, e);
	else
		on_removed(o, d, s, e);
}

void
ofl_hardware_poll(struct ofl *o, struct device *d)
{
	struct nic_event events[EVENTS_MAX];
	unsigned int n;

	do {
		n = d->nic->class->poll(d->nic, events, EVENTS_MAX);
		for (unsigned int i = 0; i < n; i++)
			on_event(o, d, &events[i]);
	} while (n == EVENTS_MAX);
}

void
ofl_hardware_step(struct ofl *o, struct device *d)
{
	bool any = do_removals(o, d);

	ofl_release_opened(o, d);
	any |= do_replaces(o, d);
	any |= do_inserts(o, d);
	if (any)
		d->nic->class->flush(d->nic);
	ofl_hardware_poll(o, d);
	ofl_displace_step(o, d);
}

uint64_t
ofl_hardware_next_ns(struct ofl *o, struct device *d)
{
	uint64_t next = o->now_ns + WATCH_NS;

	if (!cds_list_empty(&d->opened) || (d->room.n_waiting && ofl_room_left(d) > 0))
		return o->now_ns;
	if (!cds_list_empty(&d->removals) || !cds_list_empty(&d->replaces) || d->n_in_flight)
		next = o->now_ns + POLL_NS;
	if (!cds_list_empty(&d->turns)) {
		uint64_t turn = ofl_rate_next_ns(&o->rate, o->now_ns);

		next = turn < next ? turn : next;
	}
	if (!cds_list_empty(&d->stuck)) {
		const struct slot *s = cds_list_first_entry(&d->stuck, struct slot, link);

		next = s->due_ns < next ? s->due_ns : next;
	}
	return next;
}
