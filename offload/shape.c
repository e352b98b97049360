/* SPDX-License-Identifier: Apache-2.0 */
#include "shape.h"

#include <arpa/inet.h>
#include <stdlib.h>

/* Copies the values that determine a packet's headers; these are part of the shape. */
static void
kinds_of(const struct flow_match *m, struct flow_key *out)
{
	memset(out, 0, sizeof *out);
	out->eth_type = m->key.eth_type;
	out->nw_proto = m->key.nw_proto;
	out->nw_frag = m->key.nw_frag;
	for (unsigned int i = 0; i < FLOW_VLANS; i++) {
		out->vlan[i].tpid = m->key.vlan[i].tpid;
		out->vlan[i].tci = m->key.vlan[i].tci & htons(FLOW_VLAN_CFI);
	}
}

static uint64_t
mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

static uint64_t
mix_action(uint64_t h, const struct flow_action *a)
{
	h = mix(h, a->type);
	if (a->type == FLOW_ACTION_SET) {
		uint64_t mask[2];

		memcpy(mask, a->set.mask, sizeof mask);
		h = mix(mix(mix(h, a->set.field), mask[0]), mask[1]);
	} else if (a->type == FLOW_ACTION_PUSH_VLAN) {
		h = mix(h, a->vlan.tpid);
	}
	return h;
}

void
ofl_shape_key(const struct flow_match *match, const struct flow_actions *actions,
	      struct shape_key *out)
{
	struct flow_match kinds = {.mask = match->mask};

	kinds_of(match, &kinds.key);
	out->match = flow_ufid_make(&kinds);
	out->actions = 0;
	for (unsigned int i = 0; i < actions->n; i++)
		out->actions = mix_action(out->actions, &actions->a[i]);
}

static struct cds_list_head *
bucket_of(struct shapes *all, const struct shape_key *key)
{
	return &all->buckets[(key->match.lo ^ key->actions) % SHAPE_BUCKETS];
}

void
ofl_shapes_init(struct shapes *all)
{
	for (unsigned int i = 0; i < SHAPE_BUCKETS; i++)
		CDS_INIT_LIST_HEAD(&all->buckets[i]);
	CDS_INIT_LIST_HEAD(&all->unused);
	all->epoch = 1;
}

static void
forget(struct shape *shape)
{
	ofl_retry_cancel(&shape->probe);
	cds_list_del(&shape->opened_link);
	cds_list_del(&shape->unused_link);
	cds_list_del(&shape->link);
	shape->of->n--;
	shape->of->n_halted -= shape->halted;
	free(shape);
}

void
ofl_shapes_free(struct shapes *all)
{
	while (!cds_list_empty(&all->unused))
		forget(cds_list_first_entry(&all->unused, struct shape, unused_link));
	if (all->n)
		abort();
}

struct shape *
ofl_shape_find(struct shapes *all, const struct shape_key *key)
{
	struct shape *shape;

	cds_list_for_each_entry (shape, bucket_of(all, key), link) {
		if (flow_ufid_equal(&shape->key.match, &key->match) &&
		    shape->key.actions == key->actions)
			return shape;
	}
	return NULL;
}

static struct shape *
shape_new(struct shapes *all, const struct shape_key *key)
{
	struct shape *shape;

	if (all->n >= SHAPES_MAX) {
		if (cds_list_empty(&all->unused))
			return NULL;
		forget(cds_list_first_entry(&all->unused, struct shape, unused_link));
	}
	shape = calloc(1, sizeof *shape);
	if (!shape)
		return NULL;
	shape->of = all;
	shape->key = *key;
	CDS_INIT_LIST_HEAD(&shape->unused_link);
	CDS_INIT_LIST_HEAD(&shape->opened_link);
	CDS_INIT_LIST_HEAD(&shape->waiting);
	cds_list_add(&shape->link, bucket_of(all, key));
	all->n++;
	return shape;
}

struct shape *
ofl_shape_get(struct shapes *all, const struct shape_key *key)
{
	struct shape *shape = ofl_shape_find(all, key);

	if (!shape)
		shape = shape_new(all, key);
	if (shape)
		ofl_shape_ref(shape);
	return shape;
}

void
ofl_shape_ref(struct shape *shape)
{
	if (!shape->refs++)
		cds_list_del_init(&shape->unused_link);
}

/* Drops a reference. A shape without refusals is forgotten at once. */
void
ofl_shape_unref(struct shape *shape)
{
	if (!shape || --shape->refs)
		return;
	cds_list_add_tail(&shape->unused_link, &shape->of->unused);
	if (!shape->n_refused && !shape->halted)
		forget(shape);
}

bool
ofl_shape_is_full(const struct shape *shape)
{
	return shape->full_epoch == shape->of->epoch;
}

void
ofl_shape_fill(struct shape *shape)
{
	shape->full_epoch = shape->of->epoch;
}

void
ofl_shapes_empty(struct shapes *all)
{
	all->epoch++;
}
