/* SPDX-License-Identifier: Apache-2.0 */
#include "packets/throttle.h"

#include <base/rcu.h>

#include <errno.h>

#define LOOK_US 1000

static void
look_later(struct agent *a)
{
	const struct timeval later = {.tv_usec = LOOK_US};

	event_add(a->throttle.look, &later);
}

static void
resume_all(struct agent *a)
{
	struct peer *p;

	while ((p = TAILQ_FIRST(&a->throttle.peers)) != NULL) {
		peer_throttle_forget(p);
		ofp_conn_resume(p->conn);
	}
}

static void
on_look(evutil_socket_t fd, short what, void *aux)
{
	struct agent *a = aux;

	(void)fd;
	(void)what;
	rcu_wake();
	if (upc_packets_waiting(a->modules.upc) <= AGENT_THROTTLE_PACKETS / 2)
		resume_all(a);
	else
		look_later(a);
	rcu_sleep();
}

void
peer_throttle(struct peer *p)
{
	struct agent *a = p->bridge->agent;

	if (upc_packets_waiting(a->modules.upc) < AGENT_THROTTLE_PACKETS)
		return;
	p->throttled = true;
	TAILQ_INSERT_TAIL(&a->throttle.peers, p, throttle_link);
	ofp_conn_pause(p->conn);
	if (!event_pending(a->throttle.look, EV_TIMEOUT, NULL))
		look_later(a);
}

void
peer_throttle_forget(struct peer *p)
{
	if (!p->throttled)
		return;
	TAILQ_REMOVE(&p->bridge->agent->throttle.peers, p, throttle_link);
	p->throttled = false;
}

int
agent_throttle_init(struct agent *a)
{
	TAILQ_INIT(&a->throttle.peers);
	a->throttle.look = evtimer_new(a->base, on_look, a);
	return a->throttle.look ? 0 : -ENOMEM;
}

void
agent_throttle_destroy(struct agent *a)
{
	if (a->throttle.look)
		event_free(a->throttle.look);
}
