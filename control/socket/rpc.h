/* SPDX-License-Identifier: Apache-2.0 */
/* socket/: the control socket: frames and requests. Commands are in command/.
 *
 * The control socket: JSON-RPC 1.0 over a Unix stream socket, compatible with ovs-appctl.
 *
 * Request {"method": TEXT, "params": [TEXT, ..], "id": any but null}; reply {"result": TEXT,
 * "error": null | TEXT, "id": the same}. Requests of a client are answered in order. The next one
 * is read when the previous reply has been sent, so a slow reader holds at most one reply. A reply
 * may be sent in a later turn of the event loop, and in pieces: a piece is made when the client has
 * read the previous one, so a client that stops reading holds one piece.
 *
 * Bounds: CTL_RPC_CLIENTS_MAX clients (one more drops the client that has been silent longest); a
 * request of CTL_RPC_REQUEST_BYTES_MAX; a reply of CTL_RPC_REPLY_BYTES_MAX; CTL_RPC_TOTAL for
 * requests and replies of all clients (beyond it the client that holds most is dropped). A client
 * that reads a reply at less than CTL_RPC_PACE for CTL_RPC_STALL_S is dropped.
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

/* A request; valid until it is answered. */
struct ctl_rpc_request;

/* Handles a request: calls ctl_rpc_answer() or ctl_rpc_answer_later(). 'params' is an array of
 * strings. Called RCU-online. */
typedef void (*ctl_rpc_cb)(void *aux, const char *method, json_t *params,
			   struct ctl_rpc_request *r);

/* Answers a request, during the ctl_rpc_cb or later. 'error' is NULL on success. The server frees
 * both texts. */
void ctl_rpc_answer(struct ctl_rpc_request *r, char *result, char *error);

/* Callbacks of a request that is answered later. Called RCU-online. */
struct ctl_rpc_ops {
	/* The client has disconnected. The request must not be used any more. */
	void (*closed)(void *aux);
	/* Writes the next piece of the result, whole lines, with bounded work and size. Called
	 * after ctl_rpc_answer_pieces(), at most once a turn. Returns 1 if more follow; 0 after
	 * the last; -errno to close the connection. After 0 or -errno the request must not be used
	 * any more. */
	int (*piece)(void *aux, FILE *out);
};

/* Defers the answer to a later ctl_rpc_answer() or ctl_rpc_answer_pieces(). */
void ctl_rpc_answer_later(struct ctl_rpc_request *r, const struct ctl_rpc_ops *ops, void *aux);

/* Answers with success, in pieces. */
void ctl_rpc_answer_pieces(struct ctl_rpc_request *r);

/* Drops the client instead of answering. Calls no callback. */
void ctl_rpc_abort(struct ctl_rpc_request *r);

/* Creates a server that calls 'cb' with 'aux' for each request. Returns 0 or -ENOMEM. */
int ctl_rpc_create(struct event_base *base, ctl_rpc_cb cb, void *aux, struct log *log,
		   struct ctl_rpc **out);

/* Stops accepting clients and removes the socket's file. */
void ctl_rpc_close(struct ctl_rpc *rpc);

/* Sends pending output for up to half a second, then closes everything. NULL is allowed. */
void ctl_rpc_destroy(struct ctl_rpc *rpc);

/* Listens at 'path'. Returns 0, or -errno as loop_unix_bind() does. */
int ctl_rpc_listen(struct ctl_rpc *rpc, const char *path);

/* Serves a connected socket. Returns 0 if the server owns 'fd', which it closes at once if memory
 * runs out later on; -ENOMEM if the caller still owns it. */
int ctl_rpc_client_add(struct ctl_rpc *rpc, evutil_socket_t fd);
unsigned int ctl_rpc_n_clients(const struct ctl_rpc *rpc);

struct ctl_rpc_stats {
	unsigned int n_clients;
	size_t n_bytes; /* held by requests and replies, at the last check */
	/* Connections that could not be accepted; clients dropped because there were too many,
	 * because they read too slowly, because all clients together held too much. */
	uint64_t n_accept_failed, n_silent, n_slow, n_largest;
};

void ctl_rpc_stats(const struct ctl_rpc *rpc, struct ctl_rpc_stats *out);

/* Replaces the bound CTL_RPC_TOTAL, for tests. */
void ctl_rpc_total_set(struct ctl_rpc *rpc, size_t n_bytes);

/* Drops clients that read their replies too slowly. The server calls it each second. */
void ctl_rpc_tick(struct ctl_rpc *rpc, uint64_t now_ns);
