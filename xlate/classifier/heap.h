/* SPDX-License-Identifier: Apache-2.0 */
/* A binary heap of nodes embedded in other structs; the lowest key is first.
 *
 * Cost: O(log n) to add, remove or move a node. Room is kept until heap_free(), so adding a removed
 * node again needs no memory.
 *
 * Thread safety: belongs to one thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct heap_node {
	uint64_t key;
	size_t at; /* position in the heap plus 1; 0: in no heap */
};

/* All zero is an empty heap. */
struct heap {
	struct heap_node **node;
	size_t n, n_alloc;
};

/* Makes room for 'n' nodes in total. Returns 0 or -ENOMEM. */
int heap_reserve(struct heap *h, size_t n);

/* Adds a node that is in no heap. Returns 0 or -ENOMEM. */
int heap_add(struct heap *h, struct heap_node *node, uint64_t key);

/* Removes a node; does nothing if it is in no heap. */
void heap_remove(struct heap *h, struct heap_node *node);

/* Changes the key of a node in the heap. */
void heap_move(struct heap *h, struct heap_node *node, uint64_t key);

/* Returns the node with the lowest key, or NULL if the heap is empty. */
struct heap_node *heap_first(const struct heap *h);

/* Removes all nodes, in O(n). */
void heap_clear(struct heap *h);
void heap_free(struct heap *h);
