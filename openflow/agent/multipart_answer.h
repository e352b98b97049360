/* SPDX-License-Identifier: Apache-2.0 */
/* Multipart requests: each kind is a walk over rows that continues from turn to turn.
 *
 * A part visits at most STATS_ROWS_A_PART rows, fewer of kinds whose rows cost more, and ends when
 * it has written STATS_PART_BYTES. So a turn is bounded. Memory per peer is bounded too, whatever
 * the number of rows: a struct agent_answer, OFP_CONN_ANSWER bytes to be sent, and one part with an
 * entry of at most 64 KiB. Each part consists of whole messages, with the flag MORE except
 * in the last.
 *
 * Rows may be added, removed and changed between parts. Each row that exists throughout
 * is shown once.
 *
 * Thread safety: control only. */
#pragma once

#include "peers/state.h"

#define STATS_ROWS_A_PART 512
#define STATS_PORTS_A_PART 32 /* fewer, since a device is asked for each */
#define STATS_PART_BYTES (60u << 10)
#define STATS_QUOTED_BYTES 64 /* of a request, in an error */

/* A request that is being answered. */
struct agent_answer {
	const struct stats_kind *kind;
	struct ofp_multipart mp; /* without the pointers of the request */
	uint32_t xid;
	struct xlate_rule_cursor *cursor;   /* for rows that are rules; owned */
	struct dp_connections *connections; /* for tracked connections; owned */
	uint64_t next, last;		    /* for other rows: the numbers still to be shown */
	bool any;			    /* a row has been shown */
	uint64_t packets, bytes;	    /* AGGREGATE: sums so far */
	uint32_t n_flows;
	size_t n_request;
	uint8_t request[STATS_QUOTED_BYTES];
};

/* One call of a kind's functions. */
struct stats_call {
	struct peer *p;
	struct agent_answer *a;
	const struct ofp_multipart *mp; /* the request */
	struct xlate_bridge *br;
	struct ofp_reply r; /* step(): the reply of this part */
	uint64_t now_ns;
};

/* The functions of a kind. Errors are -EINVAL with the agent's error set, or -ENOMEM. */
struct stats_kind {
	/* Called when the request arrives: checks it, does its work, and sets the range to walk.
	 * 'mp' is the whole request. On error end() is not called. NULL: nothing to do. */
	int (*begin)(struct stats_call *c);
	/* Writes the next part. Returns 1 if more parts follow, 0 after the last, or an error. */
	int (*step)(struct stats_call *c);
	/* Called after the last step, or when the answer is given up. NULL: nothing to do. */
	void (*end)(struct peer *p, struct agent_answer *a);
	bool is_silent; /* steps write nothing: the request has no reply */
};

/* Takes the request 'm', encoded in 'bytes', to be answered in parts. Returns 0, -EINVAL with the
 * agent's error set, or -ENOMEM. */
int peer_multipart(struct peer *p, struct ofp_message *m, struct xlate_bridge *br,
		   const uint8_t *bytes, size_t n);

/* Takes a request that is no multipart request, to be continued in later turns by the steps of 'kind',
 * whose begin() is not called. Returns 0 with p->answer, or -ENOMEM. */
int peer_answer_begin(struct peer *p, const struct stats_kind *kind, uint32_t xid,
		      const uint8_t *bytes, size_t n);

/* Sends the next part, or an error in its place. Returns false after the last. */
bool peer_answer_continue(struct peer *p);
void peer_answer_free(struct peer *p);
