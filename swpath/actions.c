/* SPDX-License-Identifier: Apache-2.0 */
#include "actions.h"

#include <errno.h>
#include <stdlib.h>

#define SENDS                                                                                      \
	(1u << FLOW_ACTION_OUTPUT | 1u << FLOW_ACTION_UPCALL | 1u << FLOW_ACTION_SAMPLE |          \
	 1u << FLOW_ACTION_RECIRC)

/* Actions that neither read nor change the packet. */
#define BLIND                                                                                      \
	(1u << FLOW_ACTION_OUTPUT | 1u << FLOW_ACTION_TRUNC | 1u << FLOW_ACTION_DROP |             \
	 1u << FLOW_ACTION_SET_QUEUE)

static struct swp_actions *
actions_new(const struct flow_actions *from)
{
	struct swp_actions *a = calloc(1, sizeof *a + from->n * sizeof a->a[0]);

	if (!a)
		return NULL;
	a->n = from->n;
	a->last_use = from->n;
	for (uint16_t i = 0; i < from->n; i++) {
		a->a[i] = from->a[i];
		if (SENDS >> a->a[i].type & 1)
			a->sends = true;
		if (!(BLIND >> a->a[i].type & 1))
			a->reads_key = true;
		if ((SENDS | 1u << FLOW_ACTION_METER) >> a->a[i].type & 1)
			a->last_use = i;
	}
	return a;
}

int
swp_act_new(const struct flow_actions *from, swp_act *out)
{
	struct swp_actions *a;

	if (from->n == 1 && from->a[0].type == FLOW_ACTION_OUTPUT) {
		*out = (swp_act)from->a[0].port << 1 | 1;
		return 0;
	}
	a = actions_new(from);
	*out = (uintptr_t)a;
	return a ? 0 : -ENOMEM;
}

void
swp_act_free(swp_act act)
{
	if (!swp_act_is_output(act))
		free(swp_act_list(act));
}

static void
actions_free(struct rcu_deferred *d)
{
	free(caa_container_of(d, struct swp_actions, deferred));
}

void
swp_act_free_later(swp_act act)
{
	if (!swp_act_is_output(act))
		rcu_defer(&swp_act_list(act)->deferred, actions_free);
}
