/* SPDX-License-Identifier: Apache-2.0 */
#include "map.h"

#include <stdlib.h>
#include <string.h>

static struct mlxdr_node **
bucket_of(const struct mlxdr_map *m, uint64_t hash)
{
	return &m->buckets[hash >> 32 & (m->n_buckets - 1)];
}

static void
link_node(struct mlxdr_map *m, struct mlxdr_node *node)
{
	struct mlxdr_node **bucket = bucket_of(m, node->hash);

	node->next = *bucket;
	*bucket = node;
}

static void
grow(struct mlxdr_map *m)
{
	struct mlxdr_map grown = {.n_buckets = 2 * m->n_buckets};

	grown.buckets = calloc(grown.n_buckets, sizeof(struct mlxdr_node *));
	if (!grown.buckets)
		return;
	for (unsigned int i = 0; i < m->n_buckets; i++) {
		while (m->buckets[i]) {
			struct mlxdr_node *node = m->buckets[i];

			m->buckets[i] = node->next;
			link_node(&grown, node);
		}
	}
	mlxdr_map_free(m);
	m->buckets = grown.buckets;
	m->n_buckets = grown.n_buckets;
}

void
mlxdr_map_init(struct mlxdr_map *m)
{
	memset(m, 0, sizeof *m);
	m->buckets = m->least;
	m->n_buckets = MLXDR_MAP_BUCKETS_MIN;
}

void
mlxdr_map_free(struct mlxdr_map *m)
{
	if (m->buckets != m->least)
		free(m->buckets);
}

void
mlxdr_map_insert(struct mlxdr_map *m, struct mlxdr_node *node, uint64_t hash)
{
	if (m->n == m->n_buckets)
		grow(m);
	node->hash = hash;
	link_node(m, node);
	m->n++;
}

void
mlxdr_map_remove(struct mlxdr_map *m, struct mlxdr_node *node)
{
	struct mlxdr_node **at = bucket_of(m, node->hash);

	while (*at != node)
		at = &(*at)->next;
	*at = node->next;
	m->n--;
}

struct mlxdr_node *
mlxdr_map_first(const struct mlxdr_map *m, uint64_t hash)
{
	return *bucket_of(m, hash);
}
