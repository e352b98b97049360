/* SPDX-License-Identifier: Apache-2.0 */
#include "request.h"

#include <base/clock.h>

#include <errno.h>
#include <stdlib.h>

/* More than a call of a driver takes. */
#define DRIVER_CALL_NS (10 * NS_PER_S)

int
ofl_port_add(struct ofl *o, uint32_t port, uint16_t dev_id, const struct nic_class *const *classes,
	     struct nic_refusal *why)
{
	struct request *r = ofl_request_new(REQUEST_PORT_ADD);
	int rc;

	if (!r)
		return -ENOMEM;
	r->port = port;
	r->dev_id = dev_id;
	r->classes = classes;
	rc = ofl_request_call(o, r, UINT64_MAX);
	if (why)
		*why = r->why;
	ofl_request_put(r);
	return rc;
}

static int
wait_for(struct ofl *o, enum request_type type, uint32_t port, uint64_t timeout_ns)
{
	struct request *r = ofl_request_new(type);
	int rc;

	if (!r)
		return -ENOMEM;
	r->port = port;
	rc = ofl_request_call(o, r, timeout_ns);
	ofl_request_put(r);
	return rc;
}

int
ofl_port_del(struct ofl *o, uint32_t port)
{
	return wait_for(o, REQUEST_PORT_DEL, port, o->config.remove_timeout_ns);
}

/* The offload thread ends the wait by itself, unless a call of the driver does not return. */
int
ofl_device_down(struct ofl *o, uint16_t dev_id)
{
	struct request *r = ofl_request_new(REQUEST_DEVICE_DOWN);
	int rc;

	if (!r)
		return -ENOMEM;
	r->dev_id = dev_id;
	rc = ofl_request_call(o, r, DRIVER_CALL_NS);
	ofl_request_put(r);
	return rc;
}

int
ofl_device_up(struct ofl *o, uint16_t dev_id)
{
	struct request *r = ofl_request_new(REQUEST_DEVICE_UP);
	int rc;

	if (!r)
		return -ENOMEM;
	r->dev_id = dev_id;
	rc = ofl_request_call(o, r, UINT64_MAX);
	ofl_request_put(r);
	return rc;
}

int
ofl_wait(struct ofl *o, uint64_t timeout_ns)
{
	return wait_for(o, REQUEST_WAIT, UINT32_MAX, timeout_ns);
}

int
ofl_counters_wait(struct ofl *o, uint64_t timeout_ns)
{
	return wait_for(o, REQUEST_COUNTERS, UINT32_MAX, timeout_ns);
}

struct ofl_ticket {
	struct ofl *o;
	struct request *r;
};

int
ofl_wait_start(struct ofl *o, enum ofl_wait_for what, void (*done)(void *aux), void *aux,
	       struct ofl_ticket **out)
{
	static const enum request_type types[] = {
		[OFL_WAIT_CHANGES] = REQUEST_WAIT,
		[OFL_WAIT_COUNTERS] = REQUEST_COUNTERS,
	};
	struct ofl_ticket *t = malloc(sizeof *t);
	struct request *r = t ? ofl_request_new(types[what]) : NULL;

	if (!r) {
		free(t);
		return -ENOMEM;
	}
	r->on_done = done;
	r->on_done_aux = aux;
	*t = (struct ofl_ticket){.o = o, .r = r};
	*out = t;
	ofl_queue_put(&o->queue, &r->item);
	return 0;
}

uint64_t
ofl_ticket_extra_ns(struct ofl_ticket *t)
{
	uint64_t extra_ns;

	mutex_lock(&t->o->lock);
	extra_ns = t->r->extra_ns;
	mutex_unlock(&t->o->lock);
	return extra_ns;
}

void
ofl_ticket_free(struct ofl_ticket *t)
{
	mutex_lock(&t->o->lock);
	t->r->on_done = NULL;
	mutex_unlock(&t->o->lock);
	ofl_request_put(t->r);
	free(t);
}
