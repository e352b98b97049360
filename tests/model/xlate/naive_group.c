/* SPDX-License-Identifier: Apache-2.0 */
/* Groups and action sets of the trivial twin. It asks the hash under test for the bucket of a
 * select group: the model checks which packets share a bucket. */
#include "naive_impl.h"

#include "bridge/group_select.h"

#include <stdlib.h>

void
naive_write(struct naive *n, const struct xlate_actions *actions)
{
	if (n->n_set + actions->n > NAIVE_SET_MAX) {
		naive_stop(n, FLOW_DROP_TOO_MANY_ACTIONS, true);
		return;
	}
	for (size_t i = 0; i < actions->n; i++)
		n->set[n->n_set++] = &actions->a[i];
}

static const struct xlate_action *
last_of(const struct xlate_action *const *set, size_t n, enum xlate_action_type type)
{
	const struct xlate_action *last = NULL;

	for (size_t i = 0; i < n; i++)
		if (set[i]->type == type)
			last = set[i];
	return last;
}

static bool
is_set(enum xlate_action_type type)
{
	return type == XLATE_ACT_SET_FIELD || type == XLATE_ACT_MOVE ||
	       type == XLATE_ACT_SET_VLAN_VID || type == XLATE_ACT_SET_VLAN_PCP;
}

static void
act(struct naive *n, const struct xlate_action *a)
{
	if (a && !n->stop && !n->exit && !n->list_ended)
		naive_action(n, a);
}

/* Returns the action that ends the set. The controller is a port: the last of it and other
 * outputs is used. */
static const struct xlate_action *
final_of(const struct xlate_action *const *set, size_t n)
{
	const struct xlate_action *a = last_of(set, n, XLATE_ACT_GROUP);

	for (size_t i = 0; i < n && (!a || a->type != XLATE_ACT_GROUP); i++)
		if (set[i]->type == XLATE_ACT_OUTPUT || set[i]->type == XLATE_ACT_CONTROLLER)
			a = set[i];
	return a ? a : last_of(set, n, XLATE_ACT_RESUBMIT);
}

static void
run_set(struct naive *n, const struct xlate_action *const *set, size_t n_set)
{
	static const enum xlate_action_type first[] = {
		XLATE_ACT_POP_VLAN,
		XLATE_ACT_PUSH_VLAN,
		XLATE_ACT_DEC_TTL,
	};
	const struct xlate_action *final = final_of(set, n_set);

	if (!final)
		return;
	for (size_t i = 0; i < sizeof first / sizeof *first; i++)
		act(n, last_of(set, n_set, first[i]));
	for (size_t i = 0; i < n_set; i++)
		if (is_set(set[i]->type))
			act(n, set[i]);
	act(n, final);
	n->list_ended = false;
}

void
naive_set_run(struct naive *n)
{
	const struct xlate_action *set[NAIVE_SET_MAX];
	size_t n_set = n->n_set;

	memcpy(set, n->set, n_set * sizeof(struct xlate_action *));
	n->n_set = 0;
	run_set(n, set, n_set);
}

static void
run_bucket(struct naive *n, const struct xlate_bucket *b)
{
	const struct xlate_action *set[64];
	struct xlate_key key = n->key;
	unsigned int table = n->table;

	if (b->actions->n > 64)
		abort();
	for (size_t i = 0; i < b->actions->n; i++)
		set[i] = &b->actions->a[i];
	run_set(n, set, b->actions->n);
	n->key = key;
	n->table = table;
	n->next_table = -1;
	n->stop = n->failed;
	n->exit = false;
}

static const struct xlate_group_config *
find(const struct naive *n, uint32_t id)
{
	for (unsigned int i = 0; i < n->rules->n_groups; i++)
		if (n->rules->groups[i]->id == id)
			return n->rules->groups[i];
	return NULL;
}

static int
port_is(const struct xlate_port *port, void *aux)
{
	const uint16_t *ofp_port = aux;

	return port->ofp_port == *ofp_port;
}

static bool
is_live(const struct naive *n, const struct xlate_bucket *b)
{
	const struct xlate_group_config *watched =
		b->watch_group == XLATE_GROUP_ANY ? NULL : find(n, b->watch_group);
	uint16_t port = b->watch_port;

	if (port == XLATE_PORT_NONE && b->watch_group == XLATE_GROUP_ANY)
		return true;
	if (port != XLATE_PORT_NONE && xlate_port_each(n->br, port_is, &port) &&
	    !(n->rules->down >> port & 1))
		return true;
	for (size_t i = 0; watched && i < watched->n_buckets; i++)
		if (is_live(n, &watched->bucket[i]))
			return true;
	return false;
}

static bool
has(void *aux, const struct flow_field *f)
{
	return naive_has_field(aux, f);
}

static void
look(void *aux, const struct flow_field *f, const struct flow_value *mask)
{
	(void)aux;
	(void)f;
	(void)mask;
}

static void
run_select(struct naive *n, const struct xlate_group_config *g)
{
	struct packet_looker looker = {.aux = n, .key = &n->key, .has = has, .look = look};
	bool live[64];
	size_t i;

	if (g->n_buckets > 64)
		abort();
	for (i = 0; i < g->n_buckets; i++)
		live[i] = is_live(n, &g->bucket[i]);
	i = group_choose(g, group_hash(g, &looker), live);
	if (i < g->n_buckets)
		run_bucket(n, &g->bucket[i]);
}

static void
run_type(struct naive *n, const struct xlate_group_config *g)
{
	if (g->type == XLATE_GROUP_SELECT) {
		run_select(n, g);
		return;
	}
	for (size_t i = 0; i < g->n_buckets && !n->stop; i++) {
		if (g->type == XLATE_GROUP_FF && !is_live(n, &g->bucket[i]))
			continue;
		run_bucket(n, &g->bucket[i]);
		if (g->type == XLATE_GROUP_FF)
			return;
	}
}

void
naive_group(struct naive *n, uint32_t id)
{
	const struct xlate_group_config *g = find(n, id);

	if (!g || !naive_enter(n))
		return;
	run_type(n, g);
	n->depth--;
}
