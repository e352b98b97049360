/* SPDX-License-Identifier: Apache-2.0 */
#include "classifier.h"

#include "subtable.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	struct subtable *subtable;
	uint16_t max_priority;
};

/* Subtables by falling priority. Immutable; replaced as a whole. */
struct entries {
	struct rcu_deferred deferred;
	size_t n;
	struct entry e[];
};

struct classifier {
	const struct classifier_layout *layout;
	struct entries *entries; /* written by the writer, read under RCU; never NULL */
};

static struct entries *
entries_new(size_t n)
{
	struct entries *v = malloc(sizeof *v + n * sizeof v->e[0]);

	if (v)
		v->n = n;
	return v;
}

int
classifier_create(const struct classifier_layout *layout, struct classifier **out)
{
	struct classifier *cls = malloc(sizeof *cls);

	if (!cls)
		return -ENOMEM;
	cls->layout = layout;
	cls->entries = entries_new(0);
	if (!cls->entries) {
		free(cls);
		return -ENOMEM;
	}
	*out = cls;
	return 0;
}

void
classifier_destroy(struct classifier *cls)
{
	for (size_t i = 0; i < cls->entries->n; i++)
		subtable_free(cls->entries->e[i].subtable);
	free(cls->entries);
	free(cls);
}

static int
by_falling_priority(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;

	return (a->max_priority < b->max_priority) - (a->max_priority > b->max_priority);
}

static void
entries_free(struct rcu_deferred *d)
{
	free(caa_container_of(d, struct entries, deferred));
}

/* Takes 'v'. */
static void
entries_publish(struct classifier *cls, struct entries *v)
{
	struct entries *old = cls->entries;

	for (size_t i = 0; i < v->n; i++)
		v->e[i].max_priority = v->e[i].subtable->max_priority;
	qsort(v->e, v->n, sizeof v->e[0], by_falling_priority);
	rcu_publish(&cls->entries, v);
	rcu_defer(&old->deferred, entries_free);
}

static struct entry *
entry_of_mask(const struct classifier *cls, const uint64_t *mask)
{
	for (size_t i = 0; i < cls->entries->n; i++) {
		if (subtable_has_mask(cls->entries->e[i].subtable, mask))
			return &cls->entries->e[i];
	}
	return NULL;
}

static int
insert_in_new(struct classifier *cls, struct classifier_rule *rule, const uint64_t *key,
	      const uint64_t *mask)
{
	struct subtable *st = subtable_new(cls->layout, mask);
	struct entries *v = entries_new(cls->entries->n + 1);

	if (!st || !v || subtable_insert(st, rule, key)) {
		if (st)
			subtable_free(st);
		free(v);
		return -ENOMEM;
	}
	memcpy(v->e, cls->entries->e, cls->entries->n * sizeof v->e[0]);
	v->e[v->n - 1].subtable = st;
	entries_publish(cls, v);
	return 0;
}

static struct entries *
entries_copy(const struct classifier *cls)
{
	struct entries *v = entries_new(cls->entries->n);

	if (v)
		memcpy(v->e, cls->entries->e, v->n * sizeof v->e[0]);
	return v;
}

int
classifier_insert(struct classifier *cls, struct classifier_rule *rule, const uint64_t *key,
		  const uint64_t *mask)
{
	struct entry *e = entry_of_mask(cls, mask);
	struct entries *v = NULL;

	if (!e)
		return insert_in_new(cls, rule, key, mask);
	if (rule->priority > e->max_priority) {
		v = entries_copy(cls);
		if (!v)
			return -ENOMEM;
	}
	if (subtable_insert(e->subtable, rule, key)) {
		free(v);
		return -ENOMEM;
	}
	if (v)
		entries_publish(cls, v);
	return 0;
}

void
classifier_remove(struct classifier_rule *rule)
{
	subtable_remove(rule->subtable, rule);
}

/* Without memory the old order stays, which is right but slower. */
void
classifier_settle(struct classifier *cls)
{
	struct entries *v = entries_copy(cls);
	bool changed = false;

	if (!v)
		return;
	v->n = 0;
	for (size_t i = 0; i < cls->entries->n; i++) {
		struct entry *e = &cls->entries->e[i];

		subtable_settle(e->subtable);
		changed |= !e->subtable->n_rules || e->subtable->max_priority != e->max_priority;
		if (e->subtable->n_rules)
			v->e[v->n++] = *e;
		else
			subtable_free_deferred(e->subtable);
	}
	if (changed)
		entries_publish(cls, v);
	else
		free(v);
}

void
classifier_rule_hide(struct classifier_rule *rule, uint64_t remove_version)
{
	__atomic_store_n(&rule->remove_version, remove_version, __ATOMIC_RELAXED);
}

bool
classifier_rule_visible(const struct classifier_rule *rule, uint64_t version)
{
	return rule->add_version <= version &&
	       version < __atomic_load_n(&rule->remove_version, __ATOMIC_RELAXED);
}

void
classifier_rule_key(const struct classifier_rule *rule, uint64_t *key)
{
	subtable_key(rule->subtable, rule->leaf, key);
}

const uint64_t *
classifier_rule_mask(const struct classifier_rule *rule)
{
	return rule->subtable->mask;
}

const struct classifier_rule *
classifier_lookup(const struct classifier *cls, uint64_t version, const uint64_t *key,
		  uint64_t *mask, unsigned int *n_looks)
{
	const struct entries *v = rcu_read(&cls->entries);
	const struct classifier_rule *best = NULL;

	for (size_t i = 0; i < v->n; i++) {
		if (best && v->e[i].max_priority <= best->priority)
			break;

		const struct classifier_rule *r =
			subtable_lookup(v->e[i].subtable, version, key, mask);

		++*n_looks;
		if (r && (!best || r->priority > best->priority))
			best = r;
	}
	return best;
}

void
classifier_each_match(const struct classifier *cls, uint64_t version, const uint64_t *key,
		      uint64_t *mask, int priority, unsigned int *n_looks,
		      void (*cb)(const struct classifier_rule *rule, void *aux), void *aux)
{
	const struct entries *v = rcu_read(&cls->entries);

	for (size_t i = 0; i < v->n && v->e[i].max_priority > priority; i++) {
		const struct classifier_rule *r =
			subtable_lookup(v->e[i].subtable, version, key, mask);

		++*n_looks;
		for (; r && r->priority > priority; r = rcu_read(&r->next)) {
			++*n_looks;
			if (classifier_rule_visible(r, version))
				cb(r, aux);
		}
	}
}

struct classifier_rule *
classifier_find(const struct classifier *cls, uint64_t version, const uint64_t *key,
		const uint64_t *mask, uint16_t priority)
{
	const struct entry *e = entry_of_mask(cls, mask);

	if (!e)
		return NULL;

	const struct subtable *st = e->subtable;
	struct trie_leaf *leaf = trie_nearest(&st->rules, key);

	if (!leaf || trie_first_difference(&st->shape, leaf, key) != TRIE_SAME)
		return NULL;

	struct classifier_rule *r = leaf->first;

	while (r && !(r->priority == priority && classifier_rule_visible(r, version)))
		r = r->next;
	return r;
}

struct each {
	uint64_t version;
	int (*cb)(struct classifier_rule *rule, void *aux);
	void *aux;
};

static int
each_of_leaf(struct trie_leaf *leaf, void *aux)
{
	const struct each *each = aux;
	struct classifier_rule *next, *r = rcu_read(&leaf->first);

	for (; r; r = next) {
		next = rcu_read(&r->next);
		if (!classifier_rule_visible(r, each->version))
			continue;

		int rc = each->cb(r, each->aux);

		if (rc)
			return rc;
	}
	return 0;
}

int
classifier_each(const struct classifier *cls, uint64_t version,
		int (*cb)(struct classifier_rule *rule, void *aux), void *aux)
{
	const struct entries *v = rcu_read(&cls->entries);
	struct each each = {.version = version, .cb = cb, .aux = aux};

	for (size_t i = 0; i < v->n; i++) {
		int rc = trie_each(&v->e[i].subtable->rules, each_of_leaf, &each);

		if (rc)
			return rc;
	}
	return 0;
}
