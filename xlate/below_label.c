/* SPDX-License-Identifier: Apache-2.0 */
/* Below the packet's last label that was parsed, once it is popped or has taken over the TTL from
 * there. Nobody has parsed that; before an action that looks there the packet goes to the datapath for another look,
 * and the rest of the list goes on with what it finds.
 *
 * What goes on is one list, and the action set. Lists that led to it must have nothing left to
 * do. */
#include "frozen.h"
#include "run.h"

#include <errno.h>
#include <stdlib.h>

/* A label may have copied from there. */
static bool
looks_at_label(const struct run *run)
{
	return flow_prereq_ok(FLOW_PREREQ_MPLS, &run->key.flow, NULL);
}

static bool
is_below(const struct run *run, const struct flow_field *f)
{
	if (f && f->prereq == FLOW_PREREQ_MPLS)
		return looks_at_label(run);
	return f && f->prereq > FLOW_PREREQ_MPLS;
}

static bool looks_below(const struct run *run, const struct xlate_action *a);

static bool
any_looks_below(const struct run *run, const struct xlate_action *a, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (looks_below(run, &a[i]))
			return true;
	}
	return false;
}

/* Groups do not lead back to themselves (group_mod.c). */
static bool
group_looks_below(const struct run *run, uint32_t id)
{
	const struct group *g = group_set_find(run->groups, id);

	if (g && g->config.type == XLATE_GROUP_SELECT)
		return true;
	for (size_t i = 0; g && i < g->config.n_buckets; i++) {
		const struct xlate_actions *actions = g->config.bucket[i].actions;

		if (any_looks_below(run, actions->a, actions->n))
			return true;
	}
	return false;
}

/* A push takes over what IP says. Connection tracking is done by the datapath, which must have
 * parsed. */
static bool
looks_below(const struct run *run, const struct xlate_action *a)
{
	switch (a->type) {
	case XLATE_ACT_GOTO_TABLE:
	case XLATE_ACT_RESUBMIT:
	case XLATE_ACT_DEC_TTL:
	case XLATE_ACT_PUSH_MPLS:
	case XLATE_ACT_LEARN:
	case XLATE_ACT_FIN_TIMEOUT:
	case XLATE_ACT_CT:
		return true;
	case XLATE_ACT_POP_MPLS:
	case XLATE_ACT_DEC_MPLS_TTL:
	case XLATE_ACT_COPY_TTL_OUT:
	case XLATE_ACT_COPY_TTL_IN:
		return looks_at_label(run);
	case XLATE_ACT_SET_FIELD:
		return is_below(run, a->set.field);
	case XLATE_ACT_MOVE:
		return is_below(run, a->move.src.field) || is_below(run, a->move.dst.field);
	case XLATE_ACT_STACK_PUSH:
	case XLATE_ACT_STACK_POP:
		return is_below(run, a->stack.field);
	case XLATE_ACT_OUTPUT_REG:
		return is_below(run, a->output_reg.src.field);
	case XLATE_ACT_MULTIPATH:
		return a->multipath.fields != XLATE_HASH_ETH_SRC;
	case XLATE_ACT_BUNDLE:
		return a->bundle->fields != XLATE_HASH_ETH_SRC;
	case XLATE_ACT_GROUP:
		return group_looks_below(run, a->group);
	default:
		return false;
	}
}

bool
run_must_look_again(const struct run *run, const struct xlate_action *a, size_t n)
{
	return run->labels.opaque && !run->stop && !run->exit && !run->list_ended &&
	       any_looks_below(run, a, n);
}

/* Shallow copies of what is left of a list and of those that led to it. */
static int
lists_take(struct frozen_state *where, const struct left *left)
{
	for (; left; left = left->outer) {
		struct frozen_list *list = &where->lists[where->n_lists];

		if (!left->n)
			continue;
		*list = (struct frozen_list){.cookie = left->cookie, .table = left->table};
		list->actions =
			malloc(sizeof *list->actions + left->n * sizeof list->actions->a[0]);
		if (!list->actions)
			return -ENOMEM;
		list->actions->n = left->n;
		memcpy(list->actions->a, left->a, left->n * sizeof left->a[0]);
		where->n_lists++;
	}
	return 0;
}

static int
freeze(struct run *run, const struct left *left, struct frozen **out)
{
	struct frozen_state where = {.table = left->table, .tracked = run->tracked};
	size_t n = 0;
	int rc;

	for (const struct left *l = left; l; l = l->outer)
		n++;
	where.lists = calloc(n, sizeof *where.lists);
	rc = where.lists ? lists_take(&where, left) : -ENOMEM;
	if (!rc)
		rc = run_freeze(run, &where, out);
	for (unsigned int i = 0; i < where.n_lists; i++)
		free(where.lists[i].actions);
	free(where.lists);
	return rc;
}

void
run_look_again(struct run *run, const struct xlate_action *a, size_t n)
{
	const struct left left = {
		.a = a, .n = n, .cookie = run->cookie, .table = run->table, .outer = run->left};
	struct frozen *f;
	int rc;

	if (!run_dp_can(run, FLOW_ACTION_RECIRC))
		return;
	commit(run);
	if (run->stop)
		return;
	rc = freeze(run, &left, &f);
	if (rc) {
		run_emitted(run, rc);
		return;
	}
	run_recirculate(run, f);
	run_forked(run, f, NULL);
	run_note(run, "the packet is looked at again below its label, and goes on here");
	run->exit = true;
}
