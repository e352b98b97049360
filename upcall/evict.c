/* SPDX-License-Identifier: Apache-2.0 */
/* How a megaflow is changed and how it leaves: hardware first, for all of a sweep at once, then the
 * datapath. A flow that left both waits for its last hardware counts outside of the ledger, where a
 * new flow of the same UFID may take its place. */
#include "core.h"

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

/* A flow that cannot be made to do what it should must not go on doing what it did. */
static void
evict_instead(struct revalidator *r, struct entry *e)
{
	cds_list_del(&e->link);
	mutex_lock(&e->mu);
	lifecycle_move(&e->life, UPC_EVICTING, LIFECYCLE_REVALIDATOR);
	evict_recount_forget(r->u, e);
	e->why = REVAL_FAILED;
	mutex_unlock(&e->mu);
	cds_list_add_tail(&e->link, &r->evict);
	retire(e);
}

static int
change_hardware(struct entry *e)
{
	int rc = 0;

	mutex_lock(&e->mu);
	if (e->ofl)
		rc = ofl_flow_change(e->ofl, &e->next.actions);
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

static bool
hardware_counts(const struct entry *e) REQUIRES(e->mu)
{
	struct ofl_flow_info info;

	if (!e->ofl)
		return false;
	ofl_flow_info(e->ofl, &info);
	return info.placement != OFL_SOFTWARE;
}

static void
recount_add(struct recount *c, struct entry *e) REQUIRES(e->mu)
{
	mutex_lock(&c->mu);
	if (cds_list_empty(&e->recount_link))
		cds_list_add_tail(&e->recount_link, hardware_counts(e) ? &c->hw : &c->sw);
	mutex_unlock(&c->mu);
}

void
evict_recount_forget(struct upc *u, struct entry *e)
{
	struct recount *c = &u->sweep.recount;

	mutex_lock(&c->mu);
	cds_list_del_init(&e->recount_link);
	mutex_unlock(&c->mu);
}

bool
evict_recount_due(struct upc *u, bool with_hw)
{
	struct recount *c = &u->sweep.recount;
	bool due;

	mutex_lock(&c->mu);
	due = !cds_list_empty(&c->sw) || (with_hw && !cds_list_empty(&c->hw));
	mutex_unlock(&c->mu);
	return due;
}

void
evict_take_plan(struct revalidator *r, struct entry *e)
{
	if (!e->has_old_record) {
		e->old_record = e->plan.record;
		e->has_old_record = true;
		e->plan.record = NULL;
	}
	plan_move(&e->plan, &e->next);
	ledger_renew(r->u->ledger, e);
	recount_add(&r->u->sweep.recount, e);
}

/* Asks the datapath for the same of the first entries of 'list'. Returns of how many, in r->ops. */
static unsigned int
operate_some(struct revalidator *r, const struct cds_list_head *list, enum dp_op_type type)
{
	struct dp *dp = r->u->dp;
	unsigned int n = 0;
	struct entry *e;

	cds_list_for_each_entry (e, list, link) {
		if (n == EVICT_BATCH)
			break;
		r->ops[n++] = (struct dp_op){
			.type = type,
			.ufid = e->ufid,
			.actions = type == DP_OP_MODIFY ? &e->next.actions : NULL,
		};
	}
	if (n)
		dp->class->operate(dp, r->ops, n);
	return n;
}

/* A flow that the datapath has no more is left to the next full sweep. */
static void
recount(struct upc *u, struct entry *e, const struct dp_op *op)
{
	mutex_lock(&e->mu);
	if (!op->error) {
		entry_merge(e, ACCOUNT_SW, &op->stats);
		entry_merge_hw(e);
		entry_push(e, u->xlate);
		entry_settle_record(e);
	}
	mutex_unlock(&e->mu);
}

/* Moves the first entries of a list to 'out', which their other link makes. No entry leaves in a sweep
 * that gathers counts alone, so they stay valid. */
static unsigned int
recount_take(struct recount *c, struct cds_list_head *from, struct cds_list_head *out)
{
	unsigned int n = 0;

	mutex_lock(&c->mu);
	while (!cds_list_empty(from) && n < EVICT_BATCH) {
		struct entry *e = cds_list_first_entry(from, struct entry, recount_link);

		cds_list_del_init(&e->recount_link);
		cds_list_add_tail(&e->link, out);
		n++;
	}
	mutex_unlock(&c->mu);
	return n;
}

static unsigned int
recount_some(struct revalidator *r, struct cds_list_head *from)
{
	struct upc *u = r->u;
	struct entry *e, *next;
	unsigned int n = 0;
	CDS_LIST_HEAD(some);

	if (!recount_take(&u->sweep.recount, from, &some))
		return 0;
	operate_some(r, &some, DP_OP_GET);
	cds_list_for_each_entry_safe (e, next, &some, link) {
		cds_list_del(&e->link);
		recount(u, e, &r->ops[n++]);
	}
	return n;
}

void
evict_recount(struct revalidator *r, bool with_hw)
{
	struct recount *c = &r->u->sweep.recount;

	while (recount_some(r, &c->sw))
		;
	while (with_hw && recount_some(r, &c->hw))
		;
}

/* Modifies the first of the list. Returns how many were tried; they are off the list. */
static unsigned int
modify_some(struct revalidator *r)
{
	struct upc *u = r->u;
	unsigned int n = operate_some(r, &r->modify, DP_OP_MODIFY);
	struct entry *e;

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

/* Hardware that does not do it in time is left to offload/, which goes on trying; the datapath does
 * not wait for it: it at least treats its packets right. A barrier says so. */
static void
wait_hardware(struct revalidator *r, bool asked)
{
	if (!asked && !r->hw_late)
		return;
	r->hw_late = ofl_wait(r->u->ofl, asked ? UPC_HW_WAIT_NS : UPC_HW_LATE_WAIT_NS) != 0;
	if (r->hw_late && asked)
		LOG_WARN(r->u->log, UPCALL, "hardware did not remove rules in time");
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
	ledger_remove(u->ledger, e);
	cds_list_del(&e->link);
	cds_list_add_tail(&e->link, &r->settle);
	e->evicted_sweep = atomic_load(&u->sweep.number);
	count(u, e->why);
}

/* Deletes the next of 'list' from the datapath; what it refuses to delete goes to 'kept'. */
static unsigned int
delete_some(struct revalidator *r, struct cds_list_head *list, struct cds_list_head *kept)
{
	struct upc *u = r->u;
	unsigned int n = operate_some(r, list, DP_OP_DEL);
	struct entry *e;

	for (unsigned int i = 0; i < n; i++) {
		int error = r->ops[i].error;

		e = cds_list_first_entry(list, struct entry, link);
		if (!error || error == -ENOENT) {
			leave(r, e, &r->ops[i]);
			continue;
		}
		LOG_ERR(u->log, UPCALL, "the datapath did not delete a megaflow: %s",
			strerror(-error));
		cds_list_del(&e->link);
		cds_list_add_tail(&e->link, kept);
	}
	return n;
}

static void
delete_orphans(struct revalidator *r)
{
	struct upc *u = r->u;
	unsigned int n = r->n_orphans;

	for (unsigned int i = 0; i < n; i++)
		r->ops[i] = (struct dp_op){.type = DP_OP_DEL, .ufid = r->orphans[i]};
	if (n)
		u->dp->class->operate(u->dp, r->ops, n);
	UPC_COUNT(u, orphans, n);
	r->n_orphans = 0;
}

void
evict_judged(struct revalidator *r)
{
	bool asked = !cds_list_empty(&r->modify) || !cds_list_empty(&r->evict);
	CDS_LIST_HEAD(kept);

	_Static_assert(ORPHANS_MAX <= EVICT_BATCH, "orphans go in one batch");
	ask_hardware(r);
	while (modify_some(r))
		;
	wait_hardware(r, asked);
	while (delete_some(r, &r->evict, &kept))
		;
	cds_list_splice(&kept, &r->evict);
	delete_orphans(r);
}

static bool
settled(struct upc *u, struct entry *e)
{
	bool done;

	mutex_lock(&e->mu);
	done = !e->ofl || ofl_flow_settled(e->ofl);
	entry_merge_hw(e);
	entry_push(e, u->xlate);
	mutex_unlock(&e->mu);
	return done;
}

void
evict_settle(struct revalidator *r)
{
	struct entry *e, *next;

	r->oldest_settling = UINT64_MAX;
	cds_list_for_each_entry_safe (e, next, &r->settle, link) {
		if (settled(r->u, e)) {
			cds_list_del(&e->link);
			entry_bury(e, r->u->xlate, LIFECYCLE_REVALIDATOR);
			ledger_forget(r->u->ledger);
		} else if (e->evicted_sweep < r->oldest_settling) {
			r->oldest_settling = e->evicted_sweep;
		}
	}
}

void
evict_abandon(struct revalidator *r)
{
	struct upc *u = r->u;
	struct entry *e, *next;

	cds_list_for_each_entry_safe (e, next, &r->evict, link) {
		mutex_lock(&e->mu);
		lifecycle_move(&e->life, UPC_EVICTED, LIFECYCLE_CONTROL);
		mutex_unlock(&e->mu);
		ledger_remove(u->ledger, e);
		cds_list_del(&e->link);
		cds_list_add_tail(&e->link, &r->settle);
	}
	cds_list_for_each_entry_safe (e, next, &r->settle, link) {
		cds_list_del(&e->link);
		entry_bury(e, u->xlate, LIFECYCLE_CONTROL);
		ledger_forget(u->ledger);
	}
}
