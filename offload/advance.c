/* SPDX-License-Identifier: Apache-2.0 */
/* A flow has two slots for rules, of priority 0 and 1, and wants one set of actions, or none.
 *
 * Make before break: while the wanted actions are queued or being inserted, one slot with older
 * actions stays in the device: the stand-in. It is removed once the wanted ones are in, or once it
 * is known that they will not be inserted (refused, failed). So during a change some rule is always
 * in the device, unless the device refuses the new one. Whenever the flow owes nothing to a waiter
 * ('debt'), no slot holds anything but the wanted actions. */
#include "advance.h"

#include "counter.h"
#include "hold.h"
#include "turn.h"
#include "verdict.h"

#include <stdlib.h>

void
ofl_slot_clear(struct slot *s)
{
	struct device *d = ofl_slot_flow(s)->cand->dev;

	ofl_room_left_by(d, ofl_slot_flow(s));
	ofl_verdict_slot_over(ofl_slot_flow(s)->o, s);
	if (s->rule)
		d->nic->class->rule_free(d->nic, s->rule);
	ofl_slot_empty(s);
}

bool
ofl_advance_admit(const struct ofl *o, const uint32_t *in_port, const struct flow_actions *actions,
		  struct device **dev, struct nic_refusal *why)
{
	*why = ofl_refusal_make(NIC_REASON_DISABLED);
	if (o->config.disabled)
		return false;
	if (!in_port) {
		*why = ofl_refusal_make(NIC_REASON_FIELD_MASK);
		why->field = FLOW_FIELD_IN_PORT;
		return false;
	}
	*dev = ofl_port_device(&o->ports, *in_port, why);
	if (!*dev)
		return false;
	if ((*dev)->n_down) {
		*why = (*dev)->down_why;
		return false;
	}
	for (unsigned int i = 0; i < actions->n; i++) {
		const struct flow_action *a = &actions->a[i];
		struct nic_refusal ignored;

		if (a->type == FLOW_ACTION_UPCALL)
			*why = ofl_refusal_make(NIC_REASON_SLOW_PATH);
		else if (a->type == FLOW_ACTION_OUTPUT &&
			 ofl_port_device(&o->ports, a->port, &ignored) != *dev)
			*why = ofl_refusal_make(NIC_REASON_OTHER_DEVICE);
		else
			continue;
		why->action = a->type;
		return false;
	}
	return true;
}

static void
slot_drop(struct ofl *o, struct slot *s)
{
	cds_list_del(&s->link);
	ofl_slot_clear(s);
	ofl_room_answered(ofl_slot_flow(s)->cand->dev, ofl_slot_flow(s));
	ofl_count_event(o, ofl_slot_flow(s), TALLY_coalesced);
}

static struct shape *
shape_of(struct device *d, const struct ofl_flow *f)
{
	struct flow_match match;
	struct shape_key key;

	flow_packed_match(f->match, &match);
	ofl_shape_key(&match, &f->want->actions, &key);
	return ofl_shape_get(&d->shapes, &key);
}

/* Queues the wanted actions in an empty slot, if the other slot allows it. */
static void
claim_slot(struct ofl *o, struct ofl_flow *f)
{
	struct nic_refusal why;
	struct slot *s = NULL, *other;
	struct device *dev = NULL;
	struct shape *shape;

	for (int i = 0; f->cand && i < 2; i++) {
		if (f->cand->slots[i].state == SLOT_QUEUED)
			slot_drop(o, &f->cand->slots[i]);
	}
	if (!ofl_advance_admit(o, f->port ? &f->port->number : NULL, &f->want->actions, &dev,
			       &why)) {
		ofl_hold_refuse(o, f, &why);
		return;
	}
	if (ofl_flow_stand(f)) {
		why = ofl_refusal_make(NIC_REASON_INSERT_FAILED);
		ofl_hold_refuse(o, f, &why);
		return;
	}
	for (int i = 0; i < 2; i++) {
		if (f->cand->slots[i].state == SLOT_EMPTY)
			s = &f->cand->slots[i];
	}
	if (!s || (f->cand->dev && f->cand->dev != dev))
		return;
	other = &f->cand->slots[s == &f->cand->slots[0]];
	if (other->state != SLOT_EMPTY && other->state != SLOT_IN)
		return;
	shape = shape_of(dev, f);
	if (!ofl_verdict_may_ask(o, f, shape, other->state == SLOT_IN))
		return;
	ofl_flow_hold(f, dev);
	ofl_slot_fill(s, shape);
	ofl_verdict_ask(s);
	s->state = SLOT_QUEUED;
	if (other->state == SLOT_IN) {
		cds_list_add_tail(&s->link, &dev->replaces);
		return;
	}
	why = ofl_refusal_make(NIC_REASON_RATE_LIMIT);
	ofl_hold_reason_set(o, f, &why);
	ofl_turn_queue(dev, s);
}

static void
slot_leave(struct slot *s)
{
	s->state = SLOT_LEAVING;
	cds_list_add_tail(&s->link, &ofl_slot_flow(s)->cand->dev->removals);
}

static bool
must_leave(struct ofl_flow *f, struct slot *s, bool may_be_in)
{
	struct slot *current = ofl_flow_current(f);
	const struct slot *other = &f->cand->slots[s == &f->cand->slots[0]];

	if (!may_be_in)
		return true;
	if (s == current)
		return false;
	if (current)
		return current->state == SLOT_IN;
	return other->state == SLOT_IN && s != &f->cand->slots[f->cand->newest];
}

static void
slots_advance(struct ofl *o, struct ofl_flow *f)
{
	bool may_be_in;

	if (!f->retired && f->hold == HOLD_FREE && !ofl_flow_current(f))
		claim_slot(o, f);
	may_be_in = !f->retired && f->hold == HOLD_FREE;
	for (int i = 0; f->cand && i < 2; i++) {
		struct slot *s = &f->cand->slots[i];

		if (s->state == SLOT_QUEUED && !may_be_in)
			slot_drop(o, s);
		else if (s->state == SLOT_IN && must_leave(f, s, may_be_in))
			slot_leave(s);
	}
}

static enum ofl_placement
placement_of(const struct ofl_flow *f)
{
	bool may_be_in = !f->retired && f->hold == HOLD_FREE, busy = false, inserting = false;

	for (int i = 0; f->cand && i < 2; i++) {
		const struct slot *s = &f->cand->slots[i];

		if (s->state == SLOT_IN)
			return OFL_HARDWARE;
		inserting |= s->state == SLOT_INSERTING;
		busy |= s->state != SLOT_EMPTY && s->state != SLOT_QUEUED;
	}
	if (inserting && may_be_in)
		return OFL_PENDING;
	return busy ? OFL_LEAVING : OFL_SOFTWARE;
}

static void
placement_advance(struct ofl *o, struct ofl_flow *f)
{
	enum ofl_placement to = placement_of(f);

	if (to != ofl_placement_get(&f->placement)) {
		ofl_hold_gauge(o, f, -1);
		ofl_room_moved(f->cand->dev, f, to);
		ofl_placement_move(&f->placement, to);
		ofl_hold_gauge(o, f, 1);
	}
	ofl_flow_info_publish(f);
}

static bool
owes(struct ofl_flow *f)
{
	for (int i = 0; i < 2; i++) {
		const struct slot *s = &f->cand->slots[i];

		if (s->state != SLOT_EMPTY && s->state != SLOT_QUEUED &&
		    (f->retired || s->of != f->want))
			return true;
	}
	return false;
}

static void
debt_update(struct ofl *o, struct ofl_flow *f)
{
	bool listed;

	if (!f->cand)
		return;
	listed = !cds_list_empty(&f->cand->debt_link);
	if (owes(f) == listed)
		return;
	if (listed) {
		cds_list_del_init(&f->cand->debt_link);
		o->n_owing--;
		return;
	}
	o->n_owing++;
	f->cand->debt = ++o->n_debts;
	cds_list_add_tail(&f->cand->debt_link, &o->debts);
}

static void
finish(struct ofl *o, struct ofl_flow *f)
{
	if (!f->retired || !ofl_flow_is_out(f) || (f->cand && f->cand->counters))
		return;
	if (f->port && f->port->dev)
		ofl_room_answered(f->port->dev, f);
	ofl_hold_end(f);
	if (f->known) {
		ofl_hold_gauge(o, f, -1);
		f->known = false;
	}
	atomic_store_explicit(&f->settled, true, memory_order_release);
	if (!f->released)
		return;
	cds_list_del_init(&f->port_link);
	cds_list_move(&f->link, &o->dead);
}

void
ofl_advance(struct ofl *o, struct ofl_flow *f)
{
	slots_advance(o, f);
	placement_advance(o, f);
	debt_update(o, f);
	ofl_counter_advance(f);
	finish(o, f);
}

static void
flow_known(struct ofl *o, struct ofl_flow *f)
{
	uint32_t in_port;

	if (flow_packed_in_port(f->match, &in_port))
		f->port = ofl_port_get(&o->ports, in_port);
	if (f->port)
		cds_list_add_tail(&f->port_link, &f->port->flows);
	cds_list_add_tail(&f->link, &o->flows);
	f->known = true;
	ofl_hold_gauge(o, f, 1);
	ofl_count_event(o, f, TALLY_offered);
}

void
ofl_advance_from_inbox(struct ofl *o, struct ofl_flow *f)
{
	bool first = !f->want;
	bool changed = ofl_flow_inbox_take(f);

	if (first) {
		flow_known(o, f);
		if (f->retired)
			ofl_count_event(o, f, TALLY_coalesced);
	} else if (changed && !f->retired && (f->hold == HOLD_REFUSED || f->hold == HOLD_SHAPE)) {
		ofl_hold_end(f);
	} else if (!changed && f->hold == HOLD_ROOM) {
		ofl_room_reorder(f->port->dev, f);
	}
	ofl_advance(o, f);
}
