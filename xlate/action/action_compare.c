/* SPDX-License-Identifier: Apache-2.0 */
/* Actions are compared and hashed by value, member by member, since lists have pointers and padding.
 * A hash may leave out members. */
#include <xlate/action.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static bool
bytes_equal(const struct xlate_bytes *a, const struct xlate_bytes *b)
{
	if (!a || !b)
		return a == b;
	return a->n == b->n && !memcmp(a->b, b->b, a->n);
}

static bool
sets_equal(const struct xlate_action *a, const struct xlate_action *b)
{
	return a->set.field == b->set.field && !strcmp(a->set.verb, b->set.verb) &&
	       !memcmp(&a->set.value, &b->set.value, sizeof a->set.value) &&
	       !memcmp(&a->set.mask, &b->set.mask, sizeof a->set.mask);
}

static bool
subfields_equal(const struct xlate_subfield *a, const struct xlate_subfield *b)
{
	return a->field == b->field && a->ofs == b->ofs && a->n_bits == b->n_bits;
}

static bool
bundles_equal(const struct xlate_bundle *a, const struct xlate_bundle *b)
{
	return a->fields == b->fields && a->algorithm == b->algorithm && a->basis == b->basis &&
	       subfields_equal(&a->dst, &b->dst) && a->n == b->n &&
	       !memcmp(a->member, b->member, a->n * sizeof a->member[0]);
}

static bool
specs_equal(const struct xlate_learn_spec *a, const struct xlate_learn_spec *b)
{
	return a->kind == b->kind && a->immediate == b->immediate && a->n_bits == b->n_bits &&
	       subfields_equal(&a->src, &b->src) && subfields_equal(&a->dst, &b->dst) &&
	       !memcmp(&a->value, &b->value, sizeof a->value);
}

static bool
learns_equal(const struct xlate_learn *a, const struct xlate_learn *b)
{
	bool same = a->table == b->table && a->priority == b->priority && a->cookie == b->cookie &&
		    a->idle_timeout_s == b->idle_timeout_s &&
		    a->hard_timeout_s == b->hard_timeout_s &&
		    a->fin_idle_timeout_s == b->fin_idle_timeout_s &&
		    a->fin_hard_timeout_s == b->fin_hard_timeout_s &&
		    a->send_flow_rem == b->send_flow_rem &&
		    a->delete_learned == b->delete_learned && a->limit == b->limit &&
		    subfields_equal(&a->result_dst, &b->result_dst) && a->n == b->n;

	for (size_t i = 0; same && i < a->n; i++)
		same = specs_equal(&a->spec[i], &b->spec[i]);
	return same;
}

static bool
multipaths_equal(const struct xlate_action *a, const struct xlate_action *b)
{
	return a->multipath.fields == b->multipath.fields &&
	       a->multipath.algorithm == b->multipath.algorithm &&
	       a->multipath.basis == b->multipath.basis &&
	       a->multipath.n_links == b->multipath.n_links &&
	       a->multipath.arg == b->multipath.arg &&
	       subfields_equal(&a->multipath.dst, &b->multipath.dst);
}

static bool
samples_equal(const struct xlate_action *a, const struct xlate_action *b)
{
	return a->sample.probability == b->sample.probability &&
	       a->sample.sampling_port == b->sample.sampling_port &&
	       a->sample.collector_set_id == b->sample.collector_set_id &&
	       a->sample.obs_domain_id == b->sample.obs_domain_id &&
	       a->sample.obs_point_id == b->sample.obs_point_id &&
	       a->sample.direction == b->sample.direction;
}

static bool
controllers_equal(const struct xlate_action *a, const struct xlate_action *b)
{
	return a->controller.max_len == b->controller.max_len &&
	       a->controller.id == b->controller.id &&
	       a->controller.reason == b->controller.reason &&
	       bytes_equal(a->controller.userdata, b->controller.userdata);
}

static bool
conjunctions_equal(const struct xlate_action *a, const struct xlate_action *b)
{
	return a->conjunction.id == b->conjunction.id && a->conjunction.k == b->conjunction.k &&
	       a->conjunction.n == b->conjunction.n;
}

static bool
cts_equal(const struct xlate_action *a, const struct xlate_action *b)
{
	bool same = a->ct.commit == b->ct.commit && a->ct.force == b->ct.force &&
		    a->ct.table == b->ct.table && a->ct.helper == b->ct.helper &&
		    a->ct.zone == b->ct.zone && subfields_equal(&a->ct.zone_src, &b->ct.zone_src) &&
		    !a->ct.nested == !b->ct.nested;

	return same && (!a->ct.nested || xlate_actions_equal(a->ct.nested, b->ct.nested));
}

/* For SET_QUEUE, ENQUEUE and OUTPUT_TRUNC. */
static bool
sends_equal(const struct xlate_action *a, const struct xlate_action *b)
{
	if (a->type == XLATE_ACT_SET_QUEUE)
		return a->queue == b->queue;
	if (a->type == XLATE_ACT_ENQUEUE)
		return a->enqueue.port == b->enqueue.port && a->enqueue.queue == b->enqueue.queue;
	return a->output_trunc.port == b->output_trunc.port &&
	       a->output_trunc.max_len == b->output_trunc.max_len;
}

static bool
action_equal(const struct xlate_action *a, const struct xlate_action *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case XLATE_ACT_OUTPUT:
		return a->output.port == b->output.port && a->output.max_len == b->output.max_len;
	case XLATE_ACT_CONTROLLER:
		return controllers_equal(a, b);
	case XLATE_ACT_GOTO_TABLE:
		return a->table == b->table;
	case XLATE_ACT_RESUBMIT:
		return a->resubmit.port == b->resubmit.port &&
		       a->resubmit.table == b->resubmit.table;
	case XLATE_ACT_SET_FIELD:
		return sets_equal(a, b);
	case XLATE_ACT_MOVE:
		return subfields_equal(&a->move.src, &b->move.src) &&
		       subfields_equal(&a->move.dst, &b->move.dst);
	case XLATE_ACT_PUSH_VLAN:
		return a->tpid == b->tpid;
	case XLATE_ACT_SET_VLAN_VID:
	case XLATE_ACT_SET_VLAN_PCP:
		return a->vlan.value == b->vlan.value && a->vlan.has_tag == b->vlan.has_tag;
	case XLATE_ACT_GROUP:
		return a->group == b->group;
	case XLATE_ACT_METER:
		return a->meter == b->meter;
	case XLATE_ACT_CLONE:
	case XLATE_ACT_WRITE_ACTIONS:
		return xlate_actions_equal(a->nested, b->nested);
	case XLATE_ACT_NOTE:
	case XLATE_ACT_DEC_TTL:
		return bytes_equal(a->bytes, b->bytes);
	case XLATE_ACT_STACK_PUSH:
	case XLATE_ACT_STACK_POP:
		return subfields_equal(&a->stack, &b->stack);
	case XLATE_ACT_OUTPUT_REG:
		return subfields_equal(&a->output_reg.src, &b->output_reg.src) &&
		       a->output_reg.max_len == b->output_reg.max_len;
	case XLATE_ACT_PUSH_MPLS:
	case XLATE_ACT_POP_MPLS:
		return a->eth_type == b->eth_type;
	case XLATE_ACT_CONJUNCTION:
		return conjunctions_equal(a, b);
	case XLATE_ACT_LEARN:
		return learns_equal(a->learn, b->learn);
	case XLATE_ACT_FIN_TIMEOUT:
		return a->fin_timeout.idle_s == b->fin_timeout.idle_s &&
		       a->fin_timeout.hard_s == b->fin_timeout.hard_s;
	case XLATE_ACT_MULTIPATH:
		return multipaths_equal(a, b);
	case XLATE_ACT_BUNDLE:
		return bundles_equal(a->bundle, b->bundle);
	case XLATE_ACT_SAMPLE:
		return samples_equal(a, b);
	case XLATE_ACT_CT:
		return cts_equal(a, b);
	case XLATE_ACT_NAT:
		return flow_nat_equal(&a->nat, &b->nat);
	case XLATE_ACT_SET_QUEUE:
	case XLATE_ACT_ENQUEUE:
	case XLATE_ACT_OUTPUT_TRUNC:
		return sends_equal(a, b);
	case XLATE_ACT_CHECK_SIZE:
		return a->check_size.n_bytes == b->check_size.n_bytes &&
		       subfields_equal(&a->check_size.dst, &b->check_size.dst);
	case XLATE_ACT_CT_CLEAR:
	case XLATE_ACT_POP_QUEUE:
	case XLATE_ACT_DROP:
	case XLATE_ACT_POP_VLAN:
	case XLATE_ACT_EXIT:
	case XLATE_ACT_DEC_MPLS_TTL:
	case XLATE_ACT_COPY_TTL_OUT:
	case XLATE_ACT_COPY_TTL_IN:
	case XLATE_ACT_CLEAR_ACTIONS:
	case XLATE_N_ACTIONS:
		break;
	}
	return true;
}

bool
xlate_actions_equal(const struct xlate_actions *a, const struct xlate_actions *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (!action_equal(&a->a[i], &b->a[i]))
			return false;
	}
	return true;
}

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
