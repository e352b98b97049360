/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger.h"

#include "limit.h"

#include <base/rcu_index.h>

#include <limits.h>

#define EACH_AHEAD 8u
#define CAUGHT_BATCH 64

struct shard {
	struct rcu_index index;
	_Atomic unsigned int n_flows;
	struct digests digests;
};

struct ledger {
	struct accounts *accounts;
	_Atomic unsigned int n_reserved, n_flows_max;
	_Atomic unsigned int n_removed; /* removed entries before ledger_forget() */
	_Atomic unsigned int n_ports;	/* ports that have flows */
	struct shard shards[LEDGER_SHARDS];
};

static uint64_t
ufid_hash(const struct flow_ufid *ufid)
{
	return ufid->lo;
}

static uint64_t
entry_hash(const void *item)
{
	return ufid_hash(&((const struct entry *)item)->ufid);
}

static int
shard_init(struct shard *s)
{
	int rc = rcu_index_init(&s->index, entry_hash);

	if (!rc)
		digests_init(&s->digests);
	return rc;
}

/* Returns the result of rcu_index_destroy(). */
static int
shard_destroy(struct shard *s)
{
	digests_destroy(&s->digests);
	return rcu_index_destroy(&s->index);
}

int
ledger_create(struct ledger **out)
{
	struct ledger *l = calloc(1, sizeof *l);
	unsigned int n = 0;

	if (!l)
		return -ENOMEM;
	if (accounts_create(&l->accounts))
		goto err_ledger;
	for (; n < LEDGER_SHARDS; n++)
		if (shard_init(&l->shards[n]))
			goto err_shards;
	*out = l;
	return 0;

err_shards:
	while (n--)
		shard_destroy(&l->shards[n]);
	accounts_destroy(l->accounts);
err_ledger:
	free(l);
	return -ENOMEM;
}

void
ledger_destroy(struct ledger *l)
{
	for (unsigned int i = 0; i < LEDGER_SHARDS; i++)
		if (shard_destroy(&l->shards[i]))
			abort();
	accounts_destroy(l->accounts);
	free(l);
}

struct accounts *
ledger_accounts(struct ledger *l)
{
	return l->accounts;
}

static struct shard *
shard_of(struct ledger *l, const struct flow_ufid *ufid)
{
	return &l->shards[ufid->hi % LEDGER_SHARDS];
}

static bool
has_ufid(const void *item, const void *key)
{
	return flow_ufid_equal(&((const struct entry *)item)->ufid, key);
}

struct entry *
ledger_find(struct ledger *l, const struct flow_ufid *ufid)
{
	return rcu_index_find(&shard_of(l, ufid)->index, ufid_hash(ufid), has_ufid, ufid);
}

void
ledger_prefetch(struct ledger *l, const struct flow_ufid *ufid)
{
	rcu_index_prefetch(&shard_of(l, ufid)->index, ufid_hash(ufid));
}

const struct entry *
ledger_guess(struct ledger *l, const struct flow_ufid *ufid)
{
	return rcu_index_guess(&shard_of(l, ufid)->index, ufid_hash(ufid));
}

static void
note_most(struct ledger *l, unsigned int n)
{
	unsigned int most = atomic_load(&l->n_flows_max);

	while (n > most && !atomic_compare_exchange_weak(&l->n_flows_max, &most, n))
		;
}

bool
ledger_reserve(struct ledger *l, struct account *a, unsigned int limit)
{
	unsigned int total = atomic_fetch_add(&l->n_reserved, 1);
	unsigned int own = atomic_fetch_add(&a->n_flows, 1);

	if (!own)
		atomic_fetch_add(&l->n_ports, 1);
	if (!limit_admits(own, total + atomic_load(&l->n_removed), limit,
			  atomic_load(&l->n_ports))) {
		ledger_unreserve(l, a);
		atomic_store_explicit(&a->refused, true, memory_order_relaxed);
		return false;
	}
	note_most(l, total + 1);
	return true;
}

void
ledger_unreserve(struct ledger *l, struct account *a)
{
	if (atomic_fetch_sub(&a->n_flows, 1) == 1)
		atomic_fetch_sub(&l->n_ports, 1);
	atomic_fetch_sub(&l->n_reserved, 1);
}

struct entry *
ledger_add(struct ledger *l, struct entry *e)
{
	struct shard *s = shard_of(l, &e->ufid);
	struct entry *there =
		rcu_index_add_unique(&s->index, ufid_hash(&e->ufid), has_ufid, &e->ufid, e);

	if (there == e) {
		atomic_fetch_add(&s->n_flows, 1);
		digests_add(&s->digests, e);
	}
	return there;
}

void
ledger_remove(struct ledger *l, struct entry *e)
{
	struct shard *s = shard_of(l, &e->ufid);

	if (rcu_index_del(&s->index, ufid_hash(&e->ufid), e))
		abort();
	digests_remove(&s->digests, e);
	atomic_fetch_sub(&s->n_flows, 1);
	atomic_fetch_add(&l->n_removed, 1);
	ledger_unreserve(l, e->account);
}

void
ledger_forget(struct ledger *l)
{
	atomic_fetch_sub(&l->n_removed, 1);
}

/* Visits lag a few entries behind the iteration, so that their cache misses overlap. */
struct each {
	struct entry *ahead[EACH_AHEAD];
	unsigned int n;
	int (*cb)(struct entry *e, void *aux);
	void *aux;
};

/* An entry that is removed meanwhile stays valid, and visitors check its state anyway. */
static int
each_one(void *item, void *aux)
{
	struct each *v = aux;
	struct entry **at = &v->ahead[v->n++ % EACH_AHEAD], *before = *at;

	*at = item;
	entry_prefetch(*at);
	return before ? v->cb(before, v->aux) : 0;
}

int
ledger_each(struct ledger *l, unsigned int shard, int (*cb)(struct entry *e, void *aux), void *aux)
{
	struct each v = {.cb = cb, .aux = aux};
	int rc = rcu_index_each(&l->shards[shard].index, each_one, &v);

	for (unsigned int i = 0; i < EACH_AHEAD && !rc; i++) {
		struct entry *e = v.ahead[v.n++ % EACH_AHEAD];

		rc = e ? cb(e, aux) : 0;
	}
	return rc;
}

struct step {
	unsigned int n; /* entries visited */
	int rc;
	int (*cb)(struct entry *e, void *aux);
	void *aux;
};

static void
step_one(void *item, void *aux)
{
	struct step *s = aux;

	s->n++;
	s->rc |= s->cb(item, s->aux);
}

bool
ledger_cursor_step(struct ledger *l, struct ledger_cursor *cur, unsigned int n,
		   int (*cb)(struct entry *e, void *aux), void *aux)
{
	struct step s = {.cb = cb, .aux = aux};

	while (s.n < n && !s.rc && cur->shard < LEDGER_SHARDS) {
		if (rcu_index_step(&l->shards[cur->shard].index, &cur->walk, step_one, &s))
			continue;
		cur->walk = (struct rcu_index_walk){0};
		cur->shard++;
	}
	return cur->shard < LEDGER_SHARDS;
}

static int
visit(struct entry **e, unsigned int n, int (*cb)(struct entry *e, void *aux), void *aux)
{
	int rc = 0;

	for (unsigned int i = 0; i < n && i < EACH_AHEAD; i++)
		entry_prefetch(e[i]);
	for (unsigned int i = 0; i < n && !rc; i++) {
		if (i + EACH_AHEAD < n)
			entry_prefetch(e[i + EACH_AHEAD]);
		rc = cb(e[i], aux);
	}
	return rc;
}

int
ledger_each_caught(struct ledger *l, unsigned int shard, const struct xlate_sieve *sieve,
		   int (*cb)(struct entry *e, void *aux), void *aux)
{
	struct digests *d = &l->shards[shard].digests;
	struct entry *e[CAUGHT_BATCH];
	unsigned int below = UINT_MAX;
	int n, rc = 0;

	while (!rc && (n = digests_caught(d, sieve, &below, e, CAUGHT_BATCH)) > 0)
		rc = visit(e, (unsigned int)n, cb, aux);
	return n < 0 ? ledger_each(l, shard, cb, aux) : rc;
}

int
ledger_each_unused(struct ledger *l, unsigned int shard, uint64_t ns,
		   int (*cb)(struct entry *e, void *aux), void *aux)
{
	struct digests *d = &l->shards[shard].digests;
	struct entry *e[CAUGHT_BATCH];
	unsigned int below = UINT_MAX;
	int n, rc = 0;

	while (!rc && (n = digests_unused(d, ns, &below, e, CAUGHT_BATCH)) > 0)
		rc = visit(e, (unsigned int)n, cb, aux);
	return n < 0 ? ledger_each(l, shard, cb, aux) : rc;
}

void
ledger_mark_used(struct ledger *l, struct entry *e, uint64_t used_ns)
{
	digests_mark_used(&shard_of(l, &e->ufid)->digests, e, used_ns);
}

void
ledger_renew(struct ledger *l, struct entry *e)
{
	digests_renew(&shard_of(l, &e->ufid)->digests, e);
}

void
ledger_mark_current(struct ledger *l, struct entry *e, bool current)
{
	digests_mark_current(&shard_of(l, &e->ufid)->digests, e, current);
}

unsigned int
ledger_n_flows(const struct ledger *l)
{
	return atomic_load(&l->n_reserved);
}

/* ledger_remove() increments n_removed before it decrements n_reserved, so no flow is missed. */
bool
ledger_is_empty(const struct ledger *l)
{
	return !atomic_load(&l->n_reserved) && !atomic_load(&l->n_removed);
}

unsigned int
ledger_n_flows_max(const struct ledger *l)
{
	return atomic_load(&l->n_flows_max);
}

unsigned int
ledger_shard_flows(const struct ledger *l, unsigned int shard)
{
	return atomic_load(&l->shards[shard].n_flows);
}
