/* SPDX-License-Identifier: Apache-2.0 */
/* Modification and removal of megaflows: first from hardware, for all flows of a sweep at once,
 * then from the datapath. A flow that left both waits for its last hardware counts outside the
 * ledger, where a new flow with the same UFID may take its place. */
#include "evict.h"

#include "recount.h"

#include <base/clock.h>

/* Number of stuck flows looked at per round, and interval of the rounds. */
#define STUCK_LOOKS 64
#define STUCK_LOOK_NS (100 * NS_PER_MS)

static void
count(struct upc *u, enum reval_why why)
{
	switch (why) {
	case REVAL_FLUSH:
		UPC_COUNT(u, evicted_flush, 1);
		break;
	case REVAL_LIMIT:
		UPC_COUNT(u, evicted_limit, 1);
		break;
	case REVAL_IDLE:
		UPC_COUNT(u, evicted_idle, 1);
		break;
	case REVAL_VANISHED:
		UPC_COUNT(u, vanished, 1);
		break;
	case REVAL_CHANGED:
	case REVAL_FAILED:
	case REVAL_NONE:
	case REVAL_N_WHY:
		UPC_COUNT(u, evicted_changed, 1);
		break;
	}
}

static void
retire(struct entry *e)
{
	mutex_lock(&e->mu);
	if (e->ofl)
		ofl_flow_retire(e->ofl);
	mutex_unlock(&e->mu);
}

/* Evicts a flow that cannot be modified: its old actions must not stay in effect. */
static void
evict_instead(struct revalidator *r, struct entry *e)
{
	cds_list_del(&e->link);
	mutex_lock(&e->mu);
	evict_decide(r, e);
	e->why = REVAL_FAILED;
	mutex_unlock(&e->mu);
	retire(e);
}

static int
change_hardware(struct entry *e)
{
	int rc = 0;

	mutex_lock(&e->mu);
	if (e->ofl)
		rc = ofl_flow_change(e->ofl, &e->next->actions);
	mutex_unlock(&e->mu);
	return rc;
}

static void
ask_hardware(struct revalidator *r)
{
	struct entry *e, *next;

	cds_list_for_each_entry (e, &r->evict, link)
		retire(e);
	cds_list_for_each_entry_safe (e, next, &r->modify, link) {
		if (change_hardware(e))
			evict_instead(r, e);
	}
}

void
evict_take_plan(struct revalidator *r, struct entry *e)
{
	if (!e->has_old_record) {
		e->old_record = e->plan.record;
		e->has_old_record = true;
		e->plan.record = NULL;
	}
	entry_next_take(e);
	ledger_renew(r->u->ledger, e);
	recount_add(r->u, e);
}

void
evict_decide(struct revalidator *r, struct entry *e)
{
	lifecycle_move(&e->life, UPC_EVICTING, LIFECYCLE_REVALIDATOR);
	recount_forget(r->u, e);
	atomic_fetch_add(&e->account->n_leaving, 1);
	cds_list_add_tail(&e->link, &r->evict);
}

/* Makes room for 'n' operations, or fewer if memory is short. */
static void
ops_room(struct revalidator *r, unsigned int n)
{
	unsigned int n_ops = n > EVICT_BATCH_MAX ? EVICT_BATCH_MAX : n;
	struct dp_op *ops;

	if (n_ops < EVICT_BATCH)
		n_ops = EVICT_BATCH;
	if (n_ops == r->n_ops)
		return;
	ops = realloc(r->ops, n_ops * sizeof *ops);
	if (!ops)
		return;
	r->ops = ops;
	r->n_ops = n_ops;
}

/* Puts operations of 'type' on the first entries of 'list' into r->ops. Returns their number. */
static unsigned int
ops_fill(struct revalidator *r, const struct cds_list_head *list, enum dp_op_type type)
{
	unsigned int n = 0;
	struct entry *e;

	cds_list_for_each_entry (e, list, link) {
		if (n == r->n_ops)
			break;
		r->ops[n++] = (struct dp_op){
			.type = type,
			.ufid = e->ufid,
			.packed = e->match,
			.actions = type == DP_OP_MODIFY ? &e->next->actions : NULL,
		};
	}
	return n;
}

static void
operate(struct revalidator *r, unsigned int n)
{
	if (n)
		r->u->dp->class->operate(r->u->dp, r->ops, n);
}

/* Modifies the first entries of the list and unlinks them. Returns how many. */
static unsigned int
modify_some(struct revalidator *r)
{
	struct upc *u = r->u;
	unsigned int n = ops_fill(r, &r->modify, DP_OP_MODIFY);
	struct entry *e;

	operate(r, n);
	for (unsigned int i = 0; i < n; i++) {
		e = cds_list_first_entry(&r->modify, struct entry, link);
		if (r->ops[i].error) {
			evict_instead(r, e);
			continue;
		}
		cds_list_del(&e->link);
		mutex_lock(&e->mu);
		evict_take_plan(r, e);
		mutex_unlock(&e->mu);
		UPC_COUNT(u, modified, 1);
	}
	return n;
}

/* Hardware was asked to remove the flows: from here on they wait for it. */
static void
leave_begin(struct revalidator *r)
{
	uint64_t now_ns = clock_now_ns();
	struct entry *e;

	cds_list_for_each_entry (e, &r->evict, link) {
		e->leave_ns = now_ns;
		e->leave_hw = r->u->sweep.hw_number;
	}
	cds_list_splice(&r->evict, r->leaving.prev);
	CDS_INIT_LIST_HEAD(&r->evict);
}

static struct entry *
first(struct cds_list_head *list)
{
	return cds_list_empty(list) ? NULL : cds_list_first_entry(list, struct entry, link);
}

/* Returns true if the flow may leave the datapath: its hardware rule is removed, or late.
 * offload/ keeps retrying a late removal; the datapath does not wait, as it treats its own packets
 * correctly. A barrier reports the delay. */
static bool
may_leave(const struct sweep *s, const struct entry *e, uint64_t now_ns)
{
	return e->leave_hw <= s->changes.done || now_ns >= e->leave_ns + s->hw_wait_ns;
}

/* Adds an entry in order of 'leave_hw'; most arrive in that order. */
static void
settling_add(struct revalidator *r, struct entry *e)
{
	struct cds_list_head *at = r->settling.prev;

	while (at != &r->settling && cds_list_entry(at, struct entry, link)->leave_hw > e->leave_hw)
		at = at->prev;
	cds_list_add(&e->link, at);
}

static void
remove_from_ledger(struct upc *u, struct entry *e)
{
	ledger_remove(u->ledger, e);
	atomic_fetch_sub(&e->account->n_leaving, 1);
}

static void
leave(struct revalidator *r, struct entry *e, const struct dp_op *op)
{
	struct upc *u = r->u;

	mutex_lock(&e->mu);
	if (!op->error)
		entry_merge(e, ACCOUNT_SW, &op->stats);
	entry_merge_hw(e);
	entry_push(e, u->xlate);
	lifecycle_move(&e->life, UPC_EVICTED, LIFECYCLE_REVALIDATOR);
	mutex_unlock(&e->mu);
	remove_from_ledger(u, e);
	cds_list_del(&e->link);
	e->leave_ns = clock_now_ns();
	settling_add(r, e);
	count(u, (enum reval_why)e->why);
}

/* Adds deletions of all orphans after 'n' operations, if there is room. Returns their number. */
static unsigned int
orphans_fill(struct revalidator *r, unsigned int n)
{
	unsigned int n_orphans = r->n_orphans;

	if (n + n_orphans > r->n_ops)
		return 0;
	for (unsigned int i = 0; i < n_orphans; i++)
		r->ops[n + i] = (struct dp_op){.type = DP_OP_DEL, .ufid = r->orphans[i]};
	r->n_orphans = 0;
	return n_orphans;
}

/* Deletes the first entries of 'list', and orphans, from the datapath and unlinks them. Returns how
 * many. */
static unsigned int
delete_some(struct revalidator *r, struct cds_list_head *list)
{
	struct upc *u = r->u;
	unsigned int n = ops_fill(r, list, DP_OP_DEL);
	unsigned int n_orphans = orphans_fill(r, n);

	operate(r, n + n_orphans);
	UPC_COUNT(u, orphans, n_orphans);
	for (unsigned int i = 0; i < n; i++) {
		struct entry *e = first(list);
		int rc = r->ops[i].error;

		if (i % EVICT_BATCH == EVICT_BATCH - 1)
			rcu_quiesce();
		if (!rc || rc == -ENOENT) {
			leave(r, e, &r->ops[i]);
			continue;
		}
		if (cds_list_empty(&r->refused))
			LOG_ERR(u->log, UPCALL, "the datapath did not delete a megaflow: %s",
				strerror(-rc));
		cds_list_del(&e->link);
		cds_list_add_tail(&e->link, &r->refused);
		r->refused_ns = clock_now_ns() + UPC_NAP_NS;
	}
	return n + n_orphans;
}

/* Deletes orphans and the flows that may leave, in one grace period if there is room. */
static void
delete_those_that_may(struct revalidator *r)
{
	struct sweep *s = &r->u->sweep;
	uint64_t now_ns = clock_now_ns();
	unsigned int n = r->n_orphans;
	bool late = false;
	struct entry *e;
	CDS_LIST_HEAD(some);

	if (now_ns >= r->refused_ns) {
		cds_list_for_each_entry (e, &r->refused, link)
			n++;
		cds_list_splice(&r->refused, &some);
		CDS_INIT_LIST_HEAD(&r->refused);
	}
	while ((e = first(&r->leaving)) && may_leave(s, e, now_ns)) {
		late |= e->leave_hw > s->changes.done;
		cds_list_del(&e->link);
		cds_list_add_tail(&e->link, &some);
		n++;
	}
	if (late)
		LOG_WARN(r->u->log, UPCALL, "hardware did not remove rules in time");
	ops_room(r, n);
	while (delete_some(r, &some))
		;
	ops_room(r, 0);
}

static bool
counts_final(struct upc *u, struct entry *e)
{
	bool done;

	mutex_lock(&e->mu);
	done = !e->ofl || ofl_flow_settled(e->ofl);
	entry_merge_hw(e);
	entry_push(e, u->xlate);
	mutex_unlock(&e->mu);
	return done;
}

static void
bury(struct upc *u, struct entry *e)
{
	cds_list_del(&e->link);
	entry_bury(e, u->xlate, LIFECYCLE_REVALIDATOR);
}

/* Frees flows whose counts are final, in the order in which they left. A flow that takes too
 * long is set aside as stuck and stops counting against the flow limit; a device can hold only
 * so many such hardware rules. */
static void
bury_settled(struct revalidator *r)
{
	struct upc *u = r->u;
	uint64_t now_ns = clock_now_ns();
	struct entry *e;

	while ((e = first(&r->settling)) != NULL) {
		if (counts_final(u, e)) {
			bury(u, e);
		} else if (now_ns >= e->leave_ns + UPC_STUCK_NS) {
			cds_list_del(&e->link);
			cds_list_add_tail(&e->link, &r->stuck);
			atomic_fetch_add(&u->n_stuck, 1);
		} else {
			return;
		}
		ledger_forget(u->ledger);
	}
}

static void
bury_stuck(struct revalidator *r)
{
	struct upc *u = r->u;
	uint64_t now_ns = clock_now_ns();
	struct entry *e;
	CDS_LIST_HEAD(some);

	if (now_ns < r->stuck_ns)
		return;
	r->stuck_ns = now_ns + STUCK_LOOK_NS;
	for (int i = 0; i < STUCK_LOOKS && (e = first(&r->stuck)) != NULL; i++) {
		cds_list_del(&e->link);
		cds_list_add_tail(&e->link, &some);
	}
	while ((e = first(&some)) != NULL) {
		if (counts_final(u, e)) {
			bury(u, e);
			atomic_fetch_sub(&u->n_stuck, 1);
		} else {
			cds_list_del(&e->link);
			cds_list_add_tail(&e->link, &r->stuck);
		}
	}
}

static void
note_oldest(struct revalidator *r)
{
	const struct entry *leaving = first(&r->leaving), *settling = first(&r->settling), *e;

	r->oldest_leaving = leaving ? leaving->leave_hw : UINT64_MAX;
	cds_list_for_each_entry (e, &r->refused, link) {
		if (e->leave_hw < r->oldest_leaving)
			r->oldest_leaving = e->leave_hw;
	}
	r->oldest_settling = settling ? settling->leave_hw : UINT64_MAX;
	if (!cds_list_empty(&r->stuck))
		r->oldest_settling = 0;
}

void
evict_act(struct revalidator *r)
{
	_Static_assert(ORPHANS_MAX <= EVICT_BATCH, "orphans are deleted by one call");
	r->asked = !cds_list_empty(&r->modify) || !cds_list_empty(&r->evict);
	ask_hardware(r);
	while (modify_some(r))
		;
	leave_begin(r);
	delete_those_that_may(r);
	bury_settled(r);
	bury_stuck(r);
	note_oldest(r);
}

static void
earlier(uint64_t *until_ns, uint64_t ns)
{
	if (ns < *until_ns)
		*until_ns = ns;
}

bool
evict_may_finish(struct revalidator *r, uint64_t now_ns, uint64_t *until_ns)
{
	const struct sweep *s = &r->u->sweep;
	const struct entry *e = first(&r->leaving);

	if (e && may_leave(s, e, now_ns))
		return true;
	if (!cds_list_empty(&r->refused) && now_ns >= r->refused_ns)
		return true;
	if (e)
		earlier(until_ns, e->leave_ns + s->hw_wait_ns);
	if (!cds_list_empty(&r->refused))
		earlier(until_ns, r->refused_ns);
	return false;
}

void
evict_hand_over(struct revalidator *from, struct revalidator *to)
{
	cds_list_splice(&from->leaving, to->leaving.prev);
	cds_list_splice(&from->refused, &to->refused);
	while (!cds_list_empty(&from->settling)) {
		struct entry *e = first(&from->settling);

		cds_list_del(&e->link);
		settling_add(to, e);
	}
	cds_list_splice(&from->stuck, &to->stuck);
	CDS_INIT_LIST_HEAD(&from->leaving);
	CDS_INIT_LIST_HEAD(&from->refused);
	CDS_INIT_LIST_HEAD(&from->stuck);
	note_oldest(from);
}

static void
abandon_leaving(struct upc *u, struct cds_list_head *list, struct cds_list_head *to)
{
	struct entry *e, *next;

	cds_list_for_each_entry_safe (e, next, list, link) {
		mutex_lock(&e->mu);
		lifecycle_move(&e->life, UPC_EVICTED, LIFECYCLE_CONTROL);
		mutex_unlock(&e->mu);
		remove_from_ledger(u, e);
		cds_list_move(&e->link, to);
	}
}

void
evict_abandon(struct revalidator *r)
{
	struct upc *u = r->u;
	struct entry *e, *next;

	abandon_leaving(u, &r->leaving, &r->settling);
	abandon_leaving(u, &r->refused, &r->settling);
	cds_list_for_each_entry_safe (e, next, &r->settling, link) {
		cds_list_del(&e->link);
		entry_bury(e, u->xlate, LIFECYCLE_CONTROL);
		ledger_forget(u->ledger);
	}
	cds_list_for_each_entry_safe (e, next, &r->stuck, link) {
		cds_list_del(&e->link);
		entry_bury(e, u->xlate, LIFECYCLE_CONTROL);
	}
}

static int
forget(struct entry *e, void *aux)
{
	struct upc *u = aux;

	mutex_lock(&e->mu);
	if (e->life.state != UPC_OPERATIONAL) {
		mutex_unlock(&e->mu);
		return 0;
	}
	recount_forget(u, e);
	lifecycle_move(&e->life, UPC_EVICTED, LIFECYCLE_CONTROL);
	mutex_unlock(&e->mu);
	ledger_remove(u->ledger, e);
	entry_bury(e, u->xlate, LIFECYCLE_CONTROL);
	ledger_forget(u->ledger);
	return 0;
}

void
evict_forget(struct upc *u)
{
	for (unsigned int i = 0; i < LEDGER_SHARDS; i++) {
		while (ledger_shard_flows(u->ledger, i))
			ledger_each(u->ledger, i, forget, u);
	}
}
