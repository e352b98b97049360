/* SPDX-License-Identifier: Apache-2.0 */
#include "listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BACKLOG 1024

struct ctl_listener {
	struct event_base *base;
	struct ctl_target target;
	ctl_accept_cb cb;
	void *aux;
	struct log *log;
	struct evconnlistener *ev;
	struct event *rest; /* ends a pause after an error */
};

static void
on_accept(struct evconnlistener *ev, evutil_socket_t fd, struct sockaddr *sa, int n_sa, void *aux)
{
	struct ctl_listener *l = aux;
	char ip[INET6_ADDRSTRLEN] = "", peer[INET6_ADDRSTRLEN + 16];

	(void)ev;
	(void)n_sa;
	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)sa;

		inet_ntop(AF_INET, &in->sin_addr, ip, sizeof ip);
		snprintf(peer, sizeof peer, "%s:%u", ip, ntohs(in->sin_port));
	} else if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;

		inet_ntop(AF_INET6, &in6->sin6_addr, ip, sizeof ip);
		snprintf(peer, sizeof peer, "[%s]:%u", ip, ntohs(in6->sin6_port));
	} else {
		snprintf(peer, sizeof peer, "unix");
	}
	l->cb(l->aux, fd, peer);
}

/* Out of file descriptors: whoever waits in the backlog waits on, without a busy loop. */
static void
on_error(struct evconnlistener *ev, void *aux)
{
	const struct timeval second = {.tv_sec = 1};
	struct ctl_listener *l = aux;

	LOG_WARN(l->log, CONTROL, "%s: a connection cannot be accepted: %s", l->target.text,
		 strerror(EVUTIL_SOCKET_ERROR()));
	evconnlistener_disable(ev);
	event_add(l->rest, &second);
}

static void
on_rest(evutil_socket_t fd, short what, void *aux)
{
	struct ctl_listener *l = aux;

	(void)fd;
	(void)what;
	evconnlistener_enable(l->ev);
}

static int
bind_to(const struct ctl_target *t, int fd)
{
	const char *path = ctl_target_path(t);
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (path)
		unlink(path);
	if (bind(fd, (const struct sockaddr *)&t->addr, t->n_addr) || (path && chmod(path, 0660)))
		return -errno;
	return 0;
}

static int
socket_open(const struct ctl_target *t, int *fd)
{
	int s = socket(t->addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error;

	if (s < 0)
		return -errno;
	error = bind_to(t, s);
	if (error) {
		close(s);
		return error;
	}
	*fd = s;
	return 0;
}

static int
events_open(struct ctl_listener *l, int fd)
{
	l->rest = event_new(l->base, -1, 0, on_rest, l);
	if (l->rest)
		l->ev = evconnlistener_new(l->base, on_accept, l,
					   LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG,
					   fd);
	if (!l->ev) {
		int error = l->rest ? -errno : -ENOMEM;

		close(fd);
		return error;
	}
	evconnlistener_set_error_cb(l->ev, on_error);
	return 0;
}

int
ctl_listener_create(struct event_base *base, const struct ctl_target *target, ctl_accept_cb cb,
		    void *aux, struct log *log, struct ctl_listener **out, char *err, size_t n_err)
{
	struct ctl_listener *l = calloc(1, sizeof *l);
	int fd = -1;
	int error = l ? socket_open(target, &fd) : -ENOMEM;

	if (error) {
		snprintf(err, n_err, "%s: %s", target->text, strerror(-error));
		free(l);
		return error;
	}
	l->base = base;
	l->target = *target;
	l->cb = cb;
	l->aux = aux;
	l->log = log;
	error = events_open(l, fd);
	if (error) {
		snprintf(err, n_err, "%s: %s", target->text, strerror(-error));
		ctl_listener_destroy(l);
		return error;
	}
	*out = l;
	return 0;
}

void
ctl_listener_destroy(struct ctl_listener *l)
{
	if (!l)
		return;
	if (l->ev)
		evconnlistener_free(l->ev);
	if (l->rest)
		event_free(l->rest);
	if (ctl_target_path(&l->target))
		unlink(ctl_target_path(&l->target));
	free(l);
}

unsigned int
ctl_listener_port(const struct ctl_listener *l)
{
	struct sockaddr_storage sa = {.ss_family = AF_UNSPEC};
	socklen_t n = sizeof sa;

	if (getsockname(evconnlistener_get_fd(l->ev), (struct sockaddr *)&sa, &n))
		return 0;
	if (sa.ss_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)&sa)->sin_port);
	return sa.ss_family == AF_INET6 ? ntohs(((const struct sockaddr_in6 *)&sa)->sin6_port) : 0;
}
