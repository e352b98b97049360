/* SPDX-License-Identifier: Apache-2.0 */
#include "table/expiry.h"

#include "table/table_private.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

void
expiry_init(struct expiry *e)
{
	__cds_wfcq_init(&e->head, &e->tail);
}

void
expiry_free(struct expiry *e)
{
	heap_free(&e->heap);
}

/* The heap has room for every rule. */
static void
put_in_place(struct expiry *e, struct rule_private *r)
{
	uint64_t due_ns = rule_expiry_ns(r);

	if (due_ns == EXPIRY_NEVER)
		return;
	if (r->expiry.at)
		heap_move(&e->heap, &r->expiry, due_ns);
	else if (heap_add(&e->heap, &r->expiry, due_ns))
		abort();
}

int
expiry_add(struct expiry *e, struct rule_private *r)
{
	if (heap_reserve(&e->heap, e->n_rules + 1))
		return -ENOMEM;
	e->n_rules++;
	put_in_place(e, r);
	return 0;
}

void
expiry_hide(struct expiry *e, struct rule_private *r)
{
	heap_remove(&e->heap, &r->expiry);
}

void
expiry_show(struct expiry *e, struct rule_private *r)
{
	put_in_place(e, r);
}

static bool
reduce(_Atomic uint16_t *timeout_s, uint16_t max_s)
{
	uint16_t now = atomic_load_explicit(timeout_s, memory_order_relaxed);

	while (max_s && (!now || now > max_s)) {
		if (atomic_compare_exchange_weak_explicit(
			    timeout_s, &now, max_s, memory_order_relaxed, memory_order_relaxed))
			return true;
	}
	return false;
}

static void
hasten(struct expiry *e, struct rule_private *r)
{
	if (atomic_exchange(&r->is_hastened, true))
		return;
	cds_wfcq_node_init(&r->hastened);
	RCU_RELEASE(e);
	cds_wfcq_enqueue(&e->head, &e->tail, &r->hastened);
}

void
expiry_reduce_timeouts(struct tables *t, const struct rule *r, uint16_t idle_s, uint16_t hard_s)
{
	struct rule_private *private = rule_private_of(r);
	bool reduced = reduce(&private->idle_timeout_s, idle_s);

	reduced |= reduce(&private->hard_timeout_s, hard_s);
	if (reduced)
		hasten(&t->expiry, private);
}

void
expiry_put_hastened(struct tables *t)
{
	struct expiry *e = &t->expiry;
	struct cds_wfcq_node *node;

	while ((node = __cds_wfcq_dequeue_blocking(&e->head, &e->tail))) {
		struct rule_private *r = caa_container_of(node, struct rule_private, hastened);

		RCU_ACQUIRE(e);
		atomic_store(&r->is_hastened, false);
		if (r->remove_event != XLATE_RULE_ADDED)
			continue;
		put_in_place(e, r);
		policy_rule_look(&t->policy[r->rule.table], r);
	}
}

void
expiry_drop(struct tables *t, struct rule_private *r)
{
	if (atomic_load(&r->is_hastened))
		expiry_put_hastened(t);
	expiry_hide(&t->expiry, r);
	t->expiry.n_rules--;
}
