/* SPDX-License-Identifier: Apache-2.0 */
#include "actions_get.h"

#include "cookie.h"
#include "ct_get.h"
#include "header.h"
#include "setfield.h"
#include "tunnel_get.h"

#include <arpa/inet.h>
#include <errno.h>

#define FIXED(type, n) [OVS_ACTION_ATTR_##type] = {NLA_UNSPEC, n, n}
static const struct nla_policy policy[OVS_ACTION_ATTR_MAX + 1] = {
	FIXED(OUTPUT, 4),
	FIXED(PUSH_VLAN, sizeof(struct ovs_action_push_vlan)),
	FIXED(RECIRC, 4),
	FIXED(PUSH_MPLS, sizeof(struct ovs_action_push_mpls)),
	FIXED(POP_MPLS, 2),
	FIXED(TRUNC, sizeof(struct ovs_action_trunc)),
	FIXED(METER, 4),
	[OVS_ACTION_ATTR_USERSPACE] = {NLA_NESTED, 0, 0},
	[OVS_ACTION_ATTR_SET] = {NLA_NESTED, 0, 0},
	[OVS_ACTION_ATTR_SAMPLE] = {NLA_NESTED, 0, 0},
	[OVS_ACTION_ATTR_SET_MASKED] = {NLA_NESTED, 0, 0},
	[OVS_ACTION_ATTR_CT] = {NLA_NESTED, 0, 0},
	[OVS_ACTION_ATTR_CLONE] = {NLA_NESTED, 0, 0},
	[OVS_ACTION_ATTR_CHECK_PKT_LEN] = {NLA_NESTED, 0, 0},
};

static const struct nla_policy userspace_policy[OVS_USERSPACE_ATTR_MAX + 1] = {
	[OVS_USERSPACE_ATTR_USERDATA] = {NLA_UNSPEC, 0, 0},
};

static const struct nla_policy sample_policy[OVS_SAMPLE_ATTR_MAX + 1] = {
	[OVS_SAMPLE_ATTR_PROBABILITY] = {NLA_U32, 0, 0},
	[OVS_SAMPLE_ATTR_ACTIONS] = {NLA_NESTED, 0, 0},
};

static const struct nla_policy check_len_policy[OVS_CHECK_PKT_LEN_ATTR_MAX + 1] = {
	[OVS_CHECK_PKT_LEN_ATTR_PKT_LEN] = {NLA_U16, 0, 0},
	[OVS_CHECK_PKT_LEN_ATTR_ACTIONS_IF_GREATER] = {NLA_NESTED, 0, 0},
	[OVS_CHECK_PKT_LEN_ATTR_ACTIONS_IF_LESS_EQUAL] = {NLA_NESTED, 0, 0},
};

struct list {
	struct flow_actions *out;
	const char **refused;
};

static int
refuse(const struct list *l, const char *name)
{
	*l->refused = name;
	return -EOPNOTSUPP;
}

/* Returns the attribute if it is the nest's only one, of this type and at least 'n' bytes. */
static struct nlattr *
only(struct nlattr *nest, int type, int n)
{
	struct nlattr *a = nla_data(nest);
	int left = nla_len(nest);

	if (!nla_ok(a, left) || nla_type(a) != type || nla_len(a) < n)
		return NULL;
	nla_next(a, &left);
	return left > 0 ? NULL : a;
}

static int
userspace_read(const struct list *l, struct nlattr *nest, struct flow_action *a)
{
	struct nlattr *u[OVS_USERSPACE_ATTR_MAX + 1];
	struct kdp_cookie cookie = {0};

	if (nla_parse_nested(u, OVS_USERSPACE_ATTR_MAX, nest, userspace_policy))
		return -EBADMSG;
	if (u[OVS_USERSPACE_ATTR_USERDATA] &&
	    nla_len(u[OVS_USERSPACE_ATTR_USERDATA]) == sizeof cookie)
		memcpy(&cookie, nla_data(u[OVS_USERSPACE_ATTR_USERDATA]), sizeof cookie);
	if (cookie.magic != KDP_COOKIE_MAGIC || cookie.reason >= FLOW_N_UPCALL_REASONS)
		return refuse(l, "userspace");
	a->upcall.reason = cookie.reason;
	a->upcall.max_len = cookie.max_len;
	a->upcall.cookie = cookie.cookie;
	return 0;
}

/* Reads an UPCALL with its meter: clone(meter, userspace). */
static int
clone_read(const struct list *l, struct nlattr *nest, struct flow_action *a)
{
	struct nlattr *meter = nla_data(nest), *userspace;
	int left = nla_len(nest);

	if (!nla_ok(meter, left) || nla_type(meter) != OVS_ACTION_ATTR_METER || nla_len(meter) != 4)
		return refuse(l, "clone");
	a->upcall.meter = nla_get_u32(meter);
	userspace = nla_next(meter, &left);
	if (!nla_ok(userspace, left) || nla_type(userspace) != OVS_ACTION_ATTR_USERSPACE)
		return refuse(l, "clone");
	nla_next(userspace, &left);
	return left > 0 ? refuse(l, "clone") : userspace_read(l, userspace, a);
}

static int
sample_read(const struct list *l, struct nlattr *nest, struct flow_action *a)
{
	struct nlattr *s[OVS_SAMPLE_ATTR_MAX + 1], *one;

	if (nla_parse_nested(s, OVS_SAMPLE_ATTR_MAX, nest, sample_policy) ||
	    !s[OVS_SAMPLE_ATTR_PROBABILITY] || !s[OVS_SAMPLE_ATTR_ACTIONS])
		return -EBADMSG;
	a->type = FLOW_ACTION_SAMPLE;
	a->upcall.probability = nla_get_u32(s[OVS_SAMPLE_ATTR_PROBABILITY]);
	one = only(s[OVS_SAMPLE_ATTR_ACTIONS], OVS_ACTION_ATTR_USERSPACE, 0);
	if (one)
		return userspace_read(l, one, a);
	one = only(s[OVS_SAMPLE_ATTR_ACTIONS], OVS_ACTION_ATTR_CLONE, 0);
	return one ? clone_read(l, one, a) : refuse(l, "sample");
}

static int
check_len_read(const struct list *l, struct nlattr *nest, struct flow_action *a)
{
	struct nlattr *c[OVS_CHECK_PKT_LEN_ATTR_MAX + 1], *longer, *others;

	if (nla_parse_nested(c, OVS_CHECK_PKT_LEN_ATTR_MAX, nest, check_len_policy) ||
	    !c[OVS_CHECK_PKT_LEN_ATTR_PKT_LEN] || !c[OVS_CHECK_PKT_LEN_ATTR_ACTIONS_IF_GREATER] ||
	    !c[OVS_CHECK_PKT_LEN_ATTR_ACTIONS_IF_LESS_EQUAL])
		return -EBADMSG;
	longer = only(c[OVS_CHECK_PKT_LEN_ATTR_ACTIONS_IF_GREATER], OVS_ACTION_ATTR_RECIRC, 4);
	others = only(c[OVS_CHECK_PKT_LEN_ATTR_ACTIONS_IF_LESS_EQUAL], OVS_ACTION_ATTR_RECIRC, 4);
	if (!longer || !others)
		return refuse(l, "check_pkt_len");
	a->check_len.n_bytes = nla_get_u16(c[OVS_CHECK_PKT_LEN_ATTR_PKT_LEN]);
	a->check_len.longer = nla_get_u32(longer);
	a->check_len.others = nla_get_u32(others);
	return 0;
}

/* Appends a SET for each field of 'header' with bits in 'mask'. */
static int
sets_add(const struct list *l, uint16_t header, const struct flow_key *value, struct flow_key *mask)
{
	struct flow_key rest = *mask;
	enum flow_field_id id;
	int rc = 0;

	while (!rc && (id = kdp_setfield_next(header, &rest)) != FLOW_FIELD_NONE) {
		struct flow_value v, m;

		flow_field_get(&flow_fields[id], value, &v);
		flow_field_get(&flow_fields[id], mask, &m);
		rc = flow_actions_add_set(l->out, id, &v, &m);
	}
	return rc;
}

static int
set_masked_read(const struct list *l, struct nlattr *nest)
{
	struct nlattr *a = nla_data(nest);
	uint8_t unused[KDP_HEADER_BYTES];
	struct flow_key value, mask;
	size_t n;

	memset(&value, 0, sizeof value);
	memset(&mask, 0, sizeof mask);
	if (!nla_ok(a, nla_len(nest)))
		return -EBADMSG;
	n = kdp_header_make((uint16_t)nla_type(a), &value, unused);
	if (!n)
		return refuse(l, "set");
	if ((size_t)nla_len(a) != 2 * n)
		return -EBADMSG;
	kdp_header_read((uint16_t)nla_type(a), nla_data(a), &value);
	kdp_header_read((uint16_t)nla_type(a), (uint8_t *)nla_data(a) + n, &mask);
	return sets_add(l, (uint16_t)nla_type(a), &value, &mask);
}

/* Masks of a tunnel's address have the bytes that the address has. */
static void
tunnel_mask(const struct flow_tunnel *t, struct flow_tunnel *mask)
{
	size_t from = flow_ip6_is_v4(&t->dst) ? FLOW_IP6_V4_AT : 0;

	memset(mask, 0xff, offsetof(struct flow_tunnel, opts));
	memset(mask->src.b, 0, from);
	memset(mask->dst.b, 0, from);
}

static int
set_read(const struct list *l, struct nlattr *nest)
{
	struct flow_action queue = {.type = FLOW_ACTION_SET_QUEUE};
	struct nlattr *a = only(nest, OVS_KEY_ATTR_PRIORITY, 4);
	struct flow_key value, mask;
	int rc;

	if (a) {
		queue.queue = nla_get_u32(a);
		return flow_actions_add(l->out, &queue);
	}
	a = only(nest, OVS_KEY_ATTR_TUNNEL, 0);
	if (!a)
		return refuse(l, "set");
	memset(&value, 0, sizeof value);
	memset(&mask, 0, sizeof mask);
	rc = kdp_tunnel_get(a, NULL, &value.tun, l->refused);
	if (rc)
		return rc;
	tunnel_mask(&value.tun, &mask.tun);
	rc = sets_add(l, OVS_KEY_ATTR_TUNNEL, &value, &mask);
	if (rc || !value.tun.n_opt_bytes)
		return rc;
	return flow_actions_add_tun_opts(l->out, value.tun.opts, value.tun.n_opt_bytes);
}

static int
ct_read(const struct list *l, struct nlattr *nest)
{
	struct flow_ct ct;
	int rc = kdp_ct_get(nest, &ct, l->refused);

	return rc ? rc : flow_actions_add_ct(l->out, &ct);
}

static void
push_vlan_read(const struct nlattr *attr, struct flow_action *a)
{
	struct ovs_action_push_vlan push;

	memcpy(&push, nla_data(attr), sizeof push);
	a->vlan.tpid = push.vlan_tpid;
	a->vlan.tci = push.vlan_tci & ~htons(FLOW_VLAN_CFI);
}

static void
push_mpls_read(const struct nlattr *attr, struct flow_action *a)
{
	struct ovs_action_push_mpls push;

	memcpy(&push, nla_data(attr), sizeof push);
	a->mpls.lse = push.mpls_lse;
	a->mpls.eth_type = push.mpls_ethertype;
}

/* Reads an action that is one element of the list. */
static int
one_read(const struct list *l, struct nlattr *attr, struct flow_action *a)
{
	switch (nla_type(attr)) {
	case OVS_ACTION_ATTR_OUTPUT:
		a->type = FLOW_ACTION_OUTPUT;
		a->port = nla_get_u32(attr);
		return 0;
	case OVS_ACTION_ATTR_USERSPACE:
		a->type = FLOW_ACTION_UPCALL;
		return userspace_read(l, attr, a);
	case OVS_ACTION_ATTR_CLONE:
		a->type = FLOW_ACTION_UPCALL;
		return clone_read(l, attr, a);
	case OVS_ACTION_ATTR_SAMPLE:
		return sample_read(l, attr, a);
	case OVS_ACTION_ATTR_PUSH_VLAN:
		a->type = FLOW_ACTION_PUSH_VLAN;
		push_vlan_read(attr, a);
		return 0;
	case OVS_ACTION_ATTR_POP_VLAN:
		a->type = FLOW_ACTION_POP_VLAN;
		return 0;
	case OVS_ACTION_ATTR_RECIRC:
		a->type = FLOW_ACTION_RECIRC;
		a->recirc_id = nla_get_u32(attr);
		return 0;
	case OVS_ACTION_ATTR_PUSH_MPLS:
		a->type = FLOW_ACTION_PUSH_MPLS;
		push_mpls_read(attr, a);
		return 0;
	case OVS_ACTION_ATTR_POP_MPLS:
		a->type = FLOW_ACTION_POP_MPLS;
		a->mpls.eth_type = nla_get_u16(attr);
		return 0;
	case OVS_ACTION_ATTR_TRUNC:
		a->type = FLOW_ACTION_TRUNC;
		a->n_bytes = nla_get_u32(attr);
		return 0;
	case OVS_ACTION_ATTR_CT_CLEAR:
		a->type = FLOW_ACTION_CT_CLEAR;
		return 0;
	case OVS_ACTION_ATTR_METER:
		a->type = FLOW_ACTION_METER;
		a->meter = nla_get_u32(attr);
		return 0;
	case OVS_ACTION_ATTR_CHECK_PKT_LEN:
		a->type = FLOW_ACTION_CHECK_LEN;
		return check_len_read(l, attr, a);
	}
	return refuse(l, "unknown");
}

static int
attr_read(const struct list *l, struct nlattr *attr)
{
	struct flow_action a = {0};
	int rc;

	switch (nla_type(attr)) {
	case OVS_ACTION_ATTR_SET:
		return set_read(l, attr);
	case OVS_ACTION_ATTR_SET_MASKED:
		return set_masked_read(l, attr);
	case OVS_ACTION_ATTR_CT:
		return ct_read(l, attr);
	}
	rc = one_read(l, attr, &a);
	return rc ? rc : flow_actions_add(l->out, &a);
}

int
kdp_actions_get(struct nlattr *nest, struct flow_actions *out, const char **refused)
{
	const struct list l = {out, refused};
	uint16_t n = out->n;
	int left = nla_len(nest), rc = 0;
	struct nlattr *a;

	if (nla_validate(nla_data(nest), left, OVS_ACTION_ATTR_MAX, policy))
		return -EBADMSG;
	for (a = nla_data(nest); !rc && nla_ok(a, left); a = nla_next(a, &left))
		rc = attr_read(&l, a);
	if (rc)
		out->n = n;
	return rc;
}
