/* SPDX-License-Identifier: Apache-2.0 */
/* socket/: the control socket: frames and requests. Commands are not here.
 *
 * The control socket: JSON-RPC 1.0 over a Unix stream socket, as ovs-appctl speaks it.
 *
 * Request {"method": TEXT, "params": [TEXT, ..], "id": any but null}; reply {"result": TEXT,
 * "error": null | TEXT, "id": the same}. Requests of one client are answered in order; the next is
 * taken when the reply before it has left, so a slow reader holds one reply at most. A reply may come in
 * a later turn of the event loop, and in pieces: then the next piece is made when the client has read the
 * one before, so a client that stops reading holds a piece.
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
#include <stdio.h>

#define CTL_RPC_CLIENTS_MAX 64
#define CTL_RPC_REQUEST_BYTES_MAX (16u << 20)
#define CTL_RPC_REPLY_BYTES_MAX (256u << 20)
#define CTL_RPC_TOTAL (512u << 20)
#define CTL_RPC_PACE (64u << 10) /* bytes a second */
#define CTL_RPC_STALL_S 60

struct ctl_rpc;

/* A request until it is answered. */
struct ctl_rpc_request;

/* Runs RCU-online. 'params' is an array of strings. Calls ctl_rpc_answer() or ctl_rpc_answer_later(). */
typedef void (*ctl_rpc_cb)(void *aux, const char *method, json_t *params,
			   struct ctl_rpc_request *r);

/* Answers a request, from within the ctl_rpc_cb or later. Both texts are freed by the server; 'error'
 * NULL: success. */
void ctl_rpc_answer(struct ctl_rpc_request *r, char *result, char *error);

/* What is called for a request that is answered later; RCU-online. */
struct ctl_rpc_ops {
	/* The client is gone: the request must not be used any more. */
	void (*gone)(void *aux);
	/* After ctl_rpc_answer_pieces(), once a turn at most: writes the next piece of the result, whole
	 * lines, and bounds the work and the bytes. Returns 1 if there are more; 0 after the last, or
	 * -errno, which ends the connection: in both cases the request must not be used any more. */
	int (*piece)(void *aux, FILE *out);
};

/* The request is answered later, by ctl_rpc_answer() or ctl_rpc_answer_pieces(). */
void ctl_rpc_answer_later(struct ctl_rpc_request *r, const struct ctl_rpc_ops *ops, void *aux);

/* Answers with success, by pieces. */
void ctl_rpc_answer_pieces(struct ctl_rpc_request *r);

/* Drops the client instead of an answer: 'gone' is not called. */
void ctl_rpc_abort(struct ctl_rpc_request *r);

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
