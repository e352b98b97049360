/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger.h"

#include "limit.h"

#include <limits.h>

#define SHARD_BUCKETS 64

#define EACH_AHEAD 8u
#define CAUGHT_BATCH 64

struct shard {
	struct rcu_table *table;
	_Atomic unsigned int n_flows;
	struct digests digests;
	struct mutex walk_mu; /* held to remove an entry */
	struct cds_list_head walkers GUARDED_BY(walk_mu);
};

struct ledger {
	struct accounts *accounts;
	_Atomic unsigned int n_reserved, n_flows_max;
	_Atomic unsigned int n_removed; /* removed entries before ledger_forget() */
	_Atomic unsigned int n_ports;	/* ports that have flows */
	struct shard shards[LEDGER_SHARDS];
};

static int
shard_init(struct shard *s)
{
	s->table = rcu_table_new(SHARD_BUCKETS);
	if (!s->table)
		return -ENOMEM;
	digests_init(&s->digests);
	mutex_init(&s->walk_mu);
	CDS_INIT_LIST_HEAD(&s->walkers);
	return 0;
}

/* Returns the result of rcu_table_free(). */
static int
shard_destroy(struct shard *s)
{
	digests_destroy(&s->digests);
	mutex_destroy(&s->walk_mu);
	return rcu_table_free(s->table);
}

int
ledger_create(struct ledger **out)
{
	struct ledger *l = calloc(1, sizeof *l);

	if (!l)
		return -ENOMEM;
	if (accounts_create(&l->accounts))
		goto err_ledger;
	for (unsigned int i = 0; i < LEDGER_SHARDS; i++)
		if (shard_init(&l->shards[i]))
			goto err_shards;
	*out = l;
	return 0;

err_shards:
	for (unsigned int i = 0; i < LEDGER_SHARDS && l->shards[i].table; i++)
		shard_destroy(&l->shards[i]);
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

static int
has_ufid(struct cds_lfht_node *node, const void *key)
{
	RCU_ACQUIRE(node);
	return flow_ufid_equal(&caa_container_of(node, struct entry, node)->ufid, key);
}

struct entry *
ledger_find(struct ledger *l, const struct flow_ufid *ufid)
{
	struct cds_lfht_node *node =
		rcu_table_find(shard_of(l, ufid)->table, ufid->lo, has_ufid, ufid);

	return node ? caa_container_of(node, struct entry, node) : NULL;
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
	struct cds_lfht_node *there;

	there = rcu_table_add_unique(s->table, e->ufid.lo, has_ufid, &e->ufid, &e->node);
	if (there == &e->node) {
		atomic_fetch_add(&s->n_flows, 1);
		digests_add(&s->digests, e);
	}
	return caa_container_of(there, struct entry, node);
}

static struct entry *
entry_after(struct shard *s, struct entry *e)
{
	struct cds_lfht_node *node;

	RCU_ACQUIRE(&e->node);
	node = rcu_table_after(s->table, e->ufid.lo, &e->node);
	return node ? caa_container_of(node, struct entry, node) : NULL;
}

/* Unlinks an entry. Walks that would visit it next continue with its successor. */
static void
entry_unlink(struct shard *s, struct entry *e)
{
	struct ledger_cursor *cur;

	mutex_lock(&s->walk_mu);
	cds_list_for_each_entry (cur, &s->walkers, link) {
		if (cur->next == e)
			cur->next = entry_after(s, e);
	}
	if (rcu_table_del(s->table, &e->node))
		abort();
	mutex_unlock(&s->walk_mu);
}

void
ledger_remove(struct ledger *l, struct entry *e)
{
	struct shard *s = shard_of(l, &e->ufid);

	entry_unlink(s, e);
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

/* Visits lag a few entries behind the iteration, so that their cache misses overlap. An entry that
 * is removed meanwhile stays valid, and visitors check its state anyway. */
int
ledger_each(struct ledger *l, unsigned int shard, int (*cb)(struct entry *e, void *aux), void *aux)
{
	struct rcu_table *t = l->shards[shard].table;
	struct entry *ahead[EACH_AHEAD], *e;
	struct cds_lfht_iter iter;
	unsigned int n = 0, n_done = 0;
	int rc = 0;

	rcu_table_for_each_entry (t, &iter, e, node) {
		RCU_ACQUIRE(&e->node);
		entry_prefetch(e);
		if (n - n_done == EACH_AHEAD)
			rc = cb(ahead[n_done++ % EACH_AHEAD], aux);
		if (rc)
			return rc;
		ahead[n++ % EACH_AHEAD] = e;
	}
	while (n_done < n && !rc)
		rc = cb(ahead[n_done++ % EACH_AHEAD], aux);
	return rc;
}

static void
shard_enter(struct ledger *l, struct ledger_cursor *cur)
{
	struct shard *s = &l->shards[cur->shard];
	struct cds_lfht_node *first;

	mutex_lock(&s->walk_mu);
	first = rcu_table_first(s->table);
	cur->next = first ? caa_container_of(first, struct entry, node) : NULL;
	cds_list_add(&cur->link, &s->walkers);
	mutex_unlock(&s->walk_mu);
}

static void
shard_leave(struct ledger *l, struct ledger_cursor *cur)
{
	struct shard *s = &l->shards[cur->shard];

	mutex_lock(&s->walk_mu);
	cds_list_del(&cur->link);
	mutex_unlock(&s->walk_mu);
	cur->shard++;
}

void
ledger_cursor_open(struct ledger *l, struct ledger_cursor *cur)
{
	cur->shard = 0;
	shard_enter(l, cur);
}

/* Returns the next entry, or NULL at the end of the shard. */
static struct entry *
next_take(struct ledger *l, struct ledger_cursor *cur)
{
	struct shard *s = &l->shards[cur->shard];
	struct entry *e;

	mutex_lock(&s->walk_mu);
	e = cur->next;
	if (e)
		cur->next = entry_after(s, e);
	mutex_unlock(&s->walk_mu);
	return e;
}

bool
ledger_cursor_step(struct ledger *l, struct ledger_cursor *cur, unsigned int n,
		   int (*cb)(struct entry *e, void *aux), void *aux)
{
	while (n && cur->shard < LEDGER_SHARDS) {
		struct entry *e = next_take(l, cur);

		if (e) {
			RCU_ACQUIRE(&e->node);
			n--;
			if (cb(e, aux))
				break;
			continue;
		}
		shard_leave(l, cur);
		if (cur->shard < LEDGER_SHARDS)
			shard_enter(l, cur);
	}
	return cur->shard < LEDGER_SHARDS;
}

void
ledger_cursor_close(struct ledger *l, struct ledger_cursor *cur)
{
	if (cur->shard < LEDGER_SHARDS)
		shard_leave(l, cur);
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
