/* SPDX-License-Identifier: Apache-2.0 */
#include "error.h"

#include <errno.h>
#include <stdio.h>

static bool
blames_item(const struct rte_flow_error *e)
{
	return e->type == RTE_FLOW_ERROR_TYPE_ITEM || e->type == RTE_FLOW_ERROR_TYPE_ITEM_SPEC ||
	       e->type == RTE_FLOW_ERROR_TYPE_ITEM_MASK ||
	       e->type == RTE_FLOW_ERROR_TYPE_ITEM_LAST || e->type == RTE_FLOW_ERROR_TYPE_ITEM_NUM;
}

static bool
blames_action(const struct rte_flow_error *e)
{
	return e->type == RTE_FLOW_ERROR_TYPE_ACTION ||
	       e->type == RTE_FLOW_ERROR_TYPE_ACTION_CONF ||
	       e->type == RTE_FLOW_ERROR_TYPE_ACTION_NUM;
}

/* Returns the index of the item or action that 'cause' points to, or 'n' if it points to
 * neither. */
static unsigned int
index_of(const void *cause, const void *first, size_t size, unsigned int n)
{
	uintptr_t at = (uintptr_t)cause, from = (uintptr_t)first;

	return at >= from && at < from + n * size ? (unsigned int)((at - from) / size) : n;
}

static void
explain_item(const struct rte_flow_error *e, const struct rteflow_pattern *p,
	     struct nic_refusal *why)
{
	unsigned int i = index_of(e->cause, p->items, sizeof p->items[0], p->n);
	bool mask = e->type == RTE_FLOW_ERROR_TYPE_ITEM_MASK;

	nic_refuse_field(why, mask ? NIC_REASON_FIELD_MASK : NIC_REASON_FIELD,
			 i < p->n ? p->fields[i] : FLOW_FIELD_NONE, e->message);
}

static void
explain_action(const struct rte_flow_error *e, const struct rteflow_program *p,
	       struct nic_refusal *why)
{
	unsigned int i = index_of(e->cause, p->actions, sizeof p->actions[0], p->n);

	nic_refuse_action(why, i < p->n ? p->types[i] : FLOW_N_ACTIONS,
			  i < p->n ? p->fields[i] : FLOW_FIELD_NONE, e->message);
}

void
rteflow_error_explain(const struct rte_flow_error *error, int rc, const struct rteflow_blueprint *b,
		      struct nic_refusal *why)
{
	bool never = rc == -ENOTSUP || rc == -EINVAL || rc == -E2BIG;

	if (rc == -ENOSPC || rc == -ENOMEM)
		nic_refuse(why, NIC_REASON_TABLE_FULL, error->message);
	else if (never && blames_item(error))
		explain_item(error, &b->pattern, why);
	else if (never && blames_action(error))
		explain_action(error, &b->program, why);
	else if (never)
		nic_refuse(why, NIC_REASON_RULE, error->message);
	else
		nic_refuse(why, NIC_REASON_INSERT_FAILED, error->message);
}
