/* SPDX-License-Identifier: Apache-2.0 */
/* Sends a copy of the packet to the datapath with the pipeline's state, and resumes it
 * on return. */
#include "run/recirculate.h"

#include "run/enter.h"
#include "run/options.h"
#include "run/run_field.h"

#include <errno.h>
#include <stdlib.h>

/* Returns the action set as a list of shallow copies; NULL in '*out' if it is empty. */
static int
set_list(const struct action_set *set, struct xlate_actions **out)
{
	*out = NULL;
	if (!set->n)
		return 0;
	*out = malloc(sizeof **out + set->n * sizeof(*out)->a[0]);
	if (!*out)
		return -ENOMEM;
	(*out)->n = set->n;
	memcpy((*out)->a, set->a, set->n * sizeof(*out)->a[0]);
	return 0;
}

int
run_freeze(struct run *run, const struct frozen_state *where, struct frozen **out)
{
	struct frozen_state s = *where;
	int rc;

	if (run->spent.n_passes == XLATE_PASSES_MAX)
		return -ELOOP;
	rc = where->n_lists && run->at.lends_set ? 0 : set_list(&run->set, &s.set);

	s.link = run->br->link;
	s.n_passes = run->spent.n_passes + 1;
	s.in_port = run->key.in_port;
	s.mirrored = run->mirrored;
	s.queue = run->queue;
	s.metadata = run->key.metadata;
	run_tunnel_fields(run, &s.tunnel);
	s.stack = run->stack;
	memcpy(s.reg, run->key.reg, sizeof s.reg);
	if (!rc)
		rc = frozens_put(run->x->frozens, &s, out);
	free(s.set);
	return rc ? rc : held_add_frozen(&run->record->held, *out);
}

/* Makes shallow copies of the rest of a list and of the lists that led to it. */
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

int
run_freeze_rest(struct run *run, const struct left *left, struct frozen **out)
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
run_recirculate(struct run *run, const struct frozen *f)
{
	struct flow_action a = {.type = FLOW_ACTION_RECIRC, .recirc_id = frozen_id(f)};

	run_emitted(run, flow_actions_add(&run->out->actions, &a));
}

void
run_forked(struct run *run, struct frozen *f, const struct flow_ct *ct)
{
	struct follow *follow = run->follow;
	struct fork *more;

	if (!follow || follow->n == XLATE_RESUBMITS_MAX)
		return;
	more = realloc(follow->forks, (follow->n + 1) * sizeof *more);
	if (!more) {
		run_emitted(run, -ENOMEM);
		return;
	}
	follow->forks = more;
	more[follow->n] = (struct fork){.frozen = frozen_ref(f), .key = run->key.flow};
	more[follow->n].key.in_port = run->in->key->in_port;
	more[follow->n].key.tun = run->in->key->tun;
	more[follow->n].key.recirc_id = frozen_id(f);
	if (ct) {
		more[follow->n].tracked = true;
		more[follow->n].nat = ct->nat;
		more[follow->n].key.ct_zone = ct->zone;
	}
	follow->n++;
}

static int
take_up(struct run *run, const struct frozen_state *s, struct xlate_bridge *br)
{
	int rc = value_stack_copy(&run->stack, &s->stack);

	run_enter_bridge(run, br, s->in_port);
	run_options_arrive(run);
	run->key.metadata = s->metadata;
	run_tunnel_fields_set(run, &s->tunnel);
	memcpy(run->key.reg, s->reg, sizeof run->key.reg);
	run->queue = run->dp.queue = run->first.queue = s->queue;
	run->resumed = s;
	run->tracked = s->tracked;
	run->spent.n_passes = s->n_passes;
	run->mirrored = s->mirrored;
	if (!s->tracked)
		run_untracked(run);
	if (!rc && s->set)
		rc = action_set_write(&run->set, s->set);
	run->key.set_output = action_set_output(run->set.a, run->set.n);
	return rc;
}

void
run_thaw(struct run *run)
{
	struct frozen *f = frozens_get(run->x->frozens, run->in->key->recirc_id);
	struct xlate_bridge *br;
	int rc;

	if (!f)
		return;
	rc = held_add_frozen(&run->record->held, f);
	br = rc ? NULL : rcu_read(&frozen_state(f)->link->br);
	if (br)
		rc = take_up(run, frozen_state(f), br);
	run->end.error = rc;
}
