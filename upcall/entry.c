/* SPDX-License-Identifier: Apache-2.0 */
#include "entry.h"

int
entry_new(struct flow_packed *match, const struct flow_ufid *ufid, struct plan *plan,
	  struct account *account, uint64_t now_ns, struct entry **out)
{
	struct entry *e = calloc(1, sizeof *e);

	if (!e)
		return -ENOMEM;
	e->match = match;
	e->ufid = *ufid;
	e->created_ns = now_ns;
	e->account = account;
	mutex_init(&e->mu);
	lifecycle_init(&e->life, LIFECYCLE_HANDLER);
	plan_init(&e->plan);
	plan_move(&e->plan, plan);
	CDS_INIT_LIST_HEAD(&e->link);
	CDS_INIT_LIST_HEAD(&e->recount_link);
	*out = e;
	return 0;
}

static void
next_free(struct entry *e)
{
	if (e->next)
		plan_free(e->next);
	free(e->next);
	e->next = NULL;
}

int
entry_next_set(struct entry *e, struct plan *plan)
{
	struct plan *next = e->next ? e->next : malloc(sizeof *next);

	if (!next)
		return -ENOMEM;
	if (!e->next)
		plan_init(next);
	plan_move(next, plan);
	e->next = next;
	return 0;
}

void
entry_next_take(struct entry *e)
{
	plan_move(&e->plan, e->next);
	next_free(e);
}

void
entry_free(struct entry *e)
{
	plan_free(&e->plan);
	next_free(e);
	flow_packed_unref(e->match);
	if (e->old_record)
		xlate_record_free(e->old_record);
	mutex_destroy(&e->mu);
	free(e);
}

static void
free_after_grace(struct rcu_deferred *d)
{
	entry_free(caa_container_of(d, struct entry, deferred));
}

/* The records are freed before the grace period, as they belong to a 'struct xlate' that
 * may not outlive it. */
void
entry_bury_at(struct entry *e, struct xlate *x, enum lifecycle_role role, const char *place)
{
	struct ofl_flow *ofl;

	mutex_lock(&e->mu);
	entry_merge_hw(e);
	entry_push(e, x);
	lifecycle_move_at(&e->life, UPC_DELETED, role, place);
	ofl = e->ofl;
	e->ofl = NULL;
	plan_free(&e->plan);
	next_free(e);
	entry_old_record_drop(e);
	mutex_unlock(&e->mu);
	if (ofl)
		ofl_flow_free(ofl);
	rcu_defer(&e->deferred, free_after_grace);
}

static void
part_add(struct entry *e, enum account_part part, const struct flow_stats *delta) REQUIRES(e->mu)
{
	e->parts[part].packets += delta->packets;
	e->parts[part].bytes += delta->bytes;
	if (delta->used_ns > e->used_ns)
		e->used_ns = delta->used_ns;
	e->tcp_flags |= delta->tcp_flags;
}

void
entry_credit(struct entry *e, const struct flow_stats *s)
{
	part_add(e, ACCOUNT_UPCALLED, s);
}

void
entry_begin_at(struct entry *e, const struct flow_stats *s)
{
	e->parts[ACCOUNT_SW] = e->pushed = (struct entry_count){s->packets, s->bytes};
	e->used_ns = s->used_ns;
	e->tcp_flags = s->tcp_flags;
}

void
entry_merge(struct entry *e, enum account_part part, const struct flow_stats *s)
{
	const struct entry_count *have = &e->parts[part];
	struct flow_stats delta = {.used_ns = s->used_ns, .tcp_flags = s->tcp_flags};

	if (s->packets > have->packets)
		delta.packets = s->packets - have->packets;
	if (s->bytes > have->bytes)
		delta.bytes = s->bytes - have->bytes;
	part_add(e, part, &delta);
	if (delta.packets || delta.bytes)
		account_add(e->account, part, &delta,
			    flow_packed_is_recirculated(e->match) ? delta.packets : 0);
}

void
entry_merge_hw(struct entry *e)
{
	struct flow_stats s;

	if (!e->ofl)
		return;
	ofl_flow_stats(e->ofl, &s);
	entry_merge(e, ACCOUNT_HW, &s);
}

bool
entry_is_offloadable(const struct entry *e)
{
	return atomic_load_explicit(&e->account->offloaded, memory_order_relaxed);
}

void
entry_offer(struct entry *e, struct ofl *o)
{
	if (e->ofl || e->plan.drop == FLOW_DROP_NO_BRIDGE || !entry_is_offloadable(e))
		return;
	if (ofl_flow_new(o, e->match, &e->plan.actions, &e->ofl))
		e->ofl = NULL;
}

void
entry_push(struct entry *e, struct xlate *x)
{
	struct xlate_record *r = e->has_old_record ? e->old_record : e->plan.record;
	struct flow_stats total, delta;

	if (e->plan.found && !e->has_old_record)
		return;
	entry_total(e, &total);
	delta = total;
	delta.packets -= e->pushed.packets;
	delta.bytes -= e->pushed.bytes;
	if (!delta.packets && !delta.bytes)
		return;
	if (r)
		xlate_record_push(x, r, &delta);
	e->pushed = (struct entry_count){total.packets, total.bytes};
}

void
entry_old_record_drop(struct entry *e)
{
	if (e->old_record)
		xlate_record_free(e->old_record);
	e->old_record = NULL;
	e->has_old_record = false;
}

void
entry_total(const struct entry *e, struct flow_stats *out)
{
	*out = (struct flow_stats){.used_ns = e->used_ns, .tcp_flags = e->tcp_flags};
	for (int i = 0; i < ACCOUNT_N_PARTS; i++) {
		out->packets += e->parts[i].packets;
		out->bytes += e->parts[i].bytes;
	}
}
