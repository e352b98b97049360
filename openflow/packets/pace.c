/* SPDX-License-Identifier: Apache-2.0 */
#include "packets/pace.h"

#include <base/rcu.h>

#include <errno.h>

#define LOOK_US 1000

static void
look_later(struct ctl_agent *a)
{
	const struct timeval later = {.tv_usec = LOOK_US};

	event_add(a->pace.look, &later);
}

static void
resume_all(struct ctl_agent *a)
{
	struct peer *p;

	while ((p = TAILQ_FIRST(&a->pace.peers)) != NULL) {
		peer_pace_forget(p);
		ctl_conn_resume(p->conn);
	}
}

static void
on_look(evutil_socket_t fd, short what, void *aux)
{
	struct ctl_agent *a = aux;

	(void)fd;
	(void)what;
	rcu_wake();
	if (upc_packets_waiting(a->modules.upc) <= AGENT_PACE_PACKETS / 2)
		resume_all(a);
	else
		look_later(a);
	rcu_sleep();
}

void
peer_pace(struct peer *p)
{
	struct ctl_agent *a = p->bridge->agent;

	if (upc_packets_waiting(a->modules.upc) < AGENT_PACE_PACKETS)
		return;
	p->paced = true;
	TAILQ_INSERT_TAIL(&a->pace.peers, p, pace_link);
	ctl_conn_pause(p->conn);
	if (!event_pending(a->pace.look, EV_TIMEOUT, NULL))
		look_later(a);
}

void
peer_pace_forget(struct peer *p)
{
	if (!p->paced)
		return;
	TAILQ_REMOVE(&p->bridge->agent->pace.peers, p, pace_link);
	p->paced = false;
}

int
agent_pace_init(struct ctl_agent *a)
{
	TAILQ_INIT(&a->pace.peers);
	a->pace.look = evtimer_new(a->base, on_look, a);
	return a->pace.look ? 0 : -ENOMEM;
}

void
agent_pace_destroy(struct ctl_agent *a)
{
	if (a->pace.look)
		event_free(a->pace.look);
}
