/* SPDX-License-Identifier: Apache-2.0 */
/* What revalidation decides about a megaflow, and why. Pure functions: time, limits, statistics and
 * the result of a new translation are arguments.
 *
 * Thread safety: pure. */
#pragma once

#include <flow/action.h>

enum reval_verdict {
	REVAL_KEEP,
	REVAL_TRANSLATE, /* ask translation, then reval_compare() */
	REVAL_MODIFY,	 /* other actions for the same packets */
	REVAL_EVICT,
};

enum reval_why {
	REVAL_NONE,
	REVAL_FLUSH,
	REVAL_LIMIT,	/* more flows than may live */
	REVAL_IDLE,	/* no packet for too long */
	REVAL_CHANGED,	/* the configuration asks for bits that the flow does not match */
	REVAL_FAILED,	/* a path did not take the change */
	REVAL_VANISHED, /* gone from the datapath */
	REVAL_N_WHY,
};

struct reval_decision {
	enum reval_verdict verdict;
	enum reval_why why;
};

/* Holds for one sweep. */
struct reval_policy {
	uint64_t now_ns;
	uint64_t idle_ns;
	unsigned int n_flows;
	unsigned int limit;	/* adaptive: wanted */
	unsigned int limit_max; /* configured: kept */
	bool flush;
};

struct reval_flow {
	uint64_t created_ns;
	uint64_t used_ns;      /* of the path that saw it last; 0: never */
	uint64_t known_ns;     /* until when the paths have told whether they saw it */
	uint64_t spread;       /* evenly distributed over flows, constant for one */
	unsigned int n_missed; /* dumps in a row that did not have it */
	unsigned int own;      /* flows of its port when the sweep began */
	unsigned int surplus;  /* of these, those that make room for other ports */
	bool current;	       /* what translation consulted has not changed */
};

/* Above the limit a flow may be idle for so long. */
#define REVAL_CROWDED_IDLE_NS UINT64_C(100000000)
/* Dumps without the flow, after which it is gone: the first may have begun before the flow did. */
#define REVAL_MISSED_MAX 2

/* Never MODIFY.
 *
 * A flow idles from its last use until its use is known, so counters that are told late make none idle.
 * Above the adaptive limit, what idles for REVAL_CROWDED_IDLE_NS goes. Above the configured limit or
 * twice the adaptive one, the excess is evicted whether idle or not: a share of all flows chosen
 * by 'spread', so that the rest keeps forwarding instead of all missing at once. The surplus of a port
 * is chosen in the same way. */
struct reval_decision reval_judge(const struct reval_policy *p, const struct reval_flow *f);

/* After a new translation of the flow's masked key.
 *
 * have: the flow's mask and actions. want: what translation says now.
 * KEEP when the flow matches at least what translation consulted and does the same; MODIFY when only
 * its actions differ; EVICT when packets of the flow may now be treated differently. */
struct reval_decision reval_compare(const struct flow_key *have_mask,
				    const struct flow_actions *have,
				    const struct flow_key *want_mask,
				    const struct flow_actions *want);
