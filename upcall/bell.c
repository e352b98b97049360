/* SPDX-License-Identifier: Apache-2.0 */
#include "bell.h"

#include <base/clock.h>

/* The leader clears 'rung' before it looks for news. So it finds news from before, and later
 * news rings again. */
void
bell_ring(struct upc *u)
{
	struct sweep *s = &u->sweep;

	atomic_store(&s->preempt, true);
	if (!atomic_exchange(&s->rung, true))
		sem_post(&s->bell);
}

void
bell_wait(struct upc *u, uint64_t until_ns)
{
	struct timespec ts = {.tv_sec = (time_t)(until_ns / NS_PER_S),
			      .tv_nsec = (long)(until_ns % NS_PER_S)};

	rcu_sleep();
	(void)sem_clockwait(&u->sweep.bell, CLOCK_MONOTONIC, &ts);
	rcu_wake();
}

/* Short loop: the bell holds one ring for each time that 'rung' was cleared. */
void
bell_clear(struct sweep *s)
{
	while (!sem_trywait(&s->bell))
		;
	atomic_store(&s->rung, false);
	atomic_store(&s->preempt, false);
}

void
bell_ring_for_change(void *aux)
{
	struct upc *u = aux;

	if (!atomic_exchange(&u->sweep.changed, true))
		bell_ring(u);
}
