/* SPDX-License-Identifier: Apache-2.0 */
/* The recent changes of one flow table. A record uses it to check whether one of them can have
 * altered the results of its lookups. A bounded list, newest first; a record older than the list
 * counts as affected.
 *
 * Thread safety: one writer; readers under RCU, concurrently. */
#pragma once

#include "table/table.h"

#include <base/rcu.h>
#include <flow/packed.h>

/* Checking more changes for a megaflow would cost more than translating it again. */
#define CHANGE_LOG_MAX 256

/* Words of a match whose mask has bits, in order: bit i of 'words' for word i. */
struct change_match {
	uint64_t words;
	uint64_t bits[]; /* key, mask, key, mask, .. */
};

struct logged_change;

/* All zero: no change yet. */
struct change_log {
	struct logged_change *newest; /* RCU */
	_Atomic uint64_t floor;	      /* records older than this version count as affected */
	/* For the writer only. */
	struct logged_change *oldest;
	unsigned int n;
};

/* The known state of a lookup, which decides whether its packets may match a rule. */
struct change_probe {
	const struct rule_count *count; /* counts of the rule that was found; NULL: none */
	uint16_t priority;
	struct xlate_ofp_port in_port;
	const struct flow_packed *megaflow;
	/* Words that actions wrote before the lookup: record.h. NULL: none; the key was the
	 * packet's, the pipeline's own state match_start. */
	const uint64_t *state;
};

/* Records that 'r' is visible from 'version' on ('added'), or no longer. by_match: conjunctions
 * affect the results of the table, so priority and identity of rules prove nothing. Without memory,
 * older records count as affected. */
void change_log_add(struct change_log *log, const struct rule *r, uint64_t version, bool added,
		    bool by_match);

/* Forgets all changes, because there are too many: records older than 'version' count as
 * affected. */
void change_log_skip(struct change_log *log, uint64_t version);

void change_log_free(struct change_log *log);

/* Known bits of a word of the pipeline's key at a lookup, for all packets of the megaflow. */
struct change_known {
	uint64_t value, bits;
};

struct change_known change_probe_known(const struct change_probe *p, unsigned int word);

/* Calls 'cb' for each change after version 'since', until it returns false. Returns false if it
 * did, or if the log does not reach back that far. Covers the same changes as
 * change_log_touches(). */
bool change_log_each(const struct change_log *log, uint64_t since,
		     bool (*cb)(const struct change_match *m, void *aux), void *aux);

/* Returns true if a change after version 'since' may have altered the result of the lookup. Covers
 * at least the versions that were in effect before the call. */
bool change_log_touches(const struct change_log *log, uint64_t since,
			const struct change_probe *probe);
