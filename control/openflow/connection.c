/* SPDX-License-Identifier: Apache-2.0 */
#include "connection.h"

#include "connection_hello.h"

#include <base/rcu.h>

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

#define READ_BYTES_MAX (256u << 10)

enum state {
	STATE_CONNECTING, /* the transport is not there */
	STATE_HELLO,	  /* own HELLO sent, the peer's awaited */
	STATE_READY,
	STATE_CLOSED, /* the owner is told by the event loop */
};

struct ctl_conn {
	struct ctl_conn_config config;
	struct bufferevent *bev;
	struct event *work;  /* goes on with input, or ends */
	struct event *probe; /* the peer was silent */
	enum state state;
	struct evbuffer_cb_entry *counter;
	const char *why;
	uint8_t version;
	bool paused, probed, serving;
	bool ended; /* the peer sends nothing more: what it sent is served */
};

static struct evbuffer *
input_of(const struct ctl_conn *c)
{
	return bufferevent_get_input(c->bev);
}

size_t
ctl_conn_pending(const struct ctl_conn *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->bev));
}

void
ctl_conn_close(struct ctl_conn *c, const char *why)
{
	if (c->state == STATE_CLOSED)
		return;
	c->state = STATE_CLOSED;
	c->why = why;
	bufferevent_disable(c->bev, EV_READ);
	event_active(c->work, 0, 0);
}

void
ctl_conn_send(struct ctl_conn *c, const void *bytes, size_t n)
{
	if (c->state == STATE_CLOSED)
		return;
	if (bufferevent_write(c->bev, bytes, n))
		ctl_conn_close(c, "out of memory");
	else if (!c->serving)
		bufferevent_enable(c->bev, EV_WRITE);
}

/* Sends what answers there are without a turn of the event loop; the rest, if any, with one. */
static void
flush(struct ctl_conn *c)
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
		bufferevent_enable(c->bev, EV_WRITE);
	else if (c->state == STATE_CLOSED)
		event_active(c->work, 0, 0);
}

void
ctl_conn_send_unasked(struct ctl_conn *c, const void *bytes, size_t n)
{
	if (ctl_conn_pending(c) + n > CTL_CONN_OUTPUT_MAX)
		ctl_conn_close(c, "it reads too slowly: over 8 MiB wait");
	else
		ctl_conn_send(c, bytes, n);
}

/* As ctl_conn_close(), but what waits to be sent may go first. */
static void
finish(struct ctl_conn *c, const char *why)
{
	const struct timeval patience = {.tv_sec = 1};

	c->state = STATE_CLOSED;
	c->why = why;
	bufferevent_disable(c->bev, EV_READ);
	event_add(c->work, &patience);
}

static void
probe_arm(struct ctl_conn *c)
{
	struct timeval tv = {.tv_sec = c->config.probe_s};

	c->probed = false;
	if (c->config.probe_s)
		event_add(c->probe, &tv);
}

static void
hello_send(struct ctl_conn *c)
{
	uint8_t msg[CTL_HELLO_BYTES];

	c->state = STATE_HELLO;
	ctl_hello_make(c->config.versions, msg);
	ctl_conn_send(c, msg, sizeof msg);
	probe_arm(c);
}

static void
hello_take(struct ctl_conn *c, const uint8_t *msg, size_t n)
{
	uint8_t version;

	if (msg[1] != CTL_MSG_HELLO) {
		ctl_conn_close(c, "its first message is no HELLO");
		return;
	}
	version = ctl_hello_agree(c->config.versions, msg, n);
	if (!version) {
		uint8_t error[CTL_HELLO_ERROR_BYTES];

		ctl_conn_send(c, error, ctl_hello_refuse(c->config.versions, msg, error));
		finish(c, "no common version of OpenFlow");
		return;
	}
	c->version = version;
	c->state = STATE_READY;
	c->config.ops->ready(c->config.aux);
}

static void
echo_answer(struct ctl_conn *c, uint8_t *msg, size_t n)
{
	msg[1] = CTL_MSG_ECHO_REPLY;
	ctl_conn_send(c, msg, n);
}

static void
message_take(struct ctl_conn *c, uint8_t *msg, size_t n)
{
	if (c->state == STATE_HELLO)
		hello_take(c, msg, n);
	else if (msg[0] != c->version && msg[1] != CTL_MSG_HELLO && msg[1] != CTL_MSG_ERROR) {
		uint8_t error[CTL_HELLO_ERROR_BYTES];

		ctl_conn_send(c, error, ctl_hello_bad_version(c->version, msg, n, error));
	} else if (msg[1] == CTL_MSG_ECHO_REQUEST)
		echo_answer(c, msg, n);
	else if (msg[1] != CTL_MSG_ECHO_REPLY && msg[1] != CTL_MSG_HELLO)
		c->config.ops->message(c->config.aux, msg, n);
}

/* Length of the message at the start of the input, or 0 when it is not whole yet. */
static size_t
message_bytes(struct ctl_conn *c, struct evbuffer *in)
{
	uint8_t header[CTL_CONN_HEADER_BYTES];
	size_t n;

	if (evbuffer_copyout(in, header, sizeof header) < (ev_ssize_t)sizeof header)
		return 0;
	n = (size_t)header[2] << 8 | header[3];
	if (n < sizeof header) {
		ctl_conn_close(c, "a message's length is less than its header's");
		return 0;
	}
	return evbuffer_get_length(in) >= n ? n : 0;
}

static bool
may_serve(const struct ctl_conn *c)
{
	size_t pending = ctl_conn_pending(c);
	size_t total_max = pending ? CTL_CONN_TOTAL : 4 * (size_t)CTL_CONN_TOTAL;

	return (c->state == STATE_HELLO || c->state == STATE_READY) && !c->paused &&
	       *c->config.total < total_max && pending < CTL_CONN_BACKLOG;
}

static void
serve(struct ctl_conn *c)
{
	struct evbuffer *in = input_of(c);
	unsigned int n_messages = 0;

	c->serving = true;
	while (may_serve(c) && n_messages < CTL_CONN_MESSAGES) {
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
	c->serving = false;
	flush(c);
	if (n_messages == CTL_CONN_MESSAGES)
		event_active(c->work, 0, 0);
	else if (c->ended && !c->paused)
		ctl_conn_close(c, "the peer hung up");
}

static void
end(struct ctl_conn *c)
{
	c->config.ops->closed(c->config.aux, c->why);
	ctl_conn_destroy(c);
}

static void
on_work(evutil_socket_t fd, short what, void *aux)
{
	struct ctl_conn *c = aux;

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
	struct ctl_conn *c = aux;

	(void)bev;
	rcu_wake();
	if (c->state == STATE_HELLO || c->state == STATE_READY)
		probe_arm(c);
	serve(c);
	rcu_sleep();
}

static void
on_write(struct bufferevent *bev, void *aux)
{
	struct ctl_conn *c = aux;

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
on_event(struct bufferevent *bev, short what, void *aux)
{
	struct ctl_conn *c = aux;

	(void)bev;
	if (what & BEV_EVENT_CONNECTED) {
		if (c->state == STATE_CONNECTING)
			hello_send(c);
	} else if (what & BEV_EVENT_TIMEOUT) {
		ctl_conn_close(c, "it read nothing for 10 s");
	} else if (what & BEV_EVENT_EOF) {
		c->ended = true;
		event_active(c->work, 0, 0);
	} else {
		int error = EVUTIL_SOCKET_ERROR();

		ctl_conn_close(c, error ? strerror(error) : "TLS: the peer was refused or refused");
	}
}

static void
on_probe(evutil_socket_t fd, short what, void *aux)
{
	struct ctl_conn *c = aux;
	struct timeval tv = {.tv_sec = c->config.probe_s};
	uint8_t echo[CTL_CONN_HEADER_BYTES] = {c->version, CTL_MSG_ECHO_REQUEST, 0, sizeof echo};

	(void)fd;
	(void)what;
	if (c->state == STATE_READY && !may_serve(c)) {
		event_add(c->probe, &tv);
		return;
	}
	if (c->state != STATE_READY || c->probed) {
		ctl_conn_close(c, "the peer is silent");
		return;
	}
	c->probed = true;
	ctl_conn_send(c, echo, sizeof echo);
	event_add(c->probe, &tv);
}

static void
on_output(struct evbuffer *out, const struct evbuffer_cb_info *info, void *aux)
{
	struct ctl_conn *c = aux;

	(void)out;
	*c->config.total += info->n_added - info->n_deleted;
}

int
ctl_conn_create(const struct ctl_conn_config *config, struct bufferevent *bev, bool connected,
		struct ctl_conn **out)
{
	const struct timeval stall = {.tv_sec = CTL_CONN_STALL_S};
	struct ctl_conn *c = calloc(1, sizeof *c);

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
	bufferevent_setwatermark(bev, EV_READ, 0, READ_BYTES_MAX);
	bufferevent_set_timeouts(bev, NULL, &stall);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	if (connected && config->plain)
		bufferevent_disable(bev, EV_WRITE);
	if (connected)
		hello_send(c);
	else
		probe_arm(c);
	*out = c;
	return 0;
}

void
ctl_conn_destroy(struct ctl_conn *c)
{
	if (!c)
		return;
	*c->config.total -= ctl_conn_pending(c);
	evbuffer_remove_cb_entry(bufferevent_get_output(c->bev), c->counter);
	event_free(c->work);
	event_free(c->probe);
	bufferevent_free(c->bev);
	free(c);
}

void
ctl_conn_pause(struct ctl_conn *c)
{
	c->paused = true;
}

void
ctl_conn_resume(struct ctl_conn *c)
{
	c->paused = false;
	if (c->state == STATE_READY)
		event_active(c->work, 0, 0);
}

void
ctl_conn_tick(struct ctl_conn *c)
{
	if (may_serve(c) && evbuffer_get_length(input_of(c)) > 0)
		event_active(c->work, 0, 0);
}

bool
ctl_conn_is_ready(const struct ctl_conn *c)
{
	return c->state == STATE_READY;
}

uint8_t
ctl_conn_version(const struct ctl_conn *c)
{
	return c->version;
}
