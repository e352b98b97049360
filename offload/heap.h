/* SPDX-License-Identifier: Apache-2.0 */
/* A binary heap of nodes that know where they are in it: the node with the least key is found in O(1);
 * a node is added, moved and removed in O(log n). Nodes of equal keys are in no order.
 *
 * Thread safety: one thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Embedded in what is in a heap. All 0: in none. */
struct heap_node {
	uint64_t key;
	unsigned int at; /* its place, from 1; 0: in no heap */
};

struct heap {
	struct heap_node **nodes;
	unsigned int n, n_alloc;
};

/* Makes place for 'n' nodes in all. Returns 0 or -ENOMEM. */
int ofl_heap_reserve(struct heap *h, unsigned int n);
void ofl_heap_free(struct heap *h);

/* Adds the node, for which place is reserved, or moves it to its new key. */
void ofl_heap_set(struct heap *h, struct heap_node *node, uint64_t key);

/* Removes the node if it is in the heap. */
void ofl_heap_remove(struct heap *h, struct heap_node *node);

/* Returns the node with the least key, or NULL. */
struct heap_node *ofl_heap_first(const struct heap *h);
