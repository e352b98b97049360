/* SPDX-License-Identifier: Apache-2.0 */
/* The recent changes of one flow table, by which a record finds out whether one of them can have
 * altered what its lookups found. A bounded list, newest first; who is older than the list is taken
 * for touched.
 *
 * Thread safety: one writer; readers under RCU, concurrently. */
#pragma once

#include "table/table.h"

#include <base/rcu.h>

/* Reading more of them for each megaflow would cost more than to translate it again. */
#define CHANGE_LOG_MAX 256

/* Words of a match in which the mask has bits, in order: bit i of 'words' for word i. */
struct change_match {
	uint64_t words;
	uint64_t bits[]; /* key, mask, key, mask, .. */
};

struct logged_change;

/* All zero: nothing changed yet. */
struct change_log {
	struct logged_change *newest; /* RCU */
	uint64_t floor;		      /* a record of an older version is not told from here */
	/* The writer's. */
	struct logged_change *oldest;
	unsigned int n;
};

/* What a lookup saw: enough to say whether its packets match. */
struct change_probe {
	const struct rule_count *count; /* of the rule that was found; NULL: none */
	uint16_t priority;
	uint32_t in_port;
	const struct flow_match *megaflow;
	/* Where the pipeline's key was not the packet's: record.h. NULL: it was, with its own state
	 * 0. */
	const uint64_t *state;
};

/* Notes that 'r' is visible from 'version' on, or not any more. 'by_match': conjunctions have a part
 * in what the table finds, so priority and identity tell nothing. Without memory, what is older is
 * taken for touched. */
void change_log_add(struct change_log *log, const struct rule *r, uint64_t version, bool added,
		    bool by_match);

/* More changes than are worth noting. */
void change_log_skip(struct change_log *log, uint64_t version);

void change_log_free(struct change_log *log);

/* What is known of a word of the pipeline's key at a lookup, for all packets of the megaflow. */
struct change_known {
	uint64_t value, bits;
};

struct change_known change_probe_known(const struct change_probe *p, unsigned int word);

/* Calls 'cb' for each change after version 'since' until it returns false. False: it did, or the log
 * does not go back so far. Covers what change_log_touches() does. */
bool change_log_each(const struct change_log *log, uint64_t since,
		     bool (*cb)(const struct change_match *m, void *aux), void *aux);

/* True when a change after version 'since' may have altered what the lookup finds. Covers at least the
 * changes of versions that were in effect before the call. */
bool change_log_touches(const struct change_log *log, uint64_t since,
			const struct change_probe *probe);
