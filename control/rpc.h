/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket: JSON-RPC 1.0 over a Unix stream socket, as ovs-appctl speaks it.
 *
 * Request {"method": TEXT, "params": [TEXT, ..], "id": any but null}; reply {"result": TEXT,
 * "error": null | TEXT, "id": the same}. Requests of one client are answered in order; the next is
 * taken when the reply before it has left, so a slow reader holds one reply at most.
 *
 * Bounds: CTL_RPC_CLIENTS_MAX clients (then the one that was silent longest goes), a request of
 * CTL_RPC_REQUEST_BYTES_MAX, a reply of CTL_RPC_REPLY_BYTES_MAX, CTL_RPC_TOTAL of requests and replies
 * of all clients (then the one that holds most goes). A client that reads a reply at less than
 * CTL_RPC_PACE, over CTL_RPC_STALL_S, is dropped.
 * Thread safety: the thread of the event loop, RCU-registered and offline while it waits. */
#pragma once

#include <base/log.h>

#include <event2/event.h>
#include <jansson.h>

#define CTL_RPC_CLIENTS_MAX 64
#define CTL_RPC_REQUEST_BYTES_MAX (16u << 20)
#define CTL_RPC_REPLY_BYTES_MAX (256u << 20)
#define CTL_RPC_TOTAL (512u << 20)
#define CTL_RPC_PACE (64u << 10) /* bytes a second */
#define CTL_RPC_STALL_S 60

struct ctl_rpc;

/* What a method answers. Both texts are to be freed by the server; 'error' NULL: success. */
struct ctl_rpc_reply {
	char *result;
	char *error;
};

/* Runs RCU-online. 'params' is an array of strings. */
typedef void (*ctl_rpc_cb)(void *aux, const char *method, const json_t *params,
			   struct ctl_rpc_reply *reply);

int ctl_rpc_create(struct event_base *base, ctl_rpc_cb cb, void *aux, struct log *log,
		   struct ctl_rpc **out);

/* Accepts no client any more, and removes the socket's name. */
void ctl_rpc_close(struct ctl_rpc *rpc);

/* Sends what is still to be sent, for half a second at most, and closes everything. */
void ctl_rpc_destroy(struct ctl_rpc *rpc);

/* Listens at 'path'. Returns 0, or -errno as ctl_unix_bind(). */
int ctl_rpc_listen(struct ctl_rpc *rpc, const char *path);

/* Serves a connected socket, which becomes the server's. */
int ctl_rpc_client_add(struct ctl_rpc *rpc, evutil_socket_t fd);
unsigned int ctl_rpc_n_clients(const struct ctl_rpc *rpc);

struct ctl_rpc_stats {
	unsigned int n_clients;
	size_t n_bytes; /* of requests and replies, at the last look */
	/* Connections that could not be accepted; clients dropped because there were too many, because
	 * they read too slowly, because all held too much. */
	uint64_t n_accept_failed, n_silent, n_slow, n_largest;
};

void ctl_rpc_stats(const struct ctl_rpc *rpc, struct ctl_rpc_stats *out);

/* Another bound than CTL_RPC_TOTAL: for tests. */
void ctl_rpc_total_set(struct ctl_rpc *rpc, size_t n_bytes);

/* Looks whether clients read their replies. Runs by itself each second. */
void ctl_rpc_tick(struct ctl_rpc *rpc, uint64_t now_ns);
