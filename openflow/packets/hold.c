/* SPDX-License-Identifier: Apache-2.0 */
#include "packets/hold.h"

#include "packets/fair.h"
#include "peers/peer.h"

#include <base/clock.h>
#include <base/rcu.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_AGAIN_US 5000
#define TURN_MESSAGES 1024 /* in a turn of the event loop */
#define TURN_MESSAGES_PEER 32

/* A packet-in, encoded. */
struct held {
	enum ofp_packet_in_reason reason;
	uint16_t controller_id;
	size_t n;
	uint8_t bytes[];
};

bool
agent_bucket_take(struct agent_bucket *b, unsigned int per_s, uint64_t now_ns)
{
	uint64_t cost_ns = NS_PER_S / per_s;

	b->credit_ns += now_ns - b->last_ns;
	b->last_ns = now_ns;
	if (b->credit_ns > NS_PER_S)
		b->credit_ns = NS_PER_S;
	if (b->credit_ns < cost_ns)
		return false;
	b->credit_ns -= cost_ns;
	return true;
}

static size_t
backlog_max(const struct agent *a)
{
	size_t share = OFP_CONN_TOTAL / 2 / a->n_peers;

	return a->pool.n_bytes > OFP_CONN_TOTAL / 2 && share < OFP_CONN_BACKLOG ? share
										: OFP_CONN_BACKLOG;
}

/* Returns true if the caller may send a packet-in now. Sets 'awaits' if not. */
static bool
may_have(struct peer *p, uint64_t now_ns)
{
	const struct agent *a = p->bridge->agent;

	p->awaits = AGENT_DROP_BACKLOG;
	if (ofp_conn_pending(p->conn) > backlog_max(a))
		return false;
	p->awaits = AGENT_DROP_RATE;
	return agent_bucket_take(&p->bucket, a->config.packet_rate, now_ns);
}

static void
count_drop(struct peer *p, enum agent_drop why)
{
	p->n_packet_ins_dropped++;
	p->bridge->n_packet_ins_dropped[why]++;
}

static void
look_again(struct agent *a, long us)
{
	const struct timeval tv = {.tv_usec = us};

	event_add(a->hold, &tv);
}

static struct held *
held_make(struct peer *p, const struct ofp_message *m, uint16_t controller_id)
{
	struct ofp_buffer *scratch = &p->bridge->agent->scratch;
	struct held *h = NULL;

	if (peer_encode(p, m) && !scratch->failed)
		h = malloc(sizeof *h + scratch->n);
	if (h) {
		h->reason = m->packet_in.reason;
		h->controller_id = controller_id;
		h->n = scratch->n;
		memcpy(h->bytes, scratch->data, scratch->n);
	}
	ofp_buffer_truncate(scratch, 0);
	return h;
}

static void
held_free(struct agent *a, struct held *h)
{
	a->n_held_bytes -= h->n;
	free(h);
}

static void
hold(struct peer *p, const struct ofp_message *m, uint32_t port, uint16_t controller_id)
{
	struct agent *a = p->bridge->agent;
	unsigned int limit =
		a->n_held_bytes < AGENT_HELD_BYTES ? AGENT_HELD_PEER : AGENT_HELD_LEAST;
	struct held *h, *displaced;

	if (!p->held && agent_fair_create(AGENT_HELD_PEER, &p->held)) {
		count_drop(p, AGENT_DROP_NO_MEMORY);
		return;
	}
	if (!agent_fair_admit(p->held, port, limit)) {
		count_drop(p, p->awaits);
		return;
	}
	h = held_make(p, m, controller_id);
	if (!h) {
		count_drop(p, AGENT_DROP_NO_MEMORY);
		return;
	}
	if (!agent_fair_n(p->held)) {
		TAILQ_INSERT_TAIL(&a->holding, p, held_link);
		if (!event_pending(a->hold, EV_TIMEOUT, NULL))
			look_again(a, LOOK_AGAIN_US);
	}
	a->n_held_bytes += h->n;
	displaced = agent_fair_put(p->held, port, h, limit);
	if (!displaced)
		return;
	count_drop(p, p->awaits);
	held_free(a, displaced);
}

void
peer_packet_in(struct peer *p, const struct ofp_message *m, uint32_t port, uint16_t controller_id,
	       uint64_t now_ns)
{
	if (peer_held(p) || !may_have(p, now_ns)) {
		hold(p, m, port, controller_id);
		return;
	}
	p->n_packet_ins++;
	peer_notify(p, m);
}

/* Sends up to 'n' packet-ins that 'p' may have now. Returns how many were taken from the queue. */
static unsigned int
release(struct peer *p, unsigned int n, uint64_t now_ns)
{
	unsigned int i;

	for (i = 0; i < n && peer_held(p) && may_have(p, now_ns); i++) {
		struct held *h = agent_fair_take(p->held, NULL);

		/* The peer's role and configuration may have changed meanwhile. */
		if (peer_wants_packet_in(p, h->reason, h->controller_id)) {
			p->n_packet_ins++;
			ofp_conn_send_unasked(p->conn, h->bytes, h->n);
		}
		held_free(p->bridge->agent, h);
	}
	return i;
}

static void
on_hold(evutil_socket_t fd, short what, void *aux)
{
	struct peer *p, *last;
	struct agent *a = aux;
	uint64_t now_ns = clock_now_ns();
	unsigned int n_left = TURN_MESSAGES, n;
	bool more = false, is_last = false;

	(void)fd;
	(void)what;
	rcu_wake();
	last = TAILQ_LAST(&a->holding, holding_list);
	while (!is_last && n_left >= TURN_MESSAGES_PEER && (p = TAILQ_FIRST(&a->holding)) != NULL) {
		is_last = p == last;
		n = release(p, TURN_MESSAGES_PEER, now_ns);
		n_left -= n;
		more = more || n == TURN_MESSAGES_PEER;
		TAILQ_REMOVE(&a->holding, p, held_link);
		if (peer_held(p))
			TAILQ_INSERT_TAIL(&a->holding, p, held_link);
	}
	if (!TAILQ_EMPTY(&a->holding))
		look_again(a, more || !is_last ? 0 : LOOK_AGAIN_US);
	rcu_sleep();
}

unsigned int
peer_held(const struct peer *p)
{
	return p->held ? agent_fair_n(p->held) : 0;
}

void
peer_held_free(struct peer *p)
{
	struct held *h;

	if (!p->held)
		return;
	if (peer_held(p))
		TAILQ_REMOVE(&p->bridge->agent->holding, p, held_link);
	while ((h = agent_fair_take(p->held, NULL)) != NULL)
		held_free(p->bridge->agent, h);
	agent_fair_destroy(p->held);
	p->held = NULL;
}

int
agent_holds_create(struct agent *a)
{
	TAILQ_INIT(&a->holding);
	a->hold = event_new(a->base, -1, 0, on_hold, a);
	return a->hold ? 0 : -ENOMEM;
}

void
agent_holds_destroy(struct agent *a)
{
	if (a->hold)
		event_free(a->hold);
}
