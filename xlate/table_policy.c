/* SPDX-License-Identifier: Apache-2.0 */
#include "table_policy.h"

#include "tables.h"

#include <base/clock.h>

#include <errno.h>
#include <stdlib.h>

#define NEVER UINT64_MAX

/* When a rule expires if nothing uses it any more; NEVER: it does not. */
static uint64_t
expiry_ns(const struct rule_private *r)
{
	uint64_t used_ns = rule_count_read(r->rule.count).used_ns;
	uint16_t idle_s = rule_idle_timeout_s(r), hard_s = rule_hard_timeout_s(r);
	uint64_t hard_ns = hard_s ? rule_modified_ns(r) + hard_s * NS_PER_S : NEVER;
	uint64_t idle_ns = NEVER;

	if (used_ns < r->created_ns)
		used_ns = r->created_ns;
	if (idle_s)
		idle_ns = used_ns + idle_s * NS_PER_S;
	return idle_ns < hard_ns ? idle_ns : hard_ns;
}

/* Importance, then milliseconds of the expiry, which fit 48 bits for 8,900 years. */
static uint64_t
worth_of(const struct rule_private *r)
{
	uint64_t expiry = expiry_ns(r);

	return expiry == NEVER ? NEVER : (uint64_t)r->importance << 48 | expiry / NS_PER_MS;
}

static void
put(struct table_policy *p, size_t i, struct rule_private *r)
{
	p->heap[i] = r;
	r->evict.at = i + 1;
}

static void
sift_up(struct table_policy *p, size_t i, struct rule_private *r)
{
	for (; i && p->heap[(i - 1) / 2]->evict.worth > r->evict.worth; i = (i - 1) / 2)
		put(p, i, p->heap[(i - 1) / 2]);
	put(p, i, r);
}

static void
sift_down(struct table_policy *p, size_t i, struct rule_private *r)
{
	for (size_t child; (child = 2 * i + 1) < p->n_heap; i = child) {
		if (child + 1 < p->n_heap &&
		    p->heap[child + 1]->evict.worth < p->heap[child]->evict.worth)
			child++;
		if (p->heap[child]->evict.worth >= r->evict.worth)
			break;
		put(p, i, p->heap[child]);
	}
	put(p, i, r);
}

static int
heap_add(struct table_policy *p, struct rule_private *r)
{
	r->evict.worth = worth_of(r);
	if (r->evict.worth == NEVER)
		return 0;
	if (p->n_heap == p->n_heap_alloc) {
		size_t n = p->n_heap_alloc ? 2 * p->n_heap_alloc : 64;
		struct rule_private **heap = realloc(p->heap, n * sizeof(struct rule_private *));

		if (!heap)
			return -ENOMEM;
		p->heap = heap;
		p->n_heap_alloc = n;
	}
	sift_up(p, p->n_heap++, r);
	return 0;
}

static void
heap_remove(struct table_policy *p, struct rule_private *r)
{
	size_t i = r->evict.at - 1;
	struct rule_private *last;

	if (!r->evict.at)
		return;
	r->evict.at = 0;
	last = p->heap[--p->n_heap];
	if (last == r)
		return;
	if (last->evict.worth < r->evict.worth)
		sift_up(p, i, last);
	else
		sift_down(p, i, last);
}

bool
policy_evicts(const struct table_policy *p)
{
	return p->config.evict || p->config.evict_of;
}

bool
policy_is_full(const struct table_policy *p)
{
	return p->n_rules >= p->config.flow_limit;
}

int
policy_rule_came(struct table_policy *p, struct rule_private *r)
{
	int rc = policy_evicts(p) ? heap_add(p, r) : 0;

	p->n_rules += !rc;
	return rc;
}

void
policy_rule_went(struct table_policy *p, struct rule_private *r)
{
	heap_remove(p, r);
	p->n_rules--;
}

/* Without memory a rule is not in the heap until it is looked at next time. */
void
policy_rule_look(struct table_policy *p, struct rule_private *r)
{
	if (!policy_evicts(p))
		return;
	if (!r->evict.at) {
		heap_add(p, r);
	} else if (worth_of(r) < r->evict.worth) {
		r->evict.worth = worth_of(r);
		sift_up(p, r->evict.at - 1, r);
	}
}

void
policy_rule_back(struct table_policy *p, struct rule_private *r)
{
	p->n_rules++;
	policy_rule_look(p, r);
}

struct rule_private *
policy_victim(struct table_policy *p)
{
	while (p->n_heap) {
		struct rule_private *r = p->heap[0];
		uint64_t worth = worth_of(r);

		if (worth <= r->evict.worth)
			return r;
		r->evict.worth = worth;
		sift_down(p, 0, r);
	}
	return NULL;
}

uint8_t
policy_vacancy(const struct table_policy *p, unsigned int n_rules)
{
	uint64_t limit = p->config.flow_limit;

	return n_rules >= limit ? 0 : (uint8_t)((limit - n_rules) * 100 / limit);
}

enum xlate_table_event
policy_vacancy_event(struct table_policy *p, unsigned int n_rules)
{
	uint8_t vacancy = policy_vacancy(p, n_rules);

	if (p->vacancy == VACANCY_DOWN_NEXT && vacancy < p->config.vacancy_down) {
		p->vacancy = VACANCY_UP_NEXT;
		return XLATE_TABLE_VACANCY_DOWN;
	}
	if (p->vacancy == VACANCY_UP_NEXT && vacancy > p->config.vacancy_up) {
		p->vacancy = VACANCY_DOWN_NEXT;
		return XLATE_TABLE_VACANCY_UP;
	}
	return XLATE_TABLE_NO_EVENT;
}

/* What is told next, when events begin: the way that the vacancy may go from here. */
void
policy_configure(struct table_policy *p, const struct xlate_table_config *config)
{
	p->config = *config;
	if (!config->vacancy_events)
		p->vacancy = VACANCY_SILENT;
	else if (p->vacancy == VACANCY_SILENT)
		p->vacancy = policy_vacancy(p, p->n_rules) < config->vacancy_up ? VACANCY_UP_NEXT
										: VACANCY_DOWN_NEXT;
	while (p->n_heap)
		heap_remove(p, p->heap[p->n_heap - 1]);
}

void
policy_free(struct table_policy *p)
{
	free(p->heap);
}
