/* SPDX-License-Identifier: Apache-2.0 */
#include "classifier/id_map.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define STEP_BITS 4
#define FAN_OUT 16
#define TOP_SHIFT (32 - STEP_BITS)

/* Inner node. A pointer to an object has its lowest bit set, one to a node has not. 'at' has one
 * element per used place, in order. */
struct id_node {
	_Atomic unsigned int n_refs;
	uint16_t used; /* one bit for each of FAN_OUT places */
	uintptr_t at[];
};

static struct id_entry *
as_entry(uintptr_t p)
{
	return p & 1 ? (struct id_entry *)(p - 1) : NULL;
}

static uintptr_t
from_entry(struct id_entry *e)
{
	return (uintptr_t)e + 1;
}

static struct id_node *
as_node(uintptr_t p)
{
	return (struct id_node *)p;
}

static unsigned int
place_of(uint32_t id, unsigned int shift)
{
	return id >> shift & (FAN_OUT - 1);
}

/* Returns how many places below 'place' are used. */
static unsigned int
index_of(const struct id_node *node, unsigned int place)
{
	return (unsigned int)__builtin_popcount(node->used & ((1u << place) - 1));
}

static bool
has(const struct id_node *node, unsigned int place)
{
	return node->used >> place & 1;
}

void
id_entry_init(struct id_entry *e, uint32_t id, void (*free_cb)(struct id_entry *e))
{
	e->id = id;
	atomic_init(&e->n_refs, 1);
	e->free_cb = free_cb;
}

void
id_entry_unref(struct id_entry *e)
{
	if (atomic_fetch_sub_explicit(&e->n_refs, 1, memory_order_acq_rel) == 1)
		e->free_cb(e);
}

static void
ref(uintptr_t p)
{
	struct id_entry *e = as_entry(p);

	atomic_fetch_add_explicit(e ? &e->n_refs : &as_node(p)->n_refs, 1, memory_order_relaxed);
}

/* The recursion is at most as deep as the trie: 8 nodes. */
static void
unref(uintptr_t p)
{
	struct id_entry *e = as_entry(p);
	struct id_node *node = e ? NULL : as_node(p);

	if (e) {
		id_entry_unref(e);
		return;
	}
	if (atomic_fetch_sub_explicit(&node->n_refs, 1, memory_order_acq_rel) != 1)
		return;
	for (unsigned int i = 0; i < (unsigned int)__builtin_popcount(node->used); i++)
		unref(node->at[i]);
	free(node);
}

struct id_entry *
id_map_find(const struct id_map *m, uint32_t id)
{
	const struct id_node *node = m->root;

	for (unsigned int shift = TOP_SHIFT; node; shift -= STEP_BITS) {
		unsigned int place = place_of(id, shift);
		struct id_entry *e;

		if (!has(node, place))
			return NULL;
		e = as_entry(node->at[index_of(node, place)]);
		if (e)
			return e->id == id ? e : NULL;
		node = as_node(node->at[index_of(node, place)]);
	}
	return NULL;
}

/* Returns the object with the lowest number >= 'from' in the subtrie of 'node', or NULL. on_path:
 * the digits of 'from' lead to 'node'. */
static struct id_entry *
next_below(const struct id_node *node, unsigned int shift, uint32_t from, bool on_path)
{
	unsigned int place = on_path ? place_of(from, shift) : 0;

	for (unsigned int i = index_of(node, place); place < FAN_OUT; place++) {
		struct id_entry *e;

		if (!has(node, place))
			continue;
		e = as_entry(node->at[i]);
		if (e && e->id < from)
			e = NULL;
		else if (!e)
			e = next_below(as_node(node->at[i]), shift - STEP_BITS, from,
				       on_path && place == place_of(from, shift));
		if (e)
			return e;
		i++;
	}
	return NULL;
}

struct id_entry *
id_map_next(const struct id_map *m, uint32_t from)
{
	return m->root ? next_below(m->root, TOP_SHIFT, from, true) : NULL;
}

void
id_map_copy(struct id_map *to, const struct id_map *from)
{
	*to = *from;
	if (to->root)
		ref((uintptr_t)to->root);
}

void
id_map_free(struct id_map *m)
{
	if (m->root)
		unref((uintptr_t)m->root);
	*m = (struct id_map){0};
}

/* Allocates a node with room for 'n' objects or nodes. */
static struct id_node *
node_new(unsigned int n)
{
	struct id_node *node = malloc(sizeof *node + n * sizeof node->at[0]);

	if (!node)
		return NULL;
	atomic_init(&node->n_refs, 1);
	node->used = 0;
	return node;
}

/* Makes '*pp' a node of this map alone, with room for 'n_more' further places. */
static int
own(struct id_node **pp, unsigned int n_more)
{
	struct id_node *old = *pp, *node;
	unsigned int n = (unsigned int)__builtin_popcount(old->used);

	if (atomic_load_explicit(&old->n_refs, memory_order_acquire) == 1) {
		node = n_more ? realloc(old, sizeof *node + (n + n_more) * sizeof node->at[0])
			      : old;
		if (!node)
			return -ENOMEM;
		*pp = node;
		return 0;
	}
	node = node_new(n + n_more);
	if (!node)
		return -ENOMEM;
	node->used = old->used;
	memcpy(node->at, old->at, n * sizeof node->at[0]);
	for (unsigned int i = 0; i < n; i++)
		ref(node->at[i]);
	unref((uintptr_t)old);
	*pp = node;
	return 0;
}

/* Requires room for one more place. */
static void
insert(struct id_node *node, unsigned int place, uintptr_t p)
{
	unsigned int i = index_of(node, place), n = (unsigned int)__builtin_popcount(node->used);

	memmove(&node->at[i + 1], &node->at[i], (n - i) * sizeof node->at[0]);
	node->at[i] = p;
	node->used |= (uint16_t)(1u << place);
}

/* Replaces an object in a node by a new node that holds the object. */
static int
push_down(struct id_node *node, unsigned int i, unsigned int shift)
{
	struct id_node *below = node_new(1);

	if (!below)
		return -ENOMEM;
	insert(below, place_of(as_entry(node->at[i])->id, shift), node->at[i]);
	node->at[i] = (uintptr_t)below;
	return 0;
}

/* Returns 1 if the map has one more object, 0 if one was replaced, or -ENOMEM. */
static int
put(struct id_map *m, struct id_entry *e)
{
	struct id_node *node, **pp = &m->root;

	for (unsigned int shift = TOP_SHIFT;; shift -= STEP_BITS) {
		unsigned int place = place_of(e->id, shift), i;
		struct id_entry *there;

		if (own(pp, !has(*pp, place)))
			return -ENOMEM;
		node = *pp;
		i = index_of(node, place);
		if (!has(node, place)) {
			insert(node, place, from_entry(e));
			return 1;
		}
		there = as_entry(node->at[i]);
		if (there && there->id == e->id) {
			node->at[i] = from_entry(e);
			id_entry_unref(there);
			return 0;
		}
		if (there && push_down(node, i, shift - STEP_BITS))
			return -ENOMEM;
		pp = (struct id_node **)&node->at[i];
	}
}

int
id_map_put(struct id_map *m, struct id_entry *e)
{
	int rc;

	if (!m->root)
		m->root = node_new(0);
	if (!m->root)
		return -ENOMEM;
	rc = put(m, e);
	if (rc < 0)
		return rc;
	ref(from_entry(e));
	m->n += (size_t)rc;
	return 0;
}

/* Removes a place from a node of this map alone. */
static void
take_out(struct id_node *node, unsigned int place)
{
	unsigned int i = index_of(node, place), n = (unsigned int)__builtin_popcount(node->used);
	uintptr_t p = node->at[i];

	memmove(&node->at[i], &node->at[i + 1], (n - i - 1) * sizeof node->at[0]);
	node->used &= (uint16_t) ~(1u << place);
	unref(p);
}

int
id_map_remove(struct id_map *m, uint32_t id)
{
	struct id_node **pp = &m->root, *last = NULL;
	unsigned int shift = TOP_SHIFT, last_shift = TOP_SHIFT;

	if (!id_map_find(m, id))
		return 0;
	/* 'last' is the lowest node on the path that holds something else; everything below it is
	 * removed. */
	for (struct id_node *node;; shift -= STEP_BITS) {
		unsigned int place = place_of(id, shift);

		if (own(pp, 0))
			return -ENOMEM;
		node = *pp;
		if (!last || node->used != 1u << place) {
			last = node;
			last_shift = shift;
		}
		if (as_entry(node->at[index_of(node, place)]))
			break;
		pp = (struct id_node **)&node->at[index_of(node, place)];
	}
	take_out(last, place_of(id, last_shift));
	m->n--;
	if (!last->used)
		id_map_free(m);
	return 0;
}
