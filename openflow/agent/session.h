/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a peer: it is made, accepted or refused, and ends. Thread safety: control only. */
#pragma once

#include "peers/state.h"

/* Takes 'bev'. 0 or -ENOMEM: 'bev' is freed. */
int peer_create(struct agent_bridge *b, struct controller *c, struct bufferevent *bev, bool tls,
		bool connected, const char *name, struct peer **out);
void peer_destroy(struct peer *p);

/* Accepts a connection for 'b'; closes 'fd' when there are too many. */
void peer_accept(struct agent_bridge *b, struct controller *c, evutil_socket_t fd, bool tls,
		 const char *name);
