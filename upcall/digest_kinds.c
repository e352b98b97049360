/* SPDX-License-Identifier: Apache-2.0 */
#include "digest_kinds.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_MIN 4

_Static_assert(sizeof(struct xlate_digest_kind) % sizeof(uint64_t) == 0, "a kind is words");

void
digest_kinds_free(struct digest_kinds *k)
{
	free(k->kinds);
	free(k->buckets);
	*k = (struct digest_kinds){0};
}

static uint32_t *
bucket_of(const struct digest_kinds *k, const struct xlate_digest_kind *kind)
{
	const uint64_t *words = (const uint64_t *)kind;
	uint64_t h = 0;

	for (size_t i = 0; i < sizeof *kind / sizeof *words; i++) {
		h = (h ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 32;
	}
	return &k->buckets[h & (k->n_room - 1)];
}

static int
grow(struct digest_kinds *k)
{
	uint32_t n_room = k->n_room ? 2 * k->n_room : ROOM_MIN;
	struct digest_kind *kinds = realloc(k->kinds, n_room * sizeof *kinds);
	uint32_t *buckets = calloc(n_room, sizeof *buckets);

	if (kinds)
		k->kinds = kinds;
	if (!kinds || !buckets) {
		free(buckets);
		return -ENOMEM;
	}
	free(k->buckets);
	k->buckets = buckets;
	k->n_room = n_room;
	/* None is unused: there would be room then. */
	for (uint32_t i = 0; i < k->n; i++) {
		uint32_t *bucket = bucket_of(k, &kinds[i].kind);

		kinds[i].next = *bucket;
		*bucket = i + 1;
	}
	return 0;
}

static uint32_t
take_unused(struct digest_kinds *k)
{
	uint32_t i = k->unused - 1;

	if (!k->unused)
		return k->n++;
	k->unused = k->kinds[i].next;
	return i;
}

int
digest_kinds_get(struct digest_kinds *k, const struct xlate_digest_kind *kind, uint32_t *out)
{
	uint32_t i, *bucket;

	for (i = k->n_room ? *bucket_of(k, kind) : 0; i; i = k->kinds[i - 1].next) {
		if (memcmp(&k->kinds[i - 1].kind, kind, sizeof *kind))
			continue;
		k->kinds[i - 1].n_uses++;
		*out = i - 1;
		return 0;
	}
	if (!k->unused && k->n == k->n_room && grow(k))
		return -ENOMEM;
	i = take_unused(k);
	bucket = bucket_of(k, kind);
	k->kinds[i] = (struct digest_kind){.kind = *kind, .n_uses = 1, .next = *bucket};
	*bucket = i + 1;
	*out = i;
	return 0;
}

void
digest_kinds_put(struct digest_kinds *k, uint32_t i)
{
	struct digest_kind *kind = &k->kinds[i];
	uint32_t *link = bucket_of(k, &kind->kind);

	if (--kind->n_uses)
		return;
	while (*link != i + 1)
		link = &k->kinds[*link - 1].next;
	*link = kind->next;
	kind->next = k->unused;
	k->unused = i + 1;
}

const struct xlate_digest_kind *
digest_kinds_at(const struct digest_kinds *k, uint32_t i)
{
	return &k->kinds[i].kind;
}
