/* SPDX-License-Identifier: Apache-2.0 */
#include "actions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SENDS                                                                                      \
	(1u << FLOW_ACTION_OUTPUT | 1u << FLOW_ACTION_UPCALL | 1u << FLOW_ACTION_SAMPLE |          \
	 1u << FLOW_ACTION_RECIRC | 1u << FLOW_ACTION_CHECK_LEN)

#define EDITS (1u << FLOW_ACTION_SET | 1u << FLOW_ACTION_PUSH_VLAN | 1u << FLOW_ACTION_POP_VLAN)
/* Actions that neither read nor change the packet. */
#define BLIND                                                                                      \
	(1u << FLOW_ACTION_OUTPUT | 1u << FLOW_ACTION_TRUNC | 1u << FLOW_ACTION_DROP |             \
	 1u << FLOW_ACTION_SET_QUEUE)

/* Actions that do not change the packet. */
#define LEAVE_PACKET                                                                               \
	(SENDS | 1u << FLOW_ACTION_TRUNC | 1u << FLOW_ACTION_DROP | 1u << FLOW_ACTION_SET_QUEUE)

static bool
any_reads_key(const struct flow_actions *acts, uint16_t first)
{
	for (uint16_t i = first; i < acts->n; i++) {
		if (!(BLIND >> acts->a[i].type & 1))
			return true;
	}
	return false;
}

/* 'a->rewrite' points to room for it. */
static void
edits_compile(const struct flow_actions *from, struct swp_actions *a)
{
	a->n_edits = swp_rewrite_compile(from, a->rewrite);
	if (a->n_edits && !any_reads_key(from, a->n_edits))
		return;
	a->n_edits = 0;
	a->rewrite = NULL;
}

static struct swp_actions *
actions_new(const struct flow_actions *from)
{
	bool edits = from->n && EDITS >> from->a[0].type & 1;
	size_t at = sizeof(struct swp_actions) + (edits ? sizeof(struct swp_rewrite) : 0);
	size_t n_bytes = at + from->n * sizeof(struct flow_action);
	struct swp_actions *a;

	n_bytes = (n_bytes + _Alignof(struct swp_actions) - 1) & -_Alignof(struct swp_actions);
	a = aligned_alloc(_Alignof(struct swp_actions), n_bytes);
	if (!a)
		return NULL;
	memset(a, 0, n_bytes);
	a->a = (struct flow_action *)((char *)a + at);
	if (edits) {
		a->rewrite = (struct swp_rewrite *)(a + 1);
		edits_compile(from, a);
	}
	a->reads_key = any_reads_key(from, 0);
	if (a->rewrite && from->n == a->n_edits + 1 &&
	    from->a[a->n_edits].type == FLOW_ACTION_OUTPUT) {
		a->only_outputs = true;
		a->port = from->a[a->n_edits].port;
	}
	for (uint16_t i = 0; i < from->n; i++) {
		if (!(LEAVE_PACKET >> from->a[i].type & 1))
			a->n_until_edited = (uint16_t)(i + 1);
	}
	a->n = from->n;
	a->last_use = from->n;
	for (uint16_t i = 0; i < from->n; i++) {
		a->a[i] = from->a[i];
		if (SENDS >> a->a[i].type & 1)
			a->sends = true;
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
