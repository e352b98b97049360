/* SPDX-License-Identifier: Apache-2.0 */
/* The offload thread. It holds no RCU pointer while it works. So it is RCU-offline except when it
 * defers frees, and a slow device delays no grace period. */
#include "ofl_private.h"
#include "step.h"

#include <base/clock.h>

static uint64_t
thread_round(struct ofl *o)
{
	uint64_t next;

	mutex_lock(&o->step_lock);
	next = ofl_step_round(o, clock_now_ns());
	if (!cds_list_empty(&o->dead)) {
		rcu_wake();
		ofl_step_bury(o);
		rcu_sleep();
	}
	mutex_unlock(&o->step_lock);
	return next;
}

static void *
thread_main(void *arg)
{
	struct ofl *o = arg;

	rcu_thread_start();
	rcu_sleep();
	while (!atomic_load(&o->stopping)) {
		uint64_t next = thread_round(o);

		if (next > clock_now_ns())
			ofl_queue_sleep(&o->queue, next);
	}
	rcu_wake();
	rcu_thread_stop();
	return NULL;
}

int
ofl_start(struct ofl *o)
{
	int rc;

	atomic_store(&o->stopping, false);
	atomic_store(&o->running, true);
	rc = pthread_create(&o->thread, NULL, thread_main, o);
	if (rc)
		atomic_store(&o->running, false);
	else
		pthread_setname_np(o->thread, "offload");
	return -rc;
}

void
ofl_stop(struct ofl *o)
{
	if (!atomic_load(&o->running))
		return;
	atomic_store(&o->stopping, true);
	ofl_queue_wake(&o->queue);
	rcu_sleep();
	pthread_join(o->thread, NULL);
	rcu_wake();
	mutex_lock(&o->lock);
	atomic_store(&o->running, false);
	cond_broadcast(&o->done);
	mutex_unlock(&o->lock);
}
