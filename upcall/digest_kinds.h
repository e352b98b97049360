/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of digests that a shard's entries have, each kept once and counted.
 *
 * Thread safety: the owner's mutex. */
#pragma once

#include <xlate/sieve.h>

#include <stdbool.h>

struct digest_kind {
	struct xlate_digest_kind kind;
	uint32_t n_uses;
	uint32_t next; /* in its bucket, or of the unused ones; plus 1 */
};

/* All zero: empty. */
struct digest_kinds {
	struct digest_kind *kinds;
	uint32_t *buckets; /* n_room of them: number of the first kind, plus 1 */
	uint32_t n, n_room;
	uint32_t unused; /* first of the list of unused kinds, plus 1 */
};

void digest_kinds_free(struct digest_kinds *k);

/* Finds or adds a kind, and counts a use of it. Returns 0 or -ENOMEM. O(1) on average. */
int digest_kinds_get(struct digest_kinds *k, const struct xlate_digest_kind *kind, uint32_t *out);

/* Ends one use of a kind; the last one removes it. */
void digest_kinds_put(struct digest_kinds *k, uint32_t i);

/* Valid until the next digest_kinds_get(). */
const struct xlate_digest_kind *digest_kinds_at(const struct digest_kinds *k, uint32_t i);
