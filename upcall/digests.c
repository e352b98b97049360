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
	while (d->n_parts)
		free(d->parts[--d->n_parts]);
	free(d->parts);
	digest_kinds_free(&d->kinds);
	mutex_destroy(&d->mu);
}

static struct digest_slot *
slot_at(const struct digests *d, unsigned int i) REQUIRES(d->mu)
{
	return &d->parts[i / DIGEST_PART]->slots[i % DIGEST_PART];
}

static uint64_t *
used_at(const struct digests *d, unsigned int i) REQUIRES(d->mu)
{
	return &d->parts[i / DIGEST_PART]->used_ns[i % DIGEST_PART];
}

/* For a scan downwards that is at slot 'i'. */
#define PARTS_AHEAD 4
static void
prefetch_used(const struct digests *d, unsigned int i) REQUIRES(d->mu)
{
	if (i % DIGEST_PART == 0 && i / DIGEST_PART >= PARTS_AHEAD)
		__builtin_prefetch(d->parts[i / DIGEST_PART - PARTS_AHEAD]->used_ns);
}

static bool
part_add(struct digests *d) REQUIRES(d->mu)
{
	unsigned int n_room = d->n_parts_room ? 2 * d->n_parts_room : 2;
	struct digest_part **parts;

	if (d->n_parts == d->n_parts_room) {
		parts = realloc(d->parts, n_room * sizeof(struct digest_part *));
		if (!parts)
			return false;
		d->parts = parts;
		d->n_parts_room = n_room;
	}
	d->parts[d->n_parts] = malloc(sizeof(struct digest_part));
	if (!d->parts[d->n_parts])
		return false;
	d->n_parts++;
	return true;
}

static bool
has_room(struct digests *d) REQUIRES(d->mu)
{
	return d->n < d->n_parts * DIGEST_PART || part_add(d);
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
		e->slot = d->n++;
		*used_at(d, e->slot) = use_recorded(e, e->created_ns);
		*slot_at(d, e->slot) =
			(struct digest_slot){.e = e, .kind = kind, .own = digest.own};
	} else {
		e->slot = NO_SLOT;
		d->n_loose++;
	}
	mutex_unlock(&d->mu);
}

/* Fills the hole with the last slot. Safe during digests_caught() and digests_unused(), which scan
 * downwards: the moved entry was visited, or will be at its new index. One part stays unused, for
 * entries that come again. */
static void
slot_free(struct digests *d, const struct entry *e) REQUIRES(d->mu)
{
	unsigned int last = --d->n;

	digest_kinds_put(&d->kinds, slot_at(d, e->slot)->kind);
	*slot_at(d, e->slot) = *slot_at(d, last);
	*used_at(d, e->slot) = *used_at(d, last);
	slot_at(d, e->slot)->e->slot = e->slot;
	if (d->n + 2 * DIGEST_PART <= d->n_parts * DIGEST_PART)
		free(d->parts[--d->n_parts]);
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
		digest_kinds_put(&d->kinds, slot_at(d, e->slot)->kind);
		*slot_at(d, e->slot) =
			(struct digest_slot){.e = e, .kind = kind, .own = digest.own};
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
		slot_at(d, e->slot)->was_current = current;
	mutex_unlock(&d->mu);
}

void
digests_mark_used(struct digests *d, struct entry *e, uint64_t used_ns)
{
	mutex_lock(&d->mu);
	if (e->slot != NO_SLOT)
		*used_at(d, e->slot) = use_recorded(e, used_ns);
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
		prefetch_used(d, i - 1);
		if (*used_at(d, i - 1) <= ns)
			out[n++] = slot_at(d, i - 1)->e;
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
		const struct digest_slot *s = slot_at(d, i - 1);

		if (!s->was_current ||
		    xlate_sieve_catches(sieve, digest_kinds_at(&d->kinds, s->kind), &s->own))
			out[n++] = s->e;
	}
	*below = i;
	rc = d->n_loose ? -ENOMEM : (int)n;
	mutex_unlock(&d->mu);
	return rc;
}
