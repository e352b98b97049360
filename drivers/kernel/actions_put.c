/* SPDX-License-Identifier: Apache-2.0 */
#include "actions_put.h"

#include "cookie.h"
#include "ct_put.h"
#include "express.h"
#include "header.h"
#include "setfield.h"
#include "tunnel_put.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>

/* A list being written. 'shape' follows the actions that change which headers there are. 'tunnel' is what
 * the packet is sent to: not the one that it arrived from, which the kernel does not send to. */
struct list {
	struct kdp_writer *w;
	struct flow_key shape;
	struct flow_tunnel tunnel;
	unsigned int n_tags;
	uint32_t pid;
	const char **refused;
};

static int
refuse(const struct list *l, const char *name)
{
	*l->refused = name;
	return -EOPNOTSUPP;
}

static void
userspace_put(const struct list *l, const struct flow_action *a)
{
	struct kdp_cookie cookie = {.magic = KDP_COOKIE_MAGIC,
				    .reason = a->upcall.reason,
				    .max_len = a->upcall.max_len,
				    .cookie = a->upcall.cookie};
	struct nlattr *nest = kdp_nest(l->w, OVS_ACTION_ATTR_USERSPACE);

	kdp_put_u32(l->w, OVS_USERSPACE_ATTR_PID, l->pid);
	kdp_put(l->w, OVS_USERSPACE_ATTR_USERDATA, &cookie, sizeof cookie);
	kdp_nest_end(l->w, nest);
}

/* A meter drops the packet for all actions that follow it, hence the copy. */
static void
upcall_put(const struct list *l, const struct flow_action *a)
{
	struct nlattr *nest;

	if (!a->upcall.meter) {
		userspace_put(l, a);
		return;
	}
	nest = kdp_nest(l->w, OVS_ACTION_ATTR_CLONE);
	kdp_put_u32(l->w, OVS_ACTION_ATTR_METER, a->upcall.meter);
	userspace_put(l, a);
	kdp_nest_end(l->w, nest);
}

static void
sample_put(const struct list *l, const struct flow_action *a)
{
	struct nlattr *nest = kdp_nest(l->w, OVS_ACTION_ATTR_SAMPLE), *actions;

	kdp_put_u32(l->w, OVS_SAMPLE_ATTR_PROBABILITY, a->upcall.probability);
	actions = kdp_nest(l->w, OVS_SAMPLE_ATTR_ACTIONS);
	upcall_put(l, a);
	kdp_nest_end(l->w, actions);
	kdp_nest_end(l->w, nest);
}

static void
recirc_put(struct kdp_writer *w, int type, uint32_t id)
{
	struct nlattr *nest = kdp_nest(w, type);

	kdp_put_u32(w, OVS_ACTION_ATTR_RECIRC, id);
	kdp_nest_end(w, nest);
}

static void
check_len_put(struct kdp_writer *w, const struct flow_action *a)
{
	struct nlattr *nest = kdp_nest(w, OVS_ACTION_ATTR_CHECK_PKT_LEN);

	kdp_put_u16(w, OVS_CHECK_PKT_LEN_ATTR_PKT_LEN, a->check_len.n_bytes);
	recirc_put(w, OVS_CHECK_PKT_LEN_ATTR_ACTIONS_IF_GREATER, a->check_len.longer);
	recirc_put(w, OVS_CHECK_PKT_LEN_ATTR_ACTIONS_IF_LESS_EQUAL, a->check_len.others);
	kdp_nest_end(w, nest);
}

/* An IPv4 address has the prefix of one, whatever the end was before; the address 0 is no end. */
static void
end_shape(const struct flow_field *f, struct flow_tunnel *t)
{
	static const struct flow_ip6 none;
	struct flow_ip6 *end = &t->dst;
	const uint8_t *v4;

	if (f == &flow_fields[FLOW_FIELD_TUN_SRC])
		end = &t->src;
	else if (f != &flow_fields[FLOW_FIELD_TUN_DST])
		return;
	v4 = end->b + FLOW_IP6_V4_AT;
	*end = memcmp(v4, &none, 4) ? flow_ip6_of_v4(v4) : none;
}

static void
set_apply(const struct flow_action *a, struct flow_key *value, struct flow_key *mask)
{
	const struct flow_field *f = &flow_fields[a->set.field];
	struct flow_value v, m;

	flow_value_widen(a->set.value, &v);
	flow_value_widen(a->set.mask, &m);
	flow_field_set_masked(f, value, &v, &m);
	end_shape(f, &value->tun);
	flow_field_set_masked(f, mask, &m, &m);
}

/* The kernel sets a tunnel as a whole. */
static int
tunnel_set(struct list *l)
{
	static const struct flow_ip6 zero;
	const struct flow_tunnel *t = &l->tunnel;
	struct nlattr *nest;

	if (!memcmp(&t->dst, &zero, sizeof zero))
		return refuse(l, "tun_dst");
	nest = kdp_nest(l->w, OVS_ACTION_ATTR_SET);
	kdp_tunnel_put(l->w, OVS_KEY_ATTR_TUNNEL, t, t, false);
	kdp_nest_end(l->w, nest);
	return 0;
}

static void
header_set(const struct list *l, uint16_t header, const struct flow_key *value,
	   const struct flow_key *mask)
{
	struct nlattr *nest = kdp_nest(l->w, OVS_ACTION_ATTR_SET_MASKED);
	uint8_t both[2 * KDP_HEADER_BYTES];
	size_t n = kdp_header_make(header, value, both);

	kdp_header_make(header, mask, both + n);
	kdp_put(l->w, header, both, 2 * n);
	kdp_nest_end(l->w, nest);
}

/* Returns the header that a SET or TUN_OPTS changes; 0 if there is none, or for other actions. */
static uint16_t
header_of(const struct list *l, const struct flow_action *a)
{
	if (a->type == FLOW_ACTION_TUN_OPTS)
		return OVS_KEY_ATTR_TUNNEL;
	if (a->type != FLOW_ACTION_SET)
		return 0;
	return kdp_setfield_header((enum flow_field_id)a->set.field, &l->shape);
}

/* Writes the SET or TUN_OPTS at 'a' and those that follow it in the same header. Returns their number, or
 * -EOPNOTSUPP. */
static int
sets_put(struct list *l, const struct flow_action *a, int n)
{
	uint16_t header = header_of(l, a);
	struct flow_key value, mask;
	int i = 0, rc = 0;

	/* The kernel keeps one tag beside the packet, and drops a packet where another is before the label. */
	if (!header || (header == OVS_KEY_ATTR_MPLS && l->n_tags > 1))
		return refuse(l, flow_fields[a->set.field].name);
	memset(&value, 0, sizeof value);
	memset(&mask, 0, sizeof mask);
	value.tun = l->tunnel;
	for (; i < n && header_of(l, &a[i]) == header; i++) {
		if (a[i].type == FLOW_ACTION_TUN_OPTS)
			flow_tun_opts_apply(&a[i], &value.tun);
		else
			set_apply(&a[i], &value, &mask);
	}
	l->tunnel = value.tun;
	if (header == OVS_KEY_ATTR_TUNNEL)
		rc = tunnel_set(l);
	else
		header_set(l, header, &value, &mask);
	return rc ? rc : i;
}

static void
priority_set(struct kdp_writer *w, uint32_t priority)
{
	struct nlattr *nest = kdp_nest(w, OVS_ACTION_ATTR_SET);

	kdp_put_u32(w, OVS_KEY_ATTR_PRIORITY, priority);
	kdp_nest_end(w, nest);
}

/* Returns true if the kernel pushes or pops a label of such packets (ovs_nla_copy_actions()): without tags, and
 * only before protocols that it knows. */
static bool
takes_label(const struct list *l, const struct flow_action *a)
{
	uint16_t type = l->shape.eth_type;

	if (l->n_tags)
		return false;
	return kdp_key_is_mpls(&l->shape) ||
	       (a->type == FLOW_ACTION_PUSH_MPLS &&
		(type == htons(ETH_P_IP) || type == htons(ETH_P_IPV6) || type == htons(ETH_P_ARP) ||
		 type == htons(ETH_P_RARP)));
}

static int
mpls_put(struct list *l, const struct flow_action *a)
{
	struct ovs_action_push_mpls push = {a->mpls.lse, a->mpls.eth_type};

	if (!takes_label(l, a))
		return refuse(l, flow_action_names[a->type]);
	if (a->type == FLOW_ACTION_PUSH_MPLS)
		kdp_put(l->w, OVS_ACTION_ATTR_PUSH_MPLS, &push, sizeof push);
	else
		kdp_put_u16(l->w, OVS_ACTION_ATTR_POP_MPLS, a->mpls.eth_type);
	/* After a pop the kernel accepts no further change, as it may have been the last label. */
	l->shape.eth_type = a->type == FLOW_ACTION_PUSH_MPLS ? a->mpls.eth_type : 0;
	return 0;
}

static void
push_vlan_put(struct list *l, const struct flow_action *a)
{
	struct ovs_action_push_vlan push = {a->vlan.tpid, a->vlan.tci | htons(FLOW_VLAN_CFI)};

	kdp_put(l->w, OVS_ACTION_ATTR_PUSH_VLAN, &push, sizeof push);
	l->n_tags++;
}

static void
pop_vlan_put(struct list *l)
{
	kdp_put_flag(l->w, OVS_ACTION_ATTR_POP_VLAN);
	l->n_tags -= l->n_tags > 0;
}

/* Writes an action that is neither SET nor part of a CT. */
static int
one_put(struct list *l, const struct flow_action *a)
{
	switch (a->type) {
	case FLOW_ACTION_OUTPUT:
		kdp_put_u32(l->w, OVS_ACTION_ATTR_OUTPUT, a->port);
		return 0;
	case FLOW_ACTION_UPCALL:
		upcall_put(l, a);
		return 0;
	case FLOW_ACTION_SAMPLE:
		sample_put(l, a);
		return 0;
	case FLOW_ACTION_PUSH_VLAN:
		push_vlan_put(l, a);
		return 0;
	case FLOW_ACTION_POP_VLAN:
		pop_vlan_put(l);
		return 0;
	case FLOW_ACTION_METER:
		kdp_put_u32(l->w, OVS_ACTION_ATTR_METER, a->meter);
		return 0;
	case FLOW_ACTION_PUSH_MPLS:
	case FLOW_ACTION_POP_MPLS:
		return mpls_put(l, a);
	case FLOW_ACTION_TRUNC:
		kdp_put_u32(l->w, OVS_ACTION_ATTR_TRUNC, a->n_bytes);
		return 0;
	case FLOW_ACTION_CT_CLEAR:
		kdp_put_flag(l->w, OVS_ACTION_ATTR_CT_CLEAR);
		return 0;
	case FLOW_ACTION_RECIRC:
		kdp_put_u32(l->w, OVS_ACTION_ATTR_RECIRC, a->recirc_id);
		return 0;
	case FLOW_ACTION_CHECK_LEN:
		check_len_put(l->w, a);
		return 0;
	case FLOW_ACTION_SET_QUEUE:
		priority_set(l->w, a->queue);
		return 0;
	case FLOW_ACTION_DROP:
		return 0;
	}
	return refuse(l, a->type < FLOW_N_ACTIONS ? flow_action_names[a->type] : "unknown");
}

int
kdp_actions_put(struct kdp_writer *w, int type, const struct flow_actions *acts,
		const struct flow_key *shape, uint32_t pid, const char **refused)
{
	struct list l = {.w = w, .shape = *shape, .pid = pid, .refused = refused};
	struct nlattr *nest = kdp_nest(w, type);
	struct flow_ct ct;
	int rc = 0;

	while (l.n_tags < FLOW_VLANS && shape->vlan[l.n_tags].tci & htons(FLOW_VLAN_CFI))
		l.n_tags++;
	for (uint16_t i = 0; i < acts->n && rc >= 0 && !w->is_full;) {
		const struct flow_action *a = &acts->a[i];

		if (a->type == FLOW_ACTION_SET || a->type == FLOW_ACTION_TUN_OPTS) {
			rc = sets_put(&l, a, acts->n - i);
			i += rc > 0 ? (uint16_t)rc : 0;
		} else if (a->type == FLOW_ACTION_CT) {
			i += flow_actions_ct(acts, i, &ct);
			kdp_ct_put(w, &ct);
		} else {
			rc = one_put(&l, a);
			i++;
		}
	}
	if (rc < 0)
		return rc;
	if (nest &&
	    (uint8_t *)nlmsg_tail(nlmsg_hdr(w->msg)) - (uint8_t *)nest > KDP_ACTIONS_BYTES_MAX)
		return -E2BIG;
	kdp_nest_end(w, nest);
	return 0;
}
