/* SPDX-License-Identifier: Apache-2.0 */
#include "rteflow_private.h"

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
rteflow_counter_need(struct nic_counter *c, uint16_t proxy_id, struct rte_flow_error *error)
{
	const struct rte_flow_indir_action_conf conf = {.transfer = 1};
	const struct rte_flow_action_count count = {0};
	const struct rte_flow_action action = {.type = RTE_FLOW_ACTION_TYPE_COUNT, .conf = &count};

	if (c->handle)
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

static int
counter_read(struct nic_counter *c)
{
	struct rte_flow_query_count q = {.reset = 0};
	struct rte_flow_error error = {0};

	if (!c->handle)
		return 0;
	if (rte_flow_action_handle_query(c->proxy_id, c->handle, &q, &error))
		return -EIO;
	if (q.hits_set)
		c->last.packets = later(c->last.packets, c->base.packets + q.hits);
	if (q.bytes_set)
		c->last.bytes = later(c->last.bytes, c->base.bytes + q.bytes);
	return 0;
}

int
rteflow_counters_read(struct nic *nic, struct nic_counter *const *c, unsigned int n,
		      struct nic_count *out)
{
	(void)nic;
	for (unsigned int i = 0; i < n; i++) {
		if (counter_read(c[i]))
			return -EIO;
	}
	for (unsigned int i = 0; i < n; i++)
		out[i] = c[i]->last;
	return 0;
}

void
rteflow_counters_lost(struct rteflow_nic *n)
{
	for (unsigned int i = 0; i < n->n_counters; i++) {
		struct nic_counter *c = n->counters[i];

		c->base = c->last;
		c->handle = NULL;
	}
}
