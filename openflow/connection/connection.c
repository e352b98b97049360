/* SPDX-License-Identifier: Apache-2.0 */
#include "connection/connection.h"

#include "connection/hello.h"
#include "connection/tls.h"

#include <base/rcu.h>
#include <loop/pace.h>

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

#define READ_BYTES_MAX (64u << 10) /* the longest message fits */

enum state {
	STATE_CONNECTING, /* the transport is not established */
	STATE_HELLO,	  /* own HELLO sent; the peer's is awaited */
	STATE_READY,
	STATE_CLOSED, /* the event loop will notify the owner */
};

struct ofp_conn {
	LIST_ENTRY(ofp_conn) link; /* of its pool */
	struct ofp_conn_config config;
	struct bufferevent *bev;
	struct event *work;  /* continues with the input, or ends the connection */
	struct event *probe; /* the peer has been silent */
	enum state state;
	struct evbuffer_cb_entry *counter;
	struct loop_pace pace;
	enum ofp_conn_end end;
	const char *why;
	char why_tls[160];
	uint64_t n_held, n_full;
	uint8_t version;
	bool paused, probed, serving, answering;
	bool ended; /* the peer has closed its side; its messages are still served */
};

const char *const ofp_conn_end_names[OFP_CONN_N_ENDS] = {
	[OFP_CONN_END_PEER] = "peer",	      [OFP_CONN_END_TLS] = "tls",
	[OFP_CONN_END_HELLO] = "no-hello",    [OFP_CONN_END_VERSION] = "version",
	[OFP_CONN_END_PROTOCOL] = "protocol", [OFP_CONN_END_SILENT] = "silent",
	[OFP_CONN_END_SLOW] = "slow-reader",  [OFP_CONN_END_LARGEST] = "largest",
	[OFP_CONN_END_OWNER] = "closed-here",
};

static struct evbuffer *
input_of(const struct ofp_conn *c)
{
	return bufferevent_get_input(c->bev);
}

size_t
ofp_conn_pending(const struct ofp_conn *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->bev));
}

static void
drop(struct ofp_conn *c, enum ofp_conn_end end, const char *why)
{
	if (c->state == STATE_CLOSED)
		return;
	c->state = STATE_CLOSED;
	c->end = end;
	c->why = why;
	bufferevent_disable(c->bev, EV_READ);
	event_active(c->work, 0, 0);
}

void
ofp_conn_close(struct ofp_conn *c, const char *why)
{
	drop(c, OFP_CONN_END_OWNER, why);
}

uint64_t
ofp_conn_held(const struct ofp_conn *c)
{
	return c->n_held;
}

uint64_t
ofp_conn_full(const struct ofp_conn *c)
{
	return c->n_full;
}

void
ofp_conn_answer(struct ofp_conn *c)
{
	c->answering = true;
}

/* Serves the connection in the next turn of the event loop, after the events of this one.
 * event_active() would run within this turn. */
static void
work_later(struct ofp_conn *c)
{
	const struct timeval now = {0};

	event_add(c->work, &now);
}

static void
write_enable(struct ofp_conn *c)
{
	if (!(bufferevent_get_enabled(c->bev) & EV_WRITE))
		bufferevent_enable(c->bev, EV_WRITE);
}

static void
see(const struct ofp_conn *c, const void *bytes, size_t n)
{
	if (c->config.ops->seen && c->state == STATE_READY)
		c->config.ops->seen(c->config.aux, bytes, n);
}

/* Discards the bytes that wait to be sent, so that they no longer count while the event loop has
 * yet to end the connection. */
static bool
drop_largest(struct ofp_conn *c)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);

	drop(c, OFP_CONN_END_LARGEST,
	     "over 64 MiB wait to be sent to all peers, most of it to this one");
	bufferevent_disable(c->bev, EV_WRITE);
	evbuffer_unfreeze(out, 1);
	return !evbuffer_drain(out, evbuffer_get_length(out));
}

/* O(connections) for each one dropped. */
static void
pool_shrink(struct ofp_conn_pool *pool)
{
	bool dropped = true;

	while (pool->n_bytes > OFP_CONN_TOTAL && dropped) {
		struct ofp_conn *c, *largest = LIST_FIRST(&pool->conns);

		LIST_FOREACH(c, &pool->conns, link)
		if (ofp_conn_pending(c) > ofp_conn_pending(largest))
			largest = c;
		dropped = drop_largest(largest);
	}
}

void
ofp_conn_send(struct ofp_conn *c, const void *bytes, size_t n)
{
	if (c->state == STATE_CLOSED)
		return;
	see(c, bytes, n);
	if (bufferevent_write(c->bev, bytes, n))
		ofp_conn_close(c, "out of memory");
	else if (!c->serving)
		write_enable(c);
	pool_shrink(c->config.pool);
}

/* Sends waiting output at once, without another turn of the event loop; the rest, if any, when the
 * socket is writable. */
static void
flush(struct ofp_conn *c)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);

	if (!evbuffer_get_length(out))
		return;
	if (c->config.plain) {
		evbuffer_unfreeze(out, 1);
		evbuffer_write(out, bufferevent_getfd(c->bev));
		evbuffer_freeze(out, 1);
	}
	if (evbuffer_get_length(out))
		write_enable(c);
	else if (c->state == STATE_CLOSED)
		event_active(c->work, 0, 0);
}

void
ofp_conn_send_unasked(struct ofp_conn *c, const void *bytes, size_t n)
{
	if (ofp_conn_pending(c) + n > OFP_CONN_OUTPUT_MAX)
		drop(c, OFP_CONN_END_SLOW, "the peer reads too slowly: over 8 MiB wait to be sent");
	else
		ofp_conn_send(c, bytes, n);
}

/* Like drop(), but waiting output may be sent first, within a second. */
static void
finish(struct ofp_conn *c, enum ofp_conn_end end, const char *why)
{
	const struct timeval patience = {.tv_sec = 1};

	c->state = STATE_CLOSED;
	c->end = end;
	c->why = why;
	bufferevent_disable(c->bev, EV_READ);
	event_add(c->work, &patience);
}

static void
probe_arm(struct ofp_conn *c)
{
	struct timeval tv = {.tv_sec = c->config.probe_s};

	c->probed = false;
	if (c->config.probe_s)
		event_add(c->probe, &tv);
}

static void
hello_send(struct ofp_conn *c)
{
	uint8_t msg[OFP_HELLO_BYTES];

	c->state = STATE_HELLO;
	ofp_hello_make(c->config.versions, msg);
	ofp_conn_send(c, msg, sizeof msg);
}

static void
hello_take(struct ofp_conn *c, const uint8_t *msg, size_t n)
{
	uint8_t version;

	if (msg[1] != OFP_MSG_HELLO) {
		drop(c, OFP_CONN_END_PROTOCOL, "the first message is not a HELLO");
		return;
	}
	version = ofp_hello_agree(c->config.versions, msg, n);
	if (!version) {
		uint8_t error[OFP_HELLO_ERROR_BYTES];

		ofp_conn_send(c, error, ofp_hello_refuse(c->config.versions, msg, error));
		finish(c, OFP_CONN_END_VERSION, "no common version of OpenFlow");
		return;
	}
	c->version = version;
	c->state = STATE_READY;
	event_del(c->probe);
	probe_arm(c);
	c->config.ops->ready(c->config.aux);
}

static void
echo_answer(struct ofp_conn *c, uint8_t *msg, size_t n)
{
	msg[1] = OFP_MSG_ECHO_REPLY;
	ofp_conn_send(c, msg, n);
}

static void
message_take(struct ofp_conn *c, uint8_t *msg, size_t n)
{
	see(c, msg, n);
	if (c->state == STATE_HELLO)
		hello_take(c, msg, n);
	else if (msg[0] != c->version && msg[1] != OFP_MSG_HELLO && msg[1] != OFP_MSG_ERROR) {
		uint8_t error[OFP_HELLO_ERROR_BYTES];

		ofp_conn_send(c, error, ofp_hello_bad_version(c->version, msg, n, error));
	} else if (msg[1] == OFP_MSG_ECHO_REQUEST)
		echo_answer(c, msg, n);
	else if (msg[1] != OFP_MSG_ECHO_REPLY && msg[1] != OFP_MSG_HELLO)
		c->config.ops->message(c->config.aux, msg, n);
}

/* Returns the length of the first message of the input, or 0 if it is incomplete. */
static size_t
message_bytes(struct ofp_conn *c, struct evbuffer *in)
{
	uint8_t header[OFP_CONN_HEADER_BYTES];
	size_t n;

	if (evbuffer_copyout(in, header, sizeof header) < (ev_ssize_t)sizeof header)
		return 0;
	n = (size_t)header[2] << 8 | header[3];
	if (n < sizeof header) {
		drop(c, OFP_CONN_END_PROTOCOL,
		     "the length of a message is less than that of its header");
		return 0;
	}
	return evbuffer_get_length(in) >= n ? n : 0;
}

static bool
may_serve(const struct ofp_conn *c)
{
	return (c->state == STATE_HELLO || c->state == STATE_READY) && !c->paused &&
	       ofp_conn_pending(c) < OFP_CONN_BACKLOG;
}

static bool
may_continue(const struct ofp_conn *c)
{
	return c->state == STATE_READY && !c->paused && ofp_conn_pending(c) < OFP_CONN_ANSWER;
}

/* Returns the number of messages taken. */
static unsigned int
messages_take(struct ofp_conn *c)
{
	struct evbuffer *in = input_of(c);
	unsigned int n_messages = 0;

	while (!c->answering && may_serve(c) && n_messages < OFP_CONN_MESSAGES) {
		size_t n = message_bytes(c, in);
		uint8_t *msg = n ? evbuffer_pullup(in, (ev_ssize_t)n) : NULL;

		if (!msg)
			break;
		message_take(c, msg, n);
		evbuffer_drain(in, n);
		n_messages++;
	}
	if (n_messages && c->state == STATE_READY)
		c->config.ops->batch_end(c->config.aux);
	return n_messages;
}

/* Stops reading while the input holds READ_BYTES_MAX. A read watermark would not do: libevent calls
 * on_read() again and again while the input is that long. */
static void
read_limit(struct ofp_conn *c)
{
	bool full = evbuffer_get_length(input_of(c)) >= READ_BYTES_MAX;

	if (c->state == STATE_CLOSED || full == !(bufferevent_get_enabled(c->bev) & EV_READ))
		return;
	if (full)
		bufferevent_disable(c->bev, EV_READ);
	else
		bufferevent_enable(c->bev, EV_READ);
}

/* One turn: some messages, then one part of an answer to them. */
static void
serve(struct ofp_conn *c)
{
	bool more;

	c->serving = true;
	more = messages_take(c) == OFP_CONN_MESSAGES;
	c->n_full += more;
	if (c->answering && may_continue(c)) {
		c->answering = c->config.ops->continue_answer(c->config.aux);
		more = true;
	}
	c->serving = false;
	flush(c);
	read_limit(c);
	if (c->answering ? !may_continue(c) : !may_serve(c) && !c->paused)
		c->n_held += c->state == STATE_READY;
	else if (more)
		work_later(c);
	else if (c->ended && !c->paused && !c->answering)
		drop(c, OFP_CONN_END_PEER, "the peer closed the connection");
}

static void
end(struct ofp_conn *c)
{
	c->config.ops->closed(c->config.aux, c->end, c->why);
	ofp_conn_destroy(c);
}

static void
on_work(evutil_socket_t fd, short what, void *aux)
{
	struct ofp_conn *c = aux;

	(void)fd;
	(void)what;
	rcu_wake();
	if (c->state == STATE_CLOSED)
		end(c);
	else
		serve(c);
	rcu_sleep();
}

static void
on_read(struct bufferevent *bev, void *aux)
{
	struct ofp_conn *c = aux;

	(void)bev;
	rcu_wake();
	if (c->state == STATE_READY)
		probe_arm(c);
	serve(c);
	rcu_sleep();
}

static void
on_write(struct bufferevent *bev, void *aux)
{
	struct ofp_conn *c = aux;

	(void)bev;
	if (c->state == STATE_CLOSED) {
		event_active(c->work, 0, 0);
		return;
	}
	if (c->config.plain)
		bufferevent_disable(c->bev, EV_WRITE);
	rcu_wake();
	serve(c);
	rcu_sleep();
}

static void
fail(struct ofp_conn *c)
{
	int errnum = EVUTIL_SOCKET_ERROR();

	if (!c->config.plain && ofp_tls_error(c->bev, c->why_tls, sizeof c->why_tls))
		drop(c, OFP_CONN_END_TLS, c->why_tls);
	else
		drop(c, OFP_CONN_END_PEER, errnum ? strerror(errnum) : "the connection failed");
}

static void
on_event(struct bufferevent *bev, short what, void *aux)
{
	struct ofp_conn *c = aux;

	(void)bev;
	if (what & BEV_EVENT_CONNECTED) {
		if (c->state == STATE_CONNECTING)
			hello_send(c);
	} else if (what & BEV_EVENT_EOF) {
		c->ended = true;
		if (c->state == STATE_CONNECTING)
			drop(c, OFP_CONN_END_PEER,
			     "the peer closed the connection before TLS was negotiated");
		else
			event_active(c->work, 0, 0);
	} else {
		fail(c);
	}
}

static void
on_probe(evutil_socket_t fd, short what, void *aux)
{
	struct ofp_conn *c = aux;
	struct timeval tv = {.tv_sec = c->config.probe_s};
	uint8_t echo[OFP_CONN_HEADER_BYTES] = {c->version, OFP_MSG_ECHO_REQUEST, 0, sizeof echo};

	(void)fd;
	(void)what;
	if (c->state != STATE_READY) {
		drop(c, OFP_CONN_END_HELLO,
		     c->state == STATE_CONNECTING ? "no connection in time" : "no HELLO in time");
		return;
	}
	if (c->answering || !may_serve(c)) {
		event_add(c->probe, &tv);
		return;
	}
	if (c->probed) {
		drop(c, OFP_CONN_END_SILENT, "the peer does not answer echo requests");
		return;
	}
	c->probed = true;
	ofp_conn_send(c, echo, sizeof echo);
	event_add(c->probe, &tv);
}

static void
on_output(struct evbuffer *out, const struct evbuffer_cb_info *info, void *aux)
{
	struct ofp_conn *c = aux;

	(void)out;
	c->pace.sent += info->n_deleted;
	c->config.pool->n_bytes += info->n_added - info->n_deleted;
}

int
ofp_conn_create(const struct ofp_conn_config *config, struct bufferevent *bev, bool connected,
		struct ofp_conn **out)
{
	const struct timeval hello = {.tv_sec =
					      config->hello_s ? config->hello_s : OFP_CONN_HELLO_S};
	struct ofp_conn *c = calloc(1, sizeof *c);

	if (!c)
		return -ENOMEM;
	c->config = *config;
	c->work = event_new(config->base, -1, 0, on_work, c);
	c->probe = event_new(config->base, -1, 0, on_probe, c);
	if (!c->work || !c->probe) {
		if (c->work)
			event_free(c->work);
		free(c);
		return -ENOMEM;
	}
	c->bev = bev;
	c->counter = evbuffer_add_cb(bufferevent_get_output(bev), on_output, c);
	if (!c->counter) {
		event_free(c->probe);
		event_free(c->work);
		free(c);
		return -ENOMEM;
	}
	bufferevent_setcb(bev, on_read, on_write, on_event, c);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	if (connected && config->plain)
		bufferevent_disable(bev, EV_WRITE);
	event_add(c->probe, &hello);
	LIST_INSERT_HEAD(&config->pool->conns, c, link);
	if (connected)
		hello_send(c);
	*out = c;
	return 0;
}

void
ofp_conn_destroy(struct ofp_conn *c)
{
	if (!c)
		return;
	c->config.pool->n_bytes -= ofp_conn_pending(c);
	LIST_REMOVE(c, link);
	evbuffer_remove_cb_entry(bufferevent_get_output(c->bev), c->counter);
	event_free(c->work);
	event_free(c->probe);
	bufferevent_free(c->bev);
	free(c);
}

void
ofp_conn_pause(struct ofp_conn *c)
{
	c->paused = true;
}

void
ofp_conn_resume(struct ofp_conn *c)
{
	c->paused = false;
	if (c->state == STATE_READY)
		event_active(c->work, 0, 0);
}

void
ofp_conn_pool_init(struct ofp_conn_pool *pool)
{
	pool->n_bytes = 0;
	LIST_INIT(&pool->conns);
}

void
ofp_conn_pool_tick(struct ofp_conn_pool *pool, uint64_t now_ns)
{
	struct ofp_conn *c;

	LIST_FOREACH(c, &pool->conns, link)
	{
		if (c->state == STATE_CLOSED)
			continue;
		if (!loop_pace_check(&c->pace, ofp_conn_pending(c), OFP_CONN_PACE, OFP_CONN_STALL_S,
				     now_ns))
			drop(c, OFP_CONN_END_SLOW, "the peer reads less than 16 KiB/s");
		else if (c->answering ? may_continue(c)
				      : may_serve(c) && evbuffer_get_length(input_of(c)) > 0)
			event_active(c->work, 0, 0);
	}
}

bool
ofp_conn_is_ready(const struct ofp_conn *c)
{
	return c->state == STATE_READY;
}

uint8_t
ofp_conn_version(const struct ofp_conn *c)
{
	return c->version;
}
