/* SPDX-License-Identifier: Apache-2.0 */
#include "subtable.h"

#include <base/pages.h>

#include <errno.h>
#include <stdlib.h>

#define BUCKETS_MAX (UINT64_C(1) << 21)
/* A table with fewer megaflows per bucket does not double: these have equal hashes. */
#define DOUBLE_ABOVE 2
/* Buckets whose megaflows are prefetched while others are moved. */
#define AHEAD 2

static size_t
bytes_of(uint64_t n_buckets)
{
	return sizeof(struct swp_buckets) + n_buckets * sizeof(struct swp_bucket);
}

static struct swp_buckets *
buckets_new(uint64_t n)
{
	struct swp_buckets *b = pages_new(bytes_of(n));

	if (b)
		b->n_mask = n - 1;
	return b;
}

static void
buckets_free(struct swp_buckets *b)
{
	pages_free(b, bytes_of(b->n_mask + 1));
}

static void
buckets_free_deferred(struct rcu_deferred *d)
{
	buckets_free(caa_container_of(d, struct swp_buckets, deferred));
}

struct swp_subtable *
swp_subtable_new(const struct flow_key *mask, const struct swp_hash_key *key)
{
	struct swp_subtable *t = aligned_alloc(_Alignof(struct swp_subtable), sizeof *t);

	if (!t)
		return NULL;
	memset(t, 0, sizeof *t);
	t->buckets = buckets_new(1);
	if (!t->buckets) {
		free(t);
		return NULL;
	}
	swp_mask_init(&t->mask, mask);
	t->key = key;
	t->key_mask = *mask;
	return t;
}

void
swp_subtable_free(struct swp_subtable *t)
{
	buckets_free(t->buckets);
	free(t);
}

static void
way_set(struct swp_bucket *b, unsigned int i, uint32_t way)
{
	atomic_store_explicit(&b->ways[i], way, memory_order_release);
}

static bool
bucket_add(struct swp_bucket *b, uint32_t way)
{
	for (unsigned int i = 0; i < SWP_SUBTABLE_WAYS; i++) {
		if (swp_bucket_way(b, i))
			continue;
		way_set(b, i, way);
		return true;
	}
	return false;
}

static bool
bucket_del(struct swp_bucket *b, uint32_t way)
{
	for (unsigned int i = 0; i < SWP_SUBTABLE_WAYS; i++) {
		if (swp_bucket_way(b, i) != way)
			continue;
		way_set(b, i, 0);
		return true;
	}
	return false;
}

static void
seconds_add(struct swp_bucket *first, uint32_t n)
{
	way_set(first, SWP_SUBTABLE_WAYS, swp_bucket_way(first, SWP_SUBTABLE_WAYS) + n);
}

/* The count is raised first, so a reader that does not read the second bucket came before the
 * megaflow. */
static bool
place(struct swp_buckets *b, uint64_t hash, uint32_t slot)
{
	struct swp_bucket *first = &b->buckets[hash & b->n_mask];
	struct swp_bucket *second = (struct swp_bucket *)(uintptr_t)swp_subtable_second(b, hash);
	uint32_t way = swp_bucket_signature(hash) | slot;

	if (bucket_add(first, way))
		return true;
	seconds_add(first, 1);
	if (bucket_add(second, way))
		return true;
	seconds_add(first, (uint32_t)-1);
	return false;
}

static uint64_t
hash_of(const struct swp_subtable *t, const struct swp_slab *s, uint32_t slot)
{
	const struct swp_line *l = &s->lines[slot];
	uintptr_t of = atomic_load_explicit(&l->of, memory_order_relaxed);

	return swp_mask_hash(&t->mask, t->key, l->head, of & SWP_LINE_IP6 ? s->ip6[slot].w : NULL,
			     of & SWP_LINE_PLAIN ? NULL : s->flows[slot].others);
}

/* Prefetches what hash_of() reads of the megaflows of a bucket. */
static void
bucket_prefetch(const struct swp_slab *s, const struct swp_bucket *b)
{
	for (unsigned int i = 0; i < SWP_SUBTABLE_WAYS; i++)
		__builtin_prefetch(&s->lines[swp_bucket_slot(b, i)]);
}

static bool
bucket_move(const struct swp_subtable *t, const struct swp_slab *s, const struct swp_bucket *from,
	    struct swp_buckets *to)
{
	for (unsigned int i = 0; i < SWP_SUBTABLE_WAYS; i++) {
		uint32_t slot = swp_bucket_slot(from, i);

		if (slot && !place(to, hash_of(t, s, slot), slot))
			return false;
	}
	return true;
}

/* Returns buckets with all megaflows of the table, 'n' or more of them, or NULL. */
static struct swp_buckets *
buckets_copy(const struct swp_subtable *t, const struct swp_slab *s, uint64_t n)
{
	const struct swp_buckets *old = t->buckets;

	for (; n <= BUCKETS_MAX; n *= 2) {
		struct swp_buckets *b = buckets_new(n);
		bool fits = b;

		for (uint64_t i = 0; i <= old->n_mask && fits; i++) {
			bucket_prefetch(s, &old->buckets[(i + AHEAD) & old->n_mask]);
			fits = bucket_move(t, s, &old->buckets[i], b);
		}
		if (fits || !b)
			return b;
		buckets_free(b);
	}
	return NULL;
}

static int
grow(struct swp_subtable *t, const struct swp_slab *s)
{
	struct swp_buckets *old = t->buckets, *b;
	uint64_t n = old->n_mask + 1;

	if (t->n_flows < n * DOUBLE_ABOVE || 2 * n > BUCKETS_MAX)
		return -ENOSPC;
	b = buckets_copy(t, s, 2 * n);
	if (!b)
		return -ENOMEM;
	rcu_publish(&t->buckets, b);
	rcu_defer(&old->deferred, buckets_free_deferred);
	return 0;
}

static int
others_write(const struct swp_subtable *t, struct swp_flow *f, const struct flow_key *key)
{
	uint64_t others[SWP_MASK_OTHERS_MAX];
	size_t n_bytes = t->mask.n_others * sizeof others[0];

	if (!n_bytes || !swp_mask_others(&t->mask, key, others))
		return 0;
	f->others = malloc(n_bytes);
	if (!f->others)
		return -ENOMEM;
	memcpy(f->others, others, n_bytes);
	return 0;
}

/* Stores the match of a slot that no reader can find yet. */
static int
line_write(const struct swp_subtable *t, struct swp_slab *s, uint32_t slot,
	   const struct flow_key *key)
{
	struct swp_line *l = &s->lines[slot];
	struct swp_head h;
	uintptr_t of = (uintptr_t)t;
	int rc = others_write(t, &s->flows[slot], key);

	if (rc)
		return rc;
	swp_head_of_key(key, &h);
	for (unsigned int i = 0; i < SWP_HEAD_WORDS; i++)
		l->head[i] = h.w[i] & t->mask.head[i];
	for (unsigned int i = 0; i < SWP_IP6_WORDS && t->mask.has_ip6; i++) {
		s->ip6[slot].w[i] = h.ip6[i] & t->mask.ip6[i];
		of |= s->ip6[slot].w[i] ? SWP_LINE_IP6 : 0;
	}
	if (!s->flows[slot].others)
		of |= SWP_LINE_PLAIN;
	atomic_store_explicit(&l->of, of, memory_order_release);
	return 0;
}

int
swp_subtable_add(struct swp_subtable *t, struct swp_slab *s, uint32_t slot,
		 const struct flow_key *key)
{
	int rc = line_write(t, s, slot, key);
	uint64_t hash = hash_of(t, s, slot);

	while (!rc && !place(t->buckets, hash, slot))
		rc = grow(t, s);
	if (rc) {
		atomic_store_explicit(&s->lines[slot].of, 0, memory_order_relaxed);
		return rc;
	}
	t->n_flows++;
	return 0;
}

void
swp_subtable_prefetch(const struct swp_subtable *t, const struct flow_key *key)
{
	struct swp_head h;

	swp_head_of_key(key, &h);
	__builtin_prefetch(swp_subtable_first(rcu_read(&t->buckets),
					      swp_mask_packet(&t->mask, t->key, &h, key)),
			   1);
}

void
swp_subtable_del(struct swp_subtable *t, struct swp_slab *s, uint32_t slot)
{
	uint64_t hash = hash_of(t, s, slot);
	struct swp_buckets *b = t->buckets;
	struct swp_bucket *first = &b->buckets[hash & b->n_mask];
	struct swp_bucket *second = (struct swp_bucket *)(uintptr_t)swp_subtable_second(b, hash);
	uint32_t way = swp_bucket_signature(hash) | slot;

	atomic_store_explicit(&s->lines[slot].of, 0, memory_order_relaxed);
	if (!bucket_del(first, way)) {
		if (!bucket_del(second, way))
			abort();
		seconds_add(first, (uint32_t)-1);
	}
	t->n_flows--;
}
