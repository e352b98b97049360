/* SPDX-License-Identifier: Apache-2.0 */
#include "action/action_set.h"

#include <errno.h>
#include <stdlib.h>

/* In order of execution. */
enum slot {
	SLOT_NONE, /* not accepted in a set */
	SLOT_NOTHING,
	SLOT_COPY_TTL_IN, /* the first to be executed */
	SLOT_POP_VLAN,
	SLOT_POP_MPLS,
	SLOT_PUSH_MPLS,
	SLOT_PUSH_VLAN,
	SLOT_COPY_TTL_OUT,
	SLOT_DEC_TTL,
	SLOT_DEC_MPLS_TTL,
	SLOT_SET,   /* all of them are executed */
	SLOT_GROUP, /* of this and the following ones, only the first present one is executed */
	SLOT_OUTPUT,
	SLOT_RESUBMIT,
	SLOT_CT_CLEAR,
	SLOT_CT,
	N_SLOTS,
};

static const uint8_t slots[XLATE_N_ACTIONS] = {
	[XLATE_ACT_DROP] = SLOT_NOTHING,
	[XLATE_ACT_POP_VLAN] = SLOT_POP_VLAN,
	[XLATE_ACT_PUSH_VLAN] = SLOT_PUSH_VLAN,
	[XLATE_ACT_DEC_TTL] = SLOT_DEC_TTL,
	[XLATE_ACT_POP_MPLS] = SLOT_POP_MPLS,
	[XLATE_ACT_PUSH_MPLS] = SLOT_PUSH_MPLS,
	[XLATE_ACT_COPY_TTL_IN] = SLOT_COPY_TTL_IN,
	[XLATE_ACT_COPY_TTL_OUT] = SLOT_COPY_TTL_OUT,
	[XLATE_ACT_DEC_MPLS_TTL] = SLOT_DEC_MPLS_TTL,
	[XLATE_ACT_SET_FIELD] = SLOT_SET,
	[XLATE_ACT_MOVE] = SLOT_SET,
	[XLATE_ACT_SET_VLAN_VID] = SLOT_SET,
	[XLATE_ACT_SET_VLAN_PCP] = SLOT_SET,
	[XLATE_ACT_SET_QUEUE] = SLOT_SET,
	[XLATE_ACT_GROUP] = SLOT_GROUP,
	[XLATE_ACT_OUTPUT] = SLOT_OUTPUT,
	[XLATE_ACT_CONTROLLER] = SLOT_OUTPUT,
	[XLATE_ACT_RESUBMIT] = SLOT_RESUBMIT,
	[XLATE_ACT_CT_CLEAR] = SLOT_CT_CLEAR,
	[XLATE_ACT_CT] = SLOT_CT,
};

int
action_set_write(struct action_set *set, const struct xlate_actions *actions)
{
	size_t n = set->n + actions->n;

	if (n > ACTION_SET_MAX)
		return -E2BIG;
	if (n > set->n_alloc) {
		struct xlate_action *more = realloc(set->a, n * 2 * sizeof *more);

		if (!more)
			return -ENOMEM;
		set->a = more;
		set->n_alloc = n * 2;
	}
	if (actions->n)
		memcpy(set->a + set->n, actions->a, actions->n * sizeof *set->a);
	set->n = n;
	return 0;
}

int
action_set_copy(struct action_set *to, const struct action_set *from)
{
	*to = (struct action_set){.n = from->n, .n_alloc = from->n};
	if (!from->n)
		return 0;
	to->a = malloc(from->n * sizeof *to->a);
	if (!to->a)
		return -ENOMEM;
	memcpy(to->a, from->a, from->n * sizeof *to->a);
	return 0;
}

void
action_set_clear(struct action_set *set)
{
	free(set->a);
	*set = (struct action_set){0};
}

bool
action_set_takes(enum xlate_action_type type)
{
	return slots[type] != SLOT_NONE;
}

static const struct xlate_action *
last_of(const struct xlate_action *a, size_t n, enum slot slot)
{
	while (n--) {
		if (slots[a[n].type] == slot)
			return &a[n];
	}
	return NULL;
}

uint32_t
action_set_output(const struct xlate_action *a, size_t n)
{
	const struct xlate_action *output = last_of(a, n, SLOT_OUTPUT);

	if (!output || last_of(a, n, SLOT_GROUP))
		return XLATE_PORT_UNSET;
	return output->type == XLATE_ACT_CONTROLLER ? XLATE_PORT_CONTROLLER : output->output.port;
}

static void
slot_put(const struct xlate_action *a, size_t n, enum slot slot, struct xlate_actions *out)
{
	const struct xlate_action *last = last_of(a, n, slot);

	for (size_t i = 0; slot == SLOT_SET && i < n; i++) {
		if (slots[a[i].type] == SLOT_SET)
			out->a[out->n++] = a[i];
	}
	if (slot != SLOT_SET && last)
		out->a[out->n++] = *last;
}

int
action_set_order(const struct xlate_action *a, size_t n, struct xlate_actions **out)
{
	struct xlate_actions *list;
	enum slot final = SLOT_GROUP;

	*out = NULL;
	while (final < N_SLOTS && !last_of(a, n, final))
		final++;
	if (final == N_SLOTS)
		return 0;
	list = malloc(sizeof *list + n * sizeof list->a[0]);
	if (!list)
		return -ENOMEM;
	list->n = 0;
	for (enum slot slot = SLOT_COPY_TTL_IN; slot < SLOT_GROUP; slot++)
		slot_put(a, n, slot, list);
	slot_put(a, n, final, list);
	*out = list;
	return 0;
}
