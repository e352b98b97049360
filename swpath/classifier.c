/* SPDX-License-Identifier: Apache-2.0 */
#include "classifier.h"

#include <errno.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define SUBTABLE_BUCKETS 16
#define HITS_HALVED_AFTER 65536

struct swp_subtable {
	struct rcu_table *rules;
	uint64_t seed;
	uint64_t mask_hash;
	unsigned int n_rules; /* writer only */
	uint16_t slot;
	struct swp_subtable *next_dead;
	struct flow_key mask;
	unsigned int n_words;
	uint8_t words[FLOW_KEY_WORDS];
	uint64_t masks[FLOW_KEY_WORDS];
};

/* Immutable, read by RCU readers. The slot of a removed subtable is NULL until it is reused. */
struct snapshot {
	struct rcu_deferred deferred;
	uint64_t generation;
	unsigned int n_slots;
	struct swp_subtable *slots[];
};

struct swp_classifier {
	struct snapshot *snapshot; /* RCU: written by the writer, freed by rcu_defer() */
	uint64_t seed;
	unsigned int n_masks;
};

struct probe {
	const uint64_t *values;
	size_t n_bytes;
};

_Static_assert(FLOW_KEY_WORDS <= UINT8_MAX, "a word's index fits a byte");

static void
snapshot_free(struct rcu_deferred *d)
{
	free(caa_container_of(d, struct snapshot, deferred));
}

static struct snapshot *
snapshot_new(const struct snapshot *old, unsigned int n_slots)
{
	struct snapshot *s = calloc(1, sizeof *s + n_slots * sizeof(struct swp_subtable *));

	if (!s)
		return NULL;
	s->generation = old ? old->generation + 1 : 1;
	s->n_slots = n_slots;
	for (unsigned int i = 0; old && i < old->n_slots && i < n_slots; i++)
		s->slots[i] = old->slots[i];
	return s;
}

static void
snapshot_replace(struct swp_classifier *c, struct snapshot *s)
{
	struct snapshot *old = c->snapshot;

	rcu_publish(&c->snapshot, s);
	rcu_defer(&old->deferred, snapshot_free);
}

int
swp_classifier_create(uint64_t seed, struct swp_classifier **out)
{
	struct swp_classifier *c = calloc(1, sizeof *c);

	if (!c)
		return -ENOMEM;
	c->seed = seed;
	c->snapshot = snapshot_new(NULL, 0);
	if (!c->snapshot) {
		free(c);
		return -ENOMEM;
	}
	*out = c;
	return 0;
}

void
swp_subtables_free(struct swp_subtable *dead)
{
	while (dead) {
		struct swp_subtable *next = dead->next_dead;

		rcu_table_free(dead->rules);
		free(dead);
		dead = next;
	}
}

void
swp_classifier_destroy(struct swp_classifier *c)
{
	if (!c)
		return;
	for (unsigned int i = 0; i < c->snapshot->n_slots; i++)
		swp_subtables_free(c->snapshot->slots[i]);
	free(c->snapshot);
	free(c);
}

unsigned int
swp_mask_words(const struct flow_key *mask)
{
	const uint64_t *w = flow_key_words(mask);
	unsigned int n = 0;

	for (unsigned int i = 0; i < FLOW_KEY_WORDS; i++)
		n += w[i] != 0;
	return n;
}

static uint64_t
mask_hash(const struct flow_key *mask)
{
	return XXH3_64bits(mask, sizeof *mask);
}

static struct swp_subtable *
subtable_new(const struct flow_key *mask, uint64_t seed)
{
	struct swp_subtable *t = calloc(1, sizeof *t);
	const uint64_t *w = flow_key_words(mask);

	if (!t)
		return NULL;
	t->rules = rcu_table_new(SUBTABLE_BUCKETS);
	if (!t->rules) {
		free(t);
		return NULL;
	}
	t->mask = *mask;
	t->mask_hash = mask_hash(mask);
	t->seed = seed;
	for (unsigned int i = 0; i < FLOW_KEY_WORDS; i++) {
		if (!w[i])
			continue;
		t->words[t->n_words] = (uint8_t)i;
		t->masks[t->n_words++] = w[i];
	}
	return t;
}

static struct swp_subtable *
subtable_find(const struct swp_classifier *c, const struct flow_key *mask)
{
	const struct snapshot *s = c->snapshot;
	uint64_t hash = mask_hash(mask);

	for (unsigned int i = 0; i < s->n_slots; i++) {
		struct swp_subtable *t = s->slots[i];

		if (t && t->mask_hash == hash && flow_key_equal(&t->mask, mask))
			return t;
	}
	return NULL;
}

static unsigned int
free_slot(const struct snapshot *s)
{
	unsigned int i = 0;

	while (i < s->n_slots && s->slots[i])
		i++;
	return i;
}

static int
subtable_add(struct swp_classifier *c, const struct flow_key *mask, struct swp_subtable **out)
{
	const struct snapshot *old = c->snapshot;
	unsigned int slot = free_slot(old);
	struct swp_subtable *t;
	struct snapshot *s;

	if (slot >= SWP_PORT_MASKS_MAX)
		return -ENOSPC;
	t = subtable_new(mask, c->seed);
	s = snapshot_new(old, slot < old->n_slots ? old->n_slots : slot + 1);
	if (!t || !s) {
		swp_subtables_free(t);
		free(s);
		return -ENOMEM;
	}
	t->slot = (uint16_t)slot;
	s->slots[slot] = t;
	snapshot_replace(c, s);
	__atomic_store_n(&c->n_masks, c->n_masks + 1, __ATOMIC_RELAXED);
	*out = t;
	return 0;
}

static uint64_t
words_gather(const struct swp_subtable *t, const struct flow_key *key, uint64_t *values)
{
	const uint64_t *w = flow_key_words(key);

	for (unsigned int i = 0; i < t->n_words; i++)
		values[i] = w[t->words[i]] & t->masks[i];
	return XXH3_64bits_withSeed(values, t->n_words * sizeof *values, t->seed);
}

int
swp_classifier_add(struct swp_classifier *c, struct swp_rule *r, const struct flow_match *m)
{
	struct swp_subtable *t = subtable_find(c, &m->mask);
	uint64_t hash;

	if (!t) {
		int rc = subtable_add(c, &m->mask, &t);

		if (rc)
			return rc;
	}
	hash = words_gather(t, &m->key, r->values);
	r->subtable = t;
	cds_lfht_node_init(&r->node);
	rcu_table_add(t->rules, hash, &r->node);
	t->n_rules++;
	return 0;
}

void
swp_classifier_del(struct swp_classifier *c, struct swp_rule *r, struct swp_subtable **dead)
{
	struct swp_subtable *t = c->snapshot->slots[r->subtable->slot];
	struct snapshot *s;

	if (rcu_table_del(t->rules, &r->node))
		abort();
	if (--t->n_rules)
		return;
	s = snapshot_new(c->snapshot, c->snapshot->n_slots);
	if (!s)
		return;
	s->slots[t->slot] = NULL;
	snapshot_replace(c, s);
	__atomic_store_n(&c->n_masks, c->n_masks - 1, __ATOMIC_RELAXED);
	t->next_dead = *dead;
	*dead = t;
}

/* Adopts a new snapshot: keeps the order of the slots still in use, and appends new ones. The view
 * stores slot numbers, not pointers, since a subtable of an earlier generation may have been
 * freed. */
static void
view_sync(struct swp_view *v, const struct snapshot *s)
{
	uint64_t kept[SWP_PORT_MASKS_MAX / 64] = {0};
	unsigned int n = 0;

	for (unsigned int i = 0; i < v->n; i++) {
		unsigned int slot = v->order[i];

		if (slot >= s->n_slots || !s->slots[slot])
			continue;
		kept[slot / 64] |= UINT64_C(1) << slot % 64;
		v->order[n++] = (uint16_t)slot;
	}
	for (unsigned int slot = 0; slot < s->n_slots; slot++) {
		if (!s->slots[slot] || kept[slot / 64] >> slot % 64 & 1)
			continue;
		v->hits[slot] = 0;
		v->order[n++] = (uint16_t)slot;
	}
	v->n = n;
	v->generation = s->generation;
}

/* Counts a hit. Swaps the subtable with the one before it if it now has more hits. */
static void
view_hit(struct swp_view *v, unsigned int i)
{
	uint16_t slot = v->order[i];

	v->hits[slot]++;
	if (i && v->hits[slot] > v->hits[v->order[i - 1]]) {
		v->order[i] = v->order[i - 1];
		v->order[i - 1] = slot;
	}
	if (++v->n_hits < HITS_HALVED_AFTER)
		return;
	v->n_hits = 0;
	for (unsigned int j = 0; j < v->n; j++)
		v->hits[v->order[j]] /= 2;
}

static int
rule_equal(struct cds_lfht_node *node, const void *key)
{
	const struct swp_rule *r = caa_container_of(node, struct swp_rule, node);
	const struct probe *p = key;

	RCU_ACQUIRE(node);
	return !memcmp(r->values, p->values, p->n_bytes);
}

struct swp_rule *
swp_classifier_lookup(struct swp_classifier *c, struct swp_view *view, const struct flow_key *key,
		      uint64_t *n_searched)
{
	const struct snapshot *s = rcu_read(&c->snapshot);
	uint64_t values[FLOW_KEY_WORDS];

	if (view->generation != s->generation)
		view_sync(view, s);
	for (unsigned int i = 0; i < view->n; i++) {
		const struct swp_subtable *t = s->slots[view->order[i]];
		uint64_t hash = words_gather(t, key, values);
		struct probe p = {values, t->n_words * sizeof *values};
		struct cds_lfht_node *node = rcu_table_find(t->rules, hash, rule_equal, &p);

		if (!node)
			continue;
		*n_searched += i + 1;
		view_hit(view, i);
		return caa_container_of(node, struct swp_rule, node);
	}
	*n_searched += view->n;
	return NULL;
}

bool
swp_rule_covers(const struct swp_rule *r, const struct flow_key *key)
{
	const struct swp_subtable *t = r->subtable;
	const uint64_t *w = flow_key_words(key);

	for (unsigned int i = 0; i < t->n_words; i++) {
		if ((w[t->words[i]] & t->masks[i]) != r->values[i])
			return false;
	}
	return true;
}

unsigned int
swp_classifier_n_masks(const struct swp_classifier *c)
{
	return __atomic_load_n(&c->n_masks, __ATOMIC_RELAXED);
}
