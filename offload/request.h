/* SPDX-License-Identifier: Apache-2.0 */
/* A request of a caller to the offload thread. It passes through the queue of flows, so it takes
 * effect after all earlier requests of the caller.
 *
 * A request has two owners, the caller and the offload thread, because a caller may stop waiting.
 * Thread safety: per function. */
#pragma once

#include "ofl_private.h"

#include <base/clock.h>

/* Additional waiting time for each rule to be removed: devices that remove fewer than 10,000 per
 * second time out. */
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
	uint64_t deadline_ns; /* DEVICE_DOWN: the remaining rules are given up then */
	/* WAIT: done when no flow owes since before this number. */
	uint64_t debt;
	/* COUNTERS: done when a sweep of every device began at least its counters' stale time after
	 * this. 0 until the next round begins, which is after the call. */
	uint64_t called_ns;
	/* FORECAST. */
	struct flow_match match;
	struct flow_actions actions;
	struct ofl_forecast forecast;
	bool given_up; /* the caller has stopped waiting, and this was noted */
	/* Under 'ofl.lock'. */
	void (*on_done)(void *aux); /* called on completion; NULL if not needed */
	void *on_done_aux;
	uint64_t extra_ns; /* additional waiting time of the caller */
	bool done;
	int rc;
};

/* NULL if out of memory. Thread: caller. */
struct request *ofl_request_new(enum request_type type);

void ofl_request_put(struct request *r);

/* Begins a request taken from the queue. Thread: offload. */
void ofl_request_start(struct ofl *o, struct request *r);

/* Called at the begin of a round. Thread: offload. */
void ofl_requests_round(struct ofl *o);

/* Completes requests that are done, and drops those without a waiting caller. Returns the time of
 * the next check; UINT64_MAX if it depends on other events. Thread: offload. */
uint64_t ofl_requests_check(struct ofl *o);
