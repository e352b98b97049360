/* SPDX-License-Identifier: Apache-2.0 */
/* Two hash tables with chains: by number, read under RCU, and by content, guarded by the mutex. The
 * last reference is released with the mutex held, so a state found by content is still held. */
#include "record/frozen.h"

#include "bridge/bridge.h"

#include <base/lock.h>
#include <base/rcu.h>

#include <errno.h>
#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#define CHAINS 16384 /* a power of two */

struct frozen {
	struct rcu_deferred deferred;
	struct frozens *table;
	_Atomic unsigned int n_refs;
	uint32_t id;
	uint64_t hash;
	struct frozen *next_by_id; /* RCU */
	struct frozen *next_alike;
	struct frozen_state state;
};

struct frozens {
	struct mutex mu; /* for writers */
	uint32_t last_id;
	_Atomic unsigned int n;
	struct frozen *by_id[CHAINS]; /* RCU; written with 'mu' held */
	struct frozen *alike[CHAINS]; /* guarded by 'mu' */
};

int
frozens_create(struct frozens **out)
{
	*out = calloc(1, sizeof **out);
	if (!*out)
		return -ENOMEM;
	mutex_init(&(*out)->mu);
	return 0;
}

static void
frozen_free(struct frozen *f)
{
	value_stack_free(&f->state.stack);
	for (unsigned int i = 0; i < f->state.n_lists; i++)
		xlate_actions_free(f->state.lists[i].actions);
	free(f->state.lists);
	xlate_actions_free(f->state.set);
	if (f->state.link)
		bridge_link_unref(f->state.link);
	free(f);
}

static void
frozen_free_later(struct rcu_deferred *d)
{
	frozen_free(caa_container_of(d, struct frozen, deferred));
}

void
frozens_destroy(struct frozens *t)
{
	if (!t)
		return;
	mutex_destroy(&t->mu);
	free(t);
}

static uint64_t
hash_of(const struct frozen_state *s)
{
	uint64_t words[] = {(uintptr_t)s->link,
			    s->metadata,
			    (uint64_t)s->in_port.number << 32 | (uint64_t)s->tracked << 8 |
				    s->table,
			    (uint64_t)s->queue << 32 | (s->set ? s->set->n : 0),
			    (uint64_t)s->mirrored << 32 | s->n_lists,
			    s->n_passes};
	uint64_t h = XXH3_64bits_withSeed(s->reg, sizeof s->reg, XXH3_64bits(words, sizeof words));

	h = XXH3_64bits_withSeed(&s->tunnel, sizeof s->tunnel, h);
	for (unsigned int i = 0; i < s->n_lists; i++)
		h = h * 31 + (xlate_actions_hash(s->lists[i].actions) ^ s->lists[i].cookie);
	if (s->set)
		h = h * 31 + xlate_actions_hash(s->set);
	return s->stack.n ? XXH3_64bits_withSeed(s->stack.b, s->stack.n, h) : h;
}

static bool
sets_equal(const struct xlate_actions *a, const struct xlate_actions *b)
{
	if (!a || !b)
		return a == b;
	return xlate_actions_equal(a, b);
}

static bool
lists_equal(const struct frozen_state *a, const struct frozen_state *b)
{
	if (a->n_lists != b->n_lists)
		return false;
	for (unsigned int i = 0; i < a->n_lists; i++) {
		const struct frozen_list *x = &a->lists[i], *y = &b->lists[i];

		if (x->table != y->table || x->cookie != y->cookie ||
		    !xlate_actions_equal(x->actions, y->actions))
			return false;
	}
	return true;
}

static bool
states_equal(const struct frozen_state *a, const struct frozen_state *b)
{
	return a->link == b->link && a->n_passes == b->n_passes &&
	       a->in_port.number == b->in_port.number && a->table == b->table &&
	       a->tracked == b->tracked && a->queue == b->queue && a->mirrored == b->mirrored &&
	       a->metadata == b->metadata && !memcmp(a->reg, b->reg, sizeof a->reg) &&
	       !memcmp(&a->tunnel, &b->tunnel, sizeof a->tunnel) && a->stack.n == b->stack.n &&
	       (!a->stack.n || !memcmp(a->stack.b, b->stack.b, a->stack.n)) && lists_equal(a, b) &&
	       sets_equal(a->set, b->set);
}

static int
lists_copy(struct frozen_state *to, const struct frozen_state *from)
{
	to->n_lists = 0;
	to->lists = from->n_lists ? calloc(from->n_lists, sizeof *to->lists) : NULL;
	if (from->n_lists && !to->lists)
		return -ENOMEM;
	while (to->n_lists < from->n_lists) {
		struct frozen_list *list = &to->lists[to->n_lists];

		*list = from->lists[to->n_lists];
		list->actions = xlate_actions_copy(list->actions);
		if (!list->actions)
			return -ENOMEM;
		to->n_lists++;
	}
	return 0;
}

static struct frozen *
frozen_new(struct frozens *t, const struct frozen_state *s, uint64_t hash)
{
	struct frozen *f = calloc(1, sizeof *f);
	bool whole;

	if (!f)
		return NULL;
	f->table = t;
	atomic_init(&f->n_refs, 1);
	f->hash = hash;
	f->state = *s;
	f->state.link = NULL;
	f->state.set = s->set ? xlate_actions_copy(s->set) : NULL;
	whole = f->state.set || !s->set;
	whole &= !value_stack_copy(&f->state.stack, &s->stack);
	whole &= !lists_copy(&f->state, s);
	if (!whole) {
		frozen_free(f);
		return NULL;
	}
	f->state.link = bridge_link_ref(s->link);
	return f;
}

static struct frozen *
find_id(const struct frozens *t, uint32_t id)
{
	struct frozen *f = rcu_read(&t->by_id[id % CHAINS]);

	while (f && f->id != id)
		f = rcu_read(&f->next_by_id);
	return f;
}

static struct frozen *
find_alike(const struct frozens *t, uint64_t hash, const struct frozen_state *s)
{
	struct frozen *f = t->alike[hash % CHAINS];

	while (f && (f->hash != hash || !states_equal(&f->state, s)))
		f = f->next_alike;
	return f;
}

/* Requires 'mu'. */
static void
enter(struct frozens *t, struct frozen *f)
{
	struct frozen **alike = &t->alike[f->hash % CHAINS], **by_id;

	do
		f->id = ++t->last_id;
	while (!f->id || find_id(t, f->id));
	by_id = &t->by_id[f->id % CHAINS];
	f->next_alike = *alike;
	*alike = f;
	f->next_by_id = *by_id;
	rcu_publish(by_id, f);
	atomic_fetch_add_explicit(&t->n, 1, memory_order_relaxed);
}

/* Requires 'mu'. */
static void
leave(struct frozens *t, struct frozen *f)
{
	struct frozen **alike = &t->alike[f->hash % CHAINS];
	struct frozen **by_id = &t->by_id[f->id % CHAINS];

	while (*alike != f)
		alike = &(*alike)->next_alike;
	*alike = f->next_alike;
	while (*by_id != f)
		by_id = &(*by_id)->next_by_id;
	rcu_publish(by_id, f->next_by_id);
	atomic_fetch_sub_explicit(&t->n, 1, memory_order_relaxed);
}

int
frozens_put(struct frozens *t, const struct frozen_state *state, struct frozen **out)
{
	uint64_t hash = hash_of(state);
	struct frozen *f = frozen_new(t, state, hash), *there;

	if (!f)
		return -ENOMEM;
	mutex_lock(&t->mu);
	there = find_alike(t, hash, state);
	if (there)
		frozen_ref(there);
	else
		enter(t, f);
	mutex_unlock(&t->mu);
	if (there)
		frozen_free(f);
	*out = there ? there : f;
	return 0;
}

void
frozens_skip(struct frozens *t, uint32_t id)
{
	mutex_lock(&t->mu);
	if (t->last_id < id)
		t->last_id = id;
	mutex_unlock(&t->mu);
}

struct frozen *
frozens_get(struct frozens *t, uint32_t id)
{
	struct frozen *f = find_id(t, id);
	unsigned int n = f ? atomic_load(&f->n_refs) : 0;

	while (n && !atomic_compare_exchange_weak(&f->n_refs, &n, n + 1))
		;
	return n ? f : NULL;
}

struct frozen *
frozen_ref(struct frozen *f)
{
	atomic_fetch_add(&f->n_refs, 1);
	return f;
}

void
frozen_unref(struct frozen *f)
{
	struct frozens *t = f->table;
	unsigned int n = atomic_load(&f->n_refs);
	bool last;

	while (n > 1) {
		if (atomic_compare_exchange_weak(&f->n_refs, &n, n - 1))
			return;
	}
	mutex_lock(&t->mu);
	last = atomic_fetch_sub(&f->n_refs, 1) == 1;
	if (last)
		leave(t, f);
	mutex_unlock(&t->mu);
	if (last)
		rcu_defer(&f->deferred, frozen_free_later);
}

uint32_t
frozen_id(const struct frozen *f)
{
	return f->id;
}

const struct frozen_state *
frozen_state(const struct frozen *f)
{
	return &f->state;
}

unsigned int
frozens_count(const struct frozens *t)
{
	return atomic_load(&t->n);
}
