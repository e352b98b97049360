/* SPDX-License-Identifier: Apache-2.0 */
/* connection/: transports: targets, listeners, TLS, and connections that cut streams into
 * messages. The meaning of a message is not here.
 *
 * One OpenFlow connection: bytes into messages, HELLO, ECHO, bounds. What the messages say is its
 * owner's business.
 *
 * A connection begins with HELLO in both directions; the highest version that both sides know is
 * spoken. A silent peer is asked (ECHO request) after a probe interval and dropped after another,
 * unless it is it that waits. Who has not said HELLO, TLS included, after CTL_CONN_HELLO_S is
 * dropped, however many bytes it sends.
 *
 * Bounds: a message has 64 KiB at most by its header. A message is taken only while less than
 * CTL_CONN_BACKLOG bytes wait to be sent, so a peer that does not read is not served. An answer that
 * its owner gives in parts goes on only while less than CTL_CONN_ANSWER bytes wait. A connection is
 * dropped when
 *   - of what waits it reads less than CTL_CONN_PACE bytes a second, over CTL_CONN_STALL_S;
 *   - unasked-for messages make it CTL_CONN_OUTPUT_MAX;
 *   - all connections of its pool have over CTL_CONN_TOTAL bytes to be sent, and it has most.
 * Others are served meanwhile as before.
 *
 * Fairness: one turn of the event loop takes CTL_CONN_MESSAGES messages from one peer, or one part
 * of an answer; then the others have theirs.
 *
 * A connection that ends tells its owner once (ops->closed), from the event loop, and is freed
 * then.
 * Thread safety: the thread of the event loop; callbacks run RCU-online. */
#pragma once

#include <base/log.h>

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdint.h>
#include <sys/queue.h>

#define CTL_CONN_BACKLOG (1u << 20)
#define CTL_CONN_ANSWER (128u << 10)
#define CTL_CONN_OUTPUT_MAX (8u << 20)
#define CTL_CONN_TOTAL (64u << 20)
#define CTL_CONN_STALL_S 10
#define CTL_CONN_PACE (16u << 10)
#define CTL_CONN_HELLO_S 10
#define CTL_CONN_MESSAGES 64
#define CTL_CONN_HEADER_BYTES 8

/* Bit per version of the wire: 1 is OpenFlow 1.0, 4 is 1.3, 5 is 1.4, 6 is 1.5. */
#define CTL_CONN_VERSIONS (1u << 1 | 1u << 4 | 1u << 5 | 1u << 6)

struct ctl_conn;

/* Why a connection has ended. */
enum ctl_conn_end {
	CTL_END_PEER,	  /* the peer hung up, or the network did */
	CTL_END_TLS,	  /* one of the two refused the other's certificate, or its TLS */
	CTL_END_HELLO,	  /* no HELLO in time */
	CTL_END_VERSION,  /* no common version */
	CTL_END_PROTOCOL, /* what came is no OpenFlow */
	CTL_END_SILENT,	  /* no answer to an ECHO */
	CTL_END_SLOW,	  /* it did not read, or too slowly */
	CTL_END_LARGEST,  /* all together had too much to be sent, and it had most */
	CTL_END_OWNER,	  /* ctl_conn_close() */
	CTL_N_ENDS,
};

/* "peer", "no-hello", .. */
extern const char *const ctl_conn_end_names[CTL_N_ENDS];

struct ctl_conn_ops {
	/* The versions are agreed. */
	void (*ready)(void *aux);
	/* One message, header included; of the agreed version. Not HELLO, not ECHO. */
	void (*message)(void *aux, const uint8_t *msg, size_t n);
	/* No more messages for now: some may come again soon. Not called when there was none. */
	void (*batch_end)(void *aux);
	/* The next part of an answer: after ctl_conn_answer(), once a turn while there is room. False:
	 * that was the last. NULL: no answer has parts. */
	bool (*go_on)(void *aux);
	/* Whole messages, of the peer or to it, ECHO too, since the versions are agreed; the
	 * connection itself is not touched. NULL: nobody looks on. */
	void (*seen)(void *aux, const uint8_t *bytes, size_t n);
	/* It has ended and is freed when this returns. */
	void (*closed)(void *aux, enum ctl_conn_end end, const char *why);
};

/* Connections that share a bound. */
struct ctl_conn_pool {
	size_t n_bytes; /* that wait to be sent, of all */
	LIST_HEAD(, ctl_conn) conns;
};

void ctl_conn_pool_init(struct ctl_conn_pool *pool);

/* Looks after every connection, about once a second: whether it reads, and may be served again. */
void ctl_conn_pool_tick(struct ctl_conn_pool *pool, uint64_t now_ns);

struct ctl_conn_config {
	struct event_base *base;
	struct log *log;
	const struct ctl_conn_ops *ops;
	void *aux;
	char name[96];		    /* for the log */
	uint32_t versions;	    /* bits of CTL_CONN_VERSIONS */
	unsigned int probe_s;	    /* 0: never */
	unsigned int hello_s;	    /* 0: CTL_CONN_HELLO_S */
	bool plain;		    /* 'bev' is a socket's, without TLS */
	struct ctl_conn_pool *pool; /* outlives the connection */
};

/* Takes 'bev', of BEV_OPT_DEFER_CALLBACKS, whose events become the connection's. 'connected' false:
 * BEV_EVENT_CONNECTED is still to come. -ENOMEM: 'bev' is the caller's. */
int ctl_conn_create(const struct ctl_conn_config *config, struct bufferevent *bev, bool connected,
		    struct ctl_conn **out);

/* Frees at once, without telling. Not from within a callback of the same connection. */
void ctl_conn_destroy(struct ctl_conn *c);

/* Ends the connection as soon as the event loop runs. 'why' is a literal. */
void ctl_conn_close(struct ctl_conn *c, const char *why);

/* Appends bytes of whole messages. Past CTL_CONN_OUTPUT_MAX of what was not asked for, the connection
 * is closed; answers are bounded by what is taken. */
void ctl_conn_send(struct ctl_conn *c, const void *bytes, size_t n);
void ctl_conn_send_unasked(struct ctl_conn *c, const void *bytes, size_t n);

/* From within message(): the answer is given by go_on(), and the next message is taken after it. */
void ctl_conn_answer(struct ctl_conn *c);

/* Bytes that wait to be sent. */
size_t ctl_conn_pending(const struct ctl_conn *c);

/* Turns in which it was not served because it had not read what was sent. */
uint64_t ctl_conn_held(const struct ctl_conn *c);

/* Turns that it used up: others were served before it went on. */
uint64_t ctl_conn_full(const struct ctl_conn *c);

/* Stops taking messages, and goes on. */
void ctl_conn_pause(struct ctl_conn *c);
void ctl_conn_resume(struct ctl_conn *c);

/* True from ready() until the end. */
bool ctl_conn_is_ready(const struct ctl_conn *c);
uint8_t ctl_conn_version(const struct ctl_conn *c);
