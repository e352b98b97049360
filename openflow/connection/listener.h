/* SPDX-License-Identifier: Apache-2.0 */
/* A listener that accepts OpenFlow connections.
 *
 * Thread safety: the thread of the event loop. */
#pragma once

#include <base/log.h>
#include <openflow/target.h>

#include <event2/event.h>

struct ofp_listener;

/* Takes 'fd', which is non-blocking. Not RCU-online. 'peer': the remote address, for the log. */
typedef void (*loop_accept_cb)(void *aux, evutil_socket_t fd, const char *peer);

struct ofp_listener_config {
	struct event_base *base;
	struct log *log;
	loop_accept_cb accepted;
	void *aux;
	uint64_t *n_failed; /* counts connections that could not be accepted; borrowed */
};

/* Listens at a passive target. An existing Unix socket is replaced if no process listens at it; any
 * other file is kept. Returns 0, or -errno with 'err'. */
int ofp_listener_create(const struct ofp_listener_config *config, const struct ofp_target *target,
			struct ofp_listener **out, char *err, size_t n_err);

/* Stops listening. The name of a Unix socket is removed, unless it belongs to another
 * file by now. */
void ofp_listener_destroy(struct ofp_listener *l);
