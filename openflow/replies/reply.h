/* SPDX-License-Identifier: Apache-2.0 */
/* replies/: the entries of multipart replies. They are written directly from views of xlate/, which
 * are not kept.
 *
 * Writes replies to multipart requests entry by entry. An entry that does not fit is moved to a
 * further message, and the message before it gets the flag MORE; every message has
 * the request's xid.
 *
 *	ofp_reply_start(&r, &request, version, xid, &buffer);
 *	ofp_reply_flow(&r, view, now_ns);	for each
 *	rc = ofp_reply_end(&r);
 *
 * Errors are collected until the end.
 * Thread safety: none; one writer. */
#pragma once

#include "wire/ofp.h"

struct ofp_reply {
	struct ofp_buffer *out; /* borrowed */
	size_t first;		/* start of the whole reply in 'out' */
	size_t start;		/* start of the current message */
	uint8_t version;
	enum ofp_stats kind;
	bool experimenter;
	uint32_t xid;
	int rc;
};

/* Starts a reply to 'request' in 'out', which is borrowed until the end. */
void ofp_reply_start(struct ofp_reply *r, const struct ofp_multipart *request, uint8_t version,
		     uint32_t xid, struct ofp_buffer *out);

/* Ends the last message. Returns 0, -EOPNOTSUPP if the version has no such kind, -EMSGSIZE if an
 * entry exceeds 64 KiB, or -ENOMEM. On error 'out' is as before the start. */
int ofp_reply_end(struct ofp_reply *r);

/* Like ofp_reply_end(), but the reply continues: its last message has the flag MORE as well. A part
 * without entries writes nothing. */
int ofp_reply_end_part(struct ofp_reply *r);

struct ofp_desc {
	const char *manufacturer, *hardware, *software, *serial, *datapath;
};
void ofp_reply_desc(struct ofp_reply *r, const struct ofp_desc *d);

/* Counters are UINT64_MAX if not counted. */
struct ofp_port_stats {
	uint16_t number;
	uint64_t rx_packets, tx_packets, rx_bytes, tx_bytes, rx_dropped, tx_dropped;
	uint64_t rx_errors, tx_errors, rx_frame_errors, rx_over_errors, rx_crc_errors, collisions;
	uint64_t duration_ns; /* UINT64_MAX if not known */
};

/* Events of a rule that a monitor watches. Asynchronous updates are replies with xid 0. */
enum ofp_update {
	OFP_UPDATE_INITIAL, /* written as ADDED in Nicira's form */
	OFP_UPDATE_ADDED,
	OFP_UPDATE_REMOVED,
	OFP_UPDATE_MODIFIED,
};

/* For writers of entries: each entry is started, filled and ended. */

/* Returns the start of the entry in the buffer. */
size_t ofp_entry_start(struct ofp_reply *r);

/* Ends the entry; moves it to a further message if the current one would be too long. */
void ofp_entry_end(struct ofp_reply *r, size_t start);

/* Writes seconds and nanoseconds, 32 bits each; UINT64_MAX is written as all ones. */
void ofp_put_duration(struct ofp_buffer *b, uint64_t ns);

static inline uint64_t
ofp_ns_since(uint64_t then_ns, uint64_t now_ns)
{
	return now_ns > then_ns ? now_ns - then_ns : 0;
}
