/* SPDX-License-Identifier: Apache-2.0 */
#include "shapes.h"

#include <rte_jhash.h>

#include <string.h>

/* All bytes are written: it is hashed as it lies there. */
struct text {
	uint32_t items[RTEFLOW_ITEMS_MAX];
	uint32_t actions[RTEFLOW_ACTIONS_MAX];
	struct rteflow_layers mask;
	uint16_t types[1 + FLOW_VLANS]; /* EtherTypes */
	uint16_t fragment;
	uint16_t samples;
};

uint64_t
rteflow_shape_signature(const struct rteflow_pattern *pattern,
			const struct rteflow_program *program)
{
	struct text t;
	uint32_t a = 1, b = 2;

	memset(&t, 0, sizeof t);
	for (unsigned int i = 0; i < pattern->n; i++)
		t.items[i] = (uint32_t)pattern->items[i].type + 1;
	for (unsigned int i = 0; i < program->n; i++)
		t.actions[i] = (uint32_t)program->actions[i].type + 1;
	memcpy(&t.mask, &pattern->mask, sizeof t.mask);
	t.types[0] = pattern->spec.eth.hdr.ether_type;
	for (unsigned int i = 0; i < FLOW_VLANS; i++)
		t.types[1 + i] = pattern->spec.vlan[i].hdr.eth_proto;
	t.fragment = pattern->spec.ip4.hdr.fragment_offset;
	t.samples = (uint16_t)program->n_samples;
	rte_jhash_2hashes(&t, sizeof t, &a, &b);
	return (uint64_t)a << 32 | b | 1;
}

static const struct rteflow_shape *
find(const struct rteflow_shapes *s, uint64_t signature)
{
	const struct rteflow_shape *shape = &s->slots[(signature >> 1) % RTEFLOW_SHAPES];

	return shape->signature == signature ? shape : NULL;
}

static struct rteflow_shape *
get(struct rteflow_shapes *s, uint64_t signature)
{
	struct rteflow_shape *shape = &s->slots[(signature >> 1) % RTEFLOW_SHAPES];

	if (shape->signature != signature)
		*shape = (struct rteflow_shape){.signature = signature};
	return shape;
}

const struct nic_refusal *
rteflow_shape_refused(const struct rteflow_shapes *s, uint64_t signature, uint64_t now_ns)
{
	const struct rteflow_shape *shape = find(s, signature);

	return shape && now_ns < shape->until_ns ? &shape->why : NULL;
}

bool
rteflow_shape_works(const struct rteflow_shapes *s, uint64_t signature)
{
	const struct rteflow_shape *shape = find(s, signature);

	return shape && shape->works;
}

void
rteflow_shape_note(struct rteflow_shapes *s, uint64_t signature)
{
	struct rteflow_shape *shape = get(s, signature);

	shape->works = true;
	shape->until_ns = 0;
}

void
rteflow_shape_refuse(struct rteflow_shapes *s, uint64_t signature, const struct nic_refusal *why,
		     uint64_t now_ns)
{
	struct rteflow_shape *shape = get(s, signature);

	shape->until_ns = now_ns + RTEFLOW_SHAPE_REFUSED_NS;
	shape->why = *why;
}
