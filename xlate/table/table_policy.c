/* SPDX-License-Identifier: Apache-2.0 */
#include "table/table_policy.h"

#include "table/rule.h"

#include <base/clock.h>

#include <errno.h>

/* Rules looked at for one eviction. */
#define LOOKS_MAX 256

/* Importance, then milliseconds of the expiry; 48 bits last for 8,900 years. */
static uint64_t
worth_of(const struct rule_private *r)
{
	uint64_t expiry_ns = rule_expiry_ns(r);

	return expiry_ns == EXPIRY_NEVER ? EXPIRY_NEVER
					 : (uint64_t)r->importance << 48 | expiry_ns / NS_PER_MS;
}

static int
enter(struct table_policy *p, struct rule_private *r)
{
	uint64_t worth = worth_of(r);

	return worth == EXPIRY_NEVER ? 0 : heap_add(&p->heap, &r->evict, worth);
}

bool
policy_evicts(const struct table_policy *p)
{
	return p->config.evict || p->config.evict_of;
}

uint32_t
policy_limit(const struct table_policy *p)
{
	return p->config.flow_limit < p->rules_max ? p->config.flow_limit : p->rules_max;
}

bool
policy_is_full(const struct table_policy *p)
{
	return p->n_rules >= policy_limit(p);
}

int
policy_rule_added(struct table_policy *p, struct rule_private *r)
{
	int rc = policy_evicts(p) ? enter(p, r) : 0;

	p->n_rules += !rc;
	return rc;
}

void
policy_rule_removed(struct table_policy *p, struct rule_private *r)
{
	heap_remove(&p->heap, &r->evict);
	p->n_rules--;
}

void
policy_rule_look(struct table_policy *p, struct rule_private *r)
{
	uint64_t worth = worth_of(r);

	if (!policy_evicts(p))
		return;
	if (!r->evict.at)
		enter(p, r);
	else if (worth < r->evict.key)
		heap_move(&p->heap, &r->evict, worth);
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
	struct rule_private *r = NULL;
	struct heap_node *node;

	for (unsigned int i = 0; i < LOOKS_MAX && (node = heap_first(&p->heap)); i++) {
		uint64_t worth;

		r = caa_container_of(node, struct rule_private, evict);
		worth = worth_of(r);
		if (worth <= node->key)
			break;
		heap_move(&p->heap, node, worth);
	}
	return r;
}

uint8_t
policy_vacancy(const struct table_policy *p, unsigned int n_rules)
{
	uint64_t limit = policy_limit(p);

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

/* When vacancy events are turned on, the vacancy decides which event may be reported first. */
int
policy_configure(struct table_policy *p, const struct xlate_table_config *config)
{
	if ((config->evict || config->evict_of) && heap_reserve(&p->heap, p->n_rules))
		return -ENOMEM;
	p->config = *config;
	if (!config->vacancy_events)
		p->vacancy = VACANCY_SILENT;
	else if (p->vacancy == VACANCY_SILENT)
		p->vacancy = policy_vacancy(p, p->n_rules) < config->vacancy_up ? VACANCY_UP_NEXT
										: VACANCY_DOWN_NEXT;
	heap_clear(&p->heap);
	return 0;
}

void
policy_free(struct table_policy *p)
{
	heap_free(&p->heap);
}
