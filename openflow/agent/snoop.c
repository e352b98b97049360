/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/snoop.h"

#include "peers/bridge.h"

#include <base/rcu.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct snooper {
	TAILQ_ENTRY(snooper) link;
	struct agent_bridge *bridge;
	struct ofp_conn *conn;
	const struct peer *watched; /* NULL until a controller sends or gets a message */
};

static void
snooper_free(struct snooper *s)
{
	TAILQ_REMOVE(&s->bridge->snoopers, s, link);
	s->bridge->n_snoopers--;
	free(s);
}

static void
on_ready(void *aux)
{
	(void)aux;
}

static void
on_message(void *aux, const uint8_t *msg, size_t n)
{
	(void)aux;
	(void)msg;
	(void)n;
}

static void
on_batch_end(void *aux)
{
	(void)aux;
}

static void
on_closed(void *aux, enum ofp_conn_end end, const char *why)
{
	(void)end;
	(void)why;
	snooper_free(aux);
}

static const struct ofp_conn_ops ops = {
	.ready = on_ready,
	.message = on_message,
	.batch_end = on_batch_end,
	.closed = on_closed,
};

static int
snooper_create(struct agent_bridge *b, struct bufferevent *bev)
{
	struct agent *a = b->agent;
	struct snooper *s = calloc(1, sizeof *s);
	struct ofp_conn_config config = {
		.base = a->base,
		.log = a->log,
		.ops = &ops,
		.aux = s,
		.versions = OFP_VERSIONS,
		.plain = true,
		.pool = &a->pool,
	};

	snprintf(config.name, sizeof config.name, "%s<->snoop", b->name);
	if (!s || ofp_conn_create(&config, bev, true, &s->conn)) {
		free(s);
		return -ENOMEM;
	}
	s->bridge = b;
	TAILQ_INSERT_TAIL(&b->snoopers, s, link);
	b->n_snoopers++;
	return 0;
}

static void
accept_one(struct agent_bridge *b, evutil_socket_t fd)
{
	struct agent *a = b->agent;
	struct bufferevent *bev;

	if (b->n_snoopers >= AGENT_SNOOPERS_MAX) {
		LOG_WARN(a->log, CONTROL,
			 "%s: snooping refused: %d clients snoop already, the most accepted",
			 b->name, AGENT_SNOOPERS_MAX);
		close(fd);
		return;
	}
	bev = bufferevent_socket_new(a->base, fd, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (!bev) {
		close(fd);
	} else if (snooper_create(b, bev)) {
		bufferevent_free(bev);
		LOG_WARN(a->log, CONTROL, "%s: snoop: out of memory", b->name);
	}
}

static void
on_accept(void *aux, evutil_socket_t fd, const char *name)
{
	(void)name;
	rcu_wake();
	accept_one(aux, fd);
	rcu_sleep();
}

int
snoop_open(struct agent_bridge *b, char *err, size_t n_err)
{
	return agent_listen(b, "snoop", on_accept, &b->snoop, err, n_err);
}

void
snoop_close(struct agent_bridge *b)
{
	struct snooper *next;

	ofp_listener_destroy(b->snoop);
	for (struct snooper *s = TAILQ_FIRST(&b->snoopers); s; s = next) {
		next = TAILQ_NEXT(s, link);
		ofp_conn_destroy(s->conn);
		snooper_free(s);
	}
}

/* Preference for snooping: master 0, equal 1, slave 2; the lowest wins. */
static int
rank(const struct peer *p)
{
	return p->role == OFP_ROLE_MASTER ? 0 : p->role == OFP_ROLE_SLAVE ? 2 : 1;
}

static const struct peer *
best_controller(const struct agent_bridge *b)
{
	const struct peer *p, *best = NULL;

	TAILQ_FOREACH (p, &b->peers, link)
		if (p->controller && p->conn && ofp_conn_is_ready(p->conn) &&
		    (!best || rank(p) < rank(best)))
			best = p;
	return best;
}

void
snoop_see(const struct peer *p, const uint8_t *bytes, size_t n)
{
	struct snooper *s;

	if (!p->controller)
		return;
	TAILQ_FOREACH (s, &p->bridge->snoopers, link) {
		if (!s->watched)
			s->watched = best_controller(p->bridge);
		if (s->watched == p && ofp_conn_is_ready(s->conn))
			ofp_conn_send_unasked(s->conn, bytes, n);
	}
}

void
snoop_forget(const struct peer *p)
{
	struct snooper *s;

	TAILQ_FOREACH (s, &p->bridge->snoopers, link)
		if (s->watched == p)
			s->watched = NULL;
}
