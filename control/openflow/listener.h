/* SPDX-License-Identifier: Apache-2.0 */
/* A place where OpenFlow connections are accepted.
 *
 * Thread safety: the thread of the event loop. */
#pragma once

#include "connection_target.h"

#include <base/log.h>

#include <event2/event.h>

struct ctl_listener;

/* Takes 'fd', non-blocking. Not RCU-online. 'peer': who it is, for the log. */
typedef void (*ctl_accept_cb)(void *aux, evutil_socket_t fd, const char *peer);

/* Listens at a passive target; a Unix socket that is there is replaced.
 * Returns 0, or -errno with 'err'. */
int ctl_listener_create(struct event_base *base, const struct ctl_target *target, ctl_accept_cb cb,
			void *aux, struct log *log, struct ctl_listener **out, char *err,
			size_t n_err);

/* Removes a Unix socket's name. */
void ctl_listener_destroy(struct ctl_listener *l);

/* The TCP port in use, or 0. */
unsigned int ctl_listener_port(const struct ctl_listener *l);
