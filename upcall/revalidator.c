/* SPDX-License-Identifier: Apache-2.0 */
#include "core.h"

#include "limit.h"

#include <base/clock.h>

#define DUMP_BATCH 64

static struct reval_policy
policy_now(struct upc *u)
{
	return (struct reval_policy){
		.now_ns = clock_now_ns(),
		.idle_ns = u->config.idle_ns,
		.n_flows = ledger_n_flows(u->ledger),
		.limit = atomic_load(&u->flow_limit),
		.limit_max = atomic_load(&u->flow_limit_max),
		.flush = u->sweep.kind == SWEEP_FLUSH,
	};
}

/* Merges what the paths counted. After this the flow's modified actions are in effect for longer than
 * the counts are old, so the new record takes over. */
static void
take_counts(struct upc *u, struct entry *e, const struct flow_stats *sw) REQUIRES(e->mu)
{
	if (sw)
		entry_merge(e, ACCOUNT_SW, sw);
	entry_merge_hw(e);
	entry_push(e, u->xlate);
	if (!sw)
		return;
	entry_settle_record(e);
	evict_recount_forget(u, e);
}

static struct reval_decision
judge(struct upc *u, const struct entry *e, const struct reval_policy *p) REQUIRES(e->mu)
{
	struct account_share share = account_share(e->account);
	struct flow_stats total;
	struct reval_flow f = {
		.created_ns = e->created_ns,
		.spread = e->ufid.lo,
		.n_missed = e->n_missed,
		.own = share.own,
		.surplus = share.surplus,
	};

	if (e->settled && e->plan.record)
		xlate_sieve_passed(u->sweep.sieve, e->plan.record);
	f.current = plan_current(&e->plan, u->xlate, &e->match);
	entry_total(e, &total);
	f.used_ns = total.used_ns;
	f.known_ns = e->ofl ? ofl_flow_known_ns(e->ofl, p->now_ns) : p->now_ns;
	return reval_judge(p, &f);
}

/* From here the entry is this thread's, in its list, until it has acted. */
static void
decide(struct revalidator *r, struct entry *e, struct reval_decision d) REQUIRES(e->mu)
{
	e->why = d.why;
	if (d.verdict == REVAL_EVICT) {
		lifecycle_move(&e->life, UPC_EVICTING, LIFECYCLE_REVALIDATOR);
		evict_recount_forget(r->u, e);
		cds_list_add_tail(&e->link, &r->evict);
	} else if (d.verdict == REVAL_MODIFY) {
		cds_list_add_tail(&e->link, &r->modify);
	}
}

/* A packet teaches through a handler; one that a path treats does so at the next full sweep. So the
 * flow goes when it is to teach what is not learned yet. */
static struct reval_decision
compare(const struct entry *e, const struct xlate_out *out)
{
	if (out->unlearned)
		return (struct reval_decision){REVAL_EVICT, REVAL_CHANGED};
	return reval_compare(&e->match.mask, &e->plan.actions, &out->mask, &e->next.actions);
}

/* Translates the flow's masked key again into 'e->next'. When there is no memory for that, the flow
 * goes: what it should do is not known. */
static struct reval_decision
translate(struct upc *u, struct entry *e)
{
	struct xlate_in in = {.key = &e->match.key, .now_ns = clock_now_ns()};
	uint64_t version = xlate_version(u->xlate);
	struct reval_decision d = {REVAL_EVICT, REVAL_FAILED};
	struct xlate_out out;

	UPC_COUNT(u, retranslated, 1);
	if (xlate_translate(u->xlate, &in, &out))
		return d;
	plan_free(&e->next);
	if (!plan_take(&e->next, &out, version))
		d = compare(e, &out);
	xlate_out_free(&out);
	return d;
}

/* Same treatment, other rules: what was counted so far is the old record's. */
static void
keep_translated(struct upc *u, struct entry *e) REQUIRES(e->mu)
{
	entry_push(e, u->xlate);
	plan_move(&e->plan, &e->next);
	ledger_renew(u->ledger, e);
}

/* Only this thread moves an operational entry in this sweep, so it may be unlocked meanwhile. */
static void
judge_again(struct revalidator *r, struct entry *e)
{
	struct reval_decision d = translate(r->u, e);

	mutex_lock(&e->mu);
	if (d.verdict == REVAL_KEEP && r->u->sweep.kind == SWEEP_POLICY)
		evict_take_plan(r, e);
	else if (d.verdict == REVAL_KEEP)
		keep_translated(r->u, e);
	decide(r, e, d);
	mutex_unlock(&e->mu);
}

/* sw: what the dump said; NULL: it did not have the flow. */
static void
revalidate(struct revalidator *r, struct entry *e, const struct flow_stats *sw,
	   const struct reval_policy *p)
{
	struct upc *u = r->u;
	uint64_t number = atomic_load(&u->sweep.number);
	struct reval_decision d = {REVAL_KEEP, REVAL_NONE};

	mutex_lock(&e->mu);
	if (e->life.state == UPC_OPERATIONAL && (sw || e->sweep != number)) {
		e->sweep = number;
		e->n_missed = sw ? 0 : e->n_missed + !!u->sweep.dump;
		take_counts(u, e, sw);
		if (sw && e->ofl)
			ofl_flow_software(e->ofl, e->parts[ACCOUNT_SW].packets, p->now_ns);
		d = judge(u, e, p);
		decide(r, e, d);
		UPC_COUNT(u, revalidated, 1);
	}
	mutex_unlock(&e->mu);
	if (d.verdict == REVAL_TRANSLATE)
		judge_again(r, e);
}

static void
sweep_dump(struct revalidator *r)
{
	struct upc *u = r->u;
	struct dp_flow_stat stats[DUMP_BATCH];
	unsigned int n;

	r->found_orphans = false;
	while (u->sweep.dump &&
	       (n = u->dp->class->dump_next(u->dp, u->sweep.dump, stats, DUMP_BATCH))) {
		struct reval_policy p = policy_now(u);

		for (unsigned int i = 0; i < n; i++) {
			struct entry *e = ledger_find(u->ledger, &stats[i].ufid);

			r->found_orphans |= !e;
			if (e)
				revalidate(r, e, &stats[i].stats, &p);
			else if (r->n_orphans < ORPHANS_MAX)
				r->orphans[r->n_orphans++] = stats[i].ufid;
		}
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

/* Once in a sweep: it may be in this thread's list already. */
static int
bring_to_policy(struct entry *e, void *aux)
{
	struct revalidator *r = aux;
	uint64_t number = atomic_load(&r->u->sweep.number);
	bool outdated = false;

	mutex_lock(&e->mu);
	if (e->life.state == UPC_OPERATIONAL && e->sweep != number) {
		e->sweep = number;
		outdated = !plan_current(&e->plan, r->u->xlate, &e->match);
		ledger_settle(r->u->ledger, e, !outdated);
	}
	mutex_unlock(&e->mu);
	if (outdated)
		judge_again(r, e);
	return 0;
}

static void
sweep_slice(struct revalidator *r)
{
	struct upc *u = r->u;
	struct slice s = {.r = r, .policy = policy_now(u)};

	if (u->sweep.kind == SWEEP_COUNTS)
		evict_recount(r, u->sweep.asked);
	for (unsigned int i = r->index; i < LEDGER_SHARDS; i += u->n_revalidators) {
		if (u->sweep.kind == SWEEP_POLICY)
			ledger_each_caught(u->ledger, i, u->sweep.sieve, bring_to_policy, r);
		else if (u->sweep.kind >= SWEEP_FULL)
			ledger_each(u->ledger, i, revalidate_missed, &s);
		rcu_quiesce();
	}
}

static void
sweep_open(struct upc *u)
{
	struct sweep *s = &u->sweep;

	s->begun_ns = clock_now_ns();
	s->dump = NULL;
	if (s->kind == SWEEP_COUNTS) {
		/* Packets that the old actions still treat are counted before the look. */
		if (!s->asked)
			u->dp->class->barrier(u->dp);
		return;
	}
	atomic_store(&s->changed, false);
	if (s->kind == SWEEP_POLICY) {
		xlate_sieve_advance(s->sieve);
		return;
	}
	accounts_share_out(ledger_accounts(u->ledger), atomic_load(&u->flow_limit));
	if (u->dp->class->dump_new(u->dp, &s->dump)) {
		s->dump = NULL;
		LOG_ERR(u->log, UPCALL, "no dump of the datapath: this sweep goes without");
	}
}

void
revalidators_changed(void *aux)
{
	struct sweep *s = &((struct upc *)aux)->sweep;

	if (atomic_exchange(&s->changed, true))
		return;
	mutex_lock(&s->mu);
	cond_broadcast(&s->wake);
	mutex_unlock(&s->mu);
}

/* Waits until a sweep is to begin, and chooses its kind. Returns false when the threads are to end. */
static bool
sweep_choose(struct upc *u, struct sweep *s) REQUIRES(s->mu)
{
	uint64_t until_ns;

	for (;;) {
		struct schedule_want want = {
			.asked = s->wanted > atomic_load(&s->number),
			.asked_kind = s->wanted_kind,
			.changed = atomic_load(&s->changed),
			.modified = evict_recount_due(u, false),
		};

		s->asked = want.asked;
		if (s->stop)
			return false;
		if (schedule_next(&s->schedule, &want, clock_now_ns(), &s->kind, &until_ns))
			return true;
		cond_wait_until(&s->wake, &s->mu, until_ns);
	}
}

static void
sweep_begin(struct upc *u)
{
	struct sweep *s = &u->sweep;

	rcu_sleep();
	mutex_lock(&s->mu);
	s->exit = !sweep_choose(u, s);
	if (!s->exit)
		atomic_fetch_add(&s->number, 1);
	mutex_unlock(&s->mu);
	rcu_wake();
	if (!s->exit)
		sweep_open(u);
}

/* What evicting costs depends on hardware, not on how many flows there are; so only the judging
 * counts for the limit. */
static void
sweep_judged(struct upc *u)
{
	struct sweep *s = &u->sweep;
	unsigned int limit = atomic_load(&u->flow_limit);
	unsigned int next;

	s->cost_ns = clock_now_ns() - s->begun_ns;
	if (s->kind < SWEEP_FULL)
		return;
	next = limit_adapt(limit, atomic_load(&u->flow_limit_max), ledger_n_flows(u->ledger),
			   s->cost_ns, UPC_SWEEP_TARGET_NS);

	/* Fails when control set another limit meanwhile: that one stands. */
	if (next != limit)
		atomic_compare_exchange_strong(&u->flow_limit, &limit, next);
}

static void
sweep_end(struct upc *u)
{
	struct sweep *s = &u->sweep;
	bool late = false, full = s->kind >= SWEEP_FULL;
	bool complete = s->dump != NULL;
	uint64_t oldest = UINT64_MAX, now_ns = clock_now_ns();

	if (s->dump)
		u->dp->class->dump_free(u->dp, s->dump);
	s->dump = NULL;
	for (unsigned int i = 0; i < u->n_revalidators; i++) {
		struct revalidator *r = &u->revalidators[i];

		late |= r->hw_late || !cds_list_empty(&r->evict);
		complete &= !r->found_orphans;
		if (r->oldest_settling < oldest)
			oldest = r->oldest_settling;
	}
	schedule_ended(&s->schedule, s->kind, s->begun_ns, s->cost_ns, now_ns);
	if (full) {
		atomic_store(&s->last_ns, now_ns - s->begun_ns);
		UPC_COUNT(u, sweeps, 1);
	} else if (s->kind == SWEEP_POLICY) {
		UPC_COUNT(u, policy_sweeps, 1);
	}
	mutex_lock(&s->mu);
	if (full)
		s->complete = complete;
	s->late = late;
	s->modified = evict_recount_due(u, true);
	s->oldest_settling = oldest;
	s->finished = atomic_load(&s->number);
	cond_broadcast(&s->done);
	mutex_unlock(&s->mu);
}

static void
phase_wait(struct upc *u)
{
	rcu_sleep();
	pthread_barrier_wait(&u->sweep.phase);
	rcu_wake();
}

/* All threads begin together, or none when one of them could not be made. */
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

static void *
revalidator_run(void *aux)
{
	struct revalidator *r = aux;
	struct upc *u = r->u;
	bool leader = r->index == 0;

	if (!may_run(&u->sweep))
		return NULL;
	rcu_thread_start();
	for (;;) {
		if (leader)
			sweep_begin(u);
		phase_wait(u);
		if (u->sweep.exit)
			break;
		sweep_dump(r);
		phase_wait(u);
		sweep_slice(r);
		if (leader)
			sweep_judged(u);
		evict_judged(r);
		evict_settle(r);
		phase_wait(u);
		if (leader)
			sweep_end(u);
	}
	rcu_thread_stop();
	return NULL;
}

/* Control plays the only revalidator. */
static uint64_t
sweep_alone(struct upc *u, enum sweep_kind kind)
{
	struct revalidator *r = &u->revalidators[0];
	unsigned int n = u->n_revalidators;

	u->n_revalidators = 1;
	u->sweep.kind = kind;
	u->sweep.asked = true;
	atomic_fetch_add(&u->sweep.number, 1);
	sweep_open(u);
	sweep_dump(r);
	sweep_slice(r);
	sweep_judged(u);
	evict_judged(r);
	evict_settle(r);
	sweep_end(u);
	u->n_revalidators = n;
	return atomic_load(&u->sweep.number);
}

uint64_t
revalidators_sweep(struct upc *u, enum sweep_kind kind)
{
	struct sweep *s = &u->sweep;
	uint64_t number;

	if (!u->revalidators_run)
		return sweep_alone(u, kind);
	rcu_sleep();
	mutex_lock(&s->mu);
	number = atomic_load(&s->number) + 1;
	s->wanted = number;
	s->wanted_kind = kind;
	cond_broadcast(&s->wake);
	while (s->finished < number)
		cond_wait(&s->done, &s->mu);
	mutex_unlock(&s->mu);
	rcu_wake();
	return number;
}

static void
tell(struct sweep *s, bool go, bool stop)
{
	mutex_lock(&s->mu);
	s->go = go;
	s->stop = stop;
	cond_broadcast(&s->wake);
	mutex_unlock(&s->mu);
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
	tell(&u->sweep, false, false);
	for (unsigned int i = 0; i < u->n_revalidators; i++) {
		rc = pthread_create(&u->revalidators[i].thread, NULL, revalidator_run,
				    &u->revalidators[i]);
		if (rc) {
			tell(&u->sweep, false, true);
			join_some(u, i);
			return -rc;
		}
	}
	tell(&u->sweep, true, false);
	u->revalidators_run = true;
	return 0;
}

/* Work that is left becomes the leader's: there may be fewer threads next time. */
static void
hand_over(struct upc *u)
{
	struct revalidator *to = &u->revalidators[0];

	for (unsigned int i = 1; i < UPC_REVALIDATORS_MAX; i++) {
		struct revalidator *r = &u->revalidators[i];

		cds_list_splice(&r->evict, &to->evict);
		cds_list_splice(&r->settle, &to->settle);
		CDS_INIT_LIST_HEAD(&r->evict);
		CDS_INIT_LIST_HEAD(&r->settle);
		to->hw_late |= r->hw_late;
		r->hw_late = false;
	}
}

void
revalidators_stop(struct upc *u)
{
	if (!u->revalidators_run)
		return;
	tell(&u->sweep, true, true);
	join_some(u, u->n_revalidators);
	hand_over(u);
	u->revalidators_run = false;
}

void
revalidators_free(struct upc *u)
{
	for (unsigned int i = 0; i < UPC_REVALIDATORS_MAX; i++)
		free(u->revalidators[i].ops);
	xlate_sieve_destroy(u->sweep.sieve);
	cond_destroy(&u->sweep.done);
	cond_destroy(&u->sweep.wake);
	mutex_destroy(&u->sweep.recount.mu);
	mutex_destroy(&u->sweep.mu);
}

int
revalidators_init(struct upc *u)
{
	mutex_init(&u->sweep.mu);
	mutex_init(&u->sweep.recount.mu);
	CDS_INIT_LIST_HEAD(&u->sweep.recount.sw);
	CDS_INIT_LIST_HEAD(&u->sweep.recount.hw);
	u->sweep.schedule.interval_ns = u->config.sweep_interval_ns;
	cond_init(&u->sweep.wake);
	cond_init(&u->sweep.done);
	u->sweep.oldest_settling = UINT64_MAX;
	for (unsigned int i = 0; i < UPC_REVALIDATORS_MAX; i++) {
		struct revalidator *r = &u->revalidators[i];

		r->u = u;
		r->index = i;
		r->oldest_settling = UINT64_MAX;
		CDS_INIT_LIST_HEAD(&r->modify);
		CDS_INIT_LIST_HEAD(&r->evict);
		CDS_INIT_LIST_HEAD(&r->settle);
		r->ops = calloc(EVICT_BATCH, sizeof *r->ops);
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
