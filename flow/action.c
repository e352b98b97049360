/* SPDX-License-Identifier: Apache-2.0 */
#include <flow/action.h>

#include <errno.h>
#include <stdlib.h>

#define SET_BYTES sizeof(((struct flow_action *)0)->set.value)

void
flow_actions_init(struct flow_actions *acts)
{
	*acts = (struct flow_actions){0};
}

void
flow_actions_free(struct flow_actions *acts)
{
	free(acts->a);
	flow_actions_init(acts);
}

/* Makes room for exactly 'n' actions, unless there is more. */
static int
reserve(struct flow_actions *acts, unsigned int n)
{
	struct flow_action *a;

	if (n <= acts->n_alloc)
		return 0;
	a = realloc(acts->a, n * sizeof *a);
	if (!a)
		return -ENOMEM;
	acts->a = a;
	acts->n_alloc = (uint16_t)n;
	return 0;
}

/* Room for one action, as most megaflows have, then for 4; then it doubles, so that an addition is
 * O(1) on average. */
static int
reserve_one(struct flow_actions *acts)
{
	if (acts->n < acts->n_alloc)
		return 0;
	return reserve(acts, !acts->n_alloc ? 1 : acts->n_alloc < 4 ? 4 : 2u * acts->n_alloc);
}

int
flow_actions_add(struct flow_actions *acts, const struct flow_action *a)
{
	struct flow_action copy = *a; /* 'a' may be in this list */

	if (acts->n >= FLOW_ACTIONS_MAX)
		return -E2BIG;
	if (reserve_one(acts))
		return -ENOMEM;
	acts->a[acts->n++] = copy;
	return 0;
}

int
flow_actions_copy(struct flow_actions *to, const struct flow_actions *from)
{
	if (reserve(to, from->n))
		return -ENOMEM;
	if (from->n)
		memmove(to->a, from->a, from->n * sizeof *from->a);
	to->n = from->n;
	return 0;
}

void
flow_actions_move(struct flow_actions *to, struct flow_actions *from)
{
	struct flow_action *a = NULL;

	if (from->n && from->n < from->n_alloc)
		a = realloc(from->a, from->n * sizeof *a);
	free(to->a);
	*to = *from;
	if (a) {
		to->a = a;
		to->n_alloc = to->n;
	}
	flow_actions_init(from);
}

static bool
upcall_equal(const struct flow_action *a, const struct flow_action *b)
{
	return a->upcall.reason == b->upcall.reason && a->upcall.max_len == b->upcall.max_len &&
	       a->upcall.cookie == b->upcall.cookie && a->upcall.meter == b->upcall.meter;
}

static bool
action_equal(const struct flow_action *a, const struct flow_action *b)
{
	if (a->type != b->type)
		return false;
	switch ((enum flow_action_type)a->type) {
	case FLOW_ACTION_OUTPUT:
		return a->port == b->port;
	case FLOW_ACTION_SAMPLE:
		return a->upcall.probability == b->upcall.probability && upcall_equal(a, b);
	case FLOW_ACTION_UPCALL:
		return upcall_equal(a, b);
	case FLOW_ACTION_SET:
		return a->set.field == b->set.field &&
		       !memcmp(a->set.value, b->set.value, SET_BYTES) &&
		       !memcmp(a->set.mask, b->set.mask, SET_BYTES);
	case FLOW_ACTION_PUSH_VLAN:
		return a->vlan.tpid == b->vlan.tpid && a->vlan.tci == b->vlan.tci;
	case FLOW_ACTION_PUSH_MPLS:
		return a->mpls.eth_type == b->mpls.eth_type && a->mpls.lse == b->mpls.lse;
	case FLOW_ACTION_POP_MPLS:
		return a->mpls.eth_type == b->mpls.eth_type;
	case FLOW_ACTION_DROP:
		return a->drop == b->drop;
	case FLOW_ACTION_TRUNC:
		return a->n_bytes == b->n_bytes;
	case FLOW_ACTION_METER:
		return a->meter == b->meter;
	case FLOW_ACTION_CT:
		return a->ct.commit == b->ct.commit && a->ct.force == b->ct.force &&
		       a->ct.helper == b->ct.helper && a->ct.zone == b->ct.zone &&
		       a->ct.mark == b->ct.mark && a->ct.mark_mask == b->ct.mark_mask &&
		       a->ct.port_min == b->ct.port_min && a->ct.port_max == b->ct.port_max;
	case FLOW_ACTION_CT_LABEL:
		return !memcmp(&a->ct_label, &b->ct_label, sizeof a->ct_label);
	case FLOW_ACTION_CT_NAT:
		return !memcmp(&a->ct_nat, &b->ct_nat, sizeof a->ct_nat);
	case FLOW_ACTION_CT_TIMEOUT:
		return !memcmp(a->ct_timeout, b->ct_timeout, sizeof a->ct_timeout);
	case FLOW_ACTION_RECIRC:
		return a->recirc_id == b->recirc_id;
	case FLOW_ACTION_SET_QUEUE:
		return a->queue == b->queue;
	case FLOW_ACTION_CHECK_LEN:
		return a->check_len.n_bytes == b->check_len.n_bytes &&
		       a->check_len.longer == b->check_len.longer &&
		       a->check_len.others == b->check_len.others;
	case FLOW_ACTION_TUN_OPTS:
		return !memcmp(&a->tun_opts, &b->tun_opts, sizeof a->tun_opts);
	case FLOW_ACTION_CT_CLEAR:
	case FLOW_ACTION_POP_VLAN:
	case FLOW_ACTION_COPY_TTL_OUT:
	case FLOW_ACTION_COPY_TTL_IN:
	case FLOW_N_ACTIONS:
		break;
	}
	return true;
}

bool
flow_actions_equal(const struct flow_actions *a, const struct flow_actions *b)
{
	if (a->n != b->n)
		return false;
	for (unsigned int i = 0; i < a->n; i++) {
		if (!action_equal(&a->a[i], &b->a[i]))
			return false;
	}
	return true;
}

bool
flow_actions_only_drop(const struct flow_actions *acts)
{
	return !acts->n || acts->a[0].type == FLOW_ACTION_DROP;
}

int
flow_actions_add_output(struct flow_actions *acts, uint32_t port)
{
	return flow_actions_add(acts,
				&(struct flow_action){.type = FLOW_ACTION_OUTPUT, .port = port});
}

int
flow_actions_add_drop(struct flow_actions *acts, enum flow_drop why)
{
	return flow_actions_add(
		acts, &(struct flow_action){.type = FLOW_ACTION_DROP, .drop = (uint8_t)why});
}

int
flow_actions_add_set(struct flow_actions *acts, enum flow_field_id field,
		     const struct flow_value *value, const struct flow_value *mask)
{
	struct flow_action a = {.type = FLOW_ACTION_SET, .set.field = (uint8_t)field};
	const uint8_t *v = value->b + FLOW_VALUE_BYTES - SET_BYTES;
	const uint8_t *m = mask->b + FLOW_VALUE_BYTES - SET_BYTES;

	if (field >= FLOW_N_FIELDS || !flow_fields[field].settable)
		return -EINVAL;
	for (size_t i = 0; i < SET_BYTES; i++) {
		a.set.mask[i] = m[i];
		a.set.value[i] = v[i] & m[i];
	}
	return flow_actions_add(acts, &a);
}

int
flow_actions_add_tun_opts(struct flow_actions *acts, const uint8_t opts[FLOW_GENEVE_OPT_BYTES],
			  uint8_t n)
{
	uint16_t before = acts->n;
	unsigned int ofs = 0;
	int rc;

	do {
		struct flow_action a = {.type = FLOW_ACTION_TUN_OPTS,
					.tun_opts = {.ofs = (uint8_t)ofs, .n_all = n}};
		unsigned int room = sizeof a.tun_opts.b, left = n - ofs;

		memcpy(a.tun_opts.b, opts + ofs, left < room ? left : room);
		rc = flow_actions_add(acts, &a);
		ofs += room;
	} while (!rc && ofs < n);
	if (rc)
		acts->n = before;
	return rc;
}

void
flow_tun_opts_apply(const struct flow_action *a, struct flow_tunnel *t)
{
	unsigned int ofs = a->tun_opts.ofs, n = a->tun_opts.n_all - ofs;

	if (!ofs)
		memset(t->opts, 0, sizeof t->opts);
	memcpy(t->opts + ofs, a->tun_opts.b, n < sizeof a->tun_opts.b ? n : sizeof a->tun_opts.b);
	t->n_opt_bytes = a->tun_opts.n_all;
}
