/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/barrier.h"

#include "peers/peer.h"

#include <base/rcu.h>

#include <errno.h>
#include <string.h>

#define RETRY_US 500000

static void calls_continue(struct agent *a);

static bool
nothing_to_wait_for(const struct agent *a)
{
	return xlate_version(a->modules.xlate) == a->barrier.version && !a->executed;
}

/* Answers the peers whose call has completed. */
static void
answer(struct agent *a)
{
	struct peer *p;

	while ((p = TAILQ_FIRST(&a->barrier.peers)) != NULL && p->barrier_call <= a->barrier.done) {
		peer_barrier_forget(p);
		peer_reply(p, &p->barrier_reply);
		ofp_conn_resume(p->conn);
	}
}

static void
retry_later(struct agent *a, int rc)
{
	const struct timeval later = {.tv_usec = RETRY_US};

	LOG_WARN(a->log, CONTROL, "barriers wait: hardware keeps an older rule: %s", strerror(-rc));
	event_add(a->barrier.retry, &later);
}

static void
on_done(void *aux, int rc)
{
	struct agent *a = aux;
	struct agent_barrier *b = &a->barrier;

	b->call = NULL;
	if (rc) {
		a->executed |= b->executed;
		if (a->open)
			retry_later(a, rc);
		return;
	}
	b->done = b->begun;
	b->version = b->begun_version;
	answer(a);
	calls_continue(a);
}

static void
call_begin(struct agent *a)
{
	struct agent_barrier *b = &a->barrier;
	int rc;

	b->begun_version = xlate_version(a->modules.xlate);
	b->executed = a->executed;
	rc = loop_completion_call(a->modules.completions, a->modules.upc, UPC_CALL_BARRIER, on_done,
				  a, &b->call);
	if (rc) {
		retry_later(a, rc);
		return;
	}
	a->executed = false;
	b->begun++;
}

static void
calls_continue(struct agent *a)
{
	struct agent_barrier *b = &a->barrier;

	if (b->call || event_pending(b->retry, EV_TIMEOUT, NULL))
		return;
	if (nothing_to_wait_for(a)) {
		b->done = ++b->begun;
		answer(a);
	} else if (!TAILQ_EMPTY(&b->peers)) {
		call_begin(a);
	}
}

static void
on_retry(evutil_socket_t fd, short what, void *aux)
{
	(void)fd;
	(void)what;
	rcu_wake();
	calls_continue(aux);
	rcu_sleep();
}

void
peer_reply_when_done(struct peer *p, const struct ofp_message *reply)
{
	struct agent_barrier *b = &p->bridge->agent->barrier;

	p->barrier_reply = *reply;
	p->barrier_call = b->begun + 1;
	TAILQ_INSERT_TAIL(&b->peers, p, barrier_link);
	ofp_conn_pause(p->conn);
	calls_continue(p->bridge->agent);
}

void
peer_barrier_forget(struct peer *p)
{
	if (!p->barrier_call)
		return;
	TAILQ_REMOVE(&p->bridge->agent->barrier.peers, p, barrier_link);
	p->barrier_call = 0;
}

int
agent_barriers_init(struct agent *a)
{
	TAILQ_INIT(&a->barrier.peers);
	a->barrier.retry = evtimer_new(a->base, on_retry, a);
	return a->barrier.retry ? 0 : -ENOMEM;
}

void
agent_barriers_destroy(struct agent *a)
{
	loop_completion_cancel(a->barrier.call);
	if (a->barrier.retry)
		event_free(a->barrier.retry);
}
