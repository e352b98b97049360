/* SPDX-License-Identifier: Apache-2.0 */
#include "classifier/heap.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#define ROOM_MIN 64

static void
put(struct heap *h, size_t i, struct heap_node *node)
{
	h->node[i] = node;
	node->at = i + 1;
}

static void
sift_up(struct heap *h, size_t i, struct heap_node *node)
{
	for (; i && h->node[(i - 1) / 2]->key > node->key; i = (i - 1) / 2)
		put(h, i, h->node[(i - 1) / 2]);
	put(h, i, node);
}

static void
sift_down(struct heap *h, size_t i, struct heap_node *node)
{
	for (size_t child; (child = 2 * i + 1) < h->n; i = child) {
		if (child + 1 < h->n && h->node[child + 1]->key < h->node[child]->key)
			child++;
		if (h->node[child]->key >= node->key)
			break;
		put(h, i, h->node[child]);
	}
	put(h, i, node);
}

int
heap_reserve(struct heap *h, size_t n)
{
	struct heap_node **more;

	if (n <= h->n_alloc)
		return 0;
	if (n < 2 * h->n_alloc)
		n = 2 * h->n_alloc;
	if (n < ROOM_MIN)
		n = ROOM_MIN;
	more = realloc(h->node, n * sizeof(struct heap_node *));
	if (!more)
		return -ENOMEM;
	h->node = more;
	h->n_alloc = n;
	return 0;
}

int
heap_add(struct heap *h, struct heap_node *node, uint64_t key)
{
	if (heap_reserve(h, h->n + 1))
		return -ENOMEM;
	node->key = key;
	h->n++;
	sift_up(h, h->n - 1, node);
	return 0;
}

void
heap_move(struct heap *h, struct heap_node *node, uint64_t key)
{
	size_t i = node->at - 1;
	bool rises = key < node->key;

	node->key = key;
	if (rises)
		sift_up(h, i, node);
	else
		sift_down(h, i, node);
}

void
heap_remove(struct heap *h, struct heap_node *node)
{
	size_t i = node->at - 1;
	struct heap_node *last;

	if (!node->at)
		return;
	node->at = 0;
	last = h->node[--h->n];
	if (last == node)
		return;
	if (last->key < node->key)
		sift_up(h, i, last);
	else
		sift_down(h, i, last);
}

struct heap_node *
heap_first(const struct heap *h)
{
	return h->n ? h->node[0] : NULL;
}

void
heap_clear(struct heap *h)
{
	for (size_t i = 0; i < h->n; i++)
		h->node[i]->at = 0;
	h->n = 0;
}

void
heap_free(struct heap *h)
{
	free(h->node);
	*h = (struct heap){0};
}
