/* SPDX-License-Identifier: Apache-2.0 */
#include "balance.h"

#include <swpath/swp.h>

#include <stdlib.h>

/* The longest first. Equal ones by worker, so that the result does not depend on qsort(). */
static int
queue_compare(const void *a, const void *b)
{
	const struct swp_balance_queue *x = a, *y = b;

	if (x->load != y->load)
		return x->load < y->load ? 1 : -1;
	return (x->from > y->from) - (x->from < y->from);
}

static uint64_t
busiest(const uint64_t *loads, unsigned int n_workers)
{
	uint64_t max = 0;

	for (unsigned int i = 0; i < n_workers; i++)
		max = loads[i] > max ? loads[i] : max;
	return max;
}

/* Returns the worker with the least load; 'own' if it is one of several. */
static unsigned int
least(const uint64_t *loads, unsigned int n_workers, unsigned int own)
{
	unsigned int min = own;

	for (unsigned int i = 0; i < n_workers; i++)
		if (loads[i] < loads[min])
			min = i;
	return min;
}

struct swp_balance
swp_balance(struct swp_balance_queue *queues, unsigned int n, unsigned int n_workers, uint64_t gain)
{
	uint64_t before[SWP_WORKERS_MAX] = {0}, after[SWP_WORKERS_MAX] = {0};
	struct swp_balance b = {0};

	qsort(queues, n, sizeof *queues, queue_compare);
	for (unsigned int i = 0; i < n; i++) {
		struct swp_balance_queue *q = &queues[i];

		q->to = q->load ? least(after, n_workers, q->from) : q->from;
		before[q->from] += q->load;
		after[q->to] += q->load;
		b.n_moved += q->to != q->from;
	}
	b.before = busiest(before, n_workers);
	b.after = busiest(after, n_workers);
	if (b.before > b.after && b.before - b.after > gain)
		return b;
	for (unsigned int i = 0; i < n; i++)
		queues[i].to = queues[i].from;
	b.after = b.before;
	b.n_moved = 0;
	return b;
}
