/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table of members of other structures. It doubles with its members, so that a search costs O(1); without
 * memory it stays as it is, and searches take longer.
 *
 * Thread safety: the offload thread. */
#pragma once

#include <stdint.h>

struct mlxdr_node {
	struct mlxdr_node *next; /* in its bucket */
	uint64_t hash;
};

#define MLXDR_MAP_BUCKETS_MIN 16

/* Contains a pointer to itself, so it must not be copied. */
struct mlxdr_map {
	struct mlxdr_node **buckets;
	unsigned int n_buckets, n;
	struct mlxdr_node *least[MLXDR_MAP_BUCKETS_MIN];
};

/* Adds a word to a hash. Each bit of the words has an effect on each bit of the result: commands differ in few. */
static inline uint64_t
mlxdr_hash_add(uint64_t hash, uint64_t word)
{
	hash ^= word;
	hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
	hash = (hash ^ hash >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return hash ^ hash >> 33;
}

void mlxdr_map_init(struct mlxdr_map *m);

/* Frees the map, not its members. */
void mlxdr_map_free(struct mlxdr_map *m);
void mlxdr_map_insert(struct mlxdr_map *m, struct mlxdr_node *node, uint64_t hash);
void mlxdr_map_remove(struct mlxdr_map *m, struct mlxdr_node *node);

/* Returns the first node of the bucket of a hash; others, maybe with other hashes, follow by 'next'. */
struct mlxdr_node *mlxdr_map_first(const struct mlxdr_map *m, uint64_t hash);
