/* SPDX-License-Identifier: Apache-2.0 */
#include "digests.h"

#include <limits.h>

#define NO_SLOT UINT_MAX

void
digests_init(struct digests *d)
{
	mutex_init(&d->mu);
}

void
digests_destroy(struct digests *d)
{
	free(d->slots);
	free(d->used_ns);
	digest_kinds_free(&d->kinds);
	mutex_destroy(&d->mu);
}

/* Grows by a quarter: additions stay O(1) on average, and little is unused. */
static bool
has_room(struct digests *d) REQUIRES(d->mu)
{
	unsigned int n = d->n_room + d->n_room / 4 + 4;
	struct digest_slot *slots;
	uint64_t *used_ns;

	if (d->n < d->n_room)
		return true;
	slots = realloc(d->slots, n * sizeof *slots);
	if (!slots)
		return false;
	d->slots = slots;
	used_ns = realloc(d->used_ns, n * sizeof *used_ns);
	if (!used_ns)
		return false;
	d->used_ns = used_ns;
	d->n_room = n;
	return true;
}

/* 0 is not after any time. */
static uint64_t
use_recorded(const struct entry *e, uint64_t used_ns)
{
	return entry_is_offloadable(e) ? 0 : used_ns;
}

void
digests_add(struct digests *d, struct entry *e)
{
	struct xlate_digest digest;
	uint32_t kind;

	xlate_digest_make(e->plan.record, e->match, &digest);
	mutex_lock(&d->mu);
	if (has_room(d) && !digest_kinds_get(&d->kinds, &digest.kind, &kind)) {
		e->slot = d->n;
		d->used_ns[d->n] = use_recorded(e, e->created_ns);
		d->slots[d->n++] = (struct digest_slot){.e = e, .kind = kind, .own = digest.own};
	} else {
		e->slot = NO_SLOT;
		d->n_loose++;
	}
	mutex_unlock(&d->mu);
}

/* Fills the hole with the last slot. Safe during digests_caught() and digests_unused(), which scan
 * downwards: the moved entry was visited, or will be at its new index. */
static void
slot_free(struct digests *d, const struct entry *e) REQUIRES(d->mu)
{
	digest_kinds_put(&d->kinds, d->slots[e->slot].kind);
	d->slots[e->slot] = d->slots[--d->n];
	d->used_ns[e->slot] = d->used_ns[d->n];
	d->slots[e->slot].e->slot = e->slot;
}

void
digests_remove(struct digests *d, struct entry *e)
{
	mutex_lock(&d->mu);
	if (e->slot == NO_SLOT)
		d->n_loose--;
	else
		slot_free(d, e);
	mutex_unlock(&d->mu);
}

void
digests_renew(struct digests *d, struct entry *e)
{
	struct xlate_digest digest;
	uint32_t kind;

	xlate_digest_make(e->plan.record, e->match, &digest);
	e->was_current = false;
	mutex_lock(&d->mu);
	if (e->slot != NO_SLOT && !digest_kinds_get(&d->kinds, &digest.kind, &kind)) {
		digest_kinds_put(&d->kinds, d->slots[e->slot].kind);
		d->slots[e->slot] = (struct digest_slot){.e = e, .kind = kind, .own = digest.own};
	} else if (e->slot != NO_SLOT) {
		slot_free(d, e);
		e->slot = NO_SLOT;
		d->n_loose++;
	}
	mutex_unlock(&d->mu);
}

void
digests_mark_current(struct digests *d, struct entry *e, bool current)
{
	if (e->was_current == current)
		return;
	e->was_current = current;
	mutex_lock(&d->mu);
	if (e->slot != NO_SLOT)
		d->slots[e->slot].was_current = current;
	mutex_unlock(&d->mu);
}

void
digests_mark_used(struct digests *d, struct entry *e, uint64_t used_ns)
{
	mutex_lock(&d->mu);
	if (e->slot != NO_SLOT)
		d->used_ns[e->slot] = use_recorded(e, used_ns);
	mutex_unlock(&d->mu);
}

int
digests_unused(struct digests *d, uint64_t ns, unsigned int *below, struct entry **out,
	       unsigned int max)
{
	unsigned int n = 0, i;
	int rc;

	mutex_lock(&d->mu);
	for (i = *below < d->n ? *below : d->n; i && n < max; i--) {
		if (d->used_ns[i - 1] <= ns)
			out[n++] = d->slots[i - 1].e;
	}
	*below = i;
	rc = d->n_loose ? -ENOMEM : (int)n;
	mutex_unlock(&d->mu);
	return rc;
}

int
digests_caught(struct digests *d, const struct xlate_sieve *sieve, unsigned int *below,
	       struct entry **out, unsigned int max)
{
	unsigned int n = 0, i;
	int rc;

	mutex_lock(&d->mu);
	for (i = *below < d->n ? *below : d->n; i && n < max; i--) {
		const struct digest_slot *s = &d->slots[i - 1];

		if (!s->was_current ||
		    xlate_sieve_catches(sieve, digest_kinds_at(&d->kinds, s->kind), &s->own))
			out[n++] = s->e;
	}
	*below = i;
	rc = d->n_loose ? -ENOMEM : (int)n;
	mutex_unlock(&d->mu);
	return rc;
}
