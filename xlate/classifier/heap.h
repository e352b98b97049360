/* SPDX-License-Identifier: Apache-2.0 */
/* A binary heap of nodes that are parts of other structs: the least key first.
 *
 * Cost: O(log n) to add, remove or move a node. Room that was there once stays until heap_free(): to
 * add a node again that was removed needs no memory.
 * Thread safety: belongs to one thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct heap_node {
	uint64_t key;
	size_t at; /* place in the heap, plus 1; 0: in no heap */
};

/* All zero: empty. */
struct heap {
	struct heap_node **node;
	size_t n, n_alloc;
};

/* Makes room for 'n' nodes in all. 0 or -ENOMEM. */
int heap_reserve(struct heap *h, size_t n);

/* Adds a node that is in no heap. 0 or -ENOMEM. */
int heap_add(struct heap *h, struct heap_node *node, uint64_t key);

/* Removes a node; does nothing if it is in no heap. */
void heap_remove(struct heap *h, struct heap_node *node);

/* Gives a node of the heap another key. */
void heap_move(struct heap *h, struct heap_node *node, uint64_t key);

/* NULL: it is empty. */
struct heap_node *heap_first(const struct heap *h);

/* Removes all nodes, in O(n). */
void heap_clear(struct heap *h);
void heap_free(struct heap *h);
