/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/controller.h"

#include "agent/session.h"

#include <base/err.h>
#include <base/rcu.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void
retry_later(struct controller *c)
{
	struct timeval tv = {.tv_sec = ofp_backoff_next(&c->backoff)};

	event_add(c->retry, &tv);
}

/* Schedules another attempt. */
static void
on_closed(struct peer *p)
{
	p->controller->peer = NULL;
	retry_later(p->controller);
}

/* Begins to connect. The result is reported by BEV_EVENT_CONNECTED or by the end
 * of the connection. */
static int
attempt(struct controller *c)
{
	struct agent *a = c->bridge->agent;
	struct bufferevent *bev;
	struct peer *p;
	int rc;

	c->n_attempts++;
	bev = c->target.tls ? ofp_tls_wrap(a->tls, a->base, -1, false)
			    : bufferevent_socket_new(
				      a->base, -1, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (!bev)
		return -ENOMEM;
	rc = peer_create(c->bridge, c, bev, c->target.tls, false, c->target.text, &p);
	if (rc)
		return rc;
	p->on_closed = on_closed;
	c->peer = p;
	if (!bufferevent_socket_connect(bev, (const struct sockaddr *)&c->target.addr,
					(int)c->target.n_addr))
		return 0;
	rc = -EVUTIL_SOCKET_ERROR();
	peer_destroy(p);
	return rc ? rc : -ENETUNREACH;
}

static void
on_retry(evutil_socket_t fd, short what, void *aux)
{
	struct controller *c = aux;

	(void)fd;
	(void)what;
	rcu_wake();
	if (!c->peer && attempt(c))
		retry_later(c);
	rcu_sleep();
}

static void
on_accept(void *aux, evutil_socket_t fd, const char *peer)
{
	struct controller *c = aux;
	char name[80];

	snprintf(name, sizeof name, "%.16s:%.60s", c->target.tls ? "ssl" : "tcp", peer);
	rcu_wake();
	peer_accept(c->bridge, c, fd, c->target.tls, name);
	rcu_sleep();
}

/* A Unix socket is accepted only in the run directory: elsewhere, a mistyped path could take the
 * place of another program's socket. */
static int
path_check(const struct controller *c, char *err, size_t n_err)
{
	const char *path = ofp_target_path(&c->target), *dir = c->bridge->agent->config.rundir;
	size_t n = strlen(dir);

	if (!path ||
	    (!strncmp(path, dir, n) && path[n] == '/' && path[n + 1] && !strchr(path + n + 1, '/')))
		return 0;
	err_print(err, n_err, "%s: not in the run directory; expected punix:%s/NAME",
		  c->target.text, dir);
	return -EINVAL;
}

int
controller_listen(struct controller *c, char *err, size_t n_err)
{
	struct agent *a = c->bridge->agent;
	const struct ofp_listener_config config = {.base = a->base,
						   .log = a->log,
						   .accepted = on_accept,
						   .aux = c,
						   .n_failed = &c->bridge->n_accept_failed};
	int rc = path_check(c, err, n_err);

	return rc || a->waits ? rc
			      : ofp_listener_create(&config, &c->target, &c->listener, err, n_err);
}

void
controller_deafen(struct controller *c)
{
	ofp_listener_destroy(c->listener);
	c->listener = NULL;
}

static int
start(struct controller *c, char *err, size_t n_err)
{
	const struct timeval now = {0};
	struct agent *a = c->bridge->agent;

	if (c->target.tls && !a->tls) {
		err_print(err, n_err,
			  "%s: TLS is not configured; set openflow.private-key, certificate and "
			  "ca-certificate in the configuration file",
			  c->target.text);
		return -EINVAL;
	}
	if (c->target.passive)
		return controller_listen(c, err, n_err);
	if (a->waits)
		return 0;
	c->retry = event_new(a->base, -1, 0, on_retry, c);
	if (!c->retry || event_add(c->retry, &now)) {
		err_print(err, n_err, "%s: out of memory", c->target.text);
		return -ENOMEM;
	}
	return 0;
}

int
controller_create(struct agent_bridge *b, const struct ofp_target *t, struct controller **out,
		  char *err, size_t n_err)
{
	struct controller *c = calloc(1, sizeof *c);
	int rc;

	if (!c) {
		err_print(err, n_err, "%s: out of memory", t->text);
		return -ENOMEM;
	}
	c->bridge = b;
	c->target = *t;
	rc = start(c, err, n_err);
	if (rc)
		controller_destroy(c);
	else
		*out = c;
	return rc;
}

void
controller_proceed(struct controller *c)
{
	char err[256] = "";

	if (!c->retry && !c->listener && start(c, err, sizeof err))
		LOG_ERR(c->bridge->agent->log, CONTROL, "%s: %s", c->bridge->name, err);
}

void
controller_destroy(struct controller *c)
{
	struct peer *next;

	for (struct peer *p = TAILQ_FIRST(&c->bridge->peers); p; p = next) {
		next = TAILQ_NEXT(p, link);
		if (p->controller == c)
			peer_destroy(p);
	}
	controller_deafen(c);
	if (c->retry)
		event_free(c->retry);
	free(c);
}
