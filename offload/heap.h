/* SPDX-License-Identifier: Apache-2.0 */
/* A binary heap of nodes that store their position. Finding the node with the least key is O(1);
 * adding, moving and removing a node is O(log n). Nodes with equal keys are unordered.
 *
 * Thread safety: one thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Embedded in the elements. All zero: in no heap. */
struct heap_node {
	uint64_t key;
	unsigned int at; /* position, from 1; 0 if in no heap */
};

struct heap {
	struct heap_node **nodes;
	unsigned int n, n_alloc;
};

/* Allocates room for 'n' nodes in total. Returns 0 or -ENOMEM. */
int ofl_heap_reserve(struct heap *h, unsigned int n);
void ofl_heap_free(struct heap *h);

/* Adds the node, for which room is reserved, or moves it to its new key. */
void ofl_heap_set(struct heap *h, struct heap_node *node, uint64_t key);

/* Removes the node if it is in the heap. */
void ofl_heap_remove(struct heap *h, struct heap_node *node);

/* Returns the node with the least key, or NULL. */
struct heap_node *ofl_heap_first(const struct heap *h);
