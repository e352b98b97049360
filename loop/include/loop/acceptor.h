/* SPDX-License-Identifier: Apache-2.0 */
/* Accepts connections from a listening socket.
 *
 * A turn of the event loop accepts at most LOOP_ACCEPT_A_TURN connections; then other events are
 * served. If accepting fails, for instance for lack of file descriptors, the failure is counted and
 * logged and the socket rests for LOOP_ACCEPT_REST_S. Connections in its backlog wait until then.
 *
 * Thread safety: the thread of the event loop. */
#pragma once

#include <base/log.h>

#include <event2/event.h>
#include <stdint.h>
#include <sys/socket.h>

#define LOOP_ACCEPT_A_TURN 64
#define LOOP_ACCEPT_REST_S 1

struct loop_acceptor;

struct loop_acceptor_config {
	struct event_base *base;
	struct log *log;
	const char *name; /* for the log; borrowed */
	/* Takes 'fd', non-blocking and close-on-exec. Not RCU-online. */
	void (*accepted)(void *aux, int fd, const struct sockaddr *sa);
	void *aux;
	uint64_t *n_failed; /* counts failures; borrowed */
};

/* Listens on 'fd', which is bound and non-blocking, and takes it. Returns 0, or -errno
 * with 'fd' closed. */
int loop_acceptor_create(const struct loop_acceptor_config *config, int fd,
			 struct loop_acceptor **out);
void loop_acceptor_destroy(struct loop_acceptor *a);
