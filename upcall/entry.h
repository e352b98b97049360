/* SPDX-License-Identifier: Apache-2.0 */
/* A ledger entry: a megaflow, its actions, and its counts on each path.
 *
 * Exactly once: total = upcalled + sw + hw, and each part only grows. The entry stores the total
 * that was pushed to the record, so only the difference is pushed. Handlers add to 'upcalled';
 * revalidators merge the paths' counts and push.
 *
 * Thread safety: the identity is constant while the entry is reachable. The rest is guarded by
 * 'mu', which is never held over a call that blocks (rcu_sync(), dp->operate(), ofl_wait()):
 * handlers wait for it while RCU-online. */
#pragma once

#include "account.h"
#include "lifecycle.h"
#include "plan.h"
#include "reval.h"

#include <urcu/list.h>

/* Counts of one path. */
struct entry_count {
	uint64_t packets, bytes;
};

/* Many entries exist: their size is stated in docs/limits.md. */
struct entry {
	struct flow_ufid ufid;
	struct flow_packed *match;
	uint64_t created_ns;
	struct account *account;

	struct mutex mu;
	struct lifecycle life GUARDED_BY(mu);
	struct plan plan GUARDED_BY(mu); /* in effect */
	/* Of a modified flow: the record credited until the paths were read after the change. */
	struct xlate_record *old_record GUARDED_BY(mu);
	struct ofl_flow *ofl GUARDED_BY(mu); /* NULL if not offered (entry_offer()), or released */
	struct entry_count parts[ACCOUNT_N_PARTS] GUARDED_BY(mu);
	struct entry_count pushed GUARDED_BY(mu);
	uint64_t used_ns GUARDED_BY(mu);    /* latest use on any path; 0 if never */
	uint16_t tcp_flags GUARDED_BY(mu);  /* of all paths */
	bool has_old_record GUARDED_BY(mu); /* distinguishes a NULL record */
	bool was_current GUARDED_BY(mu);    /* digests.h */
	unsigned int slot;		    /* digests.h; guarded by its mutex */
	/* Numbers of the last full sweep and of the last policy pass that judged it, cut to
	 * 32 bits: they are only compared with the present ones. */
	uint32_t sweep GUARDED_BY(mu), pass GUARDED_BY(mu);

	/* Used by the revalidator that judged it last. */
	struct cds_list_head link;
	struct plan *next; /* REVAL_MODIFY: the new plan; NULL if there is none */
	union {
		struct {				   /* until it is evicted */
			struct cds_list_head recount_link; /* in struct recount; empty if in none */
			uint64_t recount_pass; /* the pass that modified it, for struct recount */
		};
		struct { /* then */
			/* Time at which it was asked to leave hardware; later, at which it left the
			 * datapath. */
			uint64_t leave_ns;
			uint64_t leave_hw; /* request number of that removal; struct hw_wait */
		};
		struct rcu_deferred deferred; /* DELETED */
	};
	uint8_t n_missed GUARDED_BY(mu);
	uint8_t why; /* enum reval_why */
};

/* Makes an entry in CREATED. Takes over a reference of 'match' and moves 'plan' in on success. Returns
 * 0 or -ENOMEM. */
int entry_new(struct flow_packed *match, const struct flow_ufid *ufid, struct plan *plan,
	      struct account *account, uint64_t now_ns, struct entry **out);

/* Frees an entry that no thread can reach. */
void entry_free(struct entry *e);

/* Ends an EVICTED entry that no thread can find any more: pushes its counts, moves it to DELETED,
 * releases 'e->ofl' and the records, and frees it after a grace period. 'e->mu' is not held. */
#define entry_bury(e, x, role) entry_bury_at(e, x, role, LIFECYCLE_PLACE)
void entry_bury_at(struct entry *e, struct xlate *x, enum lifecycle_role role, const char *place);

/* Prefetches the members that a sweep reads first. */
static inline void
entry_prefetch(const struct entry *e)
{
	__builtin_prefetch(&e->ufid);
	__builtin_prefetch(&e->mu);
	__builtin_prefetch(&e->plan);
	__builtin_prefetch((const char *)(&e->plan + 1) - 1);
}

/* Counts packets that a handler executed; the handler adds them to the account. */
void entry_credit(struct entry *e, const struct flow_stats *s) REQUIRES(e->mu);

/* Sets the counts of a flow that the datapath had before: they are nobody's, so neither the account nor
 * a rule is credited. */
void entry_begin_at(struct entry *e, const struct flow_stats *s) REQUIRES(e->mu);

/* Merges a path's count, which covers the whole life of the flow on that path. A count lower than
 * the last one changes nothing. */
void entry_merge(struct entry *e, enum account_part part, const struct flow_stats *s)
	REQUIRES(e->mu);
void entry_merge_hw(struct entry *e) REQUIRES(e->mu);

/* Returns true if hardware may count packets of the flow: its port is, or was, offered to a NIC. */
bool entry_is_offloadable(const struct entry *e);

/* Offers the flow, which is in the datapath, to hardware, unless it has been offered, no NIC has
 * its port, or no bridge owns the port. */
void entry_offer(struct entry *e, struct ofl *o) REQUIRES(e->mu);

/* Pushes counts not pushed yet, to the record to be credited. Those of a flow that was found wait until
 * its rules are known. */
void entry_push(struct entry *e, struct xlate *x) REQUIRES(e->mu);

/* From here on the new record of a modified flow is credited. The caller has pushed before. */
void entry_old_record_drop(struct entry *e) REQUIRES(e->mu);

void entry_total(const struct entry *e, struct flow_stats *out) REQUIRES(e->mu);

/* Replaces 'e->next'. Moves 'plan' in on success. Returns 0 or -ENOMEM. */
int entry_next_set(struct entry *e, struct plan *plan);

/* Puts 'e->next' in effect. */
void entry_next_take(struct entry *e) REQUIRES(e->mu);
