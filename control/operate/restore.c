/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/restore.h"

#include "operate/datapath.h"

#include <base/log.h>
#include <base/rcu.h>
#include <openflow/operator.h>

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_STEPS 2 /* a part of a dump, and its end: most datapaths have no more */

struct ctl_restore {
	struct ctl_stack *stack;
	struct event *turn;
	bool adopts;
	int rc;
};

static void
release(struct ctl_restore *r)
{
	struct ctl_stack *s = r->stack;

	r->adopts = false;
	r->rc = upc_release(s->upc);
	if (r->rc)
		LOG_ERR(s->log, CONTROL,
			"upcall threads cannot be started: %s; 'tandem daemon set "
			"flow-restore-wait=false' tries again",
			strerror(-r->rc));
	else if (s->agent)
		agent_proceed(s->agent);
}

/* Returns false when all flows are entered. */
static bool
step(struct ctl_restore *r)
{
	return r->stack->datapath->adopt && r->stack->datapath->adopt(r->stack) > 0;
}

static void
next_turn(struct ctl_restore *r)
{
	static const struct timeval at_once;

	event_add(r->turn, &at_once);
}

static void
on_turn(evutil_socket_t fd, short what, void *aux)
{
	struct ctl_restore *r = aux;

	(void)fd;
	(void)what;
	rcu_wake();
	if (step(r))
		next_turn(r);
	else
		release(r);
	rcu_sleep();
}

void
ctl_restore_proceed(struct ctl_restore *r)
{
	bool more = true;

	if (r->adopts || !upc_is_held(r->stack->upc))
		return;
	r->adopts = true;
	for (int i = 0; i < FIRST_STEPS && more; i++)
		more = step(r);
	if (more)
		next_turn(r);
	else
		release(r);
}

enum ctl_restore_phase
ctl_restore_phase(const struct ctl_restore *r, int *rc)
{
	*rc = r->rc;
	if (r->adopts)
		return CTL_RESTORE_ADOPTS;
	return upc_is_held(r->stack->upc) ? CTL_RESTORE_WAITS : CTL_RESTORE_OVER;
}

int
ctl_restore_create(struct event_base *base, struct ctl_stack *s, struct ctl_restore **out)
{
	struct ctl_restore *r = calloc(1, sizeof *r);

	if (!r)
		return -ENOMEM;
	r->stack = s;
	r->turn = evtimer_new(base, on_turn, r);
	if (!r->turn) {
		free(r);
		return -ENOMEM;
	}
	*out = r;
	return 0;
}

void
ctl_restore_destroy(struct ctl_restore *r)
{
	if (!r)
		return;
	event_free(r->turn);
	free(r);
}
