/* SPDX-License-Identifier: Apache-2.0 */
#include "adopt.h"

#include "core.h"

#include <base/clock.h>

/* Numbers of recirculation from here on are not kept, so that others remain to be given. */
#define RECIRC_END (UINT32_C(1) << 31)

bool
adopt_is_left_over(const struct entry *e)
{
	struct flow_match match;

	if (!e->plan.found)
		return false;
	flow_packed_match(e->match, &match);
	return match.key.recirc_id != 0;
}

static bool
calls_handlers(const struct flow_actions *acts)
{
	for (unsigned int i = 0; i < acts->n; i++) {
		if (acts->a[i].type == FLOW_ACTION_UPCALL || acts->a[i].type == FLOW_ACTION_SAMPLE)
			return true;
	}
	return false;
}

/* A datapath need not keep why a flow drops. */
struct reval_decision
adopt_compare(const struct entry *e, const struct flow_match *match, const struct xlate_out *out)
{
	const struct flow_actions *have = &e->plan.actions, *want = &e->next->actions;
	struct reval_decision d = reval_compare(&match->mask, have, &out->mask, want);

	if (match->key.recirc_id || out->unlearned)
		return (struct reval_decision){REVAL_EVICT, REVAL_CHANGED};
	if (d.verdict == REVAL_MODIFY && flow_actions_only_drop(have) &&
	    flow_actions_only_drop(want))
		return (struct reval_decision){REVAL_KEEP, REVAL_NONE};
	if (d.verdict == REVAL_KEEP && calls_handlers(have))
		return (struct reval_decision){REVAL_MODIFY, REVAL_CHANGED};
	return d;
}

/* Returns the highest number of recirculation that the flow uses. */
static uint32_t
recirc_most(const struct upc_found *f)
{
	uint32_t most = f->match->key.recirc_id;

	for (unsigned int i = 0; i < f->actions->n; i++) {
		const struct flow_action *a = &f->actions->a[i];

		if (a->type == FLOW_ACTION_RECIRC && a->recirc_id > most)
			most = a->recirc_id;
		if (a->type == FLOW_ACTION_CHECK_LEN && a->check_len.longer > most)
			most = a->check_len.longer;
		if (a->type == FLOW_ACTION_CHECK_LEN && a->check_len.others > most)
			most = a->check_len.others;
	}
	return most;
}

/* Returns true if the flow matches all that the translation looked at, so that its masked key is, for the
 * tables, as a packet of it. */
static bool
is_translated(struct upc *u, const struct upc_found *f, const struct xlate_in *in)
{
	struct xlate_out out;
	bool covered;

	if (xlate_translate(u->xlate, in, &out))
		return false;
	covered = reval_compare(&f->match->mask, f->actions, &out.mask, f->actions).verdict ==
		  REVAL_KEEP;
	xlate_out_free(&out);
	return covered;
}

/* The revalidators translate the flow when all flows have taught, so that it does not flood before a MAC
 * of another one is known. A key without the bits that the tables look at would teach nonsense. */
static void
teach(struct upc *u, const struct upc_found *f, uint64_t now_ns)
{
	struct xlate_in in = {.key = &f->match->key, .now_ns = now_ns};

	if (f->match->key.recirc_id || f->stats.used_ns + u->config.idle_ns <= now_ns)
		return;
	in.learn = is_translated(u, f, &in);
	if (in.learn)
		is_translated(u, f, &in);
}

static int
entry_make(const struct upc_found *f, struct account *account, uint64_t now_ns, struct entry **out)
{
	struct flow_packed *packed = flow_packed_new(f->match);
	struct plan plan;
	int rc;

	if (!packed)
		return -ENOMEM;
	plan_init(&plan);
	plan.found = true;
	rc = flow_actions_copy(&plan.actions, f->actions);
	if (!rc)
		rc = entry_new(packed, &f->ufid, &plan, account, now_ns, out);
	if (rc) {
		plan_free(&plan);
		flow_packed_unref(packed);
	}
	return rc;
}

static int
enter(struct upc *u, struct entry *e, const struct flow_stats *stats)
{
	struct entry *there;

	mutex_lock(&e->mu);
	entry_begin_at(e, stats);
	there = ledger_add(u->ledger, e);
	if (there == e) {
		lifecycle_move(&e->life, UPC_VISIBLE, LIFECYCLE_CONTROL);
		lifecycle_move(&e->life, UPC_OPERATIONAL, LIFECYCLE_CONTROL);
	} else {
		lifecycle_move(&e->life, UPC_DELETED, LIFECYCLE_CONTROL);
	}
	mutex_unlock(&e->mu);
	if (there == e)
		return 0;
	entry_free(e);
	return there ? -EEXIST : -ENOMEM;
}

int
upc_adopt(struct upc *u, const struct upc_found *f)
{
	struct account *account =
		accounts_get(ledger_accounts(u->ledger), u->ofl, f->match->key.in_port);
	uint64_t now_ns = clock_now_ns();
	struct entry *e;
	int rc;

	if (recirc_most(f) >= RECIRC_END)
		return -EOPNOTSUPP;
	xlate_recirc_skip(u->xlate, recirc_most(f));
	if (!account)
		return -ENOMEM;
	if (!ledger_reserve(u->ledger, account, atomic_load(&u->flow_limit)))
		return -ENOSPC;
	rc = entry_make(f, account, now_ns, &e);
	if (!rc)
		rc = enter(u, e, &f->stats);
	if (rc) {
		ledger_unreserve(u->ledger, account);
		return rc;
	}
	teach(u, f, now_ns);
	UPC_COUNT(u, adopted, 1);
	return 0;
}
