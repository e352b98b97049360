/* SPDX-License-Identifier: Apache-2.0 */
#include "revalidator.h"

#include "adopt.h"
#include "bell.h"
#include "call.h"
#include "evict.h"
#include "recount.h"
#include "sweep.h"

#include <base/clock.h>

#define DUMP_BATCH DP_BATCH_MAX
/* Minimal number of dump batches per pass of a full sweep, however often it is interrupted. */
#define PASS_BATCHES_MIN 16

static struct reval_policy
policy_now(struct upc *u)
{
	return (struct reval_policy){
		.now_ns = clock_now_ns(),
		.idle_ns = u->config.idle_ns,
		.flush = u->sweep.full.flush,
	};
}

/* Returns true if the sweep has read the flow's counts in the datapath since the flow was modified. A
 * quick dump omits only flows whose counts are known; the flow was not modified since the sweep
 * began if no policy pass has judged it. */
static bool
has_read(const struct full_sweep *f, const struct entry *e, const struct flow_stats *sw)
	REQUIRES(e->mu)
{
	return sw || (f->has_dump && !f->whole && (int32_t)(e->pass - f->first_pass) < 0);
}

/* Merges the paths' counts. Modified actions have then been in effect for longer than the counts
 * are old, so the new record takes over. */
static void
take_counts(struct upc *u, struct entry *e, const struct flow_stats *sw, uint64_t now_ns)
	REQUIRES(e->mu)
{
	const struct full_sweep *f = &u->sweep.full;

	if (sw)
		entry_merge(e, ACCOUNT_SW, sw);
	entry_merge_hw(e);
	entry_push(e, u->xlate);
	if (e->has_old_record && has_read(f, e, sw)) {
		entry_old_record_drop(e);
		recount_forget(u, e);
	}
	if (e->ofl && (sw || !f->whole))
		ofl_flow_software(e->ofl, e->parts[ACCOUNT_SW].packets, now_ns);
}

/* Returns the time up to which the use of the flow on both paths is known. */
static uint64_t
known_ns(const struct full_sweep *f, const struct entry *e, bool dumped, uint64_t now_ns)
	REQUIRES(e->mu)
{
	uint64_t sw_ns = dumped ? now_ns : f->has_dump ? f->begun_ns : 0;
	uint64_t hw_ns = e->ofl ? ofl_flow_known_ns(e->ofl, now_ns) : now_ns;

	return sw_ns < hw_ns ? sw_ns : hw_ns;
}

/* Quick sweeps leave changes of the configuration to policy passes. */
static bool
is_current(struct upc *u, const struct entry *e) REQUIRES(e->mu)
{
	if (!u->sweep.full.whole)
		return true;
	if (e->was_current && e->plan.record)
		xlate_sieve_passed(u->sweep.sieve, e->plan.record);
	return plan_current(&e->plan, u->xlate, e->match);
}

static struct reval_decision
judge(struct upc *u, const struct entry *e, bool dumped, const struct reval_policy *p)
	REQUIRES(e->mu)
{
	struct reval_flow f = {
		.created_ns = e->created_ns,
		.used_ns = e->used_ns,
		.n_missed = e->n_missed,
		.current = is_current(u, e),
		.known_ns = known_ns(&u->sweep.full, e, dumped, p->now_ns),
	};

	return reval_judge(p, &f);
}

/* Returns the flow's idle time when the sweep began, so that it is the same however late in the
 * sweep the flow is visited. */
static uint64_t
idle_at_begin(const struct full_sweep *f, const struct entry *e, const struct reval_policy *p)
	REQUIRES(e->mu)
{
	struct reval_flow flow = {
		.created_ns = e->created_ns,
		.used_ns = e->used_ns,
		.known_ns = known_ns(f, e, false, p->now_ns),
	};

	return reval_idle_ns(p, &flow);
}

/* Records the flow's last use for the search for unused flows. */
static void
mark_used(struct upc *u, struct entry *e) REQUIRES(e->mu)
{
	struct flow_stats total;

	entry_total(e, &total);
	if (total.used_ns < e->created_ns)
		total.used_ns = e->created_ns;
	ledger_mark_used(u->ledger, e, total.used_ns);
}

/* From here on the entry is in a list of this thread, until the thread has acted. */
static void
decide(struct revalidator *r, struct entry *e, struct reval_decision d) REQUIRES(e->mu)
{
	e->why = (uint8_t)d.why;
	if (d.verdict == REVAL_EVICT)
		evict_decide(r, e);
	else if (d.verdict == REVAL_MODIFY)
		cds_list_add_tail(&e->link, &r->modify);
}

/* Decides about a translated flow. It is evicted, so that its next packet is upcalled, if it would
 * learn: upcalls learn at once, a path only at the next full sweep. It is also evicted if its port
 * left or joined a bridge: hardware rules of a port that is about to be removed must not be
 * replaced. */
static struct reval_decision
compare(const struct entry *e, const struct flow_match *match, const struct xlate_out *out)
{
	bool had_bridge = e->plan.drop != FLOW_DROP_NO_BRIDGE;

	if (e->plan.found)
		return adopt_compare(e, match, out);
	if (out->unlearned || had_bridge != (out->drop != FLOW_DROP_NO_BRIDGE))
		return (struct reval_decision){REVAL_EVICT, REVAL_CHANGED};
	return reval_compare(&match->mask, &e->plan.actions, &out->mask, &e->next->actions);
}

/* Translates the flow's masked key again, into 'e->next'. Evicts the flow if that fails for lack of
 * memory: its right actions are unknown. */
static struct reval_decision
translate(struct upc *u, struct entry *e)
{
	struct flow_match match;
	struct xlate_in in = {.key = &match.key};
	uint64_t version = xlate_version(u->xlate);
	struct reval_decision d = {REVAL_EVICT, REVAL_FAILED};
	struct xlate_out out;
	struct plan plan;

	flow_packed_match(e->match, &match);
	UPC_COUNT(u, retranslated, 1);
	if (xlate_translate(u->xlate, &in, &out))
		return d;
	plan_init(&plan);
	if (!plan_take(&plan, &out, version) && !entry_next_set(e, &plan))
		d = compare(e, &match, &out);
	plan_free(&plan);
	xlate_out_free(&out);
	return d;
}

/* Same actions from other rules: pushes the counts so far to the old record, then
 * takes the new plan. Counts since the adoption of a flow belong to the new one. */
static void
keep_translated(struct upc *u, struct entry *e) REQUIRES(e->mu)
{
	entry_push(e, u->xlate);
	entry_next_take(e);
	entry_push(e, u->xlate);
	ledger_renew(u->ledger, e);
}

/* The entry may be unlocked during translation: in this pass only this thread moves it. */
static void
judge_again(struct revalidator *r, struct entry *e)
{
	struct reval_decision d = translate(r->u, e);

	mutex_lock(&e->mu);
	if (d.verdict == REVAL_KEEP && r->u->sweep.kind == SWEEP_POLICY && !e->plan.found)
		evict_take_plan(r, e);
	else if (d.verdict == REVAL_KEEP)
		keep_translated(r->u, e);
	decide(r, e, d);
	mutex_unlock(&e->mu);
}

/* Revalidates an entry. 'sw': its statistics in the dump, or NULL if the dump
 * did not contain it. */
static void
revalidate(struct revalidator *r, struct entry *e, const struct flow_stats *sw,
	   const struct reval_policy *p)
{
	struct upc *u = r->u;
	const struct full_sweep *f = &u->sweep.full;
	uint32_t number = (uint32_t)atomic_load(&f->number);
	struct reval_decision d = {REVAL_KEEP, REVAL_NONE};

	mutex_lock(&e->mu);
	if (e->life.state == UPC_OPERATIONAL && (sw || e->sweep != number)) {
		e->sweep = number;
		e->n_missed = sw ? 0 : (uint8_t)(e->n_missed + (f->whole && f->has_dump));
		r->found_missed |= e->n_missed != 0;
		take_counts(u, e, sw, p->now_ns);
		d = judge(u, e, sw != NULL, p);
		decide(r, e, d);
		if (d.verdict != REVAL_EVICT) {
			entry_offer(e, u->ofl);
			mark_used(u, e);
			if (e->account->surplus.n)
				surplus_note(&e->account->surplus, idle_at_begin(f, e, p));
		}
		r->n_revalidated++;
	} else if (sw && e->life.state == UPC_VISIBLE) {
		/* The next quick dump omits it. */
		entry_merge(e, ACCOUNT_SW, sw);
		entry_push(e, u->xlate);
	}
	mutex_unlock(&e->mu);
	if (d.verdict == REVAL_TRANSLATE)
		judge_again(r, e);
}

static void
orphan_add(struct revalidator *r, const struct flow_ufid *ufid)
{
	r->found_orphans = true;
	if (r->n_orphans < ORPHANS_MAX)
		r->orphans[r->n_orphans++] = *ufid;
}

/* Finds the entries in stages, so that their cache misses overlap. */
static void
find_dumped(struct ledger *l, const struct dp_flow_stat *stats, unsigned int n, struct entry **e)
{
	for (unsigned int i = 0; i < n; i++)
		ledger_prefetch(l, &stats[i].ufid);
	for (unsigned int i = 0; i < n; i++) {
		const struct entry *guess = ledger_guess(l, &stats[i].ufid);

		if (guess)
			entry_prefetch(guess);
	}
	for (unsigned int i = 0; i < n; i++)
		e[i] = ledger_find(l, &stats[i].ufid);
}

static void
judge_dumped(struct revalidator *r, const struct dp_flow_stat *stats, unsigned int n)
{
	struct upc *u = r->u;
	struct reval_policy p = policy_now(u);
	struct entry *e[DUMP_BATCH];

	find_dumped(u->ledger, stats, n, e);
	for (unsigned int i = 0; i < n; i++) {
		if (e[i])
			revalidate(r, e[i], &stats[i].stats, &p);
		else
			orphan_add(r, &stats[i].ufid);
	}
}

static void
run_dump(struct revalidator *r)
{
	struct upc *u = r->u;
	struct dp_flow_stat stats[DUMP_BATCH];

	for (unsigned int i = 0; i < PASS_BATCHES_MIN || !atomic_load(&u->sweep.preempt); i++) {
		int n = u->dp->class->dump_next(u->dp, u->sweep.full.dump, stats, DUMP_BATCH);

		r->dump_ended = n < 0;
		if (n < 0)
			return;
		judge_dumped(r, stats, (unsigned int)n);
		rcu_quiesce();
	}
}

struct slice {
	struct revalidator *r;
	struct reval_policy policy;
};

static int
revalidate_missed(struct entry *e, void *aux)
{
	struct slice *s = aux;

	revalidate(s->r, e, NULL, &s->policy);
	return 0;
}

/* Visits the flows of a shard that the dump did not contain and that the sweep may have to remove or
 * whose counts in hardware it has to read: all of them, or those not used for long. */
static void
run_shard(struct revalidator *r, unsigned int shard, struct slice *s)
{
	const struct full_sweep *f = &r->u->sweep.full;
	uint64_t idle_ns = s->policy.idle_ns;
	uint64_t unused_ns = f->begun_ns > idle_ns ? f->begun_ns - idle_ns : 0;

	if (f->whole || f->has_surplus)
		ledger_each(r->u->ledger, shard, revalidate_missed, s);
	else
		ledger_each_unused(r->u->ledger, shard, unused_ns, revalidate_missed, s);
}

/* Evicts a flow that its port must give up. */
static int
trim(struct entry *e, void *aux)
{
	struct slice *s = aux;
	struct full_sweep *f = &s->r->u->sweep.full;
	struct surplus *surplus = &e->account->surplus;

	if (!surplus->n || !atomic_load_explicit(&surplus->left, memory_order_relaxed))
		return 0;
	mutex_lock(&e->mu);
	if (e->life.state == UPC_OPERATIONAL && e->sweep == (uint32_t)atomic_load(&f->number) &&
	    surplus_takes(surplus, idle_at_begin(f, e, &s->policy)))
		decide(s->r, e, (struct reval_decision){REVAL_EVICT, REVAL_LIMIT});
	mutex_unlock(&e->mu);
	return 0;
}

/* Visits the shards that are left, unless a more urgent pass is wanted. */
static void
run_ledger(struct revalidator *r)
{
	struct full_sweep *f = &r->u->sweep.full;
	unsigned int shard;

	do {
		struct slice s = {.r = r, .policy = policy_now(r->u)};

		shard = atomic_fetch_add(&f->next_shard, 1);
		if (shard >= LEDGER_SHARDS)
			return;
		if (f->is_trimming)
			ledger_each(r->u->ledger, shard, trim, &s);
		else
			run_shard(r, shard, &s);
		rcu_quiesce();
	} while (!atomic_load(&r->u->sweep.preempt));
}

/* At most once per pass: the entry may be in this thread's list already. */
static int
bring_to_policy(struct entry *e, void *aux)
{
	struct revalidator *r = aux;
	uint32_t number = (uint32_t)r->u->sweep.number;
	bool outdated = false;

	mutex_lock(&e->mu);
	if (e->life.state == UPC_OPERATIONAL && e->pass != number && !adopt_is_left_over(e)) {
		e->pass = number;
		if (e->was_current && e->plan.record)
			xlate_sieve_was_current(r->u->sweep.sieve, e->plan.record);
		outdated = !plan_current(&e->plan, r->u->xlate, e->match);
		ledger_mark_current(r->u->ledger, e, !outdated);
	}
	mutex_unlock(&e->mu);
	if (outdated)
		judge_again(r, e);
	return 0;
}

static void
run_policy(struct revalidator *r)
{
	struct upc *u = r->u;

	for (unsigned int i = r->index; i < LEDGER_SHARDS; i += u->n_revalidators) {
		ledger_each_caught(u->ledger, i, u->sweep.sieve, bring_to_policy, r);
		rcu_quiesce();
	}
}

static void
judge_all(struct revalidator *r)
{
	const struct sweep *s = &r->u->sweep;
	uint64_t cpu_ns = clock_thread_cpu_ns();

	r->found_orphans = false;
	r->found_missed = false;
	r->dump_ended = false;
	r->n_revalidated = 0;
	switch (s->kind) {
	case SWEEP_COUNTS:
		recount_run(r);
		break;
	case SWEEP_POLICY:
		run_policy(r);
		break;
	case SWEEP_FULL:
	case SWEEP_FLUSH:
		if (s->full.dump)
			run_dump(r);
		else
			run_ledger(r);
		break;
	case SWEEP_FINISH:
	case SWEEP_N_KINDS:
		break;
	}
	if (r->n_revalidated)
		UPC_COUNT(r->u, revalidated, r->n_revalidated);
	r->judge_ns = clock_thread_cpu_ns() - cpu_ns;
}

static void
phase_wait(struct upc *u)
{
	rcu_sleep();
	pthread_barrier_wait(&u->sweep.phase);
	rcu_wake();
}

/* Returns true when all threads may begin, false if one could not be created. */
static bool
may_run(struct sweep *s)
{
	bool run;

	mutex_lock(&s->mu);
	while (!s->go && !s->stop)
		cond_wait(&s->wake, &s->mu);
	run = s->go;
	mutex_unlock(&s->mu);
	return run;
}

static bool
is_to_stop(struct sweep *s)
{
	bool stop;

	mutex_lock(&s->mu);
	stop = s->stop;
	mutex_unlock(&s->mu);
	return stop;
}

/* Waits until a pass is to be made. Returns false if the threads must end. */
static bool
begin(struct upc *u)
{
	uint64_t until_ns;

	while (!is_to_stop(&u->sweep)) {
		if (sweep_try(u, &until_ns))
			return true;
		bell_wait(u, until_ns);
	}
	return false;
}

static void *
revalidator_run(void *aux)
{
	struct revalidator *r = aux;
	struct upc *u = r->u;
	bool leader = r->index == 0;
	char name[16];

	snprintf(name, sizeof name, "upc-reval%u", r->index % 1000);
	pthread_setname_np(pthread_self(), name);
	if (!may_run(&u->sweep))
		return NULL;
	rcu_thread_start();
	for (;;) {
		if (leader)
			u->sweep.exit = !begin(u);
		phase_wait(u);
		if (u->sweep.exit)
			break;
		judge_all(r);
		phase_wait(u);
		if (leader)
			sweep_judged(u);
		evict_act(r);
		phase_wait(u);
		if (leader)
			sweep_end(u);
	}
	rcu_thread_stop();
	return NULL;
}

static void
threads_signal(struct sweep *s, bool go, bool stop)
{
	mutex_lock(&s->mu);
	s->go = go;
	s->stop = stop;
	cond_broadcast(&s->wake);
	mutex_unlock(&s->mu);
}

static void
pass_alone(struct upc *u)
{
	struct revalidator *r = &u->revalidators[0];

	judge_all(r);
	sweep_judged(u);
	evict_act(r);
	sweep_end(u);
	rcu_quiesce();
}

/* The control thread acts as the only revalidator until the calls have ended. */
void
revalidators_alone(struct upc *u)
{
	unsigned int n = u->n_revalidators;

	u->n_revalidators = 1;
	threads_signal(&u->sweep, false, false);
	while (calls_pending(u)) {
		uint64_t until_ns;

		if (sweep_try(u, &until_ns))
			pass_alone(u);
		else if (calls_pending(u))
			bell_wait(u, until_ns);
	}
	sweep_abort(u);
	u->n_revalidators = n;
}

static void
join_some(struct upc *u, unsigned int n)
{
	rcu_sleep();
	for (unsigned int i = 0; i < n; i++)
		pthread_join(u->revalidators[i].thread, NULL);
	rcu_wake();
	pthread_barrier_destroy(&u->sweep.phase);
}

int
revalidators_start(struct upc *u)
{
	int rc = pthread_barrier_init(&u->sweep.phase, NULL, u->n_revalidators);

	if (rc)
		return -rc;
	threads_signal(&u->sweep, false, false);
	for (unsigned int i = 0; i < u->n_revalidators; i++) {
		rc = pthread_create(&u->revalidators[i].thread, NULL, revalidator_run,
				    &u->revalidators[i]);
		if (rc) {
			threads_signal(&u->sweep, false, true);
			join_some(u, i);
			return -rc;
		}
	}
	threads_signal(&u->sweep, true, false);
	u->revalidators_run = true;
	return 0;
}

/* Moves pending work to the leader, as there may be fewer threads next time. */
static void
hand_over(struct upc *u)
{
	struct revalidator *to = &u->revalidators[0];

	for (unsigned int i = 1; i < UPC_REVALIDATORS_MAX; i++)
		evict_hand_over(&u->revalidators[i], to);
}

void
revalidators_stop(struct upc *u)
{
	if (!u->revalidators_run)
		return;
	threads_signal(&u->sweep, true, true);
	bell_ring(u);
	join_some(u, u->n_revalidators);
	sweep_abort(u);
	hand_over(u);
	u->revalidators_run = false;
}

void
revalidators_free(struct upc *u)
{
	for (unsigned int i = 0; i < UPC_REVALIDATORS_MAX; i++)
		free(u->revalidators[i].ops);
	xlate_sieve_destroy(u->sweep.sieve);
	sweep_free(u);
}

int
revalidators_init(struct upc *u)
{
	sweep_init(u);
	for (unsigned int i = 0; i < UPC_REVALIDATORS_MAX; i++) {
		struct revalidator *r = &u->revalidators[i];

		r->u = u;
		r->index = i;
		r->oldest_leaving = r->oldest_settling = UINT64_MAX;
		CDS_INIT_LIST_HEAD(&r->modify);
		CDS_INIT_LIST_HEAD(&r->evict);
		CDS_INIT_LIST_HEAD(&r->leaving);
		CDS_INIT_LIST_HEAD(&r->refused);
		CDS_INIT_LIST_HEAD(&r->settling);
		CDS_INIT_LIST_HEAD(&r->stuck);
		r->ops = calloc(EVICT_BATCH, sizeof *r->ops);
		r->n_ops = EVICT_BATCH;
		if (!r->ops) {
			revalidators_free(u);
			return -ENOMEM;
		}
	}
	if (xlate_sieve_create(u->xlate, &u->sweep.sieve)) {
		revalidators_free(u);
		return -ENOMEM;
	}
	return 0;
}
