/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <base/rcu_index.h>

#include <errno.h>
#include <stdlib.h>

/* Parts of the table by UFID, so that the doubling of one takes little time. */
#define UFID_PARTS 64

/* Megaflows of one port. 'classifier' is made when first needed. */
struct scope {
	struct mutex mutex;		   /* for writers */
	struct swp_classifier *classifier; /* RCU */
};

struct swp_table {
	struct swp_slab *slab;
	struct rcu_index by_ufid[UFID_PARTS];
	struct scope scopes[SWP_TABLE_SCOPES];
	_Atomic unsigned int n_flows;
	uint64_t seed;
};

static uint64_t
ufid_hash(const struct flow_ufid *u)
{
	return u->lo;
}

static uint64_t
flow_hash(const void *item)
{
	return ufid_hash(&((const struct swp_flow *)item)->ufid);
}

static void
indexes_destroy(struct swp_table *t, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (rcu_index_destroy(&t->by_ufid[i]))
			abort();
	}
}

static int
indexes_init(struct swp_table *t)
{
	for (unsigned int i = 0; i < UFID_PARTS; i++) {
		if (rcu_index_init(&t->by_ufid[i], flow_hash)) {
			indexes_destroy(t, i);
			return -ENOMEM;
		}
	}
	return 0;
}

int
swp_table_create(uint64_t seed, unsigned int n_workers, struct swp_table **out)
{
	struct swp_table *t = calloc(1, sizeof *t);

	if (!t)
		return -ENOMEM;
	t->seed = seed;
	if (indexes_init(t)) {
		free(t);
		return -ENOMEM;
	}
	if (swp_slab_create(n_workers, &t->slab)) {
		indexes_destroy(t, UFID_PARTS);
		free(t);
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < SWP_TABLE_SCOPES; i++)
		mutex_init(&t->scopes[i].mutex);
	*out = t;
	return 0;
}

static uint32_t
slot_of(const struct swp_table *t, const struct swp_flow *f)
{
	return (uint32_t)(f - t->slab->flows);
}

static void
unlink_all(struct swp_table *t, struct swp_grave *g)
{
	uint32_t n = atomic_load(&t->slab->n_slots);

	for (uint32_t slot = 1; slot <= n; slot++) {
		if (t->slab->flows[slot].linked)
			swp_table_unlink(t, &t->slab->flows[slot].ufid, g);
	}
}

void
swp_table_destroy(struct swp_table *t)
{
	struct swp_grave g = {0};

	unlink_all(t, &g);
	swp_grave_settle(&g);
	swp_grave_free(t, &g);
	indexes_destroy(t, UFID_PARTS);
	for (unsigned int i = 0; i < SWP_TABLE_SCOPES; i++) {
		swp_classifier_destroy(t->scopes[i].classifier);
		mutex_destroy(&t->scopes[i].mutex);
	}
	swp_slab_destroy(t->slab);
	free(t);
}

struct swp_slab *
swp_table_slab(struct swp_table *t)
{
	return t->slab;
}

static struct rcu_index *
index_of(struct swp_table *t, const struct flow_ufid *u)
{
	return &t->by_ufid[u->hi % UFID_PARTS];
}

static bool
has_ufid(const void *item, const void *key)
{
	return flow_ufid_equal(&((const struct swp_flow *)item)->ufid, key);
}

static struct swp_flow *
find(struct swp_table *t, const struct flow_ufid *ufid)
{
	return rcu_index_find(index_of(t, ufid), ufid_hash(ufid), has_ufid, ufid);
}

static void
unindex(struct swp_table *t, const struct swp_flow *f)
{
	if (rcu_index_del(index_of(t, &f->ufid), ufid_hash(&f->ufid), f))
		abort();
}

static uint16_t
scope_of(const struct flow_match *m)
{
	return m->mask.in_port == UINT32_MAX && m->key.in_port < SWP_PORTS_MAX
		       ? (uint16_t)m->key.in_port
		       : SWP_PORTS_MAX;
}

static int
classify(struct swp_table *t, struct scope *s, uint32_t slot, const struct flow_match *m)
	REQUIRES(s->mutex)
{
	if (!s->classifier) {
		struct swp_classifier *c;
		int rc = swp_classifier_create(t->slab, t->seed, &c);

		if (rc)
			return rc;
		rcu_publish(&s->classifier, c);
	}
	return swp_classifier_add(s->classifier, slot, m);
}

/* Threads that find the megaflow by its UFID before it is in the classifier wait for the scope's
 * mutex, and then look at 'linked'. */
static int
link_flow(struct swp_table *t, struct scope *s, uint32_t slot, const struct flow_match *m,
	  struct swp_grave *g) REQUIRES(s->mutex)
{
	struct swp_flow *f = &t->slab->flows[slot];
	const struct swp_flow *there = rcu_index_add_unique(
		index_of(t, &f->ufid), ufid_hash(&f->ufid), has_ufid, &f->ufid, f);
	int rc;

	if (there && there != f)
		return -EEXIST;
	rc = there ? classify(t, s, slot, m) : -ENOMEM;
	if (!rc) {
		f->linked = true;
		atomic_fetch_add_explicit(&t->n_flows, 1, memory_order_relaxed);
		return 0;
	}
	if (there)
		unindex(t, f);
	f->next = g->unused;
	g->unused = slot;
	return rc;
}

int
swp_table_put(struct swp_table *t, const struct flow_ufid *ufid, const struct flow_match *match,
	      const struct flow_actions *actions, struct swp_grave *g)
{
	struct scope *s = &t->scopes[scope_of(match)];
	uint32_t slot;
	swp_act act;
	int rc = swp_slot_take(t->slab, &slot);

	if (rc)
		return rc;
	rc = swp_act_new(actions, &act);
	if (rc) {
		swp_slot_give_back(t->slab, slot);
		return rc;
	}
	atomic_store_explicit(&t->slab->acts[slot], act, memory_order_relaxed);
	t->slab->flows[slot].ufid = *ufid;
	t->slab->flows[slot].scope = scope_of(match);
	mutex_lock(&s->mutex);
	rc = link_flow(t, s, slot, match, g);
	mutex_unlock(&s->mutex);
	if (rc == -EEXIST)
		swp_slot_give_back(t->slab, slot);
	return rc;
}

void
swp_table_prefetch(struct swp_table *t, const struct flow_ufid *ufid, const struct flow_match *m)
{
	struct swp_classifier *c = m ? rcu_read(&t->scopes[scope_of(m)].classifier) : NULL;

	rcu_index_prefetch(index_of(t, ufid), ufid_hash(ufid));
	if (c)
		swp_classifier_prefetch(c, m);
}

/* Returns the megaflow with its scope's mutex held, or NULL. */
static struct swp_flow *
find_locked(struct swp_table *t, const struct flow_ufid *ufid) NO_THREAD_CHECK
{
	struct swp_flow *f = find(t, ufid);

	if (!f)
		return NULL;
	mutex_lock(&t->scopes[f->scope].mutex);
	if (f->linked)
		return f;
	mutex_unlock(&t->scopes[f->scope].mutex);
	return NULL;
}

int
swp_table_modify(struct swp_table *t, const struct flow_ufid *ufid,
		 const struct flow_actions *actions) NO_THREAD_CHECK
{
	struct swp_flow *f;
	swp_act act;
	int rc = swp_act_new(actions, &act);

	if (rc)
		return rc;
	f = find_locked(t, ufid);
	if (!f) {
		swp_act_free(act);
		return -ENOENT;
	}
	act = atomic_exchange_explicit(&t->slab->acts[slot_of(t, f)], act, memory_order_acq_rel);
	mutex_unlock(&t->scopes[f->scope].mutex);
	swp_act_free_later(act);
	return 0;
}

int
swp_table_stats(struct swp_table *t, const struct flow_ufid *ufid, struct flow_stats *out)
{
	const struct swp_flow *f = find(t, ufid);

	if (!f)
		return -ENOENT;
	swp_slot_stats(t->slab, slot_of(t, f), out);
	return 0;
}

static void
grave_append(struct swp_table *t, struct swp_grave *g, uint32_t slot)
{
	t->slab->flows[slot].next = 0;
	if (g->first)
		t->slab->flows[g->last].next = slot;
	else
		g->first = slot;
	g->last = slot;
}

int
swp_table_unlink(struct swp_table *t, const struct flow_ufid *ufid,
		 struct swp_grave *g) NO_THREAD_CHECK
{
	struct swp_flow *f = find_locked(t, ufid);
	struct scope *s;

	if (!f)
		return -ENOENT;
	s = &t->scopes[f->scope];
	f->linked = false;
	unindex(t, f);
	swp_classifier_del(s->classifier, slot_of(t, f), &g->subtables);
	atomic_fetch_sub_explicit(&t->n_flows, 1, memory_order_relaxed);
	mutex_unlock(&s->mutex);
	grave_append(t, g, slot_of(t, f));
	return 0;
}

void
swp_grave_settle(const struct swp_grave *g)
{
	if (!swp_grave_is_empty(g))
		rcu_sync();
}

static void
give_back_list(struct swp_table *t, uint32_t slot)
{
	while (slot) {
		uint32_t next = t->slab->flows[slot].next;

		swp_slot_give_back(t->slab, slot);
		slot = next;
	}
}

void
swp_grave_free(struct swp_table *t, struct swp_grave *g)
{
	give_back_list(t, g->first);
	give_back_list(t, g->unused);
	swp_subtables_free(g->subtables);
	*g = (struct swp_grave){0};
}

const struct swp_masks *
swp_table_masks(struct swp_table *t, uint32_t port)
{
	const struct swp_classifier *c =
		port < SWP_PORTS_MAX ? rcu_read(&t->scopes[port].classifier) : NULL;

	return c ? swp_classifier_masks(c) : NULL;
}

bool
swp_table_masks_decide(struct swp_table *t)
{
	const struct swp_classifier *c = rcu_read(&t->scopes[SWP_PORTS_MAX].classifier);

	return !c || !swp_classifier_n_masks(c);
}

static void
scope_lookup(struct swp_table *t, struct swp_view *views, uint32_t scope, struct swp_keys *k)
{
	const struct swp_classifier *c = rcu_read(&t->scopes[scope].classifier);

	if (c)
		swp_classifier_lookup(c, &views[scope], k);
}

void
swp_table_lookup(struct swp_table *t, struct swp_view *views, struct swp_keys *k)
{
	uint32_t port = k->port;

	if (port < SWP_PORTS_MAX)
		scope_lookup(t, views, port, k);
	if (k->n_left)
		scope_lookup(t, views, SWP_PORTS_MAX, k);
}

unsigned int
swp_table_n_flows(const struct swp_table *t)
{
	return atomic_load_explicit(&t->n_flows, memory_order_relaxed);
}

unsigned int
swp_table_n_masks(const struct swp_table *t)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < SWP_TABLE_SCOPES; i++) {
		const struct swp_classifier *c = rcu_read(&t->scopes[i].classifier);

		n += c ? swp_classifier_n_masks(c) : 0;
	}
	return n;
}

void
swp_walk_begin(struct swp_walk *w, const struct swp_table *t, enum dp_dump_kind kind)
{
	w->kind = kind;
	atomic_init(&w->next, 1);
	w->end = atomic_load_explicit(&t->slab->n_slots, memory_order_acquire) + UINT64_C(1);
}

/* Returns what 'reported' is after the report of these counts, not 0. Packets and bytes never
 * decrease, so their sum is the same only if both are. */
static uint64_t
report_of(const struct flow_stats *s)
{
	return s->packets + s->bytes + 1;
}

/* Reads a slot. Returns false if it has no megaflow, or if the walk omits it. The counts may be
 * those of an earlier megaflow until the line has been read, but then they are not omitted
 * wrongly: a slot that is given back has reported nothing. */
static bool
walk_one(const struct swp_walk *w, const struct swp_slab *s, uint32_t slot,
	 struct dp_flow_stat *out)
{
	uint64_t reported = atomic_load_explicit(&s->reported[slot], memory_order_relaxed);

	if (w->kind == DP_DUMP_CHANGED && reported) {
		swp_slot_stats(s, slot, &out->stats);
		if (report_of(&out->stats) == reported)
			return false;
	}
	if (!swp_line_subtable(&s->lines[slot]))
		return false;
	swp_slot_stats(s, slot, &out->stats);
	atomic_store_explicit(&s->reported[slot], report_of(&out->stats), memory_order_relaxed);
	out->ufid = s->flows[slot].ufid;
	return true;
}

int
swp_walk_next(struct swp_walk *w, struct swp_table *t, struct dp_flow_stat *out, unsigned int max)
{
	unsigned int n = 0, n_seen = 0;

	while (n < max && n_seen < SWP_WALK_STEP) {
		unsigned int n_now = max - n;
		uint64_t first = atomic_fetch_add_explicit(&w->next, n_now, memory_order_relaxed);

		if (first >= w->end)
			return n ? (int)n : -1;
		n_seen += n_now;
		for (uint64_t i = first; i < first + n_now && i < w->end; i++)
			n += walk_one(w, t->slab, (uint32_t)i, &out[n]);
	}
	return (int)n;
}
