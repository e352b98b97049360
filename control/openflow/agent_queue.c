/* SPDX-License-Identifier: Apache-2.0 */
#include "agent_queue.h"

#include "wake.h"

#include <base/lock.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct agent_queue {
	struct ctl_wake *wake;
	_Atomic bool on;
	struct mutex mu;
	struct agent_packet *first GUARDED_BY(mu), **last GUARDED_BY(mu);
	unsigned int n GUARDED_BY(mu);
	uint64_t n_dropped GUARDED_BY(mu);
};

int
agent_queue_create(struct event_base *base, void (*ready)(void *aux), void *aux,
		   struct agent_queue **out)
{
	struct agent_queue *q = calloc(1, sizeof *q);

	if (!q)
		return -ENOMEM;
	q->last = &q->first;
	mutex_init(&q->mu);
	if (ctl_wake_create(base, ready, aux, &q->wake)) {
		agent_queue_destroy(q);
		return -ENOMEM;
	}
	*out = q;
	return 0;
}

void
agent_queue_destroy(struct agent_queue *q)
{
	if (!q)
		return;
	for (struct agent_packet *next, *p = agent_queue_take(q); p; p = next) {
		next = p->next;
		free(p);
	}
	ctl_wake_destroy(q->wake);
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
	p->next = NULL;
	p->key = u->key;
	p->cookie = u->cookie;
	p->n = u->n_bytes;
	memcpy(p->data, u->data, u->n_bytes);
	return p;
}

void
agent_queue_put(struct agent_queue *q, const struct dp_upcall *u)
{
	struct agent_packet *p;
	bool first = false;

	if (!atomic_load(&q->on))
		return;
	p = packet_copy(u);
	mutex_lock(&q->mu);
	if (p && q->n < AGENT_QUEUE_MAX) {
		first = !q->first;
		*q->last = p;
		q->last = &p->next;
		q->n++;
		p = NULL;
	} else {
		q->n_dropped++;
	}
	mutex_unlock(&q->mu);
	free(p);
	if (first)
		ctl_wake_up(q->wake);
}

struct agent_packet *
agent_queue_take(struct agent_queue *q)
{
	struct agent_packet *first;

	mutex_lock(&q->mu);
	first = q->first;
	q->first = NULL;
	q->last = &q->first;
	q->n = 0;
	mutex_unlock(&q->mu);
	return first;
}

uint64_t
agent_queue_dropped(struct agent_queue *q)
{
	uint64_t n;

	mutex_lock(&q->mu);
	n = q->n_dropped;
	mutex_unlock(&q->mu);
	return n;
}
