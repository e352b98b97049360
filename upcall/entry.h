/* SPDX-License-Identifier: Apache-2.0 */
/* A ledger entry: one megaflow, what it does, and what was counted for it on each path.
 *
 * Exactly once: total = upcalled + sw + hw, each of which only grows. What was pushed to the record
 * is remembered, and only the difference is pushed. Handlers add to 'upcalled'; revalidators merge
 * the paths' counts and push.
 *
 * Thread safety: identity is constant while the entry is reachable. The rest is guarded by 'mu',
 * which is never held over anything that blocks (rcu_sync(), dp->operate(), ofl_wait()): handlers
 * wait for it while RCU-online. */
#pragma once

#include "account.h"
#include "lifecycle.h"
#include "plan.h"
#include "reval.h"

#include <urcu/list.h>

struct entry {
	struct cds_lfht_node node;
	struct rcu_deferred deferred;

	struct flow_ufid ufid;
	struct flow_match match;
	uint64_t created_ns;
	struct account *account;

	struct mutex mu;
	struct lifecycle life GUARDED_BY(mu);
	struct plan plan GUARDED_BY(mu); /* in effect */
	/* A modified flow: who is credited until the paths were read after the change. */
	struct xlate_record *old_record GUARDED_BY(mu);
	bool has_old_record GUARDED_BY(mu);  /* it may be NULL */
	struct ofl_flow *ofl GUARDED_BY(mu); /* NULL: not offered, or given back */
	struct flow_stats parts[ACCOUNT_N_PARTS] GUARDED_BY(mu);
	struct flow_stats pushed GUARDED_BY(mu);
	uint64_t sweep GUARDED_BY(mu); /* the last full one that judged it */
	uint64_t pass GUARDED_BY(mu);  /* the last one for policy */
	bool settled GUARDED_BY(mu);   /* digests.h */
	unsigned int slot;	       /* digests.h; guarded by its mutex */
	unsigned int n_missed GUARDED_BY(mu);

	/* Of the revalidator that judged it last. */
	struct cds_list_head link;
	struct cds_list_head recount_link; /* struct recount; empty: in none */
	uint64_t recount_pass;		   /* likewise: the one that modified it */
	struct plan next;		   /* MODIFY: what it shall do */
	enum reval_why why;
	uint64_t
		leave_ns; /* when hardware was asked to let go of it, then when it left the datapath */
	uint64_t leave_hw; /* number of what hardware was asked then; struct hw_wait */
};

/* Makes an entry in CREATED. 'match' is copied; 'plan' is moved in, on success. 0 or -ENOMEM. */
int entry_new(const struct flow_match *match, const struct flow_ufid *ufid, struct plan *plan,
	      struct account *account, uint64_t now_ns, struct entry **out);

/* Frees an entry that no one can reach. */
void entry_free(struct entry *e);

/* Ends an EVICTED entry that no one can find any more: pushes, moves to DELETED, gives 'e->ofl' and
 * the records back, frees after a grace period. 'e->mu' is not held. */
#define entry_bury(e, x, role) entry_bury_at(e, x, role, LIFECYCLE_PLACE)
void entry_bury_at(struct entry *e, struct xlate *x, enum lifecycle_role role, const char *place);

/* Counts packets that a handler executed. */
void entry_credit(struct entry *e, const struct flow_stats *s) REQUIRES(e->mu);

/* Takes a path's count: the whole of it since the flow is there. A count that is behind what was
 * seen before changes nothing. */
void entry_merge(struct entry *e, enum account_part part, const struct flow_stats *s)
	REQUIRES(e->mu);
void entry_merge_hw(struct entry *e) REQUIRES(e->mu);

/* Pushes what was not yet pushed to who is to be credited. */
void entry_push(struct entry *e, struct xlate *x) REQUIRES(e->mu);

/* The modified flow's new record is credited from here on; push before. */
void entry_settle_record(struct entry *e) REQUIRES(e->mu);

void entry_total(const struct entry *e, struct flow_stats *out) REQUIRES(e->mu);
