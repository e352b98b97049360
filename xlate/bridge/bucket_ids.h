/* SPDX-License-Identifier: Apache-2.0 */
/* The buckets of a group by id. Built in O(n log n), searched in O(log n).
 *
 * Thread safety: belongs to one thread. */
#pragma once

#include <xlate/group.h>

struct bucket_id {
	uint32_t id;
	uint32_t at; /* index of the bucket */
};

struct bucket_ids {
	size_t n;
	struct bucket_id *by_id; /* by rising id, then by index */
};

/* Builds the index. Returns 0 or -ENOMEM. */
int bucket_ids_make(const struct xlate_group_config *c, struct bucket_ids *out);
void bucket_ids_free(struct bucket_ids *ids);

/* Returns the index of the bucket with this id, or SIZE_MAX. */
size_t bucket_ids_find(const struct bucket_ids *ids, uint32_t id);

/* Returns true and sets '*id' if two buckets have the same id. */
bool bucket_ids_twice(const struct bucket_ids *ids, uint32_t *id);
