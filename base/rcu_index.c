/* SPDX-License-Identifier: Apache-2.0 */
#include <base/rcu_index.h>

#include <string.h>

#define LINES_MIN 4
#define LINES_MAX (UINT64_C(1) << 32)
#define ITEMS_PER_LINE 4

static struct rcu_index_lines *
lines_new(uint64_t n)
{
	size_t n_bytes = sizeof(struct rcu_index_lines) + n * sizeof(struct rcu_index_line);
	struct rcu_index_lines *t = aligned_alloc(_Alignof(struct rcu_index_lines), n_bytes);

	if (!t)
		return NULL;
	memset(t, 0, n_bytes);
	t->n_mask = n - 1;
	return t;
}

static void
lines_free(struct rcu_index_lines *t)
{
	for (uint64_t i = 0; i <= t->n_mask; i++) {
		struct rcu_index_line *l = atomic_load(&t->line[i].more);

		while (l) {
			struct rcu_index_line *more = atomic_load(&l->more);

			free(l);
			l = more;
		}
	}
	free(t);
}

static void
free_after_grace(struct rcu_deferred *d)
{
	lines_free(caa_container_of(d, struct rcu_index_lines, deferred));
}

int
rcu_index_init(struct rcu_index *x, uint64_t (*hash_of)(const void *item))
{
	*x = (struct rcu_index){.lines = lines_new(LINES_MIN), .hash_of = hash_of};
	if (!x->lines)
		return -ENOMEM;
	mutex_init(&x->mu);
	return 0;
}

int
rcu_index_destroy(struct rcu_index *x) NO_THREAD_CHECK
{
	if (x->n)
		return -EPERM;
	lines_free(x->lines);
	mutex_destroy(&x->mu);
	return 0;
}

static struct rcu_index_line *
more_new(void)
{
	struct rcu_index_line *l = aligned_alloc(_Alignof(struct rcu_index_line), sizeof *l);

	if (l)
		memset(l, 0, sizeof *l);
	return l;
}

/* Returns a free way of the line or of those that follow it; adds one that does if needed. Returns
 * its line, or NULL if out of memory. */
static struct rcu_index_line *
way_find(struct rcu_index_line *l, unsigned int *way)
{
	for (;;) {
		struct rcu_index_line *more;

		for (*way = 0; *way < RCU_INDEX_WAYS; ++*way) {
			if (!atomic_load_explicit(&l->ways[*way], memory_order_relaxed))
				return l;
		}
		more = atomic_load_explicit(&l->more, memory_order_relaxed);
		if (!more) {
			more = more_new();
			if (!more)
				return NULL;
			atomic_store_explicit(&l->more, more, memory_order_release);
		}
		l = more;
	}
}

/* The pointer is set first: a reader that finds the tag finds the item. */
static bool
put(struct rcu_index_lines *t, uint64_t hash, void *item)
{
	unsigned int way;
	struct rcu_index_line *l = way_find(&t->line[hash & t->n_mask], &way);
	uint64_t tags;

	if (!l)
		return false;
	tags = atomic_load_explicit(&l->tags, memory_order_relaxed);
	tags &= ~(UINT64_C(0xff) << 8 * way);
	tags |= hash >> 56 << 8 * way;
	atomic_store_explicit(&l->ways[way], item, memory_order_release);
	atomic_store_explicit(&l->tags, tags, memory_order_release);
	return true;
}

/* Calls 'cb' for the items of a line and of those that follow it, until it returns non-zero. */
static int
line_each(const struct rcu_index_line *l, int (*cb)(void *item, void *aux), void *aux)
{
	for (; l; l = atomic_load_explicit(&l->more, memory_order_acquire)) {
		for (unsigned int i = 0; i < RCU_INDEX_WAYS; i++) {
			void *item = atomic_load_explicit(&l->ways[i], memory_order_acquire);
			int rc = item ? cb(item, aux) : 0;

			if (rc)
				return rc;
		}
	}
	return 0;
}

int
rcu_index_each(const struct rcu_index *x, int (*cb)(void *item, void *aux), void *aux)
{
	const struct rcu_index_lines *t = rcu_read(&x->lines);
	int rc = 0;

	for (uint64_t i = 0; i <= t->n_mask && !rc; i++)
		rc = line_each(&t->line[i], cb, aux);
	return rc;
}

/* The items to be put are those found AHEAD items earlier, so their hashes have been prefetched. */
#define AHEAD 16

struct growth {
	struct rcu_index *x;
	struct rcu_index_lines *to;
	void *ahead[AHEAD];
	unsigned int n;
};

static int
take(void *item, void *aux)
{
	struct growth *g = aux;
	void **at = &g->ahead[g->n++ % AHEAD];
	void *before = *at;

	__builtin_prefetch(item);
	*at = item;
	return before && !put(g->to, g->x->hash_of(before), before) ? -ENOMEM : 0;
}

/* Doubles the lines. Without memory they stay, and more lines follow each. */
static void
grow(struct rcu_index *x) REQUIRES(x->mu)
{
	struct rcu_index_lines *old = x->lines;
	struct growth g = {.x = x, .to = lines_new(2 * (old->n_mask + 1))};
	int rc = g.to ? rcu_index_each(x, take, &g) : -ENOMEM;

	for (unsigned int i = 0; i < AHEAD && !rc; i++) {
		if (g.ahead[i] && !put(g.to, x->hash_of(g.ahead[i]), g.ahead[i]))
			rc = -ENOMEM;
	}
	if (rc) {
		if (g.to)
			lines_free(g.to);
		return;
	}
	rcu_publish(&x->lines, g.to);
	rcu_defer(&old->deferred, free_after_grace);
}

static void *
add(struct rcu_index *x, uint64_t hash, void *item) REQUIRES(x->mu)
{
	uint64_t n_lines = x->lines->n_mask + 1;

	if (x->n >= n_lines * ITEMS_PER_LINE && n_lines < LINES_MAX)
		grow(x);
	if (!put(x->lines, hash, item))
		return NULL;
	x->n++;
	return item;
}

void *
rcu_index_add_unique(struct rcu_index *x, uint64_t hash,
		     bool (*is_equal)(const void *item, const void *key), const void *key,
		     void *item)
{
	void *there;

	mutex_lock(&x->mu);
	there = rcu_index_find(x, hash, is_equal, key);
	if (!there)
		there = add(x, hash, item);
	mutex_unlock(&x->mu);
	return there;
}

static int
take_out(struct rcu_index_line *l, const void *item)
{
	for (; l; l = atomic_load_explicit(&l->more, memory_order_relaxed)) {
		for (unsigned int i = 0; i < RCU_INDEX_WAYS; i++) {
			if (atomic_load_explicit(&l->ways[i], memory_order_relaxed) != item)
				continue;
			atomic_store_explicit(&l->ways[i], NULL, memory_order_release);
			return 0;
		}
	}
	return -ENOENT;
}

int
rcu_index_del(struct rcu_index *x, uint64_t hash, const void *item)
{
	int rc;

	mutex_lock(&x->mu);
	rc = take_out(&x->lines->line[hash & x->lines->n_mask], item);
	if (!rc)
		x->n--;
	mutex_unlock(&x->mu);
	return rc;
}

/* The bits of a hash in reverse order: a line is a range of these, and doubling halves it. So a walk
 * in this order is at the same place in the lines before and after. */
static uint64_t
reversed(uint64_t v)
{
	v = __builtin_bswap64(v);
	v = (v >> 4 & UINT64_C(0x0f0f0f0f0f0f0f0f)) | (v & UINT64_C(0x0f0f0f0f0f0f0f0f)) << 4;
	v = (v >> 2 & UINT64_C(0x3333333333333333)) | (v & UINT64_C(0x3333333333333333)) << 2;
	return (v >> 1 & UINT64_C(0x5555555555555555)) | (v & UINT64_C(0x5555555555555555)) << 1;
}

struct pick {
	const struct rcu_index *x;
	uint64_t from, found; /* reversed */
	bool has_found;
	void (*cb)(void *item, void *aux);
	void *aux;
};

static int
pick_first(void *item, void *aux)
{
	struct pick *p = aux;
	uint64_t r = reversed(p->x->hash_of(item));

	if (r >= p->from && (!p->has_found || r < p->found)) {
		p->found = r;
		p->has_found = true;
	}
	return 0;
}

static int
visit_found(void *item, void *aux)
{
	const struct pick *p = aux;

	if (reversed(p->x->hash_of(item)) == p->found)
		p->cb(item, p->aux);
	return 0;
}

static void
advance(struct rcu_index_walk *w, uint64_t done)
{
	w->at = done + 1;
	w->over = done == UINT64_MAX;
}

bool
rcu_index_step(const struct rcu_index *x, struct rcu_index_walk *w,
	       void (*cb)(void *item, void *aux), void *aux)
{
	const struct rcu_index_lines *t = rcu_read(&x->lines);
	uint64_t rest =
		UINT64_MAX / (t->n_mask + 1); /* a line has this many hashes more than one */

	while (!w->over) {
		const struct rcu_index_line *l = &t->line[reversed(w->at) & t->n_mask];
		struct pick p = {.x = x, .from = w->at, .cb = cb, .aux = aux};

		line_each(l, pick_first, &p);
		if (p.has_found) {
			line_each(l, visit_found, &p);
			advance(w, p.found);
			return true;
		}
		advance(w, w->at | rest);
	}
	return false;
}
