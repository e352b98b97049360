/* SPDX-License-Identifier: Apache-2.0 */
#include "port_request.h"

#include "advance.h"
#include "hold.h"
#include "release.h"

#include <errno.h>
#include <stdlib.h>

static void
caps_publish(struct ofl *o, struct port *p)
{
	mutex_lock(&o->lock);
	p->published_dev = p->dev;
	p->has_caps = p->dev;
	if (p->dev)
		p->caps = *p->dev->nic->class->caps(p->dev->nic);
	p->caps_why = p->why;
	mutex_unlock(&o->lock);
}

static struct device *
device_of(struct ofl *o, const struct nic *nic)
{
	struct device *d;

	cds_list_for_each_entry (d, &o->devices, link) {
		if (d->nic == nic)
			return d;
	}
	return NULL;
}

/* Offers the port to one class. Returns 0 and the device, or -errno and the reason. */
static int
class_offer(struct ofl *o, const struct nic_class *class, const struct request *r,
	    struct device **out, struct nic_refusal *why)
{
	unsigned int n = 0, max = 1;
	struct nic **nics, *nic;
	struct device *d;
	int rc;

	cds_list_for_each_entry (d, &o->devices, link)
		max++;
	nics = calloc(max, sizeof *nics);
	if (!nics)
		return -ENOMEM;
	cds_list_for_each_entry (d, &o->devices, link) {
		if (d->nic->class == class)
			nics[n++] = d->nic;
	}
	rc = class->port_add(nics, n, r->port, r->dev_id, o->config.devices, &nic, why);
	free(nics);
	if (rc)
		return rc;
	*out = device_of(o, nic);
	if (*out)
		return 0;
	rc = ofl_device_new(nic, out);
	if (rc) {
		class->port_del(nic, r->port);
		return rc;
	}
	(*out)->sweep_due_ns = o->now_ns;
	cds_list_add_tail(&(*out)->link, &o->devices);
	return 0;
}

/* Removes a port from its device. The device is freed with its last port. */
static void
device_leave(struct device *d, uint32_t port)
{
	if (!d->nic->class->port_del(d->nic, port))
		return;
	cds_list_del(&d->link);
	ofl_device_free(d);
}

/* The first class gives the reason, unless the port is on a device of another alone. */
static bool
is_better(const struct nic_refusal *no, const struct nic_refusal *than)
{
	return than->reason == NIC_REASON_NO_DEVICE && no->reason != NIC_REASON_NO_DEVICE;
}

static int
classes_offer(struct ofl *o, const struct request *r, struct device **out, struct nic_refusal *why)
{
	*out = NULL;
	*why = ofl_refusal_make(NIC_REASON_NO_DEVICE);
	if (o->config.disabled) {
		*why = ofl_refusal_make(NIC_REASON_DISABLED);
		return 0;
	}
	for (const struct nic_class *const *c = r->classes; c && *c; c++) {
		struct nic_refusal no = ofl_refusal_make(NIC_REASON_NONE);
		int rc = class_offer(o, *c, r, out, &no);

		if (!rc) {
			*why = ofl_refusal_make(NIC_REASON_NONE);
			return 0;
		}
		if (rc != -EOPNOTSUPP)
			return rc;
		if (no.reason != NIC_REASON_NONE && (c == r->classes || is_better(&no, why)))
			*why = no;
	}
	return 0;
}

/* Calls 'cb' for each flow that has the port as input port or wants to send to it. 'cb' may
 * advance the flow, which unlinks the outputs of its earlier actions. So each output is unlinked
 * before its turn. */
static void
flows_of_port(struct ofl *o, struct port *p, void (*cb)(struct ofl *, struct ofl_flow *, void *),
	      void *aux)
{
	struct cds_list_head left;
	struct ofl_flow *f, *next;

	cds_list_for_each_entry_safe (f, next, &p->flows, port_link) {
		ofl_count_event(o, f, TALLY_visited);
		cb(o, f, aux);
	}
	CDS_INIT_LIST_HEAD(&left);
	cds_list_splice(&p->outputs, &left);
	CDS_INIT_LIST_HEAD(&p->outputs);
	while (!cds_list_empty(&left)) {
		struct output_use *use = cds_list_first_entry(&left, struct output_use, link);

		cds_list_move(&use->link, &p->outputs);
		f = ofl_output_of(use)->flow;
		ofl_count_event(o, f, TALLY_visited);
		if (f->port != p && f->want == ofl_output_of(use))
			cb(o, f, aux);
	}
}

static void
lift_absence(struct ofl *o, struct ofl_flow *f, void *aux)
{
	(void)aux;
	if (f->hold == HOLD_REFUSED && ofl_refusal_by_ports(f->refusal.reason))
		ofl_release(o, f);
}

int
ofl_port_request_add(struct ofl *o, struct request *r)
{
	struct port *p = ofl_port_get(&o->ports, r->port);
	int rc;

	if (!p)
		return -ENOMEM;
	if (p->present)
		return p->leaving ? -EBUSY : -EEXIST;
	rc = classes_offer(o, r, &p->dev, &p->why);
	r->why = p->why;
	if (!rc && p->dev) {
		rc = ofl_room_port_add(p->dev, p);
		if (rc)
			device_leave(p->dev, p->number);
	}
	if (rc) {
		p->dev = NULL;
		p->why = ofl_refusal_make(NIC_REASON_NO_DEVICE);
		return rc;
	}
	p->present = true;
	if (p->dev) {
		cds_list_add_tail(&p->dev_link, &p->dev->ports);
		ofl_port_known(p, 0);
	}
	caps_publish(o, p);
	flows_of_port(o, p, lift_absence, NULL);
	return 0;
}

static void
refuse_port(struct ofl *o, struct ofl_flow *f, void *aux)
{
	struct nic_refusal why = ofl_refusal_make(NIC_REASON_NO_DEVICE);
	const struct port *p = aux;

	if (f->retired)
		return;
	if (f->port != p) {
		why = ofl_refusal_make(NIC_REASON_OTHER_DEVICE);
		why.action = FLOW_ACTION_OUTPUT;
		if (f->hold == HOLD_REFUSED && !ofl_refusal_by_ports(f->refusal.reason))
			return;
	}
	ofl_hold_refuse(o, f, &why);
	ofl_advance(o, f);
}

unsigned int
ofl_port_request_del(struct ofl *o, uint32_t number)
{
	struct port *p = ofl_port_find(&o->ports, number);

	if (!p || !p->present)
		return 0;
	if (!p->leaving) {
		p->leaving = true;
		flows_of_port(o, p, refuse_port, p);
	}
	return p->n_held + p->n_named;
}

void
ofl_port_detach(struct ofl *o, struct port *p)
{
	struct device *d = p->dev;

	p->present = p->leaving = false;
	p->dev = NULL;
	p->why = ofl_refusal_make(NIC_REASON_NO_DEVICE);
	caps_publish(o, p);
	if (!d)
		return;
	cds_list_del(&p->dev_link);
	ofl_room_port_del(d, p);
	cds_list_del_init(&p->turn_link);
	device_leave(d, p->number);
}

bool
ofl_port_request_del_done(struct ofl *o, uint32_t number)
{
	struct port *p = ofl_port_find(&o->ports, number);

	if (!p || !p->present)
		return true;
	if (p->n_held || p->n_named)
		return false;
	ofl_port_detach(o, p);
	return true;
}

int
ofl_port_caps(struct ofl *o, uint32_t port, struct nic_caps *out, struct nic_refusal *why)
{
	struct port *p = ofl_port_find(&o->ports, port);
	int rc = -ENOENT;

	if (!p) {
		*why = ofl_refusal_make(NIC_REASON_NO_DEVICE);
		return rc;
	}
	mutex_lock(&o->lock);
	if (p->has_caps) {
		*out = p->caps;
		rc = 0;
	} else {
		*why = p->caps_why;
	}
	mutex_unlock(&o->lock);
	return rc;
}

const char *
ofl_port_driver(struct ofl *o, uint32_t port)
{
	struct port *p = ofl_port_find(&o->ports, port);
	const char *name = NULL;

	if (!p)
		return NULL;
	mutex_lock(&o->lock);
	if (p->published_dev)
		name = p->published_dev->nic->class->name;
	mutex_unlock(&o->lock);
	return name;
}

int
ofl_port_room(struct ofl *o, uint32_t port, struct ofl_room *out)
{
	struct port *p = ofl_port_find(&o->ports, port);
	int rc = -ENOENT;

	if (!p)
		return rc;
	mutex_lock(&o->lock);
	if (p->published_dev) {
		ofl_device_room_read(p->published_dev, out);
		rc = 0;
	}
	mutex_unlock(&o->lock);
	return rc;
}

void
ofl_port_count(const struct ofl *o, uint32_t port, struct nic_count *out)
{
	const struct port *p = ofl_port_find(&o->ports, port);
	uint64_t w[2] = {0, 0};

	if (p)
		seqlock_read(&p->count_seq, p->count_words, w, 2);
	*out = (struct nic_count){.packets = w[0], .bytes = w[1]};
}

void
ofl_port_sent(const struct ofl *o, uint32_t port, struct nic_count *out)
{
	const struct port *p = ofl_port_find(&o->ports, port);
	uint64_t w[2] = {0, 0};

	if (p)
		seqlock_read(&p->sent_seq, p->sent_words, w, 2);
	*out = (struct nic_count){.packets = w[0], .bytes = w[1]};
}
