/* SPDX-License-Identifier: Apache-2.0 */
#include "sweep.h"

#include "bell.h"
#include "call.h"
#include "dp_wait.h"
#include "evict.h"
#include "hw_wait.h"
#include "limit.h"
#include "recount.h"

#include <base/clock.h>

void
sweep_init(struct upc *u)
{
	struct sweep *s = &u->sweep;

	sem_init(&s->bell, 0, 0);
	mutex_init(&s->mu);
	cond_init(&s->wake);
	CDS_INIT_LIST_HEAD(&s->new_calls);
	CDS_INIT_LIST_HEAD(&s->calls);
	recount_init(&s->recount);
	s->schedule.interval_ns = u->config.sweep_interval_ns;
	s->changes = (struct hw_wait){.what = OFL_WAIT_CHANGES, .u = u};
	s->counters = (struct hw_wait){.what = OFL_WAIT_COUNTERS, .u = u};
	s->oldest_leaving = s->oldest_settling = UINT64_MAX;
}

void
sweep_free(struct upc *u)
{
	struct sweep *s = &u->sweep;

	hw_wait_free(&s->counters);
	hw_wait_free(&s->changes);
	recount_free(&s->recount);
	cond_destroy(&s->wake);
	mutex_destroy(&s->mu);
	sem_destroy(&s->bell);
}

static struct schedule_want
wants(struct upc *u, uint64_t now_ns)
{
	struct sweep *s = &u->sweep;
	struct schedule_want want = {.until_ns = UINT64_MAX};
	bool begun;

	hw_wait_note(&s->counters);
	hw_wait_note(&s->changes);
	s->hw_wait_ns = hw_wait_most_ns(&s->changes);
	calls_advance(u, &want);
	begun = hw_wait_begin(&s->changes);
	begun &= hw_wait_begin(&s->counters);
	if (!begun && want.until_ns > now_ns + UPC_NAP_NS)
		want.until_ns = now_ns + UPC_NAP_NS;
	for (unsigned int i = 0; i < u->n_revalidators; i++)
		want.finish |= evict_may_finish(&u->revalidators[i], now_ns, &want.until_ns);
	want.changed = atomic_load(&s->changed);
	want.modified = recount_due_sw(u);
	want.open = s->full.open;
	return want;
}

/* Flows of a port that became offloaded are visited once, so that they are offered, and that
 * ledger_mark_used() makes every later sweep visit them. */
static void
full_open(struct upc *u)
{
	struct full_sweep *f = &u->sweep.full;
	struct accounts *a = ledger_accounts(u->ledger);
	uint64_t cpu_ns = clock_thread_cpu_ns();

	f->open = true;
	f->flush = u->sweep.kind == SWEEP_FLUSH;
	f->begun_ns = u->sweep.begun_ns;
	f->first_pass = (uint32_t)u->sweep.number;
	f->passes_ns = 0;
	f->is_complete = true;
	f->whole = accounts_mark_offloaded(a, u->ofl) || f->flush || f->asked || f->whole_next ||
		   f->begun_ns >= f->whole_ns;
	f->whole_next = false;
	atomic_fetch_add(&f->number, 1);
	atomic_store(&f->next_shard, 0);
	f->has_surplus = accounts_share_out(a, atomic_load(&u->flow_limit)) && !f->flush;
	f->is_trimming = false;
	f->has_dump =
		!u->dp->class->dump_new(u->dp, f->whole ? DP_DUMP_ALL : DP_DUMP_CHANGED, &f->dump);
	if (!f->has_dump) {
		f->dump = NULL;
		LOG_ERR(u->log, UPCALL,
			"cannot dump the datapath's flows; this sweep reads only the ledger");
	}
	f->cost_ns = clock_thread_cpu_ns() - cpu_ns;
	calls_begun(u, u->sweep.kind);
}

static void
pass_open(struct upc *u)
{
	struct sweep *s = &u->sweep;

	s->number++;
	s->begun_ns = clock_now_ns();
	s->hw_number = s->changes.wanted + 1;
	s->hw_done = s->changes.done;
	switch (s->kind) {
	case SWEEP_COUNTS:
		/* Packets still treated by the old actions must be counted before the
		 * counts are read. */
		if (s->asked_in > s->barrier_after)
			dp_wait_pass(u);
		break;
	case SWEEP_POLICY:
		atomic_store(&s->changed, false);
		xlate_sieve_advance(s->sieve);
		break;
	case SWEEP_FULL:
	case SWEEP_FLUSH:
		/* It removes flows that were found (adopt.h): no packet may be on its way to
		 * them by actions that a policy pass has modified. */
		if (!atomic_load(&s->full.number) && s->asked_in > s->barrier_after)
			dp_wait_pass(u);
		if (!s->full.open)
			full_open(u);
		return;
	case SWEEP_FINISH:
	case SWEEP_N_KINDS:
		break;
	}
	calls_begun(u, s->kind);
}

bool
sweep_try(struct upc *u, uint64_t *until_ns)
{
	struct sweep *s = &u->sweep;
	uint64_t now_ns = clock_now_ns();
	struct schedule_want want;

	bell_clear(s);
	want = wants(u, now_ns);
	s->full.asked = want.asked[SWEEP_FULL];
	if (!schedule_next(&s->schedule, &want, now_ns, &s->kind, until_ns))
		return false;
	pass_open(u);
	return true;
}

/* Visits of the whole ledger for a surplus do not count: a lower limit would cause more of them. */
static void
full_charge(struct upc *u)
{
	struct full_sweep *f = &u->sweep.full;
	uint64_t most_ns = 0;

	if (!f->dump && !f->whole && f->has_surplus)
		return;
	for (unsigned int i = 0; i < u->n_revalidators; i++) {
		uint64_t ns = u->revalidators[i].judge_ns;

		most_ns = ns > most_ns ? ns : most_ns;
	}
	f->cost_ns += most_ns;
}

void
sweep_judged(struct upc *u)
{
	struct sweep *s = &u->sweep;

	s->judged_ns = clock_now_ns();
	if (s->kind >= SWEEP_FULL)
		full_charge(u);
}

/* Adapts the flow limit to the CPU time of quick sweeps. Time that a revalidator waits for a core
 * does not count: fewer flows would not give it one. Only the cost of judging counts: the cost of
 * evicting depends on hardware, not on the number of flows. */
static void
limit_follow(struct upc *u)
{
	unsigned int limit = atomic_load(&u->flow_limit);
	unsigned int next =
		limit_adapt(limit, atomic_load(&u->flow_limit_max), ledger_n_flows(u->ledger),
			    u->sweep.full.cost_ns, UPC_SWEEP_TARGET_NS);

	/* Fails if control set another limit meanwhile, which then stays. */
	if (next != limit)
		atomic_compare_exchange_strong(&u->flow_limit, &limit, next);
}

/* A sweep whose dump ended early is one without: that a flow is missing means nothing. */
static void
dump_close(struct upc *u)
{
	struct full_sweep *f = &u->sweep.full;
	int rc = f->dump ? u->dp->class->dump_free(u->dp, f->dump) : 0;

	f->dump = NULL;
	if (!rc)
		return;
	f->has_dump = false;
	LOG_WARN(u->log, UPCALL,
		 "the dump of the datapath's flows ended early: %s; the next sweep reads all of "
		 "them",
		 strerror(-rc));
}

/* Returns the time of the next whole sweep. */
static uint64_t
whole_due_ns(const struct upc *u, uint64_t now_ns)
{
	const struct full_sweep *f = &u->sweep.full;
	uint64_t usual_ns = f->begun_ns + u->config.whole_interval_ns;
	uint64_t rest_ns = now_ns + (UPC_WHOLE_PART - 1) * f->cost_ns;

	return usual_ns > rest_ns ? usual_ns : rest_ns;
}

/* Returns true if the sweep continues with the removal of surplus flows. */
static bool
trim_begin(struct upc *u)
{
	struct full_sweep *f = &u->sweep.full;

	if (!f->has_surplus || f->is_trimming)
		return false;
	accounts_cut(ledger_accounts(u->ledger));
	f->is_trimming = true;
	atomic_store(&f->next_shard, 0);
	return true;
}

/* Ends a pass of a full sweep. The dump has ended when a revalidator received no more flows, the
 * sweep when no shard is left. */
static void
full_pass_ended(struct upc *u, uint64_t now_ns)
{
	struct sweep *s = &u->sweep;
	struct full_sweep *f = &s->full;
	bool dump_ended = false;

	for (unsigned int i = 0; i < u->n_revalidators; i++) {
		const struct revalidator *r = &u->revalidators[i];

		dump_ended |= r->dump_ended;
		f->is_complete &= !r->found_orphans;
		f->whole_next |= r->found_orphans || r->found_missed;
	}
	f->passes_ns += now_ns - s->begun_ns;
	if (dump_ended)
		dump_close(u);
	if (f->dump || atomic_load(&f->next_shard) < LEDGER_SHARDS || trim_begin(u))
		return;
	f->open = false;
	f->whole_next |= !f->has_dump;
	s->complete = f->has_dump && f->is_complete && (f->whole || s->complete);
	atomic_store(&f->last_ns, f->passes_ns);
	UPC_COUNT(u, sweeps, 1);
	if (f->whole)
		f->whole_ns = whole_due_ns(u, now_ns);
	else
		limit_follow(u);
	schedule_full_ended(&s->schedule, f->begun_ns, now_ns);
	calls_ended(u, f->flush ? SWEEP_FLUSH : SWEEP_FULL);
}

void
sweep_end(struct upc *u)
{
	struct sweep *s = &u->sweep;
	uint64_t now_ns = clock_now_ns();
	bool asked = false;

	s->oldest_leaving = s->oldest_settling = UINT64_MAX;
	for (unsigned int i = 0; i < u->n_revalidators; i++) {
		const struct revalidator *r = &u->revalidators[i];

		asked |= r->asked;
		if (r->oldest_leaving < s->oldest_leaving)
			s->oldest_leaving = r->oldest_leaving;
		if (r->oldest_settling < s->oldest_settling)
			s->oldest_settling = r->oldest_settling;
	}
	if (asked) {
		hw_wait_want(&s->changes);
		s->asked_in = s->number;
	}
	s->settle_ns = now_ns + UPC_NAP_NS;
	if (s->kind >= SWEEP_FULL) {
		full_pass_ended(u, now_ns);
		return;
	}
	if (s->kind == SWEEP_POLICY) {
		UPC_COUNT(u, policy_sweeps, 1);
		schedule_policy_ended(&s->schedule, s->judged_ns - s->begun_ns, now_ns);
	}
	calls_ended(u, s->kind);
}

void
sweep_abort(struct upc *u)
{
	dump_close(u);
	if (u->sweep.full.open)
		calls_again(u);
	u->sweep.full.open = false;
}
