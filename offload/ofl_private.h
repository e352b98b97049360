/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of offload/ share. Thread safety: said per member. */
#pragma once

#include "device.h"
#include "flow.h"
#include "port.h"
#include "queue.h"
#include "rate.h"
#include "refusal.h"
#include "retry.h"
#include "tally.h"

#include <base/lock.h>

struct ofl {
	struct ofl_config config; /* constant, defaults filled in */
	struct queue queue;
	/* Held by who plays the offload thread: the thread itself, or a caller while there is none.
	 * Everything that is "the offload thread's" is under it. */
	struct mutex step_lock;
	/* Guards what callers wait for, and what ofl_port_caps() says. Taken inside 'step_lock'. */
	struct mutex lock;
	struct cond done;
	_Atomic bool running, stopping;
	pthread_t thread;
	struct port_table ports;
	struct tally total;
	/* The offload thread's. */
	uint64_t now_ns;
	struct rate rate;
	struct retry retry;	  /* flows that failed; as many as 'retry_rate' allows */
	struct retry lost;	  /* flows that were lost by a reset */
	struct retry shape_retry; /* shapes that are halted */
	struct retry room_retry;  /* devices for whose room flows wait */
	struct rate retry_rate;
	struct cds_list_head flows; /* every flow taken and not dead */
	unsigned int n_held;	    /* of these, those of which a device has something */
	struct cds_list_head dead;  /* to be buried */
	struct cds_list_head devices;
	struct cds_list_head requests; /* taken, not done */
	/* Flows whose hardware differs from what was asked in a way that matters for revocation, in
	 * the order they began to: a waiter with number n waits until the first has a number > n. */
	struct cds_list_head debts;
	uint64_t n_debts;
	unsigned int n_owing;	 /* in 'debts' */
	_Atomic uint64_t age_ns; /* see ofl_counters_age_ns() */
	bool closing;		 /* counts no longer matter */
};
