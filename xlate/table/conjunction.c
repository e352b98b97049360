/* SPDX-License-Identifier: Apache-2.0 */
#include "table/conjunction.h"

#include <errno.h>
#include <stdlib.h>

/* One clause of a rule. Clauses with the same ID but different 'n' belong to different
 * conjunctions. */
struct clause {
	uint32_t id;
	uint8_t n, k; /* dimension k (from 1) of n */
};

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
	free(c->clause);
	*c = (struct conjunctions){0};
}

static int
by_falling_priority(const void *pa, const void *pb)
{
	const struct rule *a = *(const struct rule *const *)pa;
	const struct rule *b = *(const struct rule *const *)pb;

	return (a->priority < b->priority) - (a->priority > b->priority);
}

static int
by_id_and_place(const void *pa, const void *pb)
{
	const struct clause *a = pa, *b = pb;

	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	if (a->n != b->n)
		return a->n - b->n;
	return a->k - b->k;
}

static int
clauses_reserve(struct conjunctions *c, size_t n_more)
{
	size_t n = c->n_clauses + n_more;
	struct clause *more;

	if (n <= c->n_clauses_alloc)
		return 0;
	n *= 2;
	more = realloc(c->clause, n * sizeof *more);
	if (!more)
		return -ENOMEM;
	c->clause = more;
	c->n_clauses_alloc = n;
	return 0;
}

static int
gather_rule(struct conjunctions *c, const struct xlate_actions *acts)
{
	if (clauses_reserve(c, acts->n))
		return -ENOMEM;
	for (size_t i = 0; i < acts->n; i++) {
		const struct xlate_action *a = &acts->a[i];

		if (a->type == XLATE_ACT_CONJUNCTION)
			c->clause[c->n_clauses++] = (struct clause){.id = a->conjunction.id,
								    .n = a->conjunction.n,
								    .k = a->conjunction.k};
	}
	return 0;
}

/* Gathers the clauses of the next priority. Returns false if there are none or too many, or if
 * there is no memory. */
static bool
gather(struct conjunctions *c)
{
	size_t first = c->next_rule;

	c->n_clauses = c->next_clause = 0;
	while (c->next_rule < c->n && c->rule[c->next_rule]->priority == c->rule[first]->priority) {
		const struct xlate_actions *acts = c->rule[c->next_rule]->actions;

		c->n_gathered += acts->n;
		if (c->n_gathered > c->n_gathered_max)
			return false;
		if (gather_rule(c, acts)) {
			c->error = -ENOMEM;
			return false;
		}
		c->next_rule++;
	}
	if (c->n_clauses)
		qsort(c->clause, c->n_clauses, sizeof *c->clause, by_id_and_place);
	return c->next_rule > first;
}

/* Returns one bit for each of n clauses. */
static uint64_t
all_clauses(unsigned int n)
{
	return n ? UINT64_MAX >> (64 - n) : 0;
}

/* Takes the clauses of the next ID. Returns true if they satisfy a conjunction. */
static bool
take_conjunction(struct conjunctions *c, uint32_t *id)
{
	uint64_t seen = 0; /* one bit per clause of the conjunction with this 'n' */
	unsigned int n = 0;
	bool satisfied = false;

	*id = c->clause[c->next_clause].id;
	for (; c->next_clause < c->n_clauses && c->clause[c->next_clause].id == *id;
	     c->next_clause++) {
		const struct clause *cl = &c->clause[c->next_clause];

		if (cl->n != n)
			seen = 0;
		n = cl->n;
		seen |= UINT64_C(1) << (cl->k - 1);
		satisfied |= seen == all_clauses(n);
	}
	return satisfied;
}

bool
conjunctions_next(struct conjunctions *c, uint32_t *id)
{
	if (!c->sorted && c->n)
		qsort(c->rule, c->n, sizeof(struct rule *), by_falling_priority);
	c->sorted = true;
	for (;;) {
		while (c->next_clause < c->n_clauses) {
			if (take_conjunction(c, id))
				return true;
		}
		if (!gather(c))
			return false;
	}
}
