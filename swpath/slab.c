/* SPDX-License-Identifier: Apache-2.0 */
#include "slab.h"

#include "count.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#define SLAB_STEP 32768 /* a power of two; each array grows by whole pages */
#define N_SLOTS ((size_t)SWP_SLOT_MASK + 1)

_Static_assert(N_SLOTS % SLAB_STEP == 0, "the last step is whole");

/* Returns NULL if out of memory. */
static void *
reserve(size_t entry_bytes)
{
	void *p = mmap(NULL, N_SLOTS * entry_bytes, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static void
release(void *p, size_t entry_bytes)
{
	if (p)
		munmap(p, N_SLOTS * entry_bytes);
}

static bool
commit(void *p, size_t entry_bytes, size_t first)
{
	return !mprotect((char *)p + first * entry_bytes, SLAB_STEP * entry_bytes,
			 PROT_READ | PROT_WRITE);
}

/* Commits SLAB_STEP more slots in all arrays. A step that failed is repeated by the next call. */
static int
step(struct swp_slab *s) REQUIRES(s->mutex)
{
	bool done = commit(s->lines, sizeof s->lines[0], s->n_committed) &&
		    commit(s->ip6, sizeof s->ip6[0], s->n_committed) &&
		    commit(s->acts, sizeof s->acts[0], s->n_committed) &&
		    commit(s->flows, sizeof s->flows[0], s->n_committed) &&
		    commit(s->reported, sizeof s->reported[0], s->n_committed);

	for (unsigned int i = 0; i < s->n_workers; i++)
		done = done && commit(s->counts[i], sizeof s->counts[i][0], s->n_committed);
	if (!done)
		return -ENOMEM;
	s->n_committed += SLAB_STEP;
	return 0;
}

static bool
arrays_reserve(struct swp_slab *s)
{
	s->lines = reserve(sizeof s->lines[0]);
	s->ip6 = reserve(sizeof s->ip6[0]);
	s->acts = reserve(sizeof s->acts[0]);
	s->flows = reserve(sizeof s->flows[0]);
	s->reported = reserve(sizeof s->reported[0]);
	for (unsigned int i = 0; i < s->n_workers; i++) {
		s->counts[i] = reserve(sizeof s->counts[i][0]);
		if (!s->counts[i])
			return false;
	}
	return s->lines && s->ip6 && s->acts && s->flows && s->reported;
}

int
swp_slab_create(unsigned int n_workers, struct swp_slab **out)
{
	struct swp_slab *s = calloc(1, sizeof *s);
	int rc;

	if (!s)
		return -ENOMEM;
	s->n_workers = n_workers;
	mutex_init(&s->mutex);
	mutex_lock(&s->mutex);
	rc = arrays_reserve(s) ? step(s) : -ENOMEM;
	mutex_unlock(&s->mutex);
	if (rc) {
		swp_slab_destroy(s);
		return rc;
	}
	*out = s;
	return 0;
}

void
swp_slab_destroy(struct swp_slab *s)
{
	release(s->lines, sizeof s->lines[0]);
	release(s->ip6, sizeof s->ip6[0]);
	release((void *)(uintptr_t)s->acts, sizeof s->acts[0]);
	release(s->flows, sizeof s->flows[0]);
	release((void *)(uintptr_t)s->reported, sizeof s->reported[0]);
	for (unsigned int i = 0; i < s->n_workers; i++)
		release(s->counts[i], sizeof s->counts[i][0]);
	mutex_destroy(&s->mutex);
	free(s);
}

static int
slot_new(struct swp_slab *s, uint32_t *slot) REQUIRES(s->mutex)
{
	uint32_t n = atomic_load_explicit(&s->n_slots, memory_order_relaxed) + 1;

	if (n > SWP_FLOWS_MAX)
		return -ENOSPC;
	if (n == s->n_committed) {
		int rc = step(s);

		if (rc)
			return rc;
	}
	*slot = n;
	atomic_store_explicit(&s->n_slots, n, memory_order_release);
	return 0;
}

int
swp_slot_take(struct swp_slab *s, uint32_t *slot)
{
	int rc = 0;

	mutex_lock(&s->mutex);
	if (s->first_free) {
		*slot = s->first_free;
		s->first_free = s->flows[*slot].next;
	} else {
		rc = slot_new(s, slot);
	}
	mutex_unlock(&s->mutex);
	return rc;
}

/* A count that no worker has used stays unwritten, so its page stays unused. */
static void
counts_clear(struct swp_slab *s, uint32_t slot)
{
	for (unsigned int i = 0; i < s->n_workers; i++) {
		struct swp_count *c = &s->counts[i][slot];

		if (count_read(&c->packets))
			memset(c, 0, sizeof *c);
	}
}

void
swp_slot_give_back(struct swp_slab *s, uint32_t slot)
{
	struct swp_flow *f = &s->flows[slot];

	swp_act_free(atomic_load_explicit(&s->acts[slot], memory_order_relaxed));
	atomic_store_explicit(&s->acts[slot], 0, memory_order_relaxed);
	atomic_store_explicit(&s->reported[slot], 0, memory_order_relaxed);
	counts_clear(s, slot);
	free(f->others);
	f->others = NULL;
	mutex_lock(&s->mutex);
	f->next = s->first_free;
	s->first_free = slot;
	mutex_unlock(&s->mutex);
}

void
swp_slot_stats(const struct swp_slab *s, uint32_t slot, struct flow_stats *out)
{
	*out = (struct flow_stats){0};
	for (unsigned int i = 0; i < s->n_workers; i++) {
		const struct swp_count *c = &s->counts[i][slot];
		struct flow_stats one = {
			.packets = count_read(&c->packets),
			.bytes = count_read(&c->bytes),
			.used_ns = count_read(&c->used_ns),
			.tcp_flags = atomic_load_explicit(&c->tcp_flags, memory_order_relaxed),
		};

		flow_stats_add(out, &one);
	}
}
