/* SPDX-License-Identifier: Apache-2.0 */
#include "conjunction.h"

#include <errno.h>
#include <stdlib.h>

void
conjunctions_add(struct conjunctions *c, const struct rule *r)
{
	if (c->n == c->n_alloc) {
		size_t n = c->n_alloc ? c->n_alloc * 2 : 16;
		const struct rule **more = realloc(c->rule, n * sizeof(struct rule *));

		if (!more) {
			c->error = -ENOMEM;
			return;
		}
		c->rule = more;
		c->n_alloc = n;
	}
	c->rule[c->n++] = r;
}

void
conjunctions_free(struct conjunctions *c)
{
	free(c->rule);
	*c = (struct conjunctions){0};
}

static int
by_falling_priority(const void *pa, const void *pb)
{
	const struct rule *a = *(const struct rule *const *)pa;
	const struct rule *b = *(const struct rule *const *)pb;

	return (a->priority < b->priority) - (a->priority > b->priority);
}

static size_t
group_end(const struct conjunctions *c)
{
	size_t end = c->group;

	while (end < c->n && c->rule[end]->priority == c->rule[c->group]->priority)
		end++;
	return end;
}

/* Calls for the clauses of the group's rules. */
static void
each_clause(const struct conjunctions *c, void (*cb)(const struct xlate_action *a, void *aux),
	    void *aux)
{
	size_t end = group_end(c);

	for (size_t i = c->group; i < end; i++) {
		const struct xlate_actions *acts = c->rule[i]->actions;

		for (size_t j = 0; j < acts->n; j++) {
			if (acts->a[j].type == XLATE_ACT_CONJUNCTION)
				cb(&acts->a[j], aux);
		}
	}
}

struct least {
	bool any_above; /* only IDs above 'above' count */
	uint32_t above;
	bool found;
	uint32_t id;
};

static void
least_of(const struct xlate_action *a, void *aux)
{
	struct least *l = aux;
	uint32_t id = a->conjunction.id;

	if (l->any_above && id <= l->above)
		return;
	if (!l->found || id < l->id)
		l->id = id;
	l->found = true;
}

/* A bit for each clause, by the number of clauses: rules that disagree on it are of two
 * conjunctions. */
struct clauses {
	uint32_t id;
	uint64_t seen[65];
};

static void
clauses_of(const struct xlate_action *a, void *aux)
{
	struct clauses *cl = aux;

	if (a->conjunction.id == cl->id)
		cl->seen[a->conjunction.n] |= UINT64_C(1) << (a->conjunction.k - 1);
}

static bool
satisfied(const struct conjunctions *c, uint32_t id)
{
	struct clauses cl = {.id = id};

	each_clause(c, clauses_of, &cl);
	for (unsigned int n = 2; n <= 64; n++) {
		if (cl.seen[n] == UINT64_MAX >> (64 - n))
			return true;
	}
	return false;
}

bool
conjunctions_next(struct conjunctions *c, uint32_t *id)
{
	if (!c->sorted && c->n)
		qsort(c->rule, c->n, sizeof(struct rule *), by_falling_priority);
	c->sorted = true;
	while (c->group < c->n) {
		struct least l = {.any_above = c->given, .above = c->id};

		each_clause(c, least_of, &l);
		if (!l.found) {
			c->group = group_end(c);
			c->given = false;
			continue;
		}
		c->given = true;
		c->id = l.id;
		if (satisfied(c, l.id)) {
			*id = l.id;
			return true;
		}
	}
	return false;
}
