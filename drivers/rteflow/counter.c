/* SPDX-License-Identifier: Apache-2.0 */
#include "counter.h"

#include <errno.h>
#include <stdlib.h>

#include <rte_errno.h>

int
rteflow_counter_new(struct nic *nic, struct nic_counter **out)
{
	struct rteflow_nic *n = rteflow_nic(nic);
	struct nic_counter *c;

	if (n->n_counters == n->n_counters_alloc) {
		unsigned int alloc = n->n_counters_alloc ? 2 * n->n_counters_alloc : 64;
		void *grown = realloc(n->counters, alloc * sizeof(struct nic_counter *));

		if (!grown)
			return -ENOMEM;
		n->counters = grown;
		n->n_counters_alloc = alloc;
	}
	c = calloc(1, sizeof *c);
	if (!c)
		return -ENOMEM;
	c->index = n->n_counters;
	n->counters[n->n_counters++] = c;
	*out = c;
	return 0;
}

void
rteflow_counter_free(struct nic *nic, struct nic_counter *c)
{
	struct rteflow_nic *n = rteflow_nic(nic);
	struct rte_flow_error error = {0};

	if (c->handle)
		rte_flow_action_handle_destroy(c->proxy_id, c->handle, &error);
	n->counters[c->index] = n->counters[--n->n_counters];
	n->counters[c->index]->index = c->index;
	free(c);
}

int
rteflow_counter_need(const struct rteflow_nic *n, struct nic_counter *c, uint16_t proxy_id,
		     struct rte_flow_error *error)
{
	const struct rte_flow_indir_action_conf conf = {.transfer = 1};
	const struct rte_flow_action_count count = {0};
	const struct rte_flow_action action = {.type = RTE_FLOW_ACTION_TYPE_COUNT, .conf = &count};

	if (c->handle || !n->dialect.caps.shared_counter)
		return 0;
	c->handle = rte_flow_action_handle_create(proxy_id, &conf, &action, error);
	c->proxy_id = proxy_id;
	return c->handle ? 0 : rte_errno ? -rte_errno : -EIO;
}

static uint64_t
later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void
count_raise(struct nic_count *c, uint64_t packets, uint64_t bytes)
{
	c->packets = later(c->packets, packets);
	c->bytes = later(c->bytes, bytes);
}

/* Sums 'base' and the existing rules. */
static void
counter_sum(struct nic_counter *c)
{
	struct nic_count sum = c->base;

	for (const struct nic_rule *r = c->rules; r; r = r->next_counted) {
		sum.packets += r->seen.packets;
		sum.bytes += r->seen.bytes;
	}
	count_raise(&c->last, sum.packets, sum.bytes);
}

static int
rule_read(struct nic_rule *rule)
{
	const struct rte_flow_action actions[] = {{.type = RTE_FLOW_ACTION_TYPE_COUNT},
						  {.type = RTE_FLOW_ACTION_TYPE_END}};
	struct rte_flow_query_count q = {.reset = 0};
	struct rte_flow_error error = {0};

	if (rte_flow_query(rule->proxy_id, rule->flow, actions, &q, &error))
		return -EIO;
	count_raise(&rule->seen, q.hits, q.bytes);
	return 0;
}

static int
rules_read(struct nic_counter *c)
{
	for (struct nic_rule *r = c->rules; r; r = r->next_counted) {
		if (rule_read(r))
			return -EIO;
	}
	counter_sum(c);
	return 0;
}

static int
handle_read(struct nic_counter *c)
{
	struct rte_flow_query_count q = {.reset = 0};
	struct rte_flow_error error = {0};

	if (!c->handle)
		return 0;
	if (rte_flow_action_handle_query(c->proxy_id, c->handle, &q, &error))
		return -EIO;
	if (q.hits_set)
		count_raise(&c->last, c->base.packets + q.hits, 0);
	if (q.bytes_set)
		count_raise(&c->last, 0, c->base.bytes + q.bytes);
	return 0;
}

void
rteflow_counter_attach(const struct rteflow_nic *n, struct nic_rule *rule)
{
	if (n->dialect.caps.shared_counter)
		return;
	rule->seen = (struct nic_count){0};
	rule->next_counted = rule->counter->rules;
	rule->counter->rules = rule;
}

void
rteflow_counter_last_read(const struct rteflow_nic *n, struct nic_rule *rule)
{
	if (n->dialect.caps.shared_counter)
		return;
	/* If the rule cannot be read, its last count is kept. */
	rule_read(rule);
	counter_sum(rule->counter);
}

void
rteflow_counter_detach(const struct rteflow_nic *n, struct nic_rule *rule)
{
	struct nic_counter *c = rule->counter;
	struct nic_rule **at = &c->rules;

	if (n->dialect.caps.shared_counter)
		return;
	while (*at && *at != rule)
		at = &(*at)->next_counted;
	if (!*at)
		return;
	*at = rule->next_counted;
	c->base.packets += rule->seen.packets;
	c->base.bytes += rule->seen.bytes;
}

int
rteflow_counters_read(struct nic *nic, struct nic_counter *const *c, unsigned int n,
		      struct nic_count *out)
{
	bool shared = rteflow_nic(nic)->dialect.caps.shared_counter;

	for (unsigned int i = 0; i < n; i++) {
		if (shared ? handle_read(c[i]) : rules_read(c[i]))
			return -EIO;
	}
	for (unsigned int i = 0; i < n; i++)
		out[i] = c[i]->last;
	return 0;
}

unsigned int
rteflow_counters_save(struct rteflow_nic *n)
{
	unsigned int n_unread = 0;

	for (unsigned int i = 0; i < n->n_counters && !n->dialect.caps.shared_counter; i++)
		n_unread += rules_read(n->counters[i]) != 0;
	return n_unread;
}

unsigned int
rteflow_counters_lost(struct rteflow_nic *n)
{
	unsigned int n_unread = 0;

	for (unsigned int i = 0; i < n->n_counters; i++) {
		struct nic_counter *c = n->counters[i];

		n_unread += c->handle != NULL;
		c->base = c->last;
		c->handle = NULL;
		c->rules = NULL;
	}
	return n_unread;
}
