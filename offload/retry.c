/* SPDX-License-Identifier: Apache-2.0 */
#include "retry.h"

void
ofl_retry_init(struct retry *r, uint64_t min_ns, uint64_t max_ns)
{
	r->min_ns = min_ns;
	r->max_ns = max_ns > min_ns ? max_ns : min_ns;
	for (unsigned int i = 0; i < RETRY_LEVELS; i++)
		CDS_INIT_LIST_HEAD(&r->level[i]);
}

uint64_t
ofl_retry_delay_ns(const struct retry *r, unsigned int n)
{
	if (n >= RETRY_LEVELS || r->min_ns > r->max_ns >> n)
		return r->max_ns;
	return r->min_ns << n;
}

void
ofl_retry_wait(struct retry *r, struct retry_entry *e, uint64_t now_ns)
{
	unsigned int n = e->n_failures < RETRY_LEVELS ? e->n_failures : RETRY_LEVELS - 1;

	e->due_ns = now_ns + ofl_retry_delay_ns(r, n);
	cds_list_add_tail(&e->link, &r->level[n]);
	e->n_failures++;
}

void
ofl_retry_cancel(struct retry_entry *e)
{
	if (!e->due_ns)
		return;
	cds_list_del(&e->link);
	e->due_ns = 0;
}

struct retry_entry *
ofl_retry_due(struct retry *r, uint64_t now_ns)
{
	for (unsigned int i = 0; i < RETRY_LEVELS; i++) {
		struct retry_entry *e;

		if (cds_list_empty(&r->level[i]))
			continue;
		e = cds_list_first_entry(&r->level[i], struct retry_entry, link);
		if (e->due_ns > now_ns)
			continue;
		ofl_retry_cancel(e);
		return e;
	}
	return NULL;
}

uint64_t
ofl_retry_next_ns(struct retry *r)
{
	uint64_t next = UINT64_MAX;

	for (unsigned int i = 0; i < RETRY_LEVELS; i++) {
		const struct retry_entry *e;

		if (cds_list_empty(&r->level[i]))
			continue;
		e = cds_list_first_entry(&r->level[i], struct retry_entry, link);
		if (e->due_ns < next)
			next = e->due_ns;
	}
	return next;
}
