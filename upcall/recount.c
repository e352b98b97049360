/* SPDX-License-Identifier: Apache-2.0 */
/* Modified flows keep crediting the earlier rules until the paths are read again. */
#include "recount.h"

void
recount_init(struct recount *c)
{
	mutex_init(&c->mu);
	CDS_INIT_LIST_HEAD(&c->sw);
	CDS_INIT_LIST_HEAD(&c->hw);
}

void
recount_free(struct recount *c)
{
	mutex_destroy(&c->mu);
}

/* A flow in software may have been in hardware, or may be about to enter it with its old actions,
 * unless its port is not offloaded. */
static bool
hardware_counts(const struct entry *e) REQUIRES(e->mu)
{
	struct ofl_flow_info info;

	if (!e->ofl)
		return false;
	ofl_flow_info(e->ofl, &info);
	return info.placement != OFL_SOFTWARE || info.n_attempts ||
	       (info.refusal.reason != NIC_REASON_NO_DEVICE &&
		info.refusal.reason != NIC_REASON_DISABLED);
}

void
recount_add(struct upc *u, struct entry *e)
{
	struct recount *c = &u->sweep.recount;

	mutex_lock(&c->mu);
	if (cds_list_empty(&e->recount_link)) {
		e->recount_pass = u->sweep.number;
		cds_list_add_tail(&e->recount_link, hardware_counts(e) ? &c->hw : &c->sw);
	}
	mutex_unlock(&c->mu);
}

void
recount_forget(struct upc *u, struct entry *e)
{
	struct recount *c = &u->sweep.recount;

	mutex_lock(&c->mu);
	cds_list_del_init(&e->recount_link);
	mutex_unlock(&c->mu);
}

bool
recount_due_sw(struct upc *u)
{
	struct recount *c = &u->sweep.recount;
	bool due;

	mutex_lock(&c->mu);
	due = !cds_list_empty(&c->sw);
	mutex_unlock(&c->mu);
	return due;
}

static struct entry *
first(struct cds_list_head *list)
{
	return cds_list_empty(list) ? NULL : cds_list_first_entry(list, struct entry, recount_link);
}

bool
recount_due_hw(struct upc *u, uint64_t pass)
{
	struct recount *c = &u->sweep.recount;
	const struct entry *e;
	bool due;

	mutex_lock(&c->mu);
	e = first(&c->hw);
	due = e && e->recount_pass <= pass;
	mutex_unlock(&c->mu);
	return due;
}

/* Moves the first entries of a list to 'out', linked by 'link'. That link is free: a pass that only
 * gathers counts modifies, removes and frees no entry. */
static unsigned int
take(struct recount *c, struct cds_list_head *from, uint64_t pass, struct cds_list_head *out)
{
	unsigned int n = 0;
	struct entry *e;

	mutex_lock(&c->mu);
	while (n < EVICT_BATCH && (e = first(from)) &&
	       (from == &c->sw || e->recount_pass <= pass)) {
		cds_list_del_init(&e->recount_link);
		cds_list_add_tail(&e->link, out);
		n++;
	}
	mutex_unlock(&c->mu);
	return n;
}

/* A flow that the datapath no longer has is left to the next full sweep. */
static void
gather(struct upc *u, struct entry *e, const struct dp_op *op)
{
	mutex_lock(&e->mu);
	if (!op->error) {
		entry_merge(e, ACCOUNT_SW, &op->stats);
		entry_merge_hw(e);
		entry_push(e, u->xlate);
		entry_old_record_drop(e);
	}
	mutex_unlock(&e->mu);
}

static unsigned int
run_some(struct revalidator *r, struct cds_list_head *from)
{
	struct upc *u = r->u;
	struct entry *e, *next;
	unsigned int n = 0;
	CDS_LIST_HEAD(some);

	if (!take(&u->sweep.recount, from, u->sweep.recount_pass, &some))
		return 0;
	cds_list_for_each_entry (e, &some, link)
		r->ops[n++] = (struct dp_op){.type = DP_OP_GET, .ufid = e->ufid};
	u->dp->class->operate(u->dp, r->ops, n);
	n = 0;
	cds_list_for_each_entry_safe (e, next, &some, link) {
		cds_list_del(&e->link);
		gather(u, e, &r->ops[n++]);
	}
	return n;
}

void
recount_run(struct revalidator *r)
{
	struct recount *c = &r->u->sweep.recount;

	while (run_some(r, &c->sw))
		;
	while (run_some(r, &c->hw))
		;
}
