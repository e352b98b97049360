/* SPDX-License-Identifier: Apache-2.0 */
#include <loop/acceptor.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BACKLOG 1024

struct loop_acceptor {
	struct loop_acceptor_config config;
	int fd;
	struct event *ready;
	struct event *rest; /* ends a rest */
};

static void
rest_begin(struct loop_acceptor *a, int errnum)
{
	const struct timeval tv = {.tv_sec = LOOP_ACCEPT_REST_S};

	++*a->config.n_failed;
	LOG_WARN(a->config.log, CONTROL, "%s: a connection cannot be accepted: %s", a->config.name,
		 strerror(errnum));
	event_del(a->ready);
	event_add(a->rest, &tv);
}

static void
on_rest(evutil_socket_t fd, short what, void *aux)
{
	struct loop_acceptor *a = aux;

	(void)fd;
	(void)what;
	event_add(a->ready, NULL);
}

static void
on_ready(evutil_socket_t fd, short what, void *aux)
{
	struct loop_acceptor *a = aux;

	(void)what;
	for (int i = 0; i < LOOP_ACCEPT_A_TURN; i++) {
		struct sockaddr_storage sa = {.ss_family = AF_UNSPEC};
		socklen_t n = sizeof sa;
		int s = accept4(fd, (struct sockaddr *)&sa, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (s >= 0) {
			a->config.accepted(a->config.aux, s, (const struct sockaddr *)&sa);
			continue;
		}
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			rest_begin(a, errno);
		return;
	}
}

int
loop_acceptor_create(const struct loop_acceptor_config *config, int fd, struct loop_acceptor **out)
{
	struct loop_acceptor *a = calloc(1, sizeof *a);
	int rc = -ENOMEM;

	if (!a) {
		close(fd);
		return rc;
	}
	a->config = *config;
	a->fd = fd;
	a->ready = event_new(config->base, fd, EV_READ | EV_PERSIST, on_ready, a);
	a->rest = event_new(config->base, -1, 0, on_rest, a);
	if (!a->ready || !a->rest)
		goto fail;
	rc = listen(fd, BACKLOG) ? -errno : 0;
	if (!rc && event_add(a->ready, NULL))
		rc = -ENOMEM;
	if (rc)
		goto fail;
	*out = a;
	return 0;

fail:
	loop_acceptor_destroy(a);
	return rc;
}

void
loop_acceptor_destroy(struct loop_acceptor *a)
{
	if (!a)
		return;
	if (a->ready)
		event_free(a->ready);
	if (a->rest)
		event_free(a->rest);
	close(a->fd);
	free(a);
}
