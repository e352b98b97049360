/* SPDX-License-Identifier: Apache-2.0 */
#include "classifier.h"

#include <errno.h>
#include <stdlib.h>

#define HITS_HALVED_AFTER 65536

struct swp_classifier {
	struct swp_masks *masks; /* RCU: written by the writer, freed by rcu_defer() */
	struct swp_slab *slab;
	struct swp_hash_key key;
	_Atomic unsigned int last; /* place of the subtable that find() returned last */
};

static void
masks_free(struct rcu_deferred *d)
{
	free(caa_container_of(d, struct swp_masks, deferred));
}

static struct swp_masks *
masks_new(const struct swp_masks *old, unsigned int n_places)
{
	size_t n_bytes = sizeof(struct swp_masks) + n_places * sizeof(struct swp_subtable *);
	struct swp_masks *s;

	n_bytes = (n_bytes + _Alignof(struct swp_masks) - 1) & -_Alignof(struct swp_masks);
	s = aligned_alloc(_Alignof(struct swp_masks), n_bytes);
	if (!s)
		return NULL;
	memset(s, 0, n_bytes);
	s->generation = old ? old->generation + 1 : 1;
	s->n_places = n_places;
	for (unsigned int i = 0; old && i < old->n_places && i < n_places; i++)
		s->places[i] = old->places[i];
	return s;
}

/* Sets what is derived from the subtables. */
static void
masks_complete(struct swp_masks *s)
{
	struct flow_key all;
	uint64_t *to = flow_key_words_mut(&all);

	memset(&all, 0, sizeof all);
	for (unsigned int i = 0; i < s->n_places; i++) {
		const struct swp_subtable *t = s->places[i];

		s->n += t != NULL;
		for (unsigned int w = 0; t && w < FLOW_KEY_WORDS; w++)
			to[w] |= flow_key_words(&t->key_mask)[w];
	}
	swp_mask_init(&s->consulted, &all);
}

static void
masks_replace(struct swp_classifier *c, struct swp_masks *s)
{
	struct swp_masks *old = c->masks;

	masks_complete(s);
	rcu_publish(&c->masks, s);
	rcu_defer(&old->deferred, masks_free);
}

int
swp_classifier_create(struct swp_slab *s, uint64_t seed, struct swp_classifier **out)
{
	struct swp_classifier *c = calloc(1, sizeof *c);

	if (!c)
		return -ENOMEM;
	c->slab = s;
	swp_hash_key_init(&c->key, seed);
	c->masks = masks_new(NULL, 0);
	if (!c->masks) {
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

		swp_subtable_free(dead);
		dead = next;
	}
}

void
swp_classifier_destroy(struct swp_classifier *c)
{
	if (!c)
		return;
	for (unsigned int i = 0; i < c->masks->n_places; i++)
		swp_subtables_free(c->masks->places[i]);
	free(c->masks);
	free(c);
}

static uint64_t
mask_hash(const struct flow_key *mask)
{
	return XXH3_64bits(mask, sizeof *mask);
}

/* Returns the subtable of a mask, or NULL. Mostly it is the one of the megaflow before. Thread: any RCU
 * thread. */
static struct swp_subtable *
find(struct swp_classifier *c, const struct flow_key *mask)
{
	const struct swp_masks *s = rcu_read(&c->masks);
	unsigned int last = atomic_load_explicit(&c->last, memory_order_relaxed);
	uint64_t hash;

	if (last < s->n_places && s->places[last] &&
	    flow_key_equal(&s->places[last]->key_mask, mask))
		return s->places[last];
	hash = mask_hash(mask);
	for (unsigned int i = 0; i < s->n_places; i++) {
		struct swp_subtable *t = s->places[i];

		if (!t || t->mask_hash != hash || !flow_key_equal(&t->key_mask, mask))
			continue;
		atomic_store_explicit(&c->last, i, memory_order_relaxed);
		return t;
	}
	return NULL;
}

static unsigned int
free_place(const struct swp_masks *s)
{
	unsigned int i = 0;

	while (i < s->n_places && s->places[i])
		i++;
	return i;
}

/* Adds a subtable with its first megaflow, so that no reader sees an empty one. */
static int
mask_add(struct swp_classifier *c, uint32_t slot, const struct flow_match *m)
{
	const struct swp_masks *old = c->masks;
	unsigned int i = free_place(old);
	struct swp_subtable *t;
	struct swp_masks *s;
	int rc;

	if (i >= SWP_PORT_MASKS_MAX)
		return -ENOSPC;
	t = swp_subtable_new(&m->mask, &c->key);
	s = masks_new(old, i < old->n_places ? old->n_places : i + 1);
	rc = t && s ? swp_subtable_add(t, c->slab, slot, &m->key) : -ENOMEM;
	if (rc) {
		swp_subtables_free(t);
		free(s);
		return rc;
	}
	t->place = (uint16_t)i;
	t->mask_hash = mask_hash(&m->mask);
	s->places[i] = t;
	masks_replace(c, s);
	return 0;
}

int
swp_classifier_add(struct swp_classifier *c, uint32_t slot, const struct flow_match *m)
{
	struct swp_subtable *t = find(c, &m->mask);

	return t ? swp_subtable_add(t, c->slab, slot, &m->key) : mask_add(c, slot, m);
}

void
swp_classifier_prefetch(struct swp_classifier *c, const struct flow_match *m)
{
	const struct swp_subtable *t = find(c, &m->mask);

	if (t)
		swp_subtable_prefetch(t, &m->key);
}

void
swp_classifier_del(struct swp_classifier *c, uint32_t slot, struct swp_subtable **dead)
{
	const struct swp_subtable *of = swp_line_subtable(&c->slab->lines[slot]);
	struct swp_subtable *t = c->masks->places[of->place];
	struct swp_masks *s;

	swp_subtable_del(t, c->slab, slot);
	if (t->n_flows)
		return;
	s = masks_new(c->masks, c->masks->n_places);
	if (!s)
		return;
	s->places[t->place] = NULL;
	masks_replace(c, s);
	t->next_dead = *dead;
	*dead = t;
}

/* A packet that is left alone after MASKS_ALONE masks is looked up under MASKS_AT_ONCE at a time. */
#define MASKS_ALONE 4
#define MASKS_AT_ONCE 8

/* Adopts new masks: keeps the order of the places still in use, and appends new ones. The view
 * stores places, not pointers, since a subtable of an earlier generation may have been freed. */
static void
view_sync(struct swp_view *v, const struct swp_masks *s)
{
	uint64_t kept[SWP_PORT_MASKS_MAX / 64] = {0};
	unsigned int n = 0;

	for (unsigned int i = 0; i < v->n; i++) {
		unsigned int place = v->order[i];

		if (place >= s->n_places || !s->places[place])
			continue;
		kept[place / 64] |= UINT64_C(1) << place % 64;
		v->order[n++] = (uint16_t)place;
	}
	for (unsigned int place = 0; place < s->n_places; place++) {
		if (!s->places[place] || kept[place / 64] >> place % 64 & 1)
			continue;
		v->hits[place] = 0;
		v->order[n++] = (uint16_t)place;
	}
	v->n = n;
	v->generation = s->generation;
}

/* Counts hits of the subtable at 'place', which was the i-th. Swaps it with the one before it if it now has
 * more hits. Searches during a pause may have moved it. */
static void
view_hit(struct swp_view *v, unsigned int i, uint16_t place, unsigned int n)
{
	if (i >= v->n || v->order[i] != place)
		return;
	v->hits[place] += n;
	if (i && v->hits[place] > v->hits[v->order[i - 1]]) {
		v->order[i] = v->order[i - 1];
		v->order[i - 1] = place;
	}
	v->n_hits += n;
	if (v->n_hits < HITS_HALVED_AFTER)
		return;
	v->n_hits = 0;
	for (unsigned int j = 0; j < v->n; j++)
		v->hits[v->order[j]] /= 2;
}

const struct swp_masks *
swp_classifier_masks(const struct swp_classifier *c)
{
	return rcu_read(&c->masks);
}

/* Searches one mask's buckets, of which the first has been read, for a packet. */
static uint32_t
buckets_search(const struct swp_slab *s, const struct swp_buckets *b, uint64_t hash,
	       const struct swp_head *h, const struct flow_key *key)
{
	const struct swp_bucket *first = swp_subtable_first(b, hash);
	uint32_t slot = swp_subtable_search(s, first, hash, h, key);

	if (!slot && swp_subtable_has_seconds(first))
		slot = swp_subtable_search(s, swp_subtable_second(b, hash), hash, h, key);
	return slot;
}

/* Looks the packets that are left up under one mask, in three stages: each reads lines that the
 * stage before has prefetched. Most packets have no signature in their bucket: the third stage is
 * for those that may match. */
static void
subtable_lookup(const struct swp_slab *s, const struct swp_subtable *t, struct swp_keys *k)
{
	const struct swp_buckets *b = rcu_read(&t->buckets);
	uint64_t hashes[SWP_KEYS_MAX];
	uint8_t maybe[SWP_KEYS_MAX];
	unsigned int n = k->n_left, n_maybe = 0;

	for (unsigned int i = 0; i < n; i++) {
		hashes[i] = swp_mask_packet(&t->mask, t->key, &k->heads[k->left[i]],
					    swp_keys_key(k, k->left[i]));
		__builtin_prefetch(swp_subtable_first(b, hashes[i]));
	}
	k->n_left = 0;
	for (unsigned int i = 0; i < n; i++) {
		const struct swp_bucket *first = swp_subtable_first(b, hashes[i]);
		uint32_t ways = swp_bucket_find(first, swp_bucket_signature(hashes[i]));
		uint8_t at = k->left[i];

		if (!ways && !swp_subtable_has_seconds(first)) {
			k->slots[at] = 0;
			k->left[k->n_left++] = at;
			continue;
		}
		if (ways)
			__builtin_prefetch(&s->lines[swp_bucket_slot(
				first, (unsigned int)__builtin_ctz(ways))]);
		hashes[n_maybe] = hashes[i];
		maybe[n_maybe++] = at;
	}
	for (unsigned int i = 0; i < n_maybe; i++) {
		uint8_t at = maybe[i];
		uint32_t slot = buckets_search(s, b, hashes[i], &k->heads[at], swp_keys_key(k, at));

		k->slots[at] = slot;
		if (!slot)
			k->left[k->n_left++] = at;
	}
}

static void
subtable_prefetch(const struct swp_subtable *t)
{
	__builtin_prefetch(t);
	__builtin_prefetch(&t->mask);
}

/* A search of the masks in an order that stays as it is, whatever others search during a pause. */
struct search {
	const struct swp_masks *s;
	struct swp_view *view;
	unsigned int n;
	const uint16_t *order;
	uint16_t copy[SWP_PORT_MASKS_MAX];
};

static void
search_begin(struct search *d, const struct swp_masks *s, struct swp_view *view,
	     const struct swp_keys *k)
{
	if (view->generation != s->generation)
		view_sync(view, s);
	d->s = s;
	d->view = view;
	d->n = view->n;
	d->order = view->order;
	if (k->pause.fn)
		d->order = memcpy(d->copy, view->order, d->n * sizeof d->copy[0]);
}

static const struct swp_subtable *
subtable_at(const struct search *d, unsigned int i)
{
	return d->s->places[d->order[i]];
}

static void
pause_if_long(struct swp_keys *k)
{
	if (!k->pause.fn || k->n_searched - k->paused_at < SWP_SEARCHES_AT_ONCE)
		return;
	k->paused_at = k->n_searched;
	k->pause.fn(k->pause.aux);
}

/* Looks the only packet that is left up under the masks from 'i' on, several at a time: their lines are fetched together.
 * One mask after the other takes 31 cycles for each of 255, and this 19. */
static void
rest_lookup(const struct swp_classifier *c, struct search *d, unsigned int i, struct swp_keys *k)
{
	const struct swp_head *h = &k->heads[k->left[0]];
	const struct flow_key *key = swp_keys_key(k, k->left[0]);
	const struct swp_buckets *b[MASKS_AT_ONCE];
	uint64_t hashes[MASKS_AT_ONCE];
	unsigned int n;

	for (; i < d->n; i += n) {
		n = d->n - i < MASKS_AT_ONCE ? d->n - i : MASKS_AT_ONCE;
		for (unsigned int j = 0; j < n; j++) {
			const struct swp_subtable *t = subtable_at(d, i + j);

			b[j] = rcu_read(&t->buckets);
			hashes[j] = swp_mask_packet(&t->mask, t->key, h, key);
			__builtin_prefetch(swp_subtable_first(b[j], hashes[j]));
		}
		for (unsigned int j = i + n; j < d->n && j < i + 2 * n; j++)
			subtable_prefetch(subtable_at(d, j));
		k->n_searched += n;
		for (unsigned int j = 0; j < n; j++) {
			const struct swp_bucket *first = swp_subtable_first(b[j], hashes[j]);
			uint32_t slot;

			if (!swp_bucket_find(first, swp_bucket_signature(hashes[j])) &&
			    !swp_subtable_has_seconds(first))
				continue;
			slot = buckets_search(c->slab, b[j], hashes[j], h, key);
			if (!slot)
				continue;
			k->slots[k->left[0]] = slot;
			k->n_left = 0;
			view_hit(d->view, i + j, d->order[i + j], 1);
			return;
		}
		pause_if_long(k);
	}
	k->slots[k->left[0]] = 0;
}

void
swp_classifier_lookup(const struct swp_classifier *c, struct swp_view *view, struct swp_keys *k)
{
	struct search d;

	search_begin(&d, rcu_read(&c->masks), view, k);
	for (unsigned int i = 0; i < d.n && k->n_left; i++) {
		unsigned int n = k->n_left;

		if (n == 1 && i >= MASKS_ALONE) {
			rest_lookup(c, &d, i, k);
			return;
		}
		k->n_searched += n;
		subtable_lookup(c->slab, subtable_at(&d, i), k);
		if (k->n_left < n)
			view_hit(view, i, d.order[i], n - k->n_left);
		pause_if_long(k);
	}
}

unsigned int
swp_classifier_n_masks(const struct swp_classifier *c)
{
	return rcu_read(&c->masks)->n;
}
