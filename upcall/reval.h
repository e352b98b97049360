/* SPDX-License-Identifier: Apache-2.0 */
/* The revalidation decision about a megaflow, and its reason. Pure functions: time, limits,
 * statistics and the result of a new translation are arguments.
 *
 * Thread safety: pure. */
#pragma once

#include <flow/action.h>

enum reval_verdict {
	REVAL_KEEP,
	REVAL_TRANSLATE, /* translate again, then call reval_compare() */
	REVAL_MODIFY,	 /* other actions for the same packets */
	REVAL_EVICT,
};

enum reval_why {
	REVAL_NONE,
	REVAL_FLUSH,
	REVAL_LIMIT,	/* more flows than the limit */
	REVAL_IDLE,	/* no packet for too long */
	REVAL_CHANGED,	/* the configuration needs bits that the flow does not match */
	REVAL_FAILED,	/* a path refused the change */
	REVAL_VANISHED, /* missing from the datapath */
	REVAL_N_WHY,
};

struct reval_decision {
	enum reval_verdict verdict;
	enum reval_why why;
};

/* Constant during a sweep. */
struct reval_policy {
	uint64_t now_ns;
	uint64_t idle_ns;
	bool flush;
};

struct reval_flow {
	uint64_t created_ns;
	uint64_t used_ns;      /* latest use on either path; 0 if never */
	uint64_t known_ns;     /* the paths have reported all uses up to this time */
	unsigned int n_missed; /* consecutive dumps without the flow */
	bool current;	       /* the configuration that translation consulted is unchanged */
};

/* A flow missing from this many dumps has vanished. One is not enough: the dump may have begun
 * before the flow was installed. */
#define REVAL_MISSED_MAX 2

/* Decides about a flow; does not return REVAL_MODIFY, nor a reason of REVAL_LIMIT (surplus.h). */
struct reval_decision reval_judge(const struct reval_policy *p, const struct reval_flow *f);

/* Returns the flow's idle time. It is measured from the last use to 'known_ns', so late counter
 * reports make no flow idle. */
uint64_t reval_idle_ns(const struct reval_policy *p, const struct reval_flow *f);

/* Compares a flow with a new translation of its masked key.
 *
 * have: the flow's mask and actions.
 * want: mask and actions of the new translation.
 * Returns KEEP if the flow matches at least the bits that translation consulted and its actions
 * are equal; MODIFY if only the actions differ; EVICT if packets of the flow may now need
 * different treatment. */
struct reval_decision reval_compare(const struct flow_key *have_mask,
				    const struct flow_actions *have,
				    const struct flow_key *want_mask,
				    const struct flow_actions *want);
