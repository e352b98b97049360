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
	unsigned int n_flows;
	unsigned int limit;	/* adaptive limit, a soft bound */
	unsigned int limit_max; /* configured limit, a hard bound */
	bool crowded;		/* there were more than 'limit' when the sweep began */
	bool flush;
};

struct reval_flow {
	uint64_t created_ns;
	uint64_t used_ns;      /* latest use on either path; 0 if never */
	uint64_t known_ns;     /* the paths have reported all uses up to this time */
	uint64_t spread;       /* constant per flow, evenly distributed over flows */
	unsigned int n_missed; /* consecutive dumps without the flow */
	unsigned int own;      /* flows of its port at the begin of the sweep */
	unsigned int surplus;  /* number of these to be removed for other ports */
	bool current;	       /* the configuration that translation consulted is unchanged */
};

/* Above the limit a flow is removed after this idle time. */
#define REVAL_CROWDED_IDLE_NS UINT64_C(100000000)
/* A flow missing from this many dumps has vanished. One is not enough: the dump may have begun
 * before the flow was installed. */
#define REVAL_MISSED_MAX 2

/* Decides about a flow; does not return REVAL_MODIFY.
 *
 * Idle time is measured from the last use to 'known_ns', so late counter reports make no flow idle.
 * Above the adaptive limit, flows idle for REVAL_CROWDED_IDLE_NS are removed. Above the configured
 * limit or twice the adaptive one, the excess is evicted whether idle or not: a share of all flows
 * chosen by 'spread', so that the others keep forwarding instead of all missing at once. The
 * surplus of a port is chosen in the same way. */
struct reval_decision reval_judge(const struct reval_policy *p, const struct reval_flow *f);

/* Returns the least idle time after which reval_judge() removes flows, by the limits or not. */
uint64_t reval_idle_ns(const struct reval_policy *p);

/* Returns true if the hard limits remove flows whether idle or not. */
bool reval_has_excess(const struct reval_policy *p);

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
