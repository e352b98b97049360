/* SPDX-License-Identifier: Apache-2.0 */
/* State shared by the files of offload/. Thread safety: per member. */
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
	struct ofl_config config; /* constant, with defaults filled in */
	struct queue queue;
	/* Held by the thread that acts as the offload thread: the thread itself, or a caller if
	 * none runs. It guards everything that belongs to "the offload thread". */
	struct mutex step_lock;
	/* Guards the results that callers wait for, and the values of ofl_port_caps(). Taken
	 * inside 'step_lock'. */
	struct mutex lock;
	struct cond done;
	_Atomic bool running, stopping;
	pthread_t thread;
	struct port_table ports;
	struct refusal_texts texts; /* the offload thread's */
	struct tally total;
	/* Used by the offload thread. */
	uint64_t now_ns;
	struct rate rate;
	struct retry retry;	  /* flows that failed; limited by 'retry_rate' */
	struct retry lost;	  /* flows whose rules were lost in a reset */
	struct retry shape_retry; /* halted shapes */
	struct retry room_retry;  /* devices with flows that wait for room */
	struct rate retry_rate;
	struct cds_list_head flows; /* every flow taken and not dead */
	unsigned int n_held;	    /* of these, the flows of which a device has something */
	struct cds_list_head dead;  /* to be freed */
	struct cds_list_head devices;
	struct cds_list_head requests; /* taken, not completed */
	/* Flows whose hardware state still differs from the requested one in a way that matters for
	 * revocation, in the order in which they began to. A waiter with number n waits until the
	 * first has a number > n. */
	struct cds_list_head debts;
	uint64_t n_debts;
	unsigned int n_owing;	 /* length of 'debts' */
	_Atomic uint64_t age_ns; /* see ofl_counters_age_ns() */
	bool closing;		 /* shutdown: counts no longer matter */
};
