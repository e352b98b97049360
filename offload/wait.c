/* SPDX-License-Identifier: Apache-2.0 */
#include "request.h"

#include <errno.h>

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
