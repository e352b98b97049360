/* SPDX-License-Identifier: Apache-2.0 */
/* Multipart requests: every kind is a walk over rows that goes on from turn to turn.
 *
 * A part looks at ROWS_A_PART rows at most, fewer where a row costs more, and ends when it has written
 * STATS_PART_BYTES. So a turn is bounded, and what a peer makes the switch hold is a struct
 * agent_answer, CTL_CONN_ANSWER bytes to be sent, and a part with an entry of 64 KiB more, however
 * many rows there are. Each part is whole messages, with the flag MORE until the last.
 *
 * Rows may come, go and change between parts; each row that is there all the time is shown once.
 *
 * Thread safety: control only. */
#pragma once

#include "peers/state.h"

#define STATS_ROWS_A_PART 512
#define STATS_PORTS_A_PART 32 /* a device is asked for each */
#define STATS_PART_BYTES (60u << 10)
#define STATS_QUOTED_BYTES 64 /* of a request, in an error */

/* A request that is being answered. */
struct agent_answer {
	const struct stats_kind *kind;
	struct ofp_multipart mp; /* owns nothing */
	uint32_t xid;
	struct xlate_rule_cursor *cursor; /* rows that are rules; owned */
	uint64_t next, last;		  /* other rows: numbers that are still to be shown */
	bool any;			  /* a row was shown */
	uint64_t packets, bytes;	  /* AGGREGATE: so far */
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
	struct ofp_reply r; /* step(): the part */
	uint64_t now_ns;
};

/* What a kind does. Errors are -EINVAL with the agent's error set, or -ENOMEM. */
struct stats_kind {
	/* When the request comes: checks it, does what it asks for, and sets what is walked. 'mp' is the
	 * whole request. On error there is nothing to end. NULL: nothing to do. */
	int (*begin)(struct stats_call *c);
	/* Writes the next part. Returns 1 if there are more, 0 after the last, or an error. */
	int (*step)(struct stats_call *c);
	/* After the last step, or instead of it. NULL: nothing to do. */
	void (*end)(struct peer *p, struct agent_answer *a);
};

/* Takes the request 'm', of 'bytes', to be answered by parts. Returns 0, -EINVAL with the agent's
 * error set, or -ENOMEM. */
int peer_multipart(struct peer *p, struct ofp_message *m, struct xlate_bridge *br,
		   const uint8_t *bytes, size_t n);

/* Sends the next part, or the error that there is in its place. Returns false after the last. */
bool peer_answer_go_on(struct peer *p);
void peer_answer_free(struct peer *p);
