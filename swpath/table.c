/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <base/lock.h>

#include <errno.h>
#include <stdlib.h>

#define UFID_BUCKETS 1024
#define CHUNK_FLOWS 4096
#define N_CHUNKS 1024

/* Slots are in chunks that are not moved or freed before the table is, so a walk keeps only a slot
 * number between two calls. A flow keeps its slot for life. */
struct chunk {
	struct swp_flow *flows[CHUNK_FLOWS]; /* RCU */
	uint32_t next_free[CHUNK_FLOWS];     /* writer only */
};

#define NO_SLOT UINT32_MAX

struct swp_table {
	struct mutex mutex; /* for writers */
	struct rcu_table *by_ufid;
	struct swp_classifier *scopes[SWP_TABLE_SCOPES]; /* RCU; made when first needed */
	struct chunk *chunks[N_CHUNKS];
	uint32_t n_slots GUARDED_BY(mutex); /* slots used so far; readers see it grow */
	uint32_t free_slot GUARDED_BY(mutex);
	uint64_t epoch;
	unsigned int n_flows;
	unsigned int n_workers;
	uint64_t seed;
};

int
swp_table_create(uint64_t seed, unsigned int n_workers, struct swp_table **out)
{
	struct swp_table *t = calloc(1, sizeof *t);

	if (!t)
		return -ENOMEM;
	t->seed = seed;
	t->n_workers = n_workers;
	t->free_slot = NO_SLOT;
	t->epoch = 1;
	t->by_ufid = rcu_table_new(UFID_BUCKETS);
	if (!t->by_ufid) {
		free(t);
		return -ENOMEM;
	}
	mutex_init(&t->mutex);
	*out = t;
	return 0;
}

void
swp_table_destroy(struct swp_table *t)
{
	struct swp_grave g = {0};

	for (uint32_t i = 0; i < t->n_slots; i++) {
		struct swp_flow *f = t->chunks[i / CHUNK_FLOWS]->flows[i % CHUNK_FLOWS];

		if (f)
			swp_table_unlink(t, &f->ufid, &g);
	}
	swp_table_quiesce(t);
	swp_grave_free(&g);
	rcu_table_free(t->by_ufid);
	for (unsigned int i = 0; i < SWP_TABLE_SCOPES; i++)
		swp_classifier_destroy(t->scopes[i]);
	for (unsigned int i = 0; i < N_CHUNKS; i++)
		free(t->chunks[i]);
	mutex_destroy(&t->mutex);
	free(t);
}

static unsigned long
ufid_hash(const struct swp_table *t, const struct flow_ufid *u)
{
	return u->lo ^ t->seed;
}

static int
ufid_match(struct cds_lfht_node *node, const void *key)
{
	const struct swp_flow *f = caa_container_of(node, struct swp_flow, by_ufid);

	return flow_ufid_equal(&f->ufid, key);
}

static struct swp_flow *
find(struct swp_table *t, const struct flow_ufid *ufid)
{
	struct cds_lfht_node *node =
		rcu_table_find(t->by_ufid, ufid_hash(t, ufid), ufid_match, ufid);

	return node ? caa_container_of(node, struct swp_flow, by_ufid) : NULL;
}

static int
slot_take(struct swp_table *t, uint32_t *slot) REQUIRES(t->mutex)
{
	struct chunk **chunk = &t->chunks[t->n_slots / CHUNK_FLOWS % N_CHUNKS];

	if (t->free_slot != NO_SLOT) {
		*slot = t->free_slot;
		t->free_slot = t->chunks[*slot / CHUNK_FLOWS]->next_free[*slot % CHUNK_FLOWS];
		return 0;
	}
	if (t->n_slots == CHUNK_FLOWS * N_CHUNKS)
		return -ENOSPC;
	if (!*chunk)
		*chunk = calloc(1, sizeof **chunk);
	if (!*chunk)
		return -ENOMEM;
	*slot = t->n_slots;
	__atomic_store_n(&t->n_slots, t->n_slots + 1, __ATOMIC_RELEASE);
	return 0;
}

static void
slot_give_back(struct swp_table *t, uint32_t slot) REQUIRES(t->mutex)
{
	struct chunk *c = t->chunks[slot / CHUNK_FLOWS];

	rcu_publish(&c->flows[slot % CHUNK_FLOWS], (struct swp_flow *)NULL);
	c->next_free[slot % CHUNK_FLOWS] = t->free_slot;
	t->free_slot = slot;
}

static uint32_t
scope_of(const struct flow_match *m)
{
	return m->mask.in_port == UINT32_MAX && m->key.in_port < SWP_PORTS_MAX ? m->key.in_port
									       : SWP_PORTS_MAX;
}

static int
classify(struct swp_table *t, struct swp_flow *f, const struct flow_match *match) REQUIRES(t->mutex)
{
	struct swp_classifier *c;

	f->scope = scope_of(match);
	c = t->scopes[f->scope];
	if (!c) {
		int rc = swp_classifier_create(t->seed, &c);

		if (rc)
			return rc;
		rcu_publish(&t->scopes[f->scope], c);
	}
	return swp_classifier_add(c, &f->rule, match);
}

static int
link_flow(struct swp_table *t, struct swp_flow *f, const struct flow_match *match)
	REQUIRES(t->mutex)
{
	int rc;

	if (find(t, &f->ufid))
		return -EEXIST;
	rc = slot_take(t, &f->slot);
	if (rc)
		return rc;
	rc = classify(t, f, match);
	if (rc) {
		slot_give_back(t, f->slot);
		return rc;
	}
	cds_lfht_node_init(&f->by_ufid);
	rcu_table_add(t->by_ufid, ufid_hash(t, &f->ufid), &f->by_ufid);
	rcu_publish(&t->chunks[f->slot / CHUNK_FLOWS]->flows[f->slot % CHUNK_FLOWS], f);
	__atomic_store_n(&t->n_flows, t->n_flows + 1, __ATOMIC_RELAXED);
	return 0;
}

int
swp_table_put(struct swp_table *t, const struct flow_ufid *ufid, const struct flow_match *match,
	      const struct flow_actions *actions)
{
	struct flow_match m = *match;
	struct swp_flow *f;
	int rc;

	flow_match_canonicalize(&m);
	rc = swp_flow_new(ufid, &m, actions, t->n_workers, &f);
	if (rc)
		return rc;
	mutex_lock(&t->mutex);
	rc = link_flow(t, f, &m);
	mutex_unlock(&t->mutex);
	if (rc)
		swp_flow_free(f);
	return rc;
}

int
swp_table_modify(struct swp_table *t, const struct flow_ufid *ufid,
		 const struct flow_actions *actions)
{
	struct swp_actions *a = swp_actions_new(actions);
	struct swp_flow *f;

	if (!a)
		return -ENOMEM;
	mutex_lock(&t->mutex);
	f = find(t, ufid);
	if (f) {
		struct swp_actions *old = f->actions;

		rcu_publish(&f->actions, a);
		a = old;
	}
	mutex_unlock(&t->mutex);
	if (f)
		swp_actions_free_later(a);
	else
		free(a);
	return f ? 0 : -ENOENT;
}

int
swp_table_stats(struct swp_table *t, const struct flow_ufid *ufid, struct flow_stats *out)
{
	const struct swp_flow *f;

	mutex_lock(&t->mutex);
	f = find(t, ufid);
	if (f)
		swp_flow_stats(f, out);
	mutex_unlock(&t->mutex);
	return f ? 0 : -ENOENT;
}

int
swp_table_unlink(struct swp_table *t, const struct flow_ufid *ufid, struct swp_grave *g)
{
	struct swp_flow *f;

	mutex_lock(&t->mutex);
	f = find(t, ufid);
	if (f) {
		if (rcu_table_del(t->by_ufid, &f->by_ufid))
			abort();
		swp_classifier_del(t->scopes[f->scope], &f->rule, &g->subtables);
		slot_give_back(t, f->slot);
		__atomic_store_n(&t->n_flows, t->n_flows - 1, __ATOMIC_RELAXED);
	}
	mutex_unlock(&t->mutex);
	if (!f)
		return -ENOENT;
	if (!g->last)
		g->last = &g->flows;
	f->next_dead = NULL;
	*g->last = f;
	g->last = &f->next_dead;
	return 0;
}

void
swp_table_quiesce(struct swp_table *t)
{
	__atomic_fetch_add(&t->epoch, 1, __ATOMIC_ACQ_REL);
	rcu_sync();
}

/* Readers of the table (walks, lookups by UFID) may still use the flows, so freeing them is
 * deferred. Subtables are only in workers' snapshots, and swp_table_quiesce() has waited for
 * these. */
void
swp_grave_free(struct swp_grave *g)
{
	struct swp_flow *next;

	for (struct swp_flow *f = g->flows; f; f = next) {
		next = f->next_dead;
		swp_flow_free_later(f);
	}
	swp_subtables_free(g->subtables);
	*g = (struct swp_grave){0};
}

uint64_t
swp_table_epoch(const struct swp_table *t)
{
	return __atomic_load_n(&t->epoch, __ATOMIC_ACQUIRE);
}

static struct swp_rule *
scope_lookup(struct swp_table *t, struct swp_view *views, uint32_t scope,
	     const struct flow_key *key, uint64_t *n_searched)
{
	struct swp_classifier *c = rcu_read(&t->scopes[scope]);

	return c ? swp_classifier_lookup(c, &views[scope], key, n_searched) : NULL;
}

struct swp_rule *
swp_table_lookup(struct swp_table *t, struct swp_view *views, const struct flow_key *key,
		 uint64_t *n_searched)
{
	struct swp_rule *r = NULL;

	if (key->in_port < SWP_PORTS_MAX)
		r = scope_lookup(t, views, key->in_port, key, n_searched);
	return r ? r : scope_lookup(t, views, SWP_PORTS_MAX, key, n_searched);
}

unsigned int
swp_table_n_flows(const struct swp_table *t)
{
	return __atomic_load_n(&t->n_flows, __ATOMIC_RELAXED);
}

unsigned int
swp_table_n_masks(const struct swp_table *t)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < SWP_TABLE_SCOPES; i++) {
		const struct swp_classifier *c = rcu_read(&t->scopes[i]);

		n += c ? swp_classifier_n_masks(c) : 0;
	}
	return n;
}

void
swp_walk_begin(struct swp_walk *w, const struct swp_table *t)
{
	w->next = 0;
	w->end = __atomic_load_n(&t->n_slots, __ATOMIC_ACQUIRE);
}

unsigned int
swp_walk_next(struct swp_walk *w, struct swp_table *t, struct dp_flow_stat *out, unsigned int max)
{
	unsigned int n = 0;

	while (!n && max) {
		uint64_t first = __atomic_fetch_add(&w->next, max, __ATOMIC_RELAXED);

		if (first >= w->end)
			break;
		for (uint64_t i = first; i < first + max && i < w->end; i++) {
			struct swp_flow *f =
				rcu_read(&t->chunks[i / CHUNK_FLOWS]->flows[i % CHUNK_FLOWS]);

			if (!f)
				continue;
			out[n].ufid = f->ufid;
			swp_flow_stats(f, &out[n++].stats);
		}
	}
	return n;
}
