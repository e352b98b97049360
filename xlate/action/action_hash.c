/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes actions by value, member by member, since lists have pointers and padding. */
#include <xlate/action.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static uint64_t
mix(uint64_t h, uint64_t word)
{
	return XXH3_64bits_withSeed(&word, sizeof word, h);
}

static uint64_t
mix_bytes(uint64_t h, const void *p, size_t n)
{
	return n ? XXH3_64bits_withSeed(p, n, mix(h, n)) : h;
}

static uint64_t
mix_owned(uint64_t h, const struct xlate_bytes *b)
{
	return b ? mix_bytes(h, b->b, b->n) : h;
}

static uint64_t
mix_subfield(uint64_t h, const struct xlate_subfield *s)
{
	return mix(mix(h, (uintptr_t)s->field), (uint64_t)s->ofs << 16 | s->n_bits);
}

static uint64_t
mix_learn(uint64_t h, const struct xlate_learn *l)
{
	h = mix(mix(h, l->cookie), (uint64_t)l->table << 32 | (uint64_t)l->priority << 16 | l->n);
	for (size_t i = 0; i < l->n; i++) {
		const struct xlate_learn_spec *s = &l->spec[i];

		h = mix_subfield(mix(h, s->kind), &s->src);
		h = mix_subfield(mix_bytes(h, s->value.b, sizeof s->value.b), &s->dst);
	}
	return h;
}

static uint64_t
mix_bundle(uint64_t h, const struct xlate_bundle *b)
{
	h = mix_subfield(mix(h, b->basis), &b->dst);
	return mix_bytes(h, b->member, b->n * sizeof b->member[0]);
}

static uint64_t
mix_action(uint64_t h, const struct xlate_action *a)
{
	h = mix(h, a->type);
	switch (a->type) {
	case XLATE_ACT_OUTPUT:
		return mix(h, a->output.port);
	case XLATE_ACT_CONTROLLER:
		return mix_owned(mix(h, a->controller.id), a->controller.userdata);
	case XLATE_ACT_GOTO_TABLE:
		return mix(h, a->table);
	case XLATE_ACT_RESUBMIT:
		return mix(h, (uint64_t)a->resubmit.port << 8 | a->resubmit.table);
	case XLATE_ACT_SET_FIELD:
		h = mix_bytes(mix(h, (uintptr_t)a->set.field), &a->set.value, sizeof a->set.value);
		return mix_bytes(h, &a->set.mask, sizeof a->set.mask);
	case XLATE_ACT_MOVE:
		return mix_subfield(mix_subfield(h, &a->move.src), &a->move.dst);
	case XLATE_ACT_SET_VLAN_VID:
	case XLATE_ACT_SET_VLAN_PCP:
		return mix(h, a->vlan.value);
	case XLATE_ACT_GROUP:
		return mix(h, a->group);
	case XLATE_ACT_METER:
		return mix(h, a->meter);
	case XLATE_ACT_CLONE:
	case XLATE_ACT_WRITE_ACTIONS:
		return mix(h, xlate_actions_hash(a->nested));
	case XLATE_ACT_NOTE:
	case XLATE_ACT_DEC_TTL:
		return mix_owned(h, a->bytes);
	case XLATE_ACT_STACK_PUSH:
	case XLATE_ACT_STACK_POP:
		return mix_subfield(h, &a->stack);
	case XLATE_ACT_OUTPUT_REG:
		return mix_subfield(h, &a->output_reg.src);
	case XLATE_ACT_LEARN:
		return mix_learn(h, a->learn);
	case XLATE_ACT_FIN_TIMEOUT:
		return mix(h, (uint64_t)a->fin_timeout.idle_s << 16 | a->fin_timeout.hard_s);
	case XLATE_ACT_MULTIPATH:
		h = mix(h, (uint64_t)a->multipath.basis << 32 | a->multipath.n_links);
		return mix_subfield(mix(h, a->multipath.arg), &a->multipath.dst);
	case XLATE_ACT_BUNDLE:
		return mix_bundle(h, a->bundle);
	case XLATE_ACT_SAMPLE:
		return mix(mix(h, a->sample.obs_domain_id), a->sample.obs_point_id);
	case XLATE_ACT_CT:
		h = mix(h, (uint64_t)a->ct.zone << 8 | a->ct.table);
		return a->ct.nested ? mix(h, xlate_actions_hash(a->ct.nested)) : h;
	case XLATE_ACT_NAT:
		h = mix_bytes(h, &a->nat.ip_min, sizeof a->nat.ip_min);
		return mix(h, (uint64_t)a->nat.port_min << 16 | a->nat.port_max);
	case XLATE_ACT_SET_QUEUE:
		return mix(h, a->queue);
	case XLATE_ACT_ENQUEUE:
		return mix(h, (uint64_t)a->enqueue.port << 32 | a->enqueue.queue);
	case XLATE_ACT_OUTPUT_TRUNC:
		return mix(h, (uint64_t)a->output_trunc.port << 32 | a->output_trunc.max_len);
	default:
		return h;
	}
}

uint64_t
xlate_actions_hash(const struct xlate_actions *a)
{
	uint64_t h = a->n;

	for (size_t i = 0; i < a->n; i++)
		h = mix_action(h, &a->a[i]);
	return h;
}
