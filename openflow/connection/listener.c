/* SPDX-License-Identifier: Apache-2.0 */
#include "connection/listener.h"

#include <base/err.h>
#include <loop/acceptor.h>
#include <loop/unix_socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ofp_listener {
	struct ofp_target target;
	loop_accept_cb cb;
	void *aux;
	struct loop_acceptor *acceptor;
	struct loop_unix_name name; /* of a Unix socket */
};

static void
on_accept(void *aux, int fd, const struct sockaddr *sa)
{
	struct ofp_listener *l = aux;
	char ip[INET6_ADDRSTRLEN] = "", peer[INET6_ADDRSTRLEN + 16];

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

static int
tcp_bind(const struct ofp_target *t, int *fd)
{
	int s = socket(t->addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1, rc;

	if (s < 0)
		return -errno;
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	rc = bind(s, (const struct sockaddr *)&t->addr, t->n_addr) ? -errno : 0;
	if (rc)
		close(s);
	else
		*fd = s;
	return rc;
}

static int
listener_open(struct ofp_listener *l, const struct ofp_listener_config *c)
{
	const char *path = ofp_target_path(&l->target);
	const struct loop_acceptor_config config = {.base = c->base,
						    .log = c->log,
						    .name = l->target.text,
						    .accepted = on_accept,
						    .aux = l,
						    .n_failed = c->n_failed};
	int fd = -1;
	int rc = path ? loop_unix_bind(path, &l->name, &fd) : tcp_bind(&l->target, &fd);

	if (rc)
		return rc;
	rc = loop_acceptor_create(&config, fd, &l->acceptor);
	if (rc && path)
		loop_unix_unlink(&l->name);
	return rc;
}

int
ofp_listener_create(const struct ofp_listener_config *config, const struct ofp_target *target,
		    struct ofp_listener **out, char *err, size_t n_err)
{
	struct ofp_listener *l = calloc(1, sizeof *l);
	int rc = -ENOMEM;

	if (l) {
		l->target = *target;
		l->cb = config->accepted;
		l->aux = config->aux;
		rc = listener_open(l, config);
	}
	if (rc) {
		err_print(err, n_err, "%s: %s", target->text,
			  rc == -EEXIST ? "the path exists and is not a socket" : strerror(-rc));
		free(l);
		return rc;
	}
	*out = l;
	return 0;
}

void
ofp_listener_destroy(struct ofp_listener *l)
{
	if (!l)
		return;
	if (ofp_target_path(&l->target))
		loop_unix_unlink(&l->name);
	loop_acceptor_destroy(l->acceptor);
	free(l);
}
