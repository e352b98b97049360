/* SPDX-License-Identifier: Apache-2.0 */
/* replies/: the entries of multipart replies. They are written from views of xlate/, never kept.
 *
 * Replies to multipart requests, written entry by entry. An entry that does not fit makes the reply
 * go on in a further message, with the flag MORE in the one before; every message has the request's
 * xid.
 *
 *	ofp_reply_start(&r, &request, version, xid, &buffer);
 *	ofp_reply_flow(&r, view, now_ns);	for each
 *	rc = ofp_reply_end(&r);
 *
 * Errors: gathered until the end.
 * Thread safety: none; one writer. */
#pragma once

#include "wire/ofp.h"

struct ofp_reply {
	struct ofp_buffer *out; /* borrowed */
	size_t first;		/* where the whole reply starts */
	size_t start;		/* where the message in work starts */
	uint8_t version;
	enum ofp_stats kind;
	bool experimenter;
	uint32_t xid;
	int rc;
};

void ofp_reply_start(struct ofp_reply *r, const struct ofp_multipart *request, uint8_t version,
		     uint32_t xid, struct ofp_buffer *out);

/* Ends the last message. Returns 0; -EOPNOTSUPP: the version has no such kind; -EMSGSIZE: an entry is
 * over 64 KiB; -ENOMEM. On error 'out' is as before the start. */
int ofp_reply_end(struct ofp_reply *r);

/* As ofp_reply_end(), but the reply goes on: its last message has the flag MORE, too. A part without
 * entries writes nothing. */
int ofp_reply_end_part(struct ofp_reply *r);

struct ofp_desc {
	const char *manufacturer, *hardware, *software, *serial, *datapath;
};
void ofp_reply_desc(struct ofp_reply *r, const struct ofp_desc *d);

/* UINT64_MAX: not counted. */
struct ofp_port_stats {
	uint16_t number;
	uint64_t rx_packets, tx_packets, rx_bytes, tx_bytes, rx_dropped, tx_dropped;
	uint64_t rx_errors, tx_errors, rx_frame_errors, rx_over_errors, rx_crc_errors, collisions;
	uint64_t duration_ns; /* UINT64_MAX: not known */
};

struct ofp_queue_stats {
	uint16_t port;
	uint32_t queue;
	uint64_t tx_bytes, tx_packets, tx_errors; /* UINT64_MAX: not counted */
	uint64_t duration_ns;			  /* UINT64_MAX: not known */
};

/* What happened to a rule that a monitor watches; also an update that nobody asked for just now: a
 * reply with xid 0. */
enum ofp_update {
	OFP_UPDATE_INITIAL, /* Nicira's has ADDED for it */
	OFP_UPDATE_ADDED,
	OFP_UPDATE_REMOVED,
	OFP_UPDATE_MODIFIED,
};

/* Entries: each is started, filled and ended. */

/* Returns where the entry starts. */
size_t ofp_entry_start(struct ofp_reply *r);

/* Ends it, and moves it to a further message when this one is too long. */
void ofp_entry_end(struct ofp_reply *r, size_t start);

/* Seconds and nanoseconds, 32 bits each; UINT64_MAX: all ones. */
void ofp_put_duration(struct ofp_buffer *b, uint64_t ns);

static inline uint64_t
ofp_ns_since(uint64_t then_ns, uint64_t now_ns)
{
	return now_ns > then_ns ? now_ns - then_ns : 0;
}
