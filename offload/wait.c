/* SPDX-License-Identifier: Apache-2.0 */
#include "request.h"
#include "step.h"

#include <base/clock.h>

#include <errno.h>
#include <stdlib.h>

/* More than any call of a driver takes. */
#define DRIVER_CALL_NS (10 * NS_PER_S)
#define SELF_STEP_NS (50 * NS_PER_US)

/* Acts as the offload thread while none runs. Its time is that of the pauses alone: a limit is a
 * number of rounds, on a slow machine too. */
static void
step_self(struct ofl *o)
{
	struct timespec pause = {.tv_nsec = (long)SELF_STEP_NS};

	mutex_lock(&o->step_lock);
	ofl_step_round(o, o->now_ns + SELF_STEP_NS);
	mutex_unlock(&o->step_lock);
	nanosleep(&pause, NULL);
}

/* Returns the sum, or UINT64_MAX if it overflows. */
static uint64_t
later(uint64_t ns, uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - ns || b > UINT64_MAX - ns - a ? UINT64_MAX : ns + a + b;
}

/* Queues 'r' and waits until it is done, at most 'timeout_ns' (UINT64_MAX for ever). Returns its
 * result or -ETIMEDOUT. The caller then drops its reference by ofl_request_put(). */
static int
call(struct ofl *o, struct request *r, uint64_t timeout_ns)
{
	uint64_t now = clock_now_ns(), begun = now;
	int rc;

	ofl_queue_put(&o->queue, &r->item);
	rcu_sleep();
	mutex_lock(&o->lock);
	while (!r->done && now < later(begun, timeout_ns, r->extra_ns)) {
		uint64_t deadline = later(begun, timeout_ns, r->extra_ns);

		if (atomic_load(&o->running)) {
			uint64_t until = now + NS_PER_S;

			cond_wait_until(&o->done, &o->lock, until < deadline ? until : deadline);
			now = clock_now_ns();
			continue;
		}
		mutex_unlock(&o->lock);
		step_self(o);
		now += SELF_STEP_NS;
		mutex_lock(&o->lock);
	}
	rc = r->done ? r->rc : -ETIMEDOUT;
	mutex_unlock(&o->lock);
	rcu_wake();
	return rc;
}

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
	rc = call(o, r, UINT64_MAX);
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
	rc = call(o, r, timeout_ns);
	ofl_request_put(r);
	return rc;
}

int
ofl_port_del(struct ofl *o, uint32_t port)
{
	return wait_for(o, REQUEST_PORT_DEL, port, o->config.remove_timeout_ns);
}

/* The offload thread ends the wait by itself, unless a driver call does not return. */
int
ofl_device_down(struct ofl *o, uint16_t dev_id)
{
	struct request *r = ofl_request_new(REQUEST_DEVICE_DOWN);
	int rc;

	if (!r)
		return -ENOMEM;
	r->dev_id = dev_id;
	rc = call(o, r, DRIVER_CALL_NS);
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
	rc = call(o, r, UINT64_MAX);
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

int
ofl_forecast(struct ofl *o, const struct flow_match *match, const struct flow_actions *actions,
	     uint64_t timeout_ns, struct ofl_forecast *out)
{
	struct request *r = ofl_request_new(REQUEST_FORECAST);
	int rc;

	if (!r)
		return -ENOMEM;
	r->match = *match;
	if (flow_actions_copy(&r->actions, actions)) {
		ofl_request_put(r);
		ofl_request_put(r);
		return -ENOMEM;
	}
	rc = call(o, r, timeout_ns);
	if (!rc)
		*out = r->forecast;
	ofl_request_put(r);
	return rc;
}

struct ofl_ticket {
	struct ofl *o;
	struct request *r;
};

static int
ticket_new(struct ofl *o, enum request_type type, void (*done)(void *aux), void *aux,
	   struct ofl_ticket **out)
{
	struct ofl_ticket *t = malloc(sizeof *t);
	struct request *r = t ? ofl_request_new(type) : NULL;

	if (!r) {
		free(t);
		return -ENOMEM;
	}
	r->on_done = done;
	r->on_done_aux = aux;
	*t = (struct ofl_ticket){.o = o, .r = r};
	*out = t;
	return 0;
}

int
ofl_wait_start(struct ofl *o, enum ofl_wait_for what, void (*done)(void *aux), void *aux,
	       struct ofl_ticket **out)
{
	static const enum request_type types[] = {
		[OFL_WAIT_CHANGES] = REQUEST_WAIT,
		[OFL_WAIT_COUNTERS] = REQUEST_COUNTERS,
	};
	int rc = ticket_new(o, types[what], done, aux, out);

	if (!rc)
		ofl_queue_put(&o->queue, &(*out)->r->item);
	return rc;
}

int
ofl_port_add_start(struct ofl *o, uint32_t port, uint16_t dev_id,
		   const struct nic_class *const *classes, void (*done)(void *aux), void *aux,
		   struct ofl_ticket **out)
{
	int rc = ticket_new(o, REQUEST_PORT_ADD, done, aux, out);

	if (rc)
		return rc;
	(*out)->r->port = port;
	(*out)->r->dev_id = dev_id;
	(*out)->r->classes = classes;
	ofl_queue_put(&o->queue, &(*out)->r->item);
	return 0;
}

int
ofl_port_del_start(struct ofl *o, uint32_t port, void (*done)(void *aux), void *aux,
		   struct ofl_ticket **out)
{
	int rc = ticket_new(o, REQUEST_PORT_DEL, done, aux, out);

	if (rc)
		return rc;
	(*out)->r->port = port;
	ofl_queue_put(&o->queue, &(*out)->r->item);
	return 0;
}

int
ofl_forecast_start(struct ofl *o, const struct flow_match *match,
		   const struct flow_actions *actions, void (*done)(void *aux), void *aux,
		   struct ofl_ticket **out)
{
	struct ofl_ticket *t;
	int rc = ticket_new(o, REQUEST_FORECAST, done, aux, &t);

	if (rc)
		return rc;
	t->r->match = *match;
	rc = flow_actions_copy(&t->r->actions, actions);
	if (rc) {
		ofl_request_put(t->r);
		ofl_ticket_free(t);
		return rc;
	}
	*out = t;
	ofl_queue_put(&o->queue, &t->r->item);
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

bool
ofl_ticket_free(struct ofl_ticket *t)
{
	bool was_done;

	mutex_lock(&t->o->lock);
	t->r->on_done = NULL;
	was_done = t->r->done;
	mutex_unlock(&t->o->lock);
	ofl_request_put(t->r);
	free(t);
	return was_done;
}

bool
ofl_ticket_is_over(struct ofl_ticket *t)
{
	bool done;

	mutex_lock(&t->o->lock);
	done = t->r->done;
	mutex_unlock(&t->o->lock);
	return done;
}

int
ofl_ticket_result(struct ofl_ticket *t)
{
	int rc;

	mutex_lock(&t->o->lock);
	rc = t->r->rc;
	mutex_unlock(&t->o->lock);
	return rc;
}

void
ofl_ticket_refusal(struct ofl_ticket *t, struct nic_refusal *why)
{
	mutex_lock(&t->o->lock);
	*why = t->r->why;
	mutex_unlock(&t->o->lock);
}

void
ofl_ticket_forecast(struct ofl_ticket *t, struct ofl_forecast *out)
{
	mutex_lock(&t->o->lock);
	*out = t->r->forecast;
	mutex_unlock(&t->o->lock);
}
