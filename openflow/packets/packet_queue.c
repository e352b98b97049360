/* SPDX-License-Identifier: Apache-2.0 */
#include "packets/packet_queue.h"

#include "packets/fair.h"

#include <base/lock.h>
#include <loop/wake.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct agent_queue {
	struct loop_wake *wake;
	_Atomic bool on;
	_Atomic uint64_t n_no_memory;
	struct mutex mu;
	struct agent_fair *packets GUARDED_BY(mu);
};

int
agent_queue_create(struct event_base *base, void (*ready)(void *aux), void *aux,
		   struct agent_queue **out)
{
	struct agent_queue *q = calloc(1, sizeof *q);

	if (!q)
		return -ENOMEM;
	mutex_init(&q->mu);
	if (agent_fair_create(AGENT_QUEUE_MAX, &q->packets) ||
	    loop_wake_create(base, ready, aux, &q->wake)) {
		agent_queue_destroy(q);
		return -ENOMEM;
	}
	*out = q;
	return 0;
}

void
agent_queue_destroy(struct agent_queue *q)
{
	struct agent_packet *p;

	if (!q)
		return;
	while (q->packets && (p = agent_queue_take(q)) != NULL)
		free(p);
	agent_fair_destroy(q->packets);
	loop_wake_destroy(q->wake);
	mutex_destroy(&q->mu);
	free(q);
}

void
agent_queue_enable(struct agent_queue *q, bool on)
{
	atomic_store(&q->on, on);
}

static struct agent_packet *
packet_copy(const struct dp_upcall *u)
{
	struct agent_packet *p = malloc(sizeof *p + u->n_bytes);

	if (!p)
		return NULL;
	p->key = u->key;
	p->cookie = u->cookie;
	p->n = u->n_bytes;
	dp_upcall_read(u, p->data);
	return p;
}

static bool
admit(struct agent_queue *q, uint32_t port)
{
	bool rc;

	mutex_lock(&q->mu);
	rc = agent_fair_admit(q->packets, port, AGENT_QUEUE_MAX);
	mutex_unlock(&q->mu);
	return rc;
}

/* Packets are copied only if admitted. Another thread may take the place meanwhile, so admission is
 * repeated under the lock. */
void
agent_queue_put(struct agent_queue *q, const struct dp_upcall *u)
{
	uint32_t port = u->key.in_port;
	struct agent_packet *p, *displaced;
	bool first = false;

	if (!atomic_load(&q->on) || !admit(q, port))
		return;
	p = packet_copy(u);
	if (!p) {
		atomic_fetch_add(&q->n_no_memory, 1);
		return;
	}
	displaced = p;
	mutex_lock(&q->mu);
	if (agent_fair_admit(q->packets, port, AGENT_QUEUE_MAX)) {
		first = !agent_fair_n(q->packets);
		displaced = agent_fair_put(q->packets, port, p, AGENT_QUEUE_MAX);
	}
	mutex_unlock(&q->mu);
	free(displaced);
	if (first)
		loop_wake_up(q->wake);
}

struct agent_packet *
agent_queue_take(struct agent_queue *q)
{
	struct agent_packet *p;
	uint64_t n_lost = 0;

	mutex_lock(&q->mu);
	p = agent_fair_take(q->packets, &n_lost);
	mutex_unlock(&q->mu);
	if (p)
		p->n_lost = n_lost;
	return p;
}

void
agent_queue_again(struct agent_queue *q)
{
	loop_wake_up(q->wake);
}

uint64_t
agent_queue_no_memory(const struct agent_queue *q)
{
	return atomic_load(&q->n_no_memory);
}
