/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a peer: creation, acceptance or refusal, end. Thread safety: control only. */
#pragma once

#include "peers/state.h"

/* Takes 'bev'. Returns 0, or -ENOMEM with 'bev' freed. */
int peer_create(struct agent_bridge *b, struct controller *c, struct bufferevent *bev, bool tls,
		bool connected, const char *name, struct peer **out);
void peer_destroy(struct peer *p);

/* Accepts a connection for 'b'; closes 'fd' if there are too many connections. */
void peer_accept(struct agent_bridge *b, struct controller *c, evutil_socket_t fd, bool tls,
		 const char *name);
