/* SPDX-License-Identifier: Apache-2.0 */
/* Objects by a 32-bit number, in maps that share what they have in common: a copy is made in O(1), and
 * changing one of the two leaves the other as it was. So a reader keeps a map as it is while the writer
 * makes the next, and a change costs what it changes.
 *
 * A trie by 4 bits of the number, highest first; an object is as high as no other shares its path.
 * Nodes and objects are counted by references. A node that only one map leads to is changed in place.
 *
 * Cost: find, put, remove and next visit 8 nodes at most, of up to 16 places each.
 * Thread safety: a map is read by any number of threads while nobody changes it; different maps are
 * changed and freed by different threads, whatever they share. */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct id_node;

/* A part of an object. */
struct id_entry {
	uint32_t id;
	_Atomic unsigned int n_refs; /* of maps; the first is the maker's */
	void (*free_cb)(struct id_entry *e);
};

/* All zero: empty. */
struct id_map {
	struct id_node *root;
	size_t n;
};

void id_entry_init(struct id_entry *e, uint32_t id, void (*free_cb)(struct id_entry *e));

/* Gives back the maker's reference. */
void id_entry_unref(struct id_entry *e);

/* NULL: there is none. */
struct id_entry *id_map_find(const struct id_map *m, uint32_t id);

/* The one of the lowest number that is not below 'from'; NULL: there is none. */
struct id_entry *id_map_next(const struct id_map *m, uint32_t from);

/* Makes 'to' equal; 'to' is not freed. */
void id_map_copy(struct id_map *to, const struct id_map *from);

/* Adds an object, in place of one of its number. Takes a reference. 0, or -ENOMEM: as it was. */
int id_map_put(struct id_map *m, struct id_entry *e);

/* Removes the object of a number, if there is one. 0, or -ENOMEM: as it was. */
int id_map_remove(struct id_map *m, uint32_t id);

/* Empties the map. */
void id_map_free(struct id_map *m);
