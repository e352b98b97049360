/* SPDX-License-Identifier: Apache-2.0 */
/* Maps from 32-bit numbers to objects, which share their common parts: a copy costs O(1), and a
 * change of either map leaves the other unchanged. So readers keep one map while the writer makes
 * the next, and a change costs only what it changes.
 *
 * A trie by 4 bits of the number, highest first. An object is stored in the highest node where no
 * other object shares its path. Nodes and objects are reference-counted. A node that belongs to one
 * map only is changed in place.
 *
 * Cost: find, put, remove and next visit at most 8 nodes, of up to 16 places each.
 *
 * Thread safety: any number of threads may read a map while no thread changes it. Different threads
 * may change and free different maps, even if these share nodes. */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct id_node;

/* Embedded in an object. */
struct id_entry {
	uint32_t id;
	_Atomic unsigned int n_refs; /* one per map; the first belongs to the creator */
	void (*free_cb)(struct id_entry *e);
};

/* All zero is an empty map. */
struct id_map {
	struct id_node *root;
	size_t n;
};

void id_entry_init(struct id_entry *e, uint32_t id, void (*free_cb)(struct id_entry *e));

/* Releases the creator's reference. */
void id_entry_unref(struct id_entry *e);

/* Returns the object with the number, or NULL. */
struct id_entry *id_map_find(const struct id_map *m, uint32_t id);

/* Returns the object with the lowest number >= 'from', or NULL. */
struct id_entry *id_map_next(const struct id_map *m, uint32_t from);

/* Makes 'to' a copy of 'from', without freeing its old content. */
void id_map_copy(struct id_map *to, const struct id_map *from);

/* Adds an object, replacing the one with the same number. Takes a reference. Returns 0, or -ENOMEM:
 * the map is unchanged. */
int id_map_put(struct id_map *m, struct id_entry *e);

/* Removes the object with the number, if it exists. Returns 0, or -ENOMEM: the map is unchanged. */
int id_map_remove(struct id_map *m, uint32_t id);

/* Empties the map. */
void id_map_free(struct id_map *m);
