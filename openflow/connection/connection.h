/* SPDX-License-Identifier: Apache-2.0 */
/* connection/: transports: targets, listeners, TLS, and connections that split byte streams into
 * messages. The meaning of messages is not known here.
 *
 * One OpenFlow connection: framing, HELLO, ECHO, bounds. The connection's owner
 * interprets the messages.
 *
 * A connection begins with HELLO in both directions; the highest version that both sides know is
 * used. A silent peer gets an ECHO request after one probe interval and is dropped after another,
 * except while it waits for this side. A peer whose HELLO has not arrived within OFP_CONN_HELLO_S,
 * including the TLS handshake, is dropped, however many bytes it sends.
 *
 * Bounds: the length field of the header limits a message to 64 KiB. A message is taken only while
 * less than OFP_CONN_BACKLOG bytes wait to be sent, so a peer that does not read is not served. An
 * answer in parts continues only while less than OFP_CONN_ANSWER bytes wait. A connection is
 * dropped if
 *   - it reads less than OFP_CONN_PACE bytes a second of those that wait, over OFP_CONN_STALL_S;
 *   - asynchronous messages would make more than OFP_CONN_OUTPUT_MAX bytes wait;
 *   - over OFP_CONN_TOTAL bytes wait in its pool, and it has the most of them.
 * Meanwhile the other connections are served normally.
 *
 * Fairness: one turn of the event loop takes at most OFP_CONN_MESSAGES messages from a peer, and
 * sends at most one part of an answer; then other peers have their turn.
 *
 * When a connection ends, its owner is notified once (ops->closed), from the event loop; then the
 * connection is freed.
 * Thread safety: the thread of the event loop; callbacks run RCU-online. */
#pragma once

#include <base/log.h>

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdint.h>
#include <sys/queue.h>

#define OFP_CONN_BACKLOG (1u << 20)
#define OFP_CONN_ANSWER (128u << 10)
#define OFP_CONN_OUTPUT_MAX (8u << 20)
#define OFP_CONN_TOTAL (64u << 20)
#define OFP_CONN_STALL_S 10
#define OFP_CONN_PACE (16u << 10)
#define OFP_CONN_HELLO_S 10
#define OFP_CONN_MESSAGES 64
#define OFP_CONN_HEADER_BYTES 8

/* A bit per wire version: 1 is OpenFlow 1.0, 4 is 1.3, 5 is 1.4, 6 is 1.5. */
#define OFP_CONN_VERSIONS (1u << 1 | 1u << 4 | 1u << 5 | 1u << 6)

struct ofp_conn;

/* Reasons why a connection ends. */
enum ofp_conn_end {
	OFP_CONN_END_PEER,     /* the peer or the network closed it */
	OFP_CONN_END_TLS,      /* one side rejected the other's certificate or TLS */
	OFP_CONN_END_HELLO,    /* no HELLO in time */
	OFP_CONN_END_VERSION,  /* no common version */
	OFP_CONN_END_PROTOCOL, /* the bytes received are not OpenFlow */
	OFP_CONN_END_SILENT,   /* no answer to an ECHO */
	OFP_CONN_END_SLOW,     /* the peer did not read, or read too slowly */
	OFP_CONN_END_LARGEST,  /* the pool had too much to be sent, and this one had most */
	OFP_CONN_END_OWNER,    /* ofp_conn_close() */
	OFP_CONN_N_ENDS,
};

/* "peer", "no-hello", ... */
extern const char *const ofp_conn_end_names[OFP_CONN_N_ENDS];

struct ofp_conn_ops {
	/* The version is agreed. */
	void (*ready)(void *aux);
	/* A message of the agreed version, header included. Never HELLO or ECHO. */
	void (*message)(void *aux, const uint8_t *msg, size_t n);
	/* No more messages for now; others may follow soon. Called only if one was taken. */
	void (*batch_end)(void *aux);
	/* Sends the next part of an answer: called after ofp_conn_answer(), once a turn while there
	 * is room. Returns false after the last part. NULL if no answer has parts. */
	bool (*continue_answer)(void *aux);
	/* Whole messages from or to the peer after the version is agreed, including ECHO. Must not
	 * change this connection. NULL if not needed. */
	void (*seen)(void *aux, const uint8_t *bytes, size_t n);
	/* The connection has ended and is freed when this returns. */
	void (*closed)(void *aux, enum ofp_conn_end end, const char *why);
};

/* Connections that share a bound. */
struct ofp_conn_pool {
	size_t n_bytes; /* bytes of all connections that wait to be sent */
	LIST_HEAD(, ofp_conn) conns;
};

void ofp_conn_pool_init(struct ofp_conn_pool *pool);

/* Checks every connection, about once a second: drops slow readers, and serves those that
 * have room again. */
void ofp_conn_pool_tick(struct ofp_conn_pool *pool, uint64_t now_ns);

struct ofp_conn_config {
	struct event_base *base;
	struct log *log;
	const struct ofp_conn_ops *ops;
	void *aux;
	char name[96];		    /* for the log */
	uint32_t versions;	    /* bits of OFP_CONN_VERSIONS */
	unsigned int probe_s;	    /* 0: never */
	unsigned int hello_s;	    /* 0: OFP_CONN_HELLO_S */
	bool plain;		    /* 'bev' is a plain socket, without TLS */
	struct ofp_conn_pool *pool; /* outlives the connection */
};

/* Takes 'bev', created with BEV_OPT_DEFER_CALLBACKS, and replaces its callbacks. 'connected' false:
 * BEV_EVENT_CONNECTED is still to be reported. Returns 0, or -ENOMEM: the caller keeps 'bev'. */
int ofp_conn_create(const struct ofp_conn_config *config, struct bufferevent *bev, bool connected,
		    struct ofp_conn **out);

/* Frees the connection at once, without ops->closed. Must not be called from one
 * of its callbacks. */
void ofp_conn_destroy(struct ofp_conn *c);

/* Ends the connection in the next run of the event loop. 'why' is a literal. */
void ofp_conn_close(struct ofp_conn *c, const char *why);

/* Both append bytes of whole messages. ofp_conn_send_unasked(), for asynchronous messages, closes
 * the connection if more than OFP_CONN_OUTPUT_MAX would wait. Answers need no such bound, since
 * messages are taken only while there is room. */
void ofp_conn_send(struct ofp_conn *c, const void *bytes, size_t n);
void ofp_conn_send_unasked(struct ofp_conn *c, const void *bytes, size_t n);

/* Called from within message(): continue_answer() gives the answer in parts; the next message is taken after
 * the last part. */
void ofp_conn_answer(struct ofp_conn *c);

/* Returns the number of bytes that wait to be sent. */
size_t ofp_conn_pending(const struct ofp_conn *c);

/* Returns the number of turns in which the peer was not served because it had not
 * read the output. */
uint64_t ofp_conn_held(const struct ofp_conn *c);

/* Returns the number of turns that used up OFP_CONN_MESSAGES, so that others were served first. */
uint64_t ofp_conn_full(const struct ofp_conn *c);

/* Stop taking messages, and continue. */
void ofp_conn_pause(struct ofp_conn *c);
void ofp_conn_resume(struct ofp_conn *c);

/* Returns true from ready() until the end. */
bool ofp_conn_is_ready(const struct ofp_conn *c);
uint8_t ofp_conn_version(const struct ofp_conn *c);
