/* SPDX-License-Identifier: Apache-2.0 */
#include "plan.h"

void
plan_init(struct plan *p)
{
	memset(p, 0, sizeof *p);
	flow_actions_init(&p->actions);
	p->drop = FLOW_NOT_DROPPED;
}

void
plan_free(struct plan *p)
{
	flow_actions_free(&p->actions);
	if (p->record)
		xlate_record_free(p->record);
	plan_init(p);
}

static int
slow_path_actions(struct flow_actions *acts)
{
	struct flow_action a = {.type = FLOW_ACTION_UPCALL};

	a.upcall.reason = FLOW_UPCALL_SLOW_PATH;
	a.upcall.max_len = UINT16_MAX;
	return flow_actions_add(acts, &a);
}

int
plan_take(struct plan *p, struct xlate_out *out, uint64_t version)
{
	if (!out->slow_path)
		flow_actions_move(&p->actions, &out->actions);
	else if (slow_path_actions(&p->actions))
		return -ENOMEM;
	p->record = out->record;
	out->record = NULL;
	p->drop = out->drop;
	p->slow_path = out->slow_path;
	p->version = version;
	return 0;
}

void
plan_move(struct plan *to, struct plan *from)
{
	plan_free(to);
	*to = *from;
	plan_init(from);
}

/* Without a record (no bridge owns the port) any change may affect the flow. A flow that was found is
 * yet to be translated. */
bool
plan_current(const struct plan *p, const struct xlate *x, const struct flow_packed *megaflow)
{
	if (p->record)
		return xlate_record_current(x, p->record, megaflow);
	return !p->found && p->version == xlate_version(x);
}
