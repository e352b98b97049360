/* SPDX-License-Identifier: Apache-2.0 */
#include "heap.h"

#include <errno.h>
#include <stdlib.h>

int
ofl_heap_reserve(struct heap *h, unsigned int n)
{
	struct heap_node **grown;

	if (n <= h->n_alloc)
		return 0;
	grown = realloc(h->nodes, 2 * (size_t)n * sizeof *grown);
	if (!grown)
		return -ENOMEM;
	h->nodes = grown;
	h->n_alloc = 2 * n;
	return 0;
}

void
ofl_heap_free(struct heap *h)
{
	free(h->nodes);
}

static void
place(struct heap *h, struct heap_node *node, unsigned int at)
{
	h->nodes[at - 1] = node;
	node->at = at;
}

static void
rise(struct heap *h, struct heap_node *node)
{
	unsigned int at = node->at;

	while (at > 1 && node->key < h->nodes[at / 2 - 1]->key) {
		place(h, h->nodes[at / 2 - 1], at);
		at /= 2;
	}
	place(h, node, at);
}

static void
sink(struct heap *h, struct heap_node *node)
{
	unsigned int at = node->at;

	for (unsigned int child = 2 * at; child <= h->n; child = 2 * at) {
		if (child < h->n && h->nodes[child]->key < h->nodes[child - 1]->key)
			child++;
		if (node->key <= h->nodes[child - 1]->key)
			break;
		place(h, h->nodes[child - 1], at);
		at = child;
	}
	place(h, node, at);
}

void
ofl_heap_set(struct heap *h, struct heap_node *node, uint64_t key)
{
	if (!node->at)
		place(h, node, ++h->n);
	node->key = key;
	rise(h, node);
	sink(h, node);
}

void
ofl_heap_remove(struct heap *h, struct heap_node *node)
{
	unsigned int at = node->at;
	struct heap_node *last;

	if (!at)
		return;
	node->at = 0;
	last = h->nodes[--h->n];
	if (last == node)
		return;
	place(h, last, at);
	rise(h, last);
	sink(h, last);
}

struct heap_node *
ofl_heap_first(const struct heap *h)
{
	return h->n ? h->nodes[0] : NULL;
}
