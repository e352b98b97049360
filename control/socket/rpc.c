/* SPDX-License-Identifier: Apache-2.0 */
#include "socket/rpc.h"

#include "socket/frame.h"

#include <base/clock.h>
#include <base/rcu.h>
#include <loop/acceptor.h>
#include <loop/pace.h>
#include <loop/unix_socket.h>

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#define FLUSH_NS (NS_PER_S / 2)

struct ctl_rpc_request {
	json_t *id;		       /* NULL between requests */
	const struct ctl_rpc_ops *ops; /* NULL unless it is answered later */
	void *aux;
	bool in_pieces;
};

struct client {
	TAILQ_ENTRY(client) link; /* sorted by the last request, oldest first */
	struct ctl_rpc *rpc;
	struct bufferevent *bev;
	struct ctl_frame frame;
	struct evbuffer *scanned; /* the scanned part of an incomplete request */
	struct loop_pace pace;
	struct ctl_rpc_request request;
	struct event *work; /* continues in the next turn */
	bool closing;	    /* takes no request; freed when its output is sent */
	bool ended;	    /* shut down its side; freed when all is answered */
};

TAILQ_HEAD(client_list, client);

struct ctl_rpc {
	struct event_base *base;
	ctl_rpc_cb cb;
	void *aux;
	struct log *log;
	struct loop_acceptor *acceptor;
	struct loop_unix_name name; /* valid while 'acceptor' is set */
	struct event *tick;
	struct client_list clients;
	size_t total_max;
	struct ctl_rpc_stats stats;
};

static void
client_free(struct client *c)
{
	TAILQ_REMOVE(&c->rpc->clients, c, link);
	c->rpc->stats.n_clients--;
	if (c->request.ops)
		c->request.ops->closed(c->request.aux);
	json_decref(c->request.id);
	event_free(c->work);
	evbuffer_free(c->scanned);
	bufferevent_free(c->bev);
	free(c);
}

static size_t
output_bytes(const struct client *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->bev));
}

static size_t
held_bytes(const struct client *c)
{
	return evbuffer_get_length(bufferevent_get_input(c->bev)) +
	       evbuffer_get_length(c->scanned) + output_bytes(c);
}

static int
dump_append(const char *data, size_t n, void *aux)
{
	return evbuffer_add(aux, data, n);
}

/* Sends a reply. Takes the references of 'result' and 'error'. */
static void
reply_send(struct client *c, json_t *id, json_t *result, json_t *error)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);
	json_t *reply = json_object();

	if (!reply || !result || !error || json_object_set(reply, "id", id ? id : json_null()) ||
	    json_object_set(reply, "result", result) || json_object_set(reply, "error", error) ||
	    json_dump_callback(reply, dump_append, out, JSON_COMPACT)) {
		LOG_ERR(c->rpc->log, CONTROL, "a reply cannot be made: out of memory");
		c->closing = true;
	}
	json_decref(result);
	json_decref(error);
	json_decref(reply);
}

/* Returns the text as JSON. A newline is added if it lacks one and is not empty, as ovs-appctl
 * prints it unchanged. */
static json_t *
text_make(const char *text)
{
	size_t n = strlen(text);
	bool whole = n == 0 || text[n - 1] == '\n';
	json_t *s = whole ? json_stringn(text, n) : json_sprintf("%s\n", text);

	return s ? s : json_string("the reply is not valid UTF-8\n");
}

static void
error_send(struct client *c, json_t *id, const char *text)
{
	reply_send(c, id, json_null(), text_make(text));
}

static bool
params_valid(const json_t *params)
{
	size_t i;
	json_t *p;

	if (!json_is_array(params))
		return false;
	json_array_foreach (params, i, p)
		if (!json_is_string(p))
			return false;
	return true;
}

static struct client *
client_of(struct ctl_rpc_request *r)
{
	return (struct client *)((char *)r - offsetof(struct client, request));
}

static void
request_end(struct ctl_rpc_request *r)
{
	json_decref(r->id);
	*r = (struct ctl_rpc_request){0};
}

/* Schedules on_work() for the next turn of the event loop, after all clients that are ready in
 * this turn. */
static void
work_later(struct client *c)
{
	const struct timeval now = {0};

	event_add(c->work, &now);
}

void
ctl_rpc_answer(struct ctl_rpc_request *r, char *result, char *error)
{
	struct client *c = client_of(r);

	if (result && strlen(result) > CTL_RPC_REPLY_BYTES_MAX)
		error_send(c, r->id, "the reply is over 256 MiB; ask for a part of it");
	else if (error)
		error_send(c, r->id, error);
	else
		reply_send(c, r->id, text_make(result ? result : ""), json_null());
	free(result);
	free(error);
	request_end(r);
	if (c->closing)
		work_later(c);
}

void
ctl_rpc_answer_later(struct ctl_rpc_request *r, const struct ctl_rpc_ops *ops, void *aux)
{
	r->ops = ops;
	r->aux = aux;
}

/* Appends text to the output. A reply in pieces is
 * {"id":ID,"result":"PIECE PIECE ..","error":null}. */
static int
text_append(struct client *c, const char *text, size_t n)
{
	return evbuffer_add(bufferevent_get_output(c->bev), text, n) ? -ENOMEM : 0;
}

/* Appends text as the inside of a JSON string. */
static int
escaped_append(struct client *c, const char *text, size_t n)
{
	json_t *s = json_stringn(text, n);
	char *quoted = s ? json_dumps(s, JSON_ENCODE_ANY) : NULL;
	int rc = quoted ? text_append(c, quoted + 1, strlen(quoted) - 2) : -EILSEQ;

	free(quoted);
	json_decref(s);
	return rc;
}

void
ctl_rpc_answer_pieces(struct ctl_rpc_request *r)
{
	struct client *c = client_of(r);
	char *id = json_dumps(r->id, JSON_ENCODE_ANY | JSON_COMPACT);

	r->in_pieces = true;
	if (!id || text_append(c, "{\"id\":", 6) || text_append(c, id, strlen(id)) ||
	    text_append(c, ",\"result\":\"", 11))
		c->closing = true;
	if (c->closing)
		work_later(c);
	free(id);
}

void
ctl_rpc_abort(struct ctl_rpc_request *r)
{
	struct client *c = client_of(r);

	request_end(r);
	c->closing = true;
	work_later(c);
}

/* Makes the next piece and appends it. Returns as ctl_rpc_ops.piece(). */
static int
piece_append(struct client *c)
{
	const struct ctl_rpc_request *r = &c->request;
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	int rc, error;

	if (!f)
		return -ENOMEM;
	rc = r->ops->piece(r->aux, f);
	error = fclose(f) ? -ENOMEM : escaped_append(c, text, n);
	free(text);
	return rc > 0 && error ? error : rc;
}

/* Makes the next piece. Called once a turn, when the client has read the previous piece. */
static void
pieces_continue(struct client *c)
{
	int rc = piece_append(c);

	if (rc > 0) {
		if (output_bytes(c) == 0)
			work_later(c);
		return;
	}
	c->request.ops = NULL;
	if (!rc)
		rc = text_append(c, "\",\"error\":null}", 15);
	if (rc) {
		LOG_ERR(c->rpc->log, CONTROL, "a reply ends early: %s", strerror(-rc));
		c->closing = true;
	}
	request_end(&c->request);
}

static void
request_run(struct client *c, const json_t *request)
{
	const char *method = json_string_value(json_object_get(request, "method"));
	json_t *params = json_object_get(request, "params");
	json_t *id = json_object_get(request, "id");

	if (!method || !params_valid(params) || !id || json_is_null(id)) {
		error_send(c, id,
			   "not a request; expected {\"method\": TEXT, \"params\": [TEXT, ..], "
			   "\"id\": N}");
		return;
	}
	c->request = (struct ctl_rpc_request){.id = json_incref(id)};
	c->rpc->cb(c->rpc->aux, method, params, &c->request);
}

/* Answers malformed input with an error and closes the connection, since the start of the next
 * request is unknown. */
static void
client_reject(struct client *c, const char *why)
{
	LOG_WARN(c->rpc->log, CONTROL, "control client dropped: %s", why);
	error_send(c, NULL, why);
	c->closing = true;
}

static void
message_take(struct client *c)
{
	size_t n = evbuffer_get_length(c->scanned);
	const char *text = (const char *)evbuffer_pullup(c->scanned, (ev_ssize_t)n);
	json_error_t why;
	json_t *request = text ? json_loadb(text, n, JSON_REJECT_DUPLICATES, &why) : NULL;

	evbuffer_drain(c->scanned, n);
	c->frame = (struct ctl_frame){0};
	TAILQ_REMOVE(&c->rpc->clients, c, link);
	TAILQ_INSERT_TAIL(&c->rpc->clients, c, link);
	if (request)
		request_run(c, request);
	else
		client_reject(c, "the request is not valid JSON");
	json_decref(request);
}

/* Scans the bytes received since the last scan, chunk by chunk, and moves them to 'scanned'. So the
 * cost is proportional to the new bytes, however long the request is. They are copied, since a
 * chunk may hold a single byte. */
static enum ctl_frame_status
input_scan(struct client *c, struct evbuffer *in)
{
	enum ctl_frame_status status = CTL_FRAME_MORE;
	struct evbuffer_iovec chunk;

	while (status == CTL_FRAME_MORE && evbuffer_peek(in, -1, NULL, &chunk, 1) > 0) {
		size_t n = c->frame.n_scanned;

		status = ctl_frame_scan(&c->frame, chunk.iov_base, chunk.iov_len);
		n = c->frame.n_scanned - n;
		if (evbuffer_add(c->scanned, chunk.iov_base, n) || evbuffer_drain(in, n))
			return CTL_FRAME_BAD;
	}
	return status;
}

/* Returns the client that holds most bytes, and the sum of all; NULL without clients. */
static struct client *
largest_find(const struct ctl_rpc *rpc, size_t *total)
{
	struct client *c, *largest = NULL;

	*total = 0;
	TAILQ_FOREACH (c, &rpc->clients, link) {
		*total += held_bytes(c);
		if (!largest || held_bytes(c) > held_bytes(largest))
			largest = c;
	}
	return largest;
}

/* Drops the client that holds most if all clients together hold too much. Called after each growth
 * of a client's buffers. O(clients). */
static void
rpc_shrink(struct ctl_rpc *rpc)
{
	struct client *c = largest_find(rpc, &rpc->stats.n_bytes);

	if (!c || rpc->stats.n_bytes <= rpc->total_max)
		return;
	LOG_WARN(rpc->log, CONTROL, "control client dropped: all hold over %zu MiB, it holds most",
		 rpc->total_max >> 20);
	rpc->stats.n_largest++;
	rpc->stats.n_bytes -= held_bytes(c);
	client_free(c);
}

static void
client_serve(struct client *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);

	if (c->request.in_pieces && output_bytes(c) == 0)
		pieces_continue(c);
	while (!c->closing && !c->request.id && output_bytes(c) == 0 &&
	       evbuffer_get_length(in) > 0) {
		enum ctl_frame_status status = input_scan(c, in);

		if (status == CTL_FRAME_DONE)
			message_take(c);
		else if (status == CTL_FRAME_BAD)
			client_reject(c, "a request is a JSON object nested 64 deep at most");
		else if (evbuffer_get_length(c->scanned) >= CTL_RPC_REQUEST_BYTES_MAX)
			client_reject(c, "the request is over 16 MiB");
		else
			break;
	}
	if ((c->closing || (c->ended && !c->request.id)) && output_bytes(c) == 0)
		client_free(c);
	else if (c->closing)
		bufferevent_disable(c->bev, EV_READ);
}

static void
on_ready(struct bufferevent *bev, void *aux)
{
	struct client *c = aux;
	struct ctl_rpc *rpc = c->rpc;

	(void)bev;
	rcu_wake();
	client_serve(c);
	rpc_shrink(rpc);
	rcu_sleep();
}

static void
on_work(evutil_socket_t fd, short what, void *aux)
{
	(void)fd;
	(void)what;
	on_ready(NULL, aux);
}

/* Frees the client, unless it shut down its side of the connection and still waits for answers. */
static void
on_event(struct bufferevent *bev, short what, void *aux)
{
	struct client *c = aux;

	(void)bev;
	rcu_wake();
	if ((what & BEV_EVENT_EOF) && (output_bytes(c) > 0 || c->request.id))
		c->ended = true;
	else
		client_free(c);
	rcu_sleep();
}

static void
on_output(struct evbuffer *out, const struct evbuffer_cb_info *info, void *aux)
{
	struct client *c = aux;

	(void)out;
	c->pace.sent += info->n_deleted;
}

void
ctl_rpc_tick(struct ctl_rpc *rpc, uint64_t now_ns)
{
	struct client *next;

	for (struct client *c = TAILQ_FIRST(&rpc->clients); c; c = next) {
		next = TAILQ_NEXT(c, link);
		if (loop_pace_check(&c->pace, output_bytes(c), CTL_RPC_PACE, CTL_RPC_STALL_S,
				    now_ns))
			continue;
		rpc->stats.n_slow++;
		LOG_WARN(rpc->log, CONTROL, "control client dropped: it reads less than %u KiB/s",
			 CTL_RPC_PACE >> 10);
		client_free(c);
	}
}

static void
on_tick(evutil_socket_t fd, short what, void *aux)
{
	(void)fd;
	(void)what;
	rcu_wake();
	ctl_rpc_tick(aux, clock_now_ns());
	rcu_sleep();
}

int
ctl_rpc_client_add(struct ctl_rpc *rpc, evutil_socket_t fd)
{
	struct client *c = calloc(1, sizeof *c);

	if (!c)
		return -ENOMEM;
	evutil_make_socket_nonblocking(fd);
	c->bev = bufferevent_socket_new(rpc->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!c->bev) {
		free(c);
		return -ENOMEM;
	}
	c->work = evtimer_new(rpc->base, on_work, c);
	c->scanned = evbuffer_new();
	if (!c->work || !c->scanned ||
	    !evbuffer_add_cb(bufferevent_get_output(c->bev), on_output, c)) {
		if (c->work)
			event_free(c->work);
		if (c->scanned)
			evbuffer_free(c->scanned);
		bufferevent_free(c->bev);
		free(c);
		return 0;
	}
	if (rpc->stats.n_clients == CTL_RPC_CLIENTS_MAX) {
		rpc->stats.n_silent++;
		LOG_WARN(rpc->log, CONTROL,
			 "over %d control clients: the one silent longest is dropped",
			 CTL_RPC_CLIENTS_MAX);
		client_free(TAILQ_FIRST(&rpc->clients));
	}
	c->rpc = rpc;
	TAILQ_INSERT_TAIL(&rpc->clients, c, link);
	rpc->stats.n_clients++;
	bufferevent_setcb(c->bev, on_ready, on_ready, on_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, CTL_RPC_REQUEST_BYTES_MAX);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	return 0;
}

unsigned int
ctl_rpc_n_clients(const struct ctl_rpc *rpc)
{
	return rpc->stats.n_clients;
}

void
ctl_rpc_total_set(struct ctl_rpc *rpc, size_t n_bytes)
{
	rpc->total_max = n_bytes;
}

void
ctl_rpc_stats(const struct ctl_rpc *rpc, struct ctl_rpc_stats *out)
{
	*out = rpc->stats;
}

static void
on_accept(void *aux, int fd, const struct sockaddr *sa)
{
	(void)sa;
	rcu_wake();
	if (ctl_rpc_client_add(aux, fd))
		close(fd);
	rcu_sleep();
}

int
ctl_rpc_create(struct event_base *base, ctl_rpc_cb cb, void *aux, struct log *log,
	       struct ctl_rpc **out)
{
	const struct timeval second = {.tv_sec = 1};
	struct ctl_rpc *rpc = calloc(1, sizeof *rpc);

	if (!rpc)
		return -ENOMEM;
	rpc->base = base;
	rpc->cb = cb;
	rpc->aux = aux;
	rpc->log = log;
	rpc->total_max = CTL_RPC_TOTAL;
	TAILQ_INIT(&rpc->clients);
	rpc->tick = event_new(base, -1, EV_PERSIST, on_tick, rpc);
	if (!rpc->tick || event_add(rpc->tick, &second)) {
		ctl_rpc_destroy(rpc);
		return -ENOMEM;
	}
	*out = rpc;
	return 0;
}

int
ctl_rpc_listen(struct ctl_rpc *rpc, const char *path)
{
	const struct loop_acceptor_config config = {.base = rpc->base,
						    .log = rpc->log,
						    .name = "the control socket",
						    .accepted = on_accept,
						    .aux = rpc,
						    .n_failed = &rpc->stats.n_accept_failed};
	int fd = -1;
	int rc = loop_unix_bind(path, &rpc->name, &fd);

	if (rc)
		return rc;
	rc = loop_acceptor_create(&config, fd, &rpc->acceptor);
	if (rc)
		loop_unix_unlink(&rpc->name);
	return rc;
}

static void
client_flush(struct client *c, uint64_t until_ns)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);
	struct pollfd p = {.fd = bufferevent_getfd(c->bev), .events = POLLOUT};

	bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	while (evbuffer_get_length(out) > 0 && clock_now_ns() < until_ns) {
		evbuffer_unfreeze(out, 1);
		if (evbuffer_write(out, p.fd) < 0 && errno != EAGAIN)
			return;
		poll(&p, 1, 50);
	}
}

void
ctl_rpc_close(struct ctl_rpc *rpc)
{
	if (!rpc->acceptor)
		return;
	loop_unix_unlink(&rpc->name);
	loop_acceptor_destroy(rpc->acceptor);
	rpc->acceptor = NULL;
}

void
ctl_rpc_destroy(struct ctl_rpc *rpc)
{
	uint64_t until_ns = clock_now_ns() + FLUSH_NS;
	struct client *next;

	if (!rpc)
		return;
	ctl_rpc_close(rpc);
	for (struct client *c = TAILQ_FIRST(&rpc->clients); c; c = next) {
		next = TAILQ_NEXT(c, link);
		client_flush(c, until_ns);
		client_free(c);
	}
	if (rpc->tick)
		event_free(rpc->tick);
	free(rpc);
}
