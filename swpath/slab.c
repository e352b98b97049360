/* SPDX-License-Identifier: Apache-2.0 */
#include "slab.h"

#include "count.h"

#include <base/pages.h>

#include <errno.h>
#include <stdlib.h>

#define SLAB_STEP 262144 /* a power of two; each array grows by whole huge pages */
#define N_SLOTS ((size_t)SWP_SLOT_MASK + 1)
#define COUNTS_STEP (PAGES_HUGE / sizeof(struct swp_count))

_Static_assert(N_SLOTS % SLAB_STEP == 0, "the last step is whole");
_Static_assert(SLAB_STEP % COUNTS_STEP == 0, "counters are populated within a step");

static bool
commit(void *p, size_t entry_bytes, size_t first)
{
	return !pages_commit((char *)p + first * entry_bytes, SLAB_STEP * entry_bytes);
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
	s->lines = pages_reserve(N_SLOTS * sizeof s->lines[0]);
	s->ip6 = pages_reserve(N_SLOTS * sizeof s->ip6[0]);
	s->acts = pages_reserve(N_SLOTS * sizeof s->acts[0]);
	s->flows = pages_reserve(N_SLOTS * sizeof s->flows[0]);
	s->reported = pages_reserve(N_SLOTS * sizeof s->reported[0]);
	for (unsigned int i = 0; i < s->n_workers; i++) {
		s->counts[i] = pages_reserve(N_SLOTS * sizeof s->counts[i][0]);
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
	pages_release(s->lines, N_SLOTS * sizeof s->lines[0]);
	pages_release(s->ip6, N_SLOTS * sizeof s->ip6[0]);
	pages_release((void *)(uintptr_t)s->acts, N_SLOTS * sizeof s->acts[0]);
	pages_release(s->flows, N_SLOTS * sizeof s->flows[0]);
	pages_release((void *)(uintptr_t)s->reported, N_SLOTS * sizeof s->reported[0]);
	for (unsigned int i = 0; i < s->n_workers; i++)
		pages_release(s->counts[i], N_SLOTS * sizeof s->counts[i][0]);
	mutex_destroy(&s->mutex);
	free(s);
}

/* Prepares the counters of the next slots: a worker never waits for the kernel to clear them. */
static void
counts_populate(struct swp_slab *s, uint32_t slot) REQUIRES(s->mutex)
{
	for (unsigned int i = 0; i < s->n_workers; i++)
		pages_populate(&s->counts[i][slot], PAGES_HUGE);
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
	if (n == 1 || n % COUNTS_STEP == 0)
		counts_populate(s, n / COUNTS_STEP * COUNTS_STEP);
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

/* Lines of other workers that have counted nothing are not written. */
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
