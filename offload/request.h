/* SPDX-License-Identifier: Apache-2.0 */
/* What a caller asks of the offload thread and waits for. It goes through the queue of flows, so it
 * comes after everything that the caller asked before.
 *
 * Two own a request, the caller and the offload thread, because a caller may stop waiting.
 * Thread safety: said per function. */
#pragma once

#include "ofl_private.h"

#include <base/clock.h>

/* What a rule that has to leave adds to how long is waited: a device that removes fewer than 10,000 in a
 * second is not waited for. */
#define REQUEST_RULE_NS (100 * NS_PER_US)

enum request_type {
	REQUEST_PORT_ADD,
	REQUEST_PORT_DEL,
	REQUEST_DEVICE_DOWN,
	REQUEST_DEVICE_UP,
	REQUEST_WAIT,
	REQUEST_COUNTERS,
	REQUEST_FORECAST
};

struct request {
	struct queue_item item;
	enum request_type type;
	_Atomic unsigned int refs;
	struct cds_list_head link; /* in ofl.requests */
	/* PORT_ADD, PORT_DEL. */
	uint32_t port;
	/* PORT_ADD, DEVICE_DOWN, DEVICE_UP. */
	uint16_t dev_id;
	const struct nic_class *const *classes;
	struct nic_refusal why;
	uint64_t deadline_ns; /* DEVICE_DOWN: when what is left is given up */
	/* WAIT: done when no flow owes since before this number. */
	uint64_t debt;
	/* COUNTERS: done when every device was read by a sweep that began as much later as its
	 * counters may be stale. 0: not known before the next round begins, which is after the
	 * call. */
	uint64_t called_ns;
	/* FORECAST. */
	struct flow_match match;
	struct flow_actions actions;
	struct ofl_forecast forecast;
	bool given_up; /* the caller waits no more: noted */
	/* Under 'ofl.lock'. */
	void (*on_done)(void *aux); /* called when it is done; NULL: nobody is */
	void *on_done_aux;
	uint64_t extra_ns; /* that the caller waits for longer than it said */
	bool done;
	int rc;
};

/* NULL: no memory. Thread: caller. */
struct request *ofl_request_new(enum request_type type);

void ofl_request_put(struct request *r);

/* Begins a request that was taken from the queue. Thread: offload. */
void ofl_request_start(struct ofl *o, struct request *r);

/* At the begin of a round. Thread: offload. */
void ofl_requests_round(struct ofl *o);

/* Completes what is done, and forgets what nobody waits for. Returns when to look again;
 * UINT64_MAX: after something else happened.
 * Thread: offload. */
uint64_t ofl_requests_check(struct ofl *o);
