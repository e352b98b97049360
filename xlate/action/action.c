/* SPDX-License-Identifier: Apache-2.0 */
#include <xlate/action.h>

#include <stdlib.h>

static size_t
size_of(size_t n)
{
	return sizeof(struct xlate_actions) + n * sizeof(struct xlate_action);
}

void
xlate_action_clear(struct xlate_action *a)
{
	switch (a->type) {
	case XLATE_ACT_CONTROLLER:
		free(a->controller.userdata);
		a->controller.userdata = NULL;
		break;
	case XLATE_ACT_NOTE:
	case XLATE_ACT_DEC_TTL:
		free(a->bytes);
		a->bytes = NULL;
		break;
	case XLATE_ACT_CLONE:
	case XLATE_ACT_WRITE_ACTIONS:
	case XLATE_ACT_CT:
		xlate_actions_free(a->nested);
		a->nested = NULL;
		break;
	case XLATE_ACT_LEARN:
		free(a->learn);
		a->learn = NULL;
		break;
	case XLATE_ACT_BUNDLE:
		free(a->bundle);
		a->bundle = NULL;
		break;
	default:
		break;
	}
}

void
xlate_actions_free(struct xlate_actions *a)
{
	for (size_t i = 0; a && i < a->n; i++)
		xlate_action_clear(&a->a[i]);
	free(a);
}

/* Replaces the pointer at 'pp' by one to a copy. Returns false if there is no memory; the pointer
 * is then NULL. */
static bool
dup_at(void *pp, size_t n)
{
	void *from, *to;

	memcpy(&from, pp, sizeof from);
	if (!from)
		return true;
	to = malloc(n);
	if (to)
		memcpy(to, from, n);
	memcpy(pp, &to, sizeof to);
	return to;
}

static size_t
bytes_size(const struct xlate_bytes *b)
{
	return b ? sizeof *b + b->n : 0;
}

/* Replaces the owned pointers of a copied action by copies. On failure, nothing is left to free. */
static bool
action_own(struct xlate_action *a)
{
	switch (a->type) {
	case XLATE_ACT_CONTROLLER:
		return dup_at(&a->controller.userdata, bytes_size(a->controller.userdata));
	case XLATE_ACT_NOTE:
	case XLATE_ACT_DEC_TTL:
		return dup_at(&a->bytes, bytes_size(a->bytes));
	case XLATE_ACT_CLONE:
	case XLATE_ACT_WRITE_ACTIONS:
	case XLATE_ACT_CT:
		if (!a->nested)
			return true;
		a->nested = xlate_actions_copy(a->nested);
		return a->nested;
	case XLATE_ACT_LEARN:
		return dup_at(&a->learn, sizeof *a->learn + a->learn->n * sizeof a->learn->spec[0]);
	case XLATE_ACT_BUNDLE:
		return dup_at(&a->bundle,
			      sizeof *a->bundle + a->bundle->n * sizeof a->bundle->member[0]);
	default:
		return true;
	}
}

struct xlate_actions *
xlate_actions_copy(const struct xlate_actions *a)
{
	struct xlate_actions *copy = malloc(size_of(a->n));

	if (!copy)
		return NULL;
	for (copy->n = 0; copy->n < a->n; copy->n++) {
		copy->a[copy->n] = a->a[copy->n];
		if (!action_own(&copy->a[copy->n])) {
			xlate_actions_free(copy);
			return NULL;
		}
	}
	return copy;
}

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

bool
xlate_actions_output_to(const struct xlate_actions *a, uint16_t port)
{
	for (size_t i = 0; i < a->n; i++) {
		if (a->a[i].type == XLATE_ACT_OUTPUT && a->a[i].output.port == port)
			return true;
		if (a->a[i].type == XLATE_ACT_ENQUEUE && a->a[i].enqueue.port == port)
			return true;
		if (a->a[i].type == XLATE_ACT_OUTPUT_TRUNC && a->a[i].output_trunc.port == port)
			return true;
		if (a->a[i].type == XLATE_ACT_CONTROLLER && port == XLATE_PORT_CONTROLLER)
			return true;
		if ((a->a[i].type == XLATE_ACT_CLONE || a->a[i].type == XLATE_ACT_WRITE_ACTIONS) &&
		    xlate_actions_output_to(a->a[i].nested, port))
			return true;
	}
	return false;
}
