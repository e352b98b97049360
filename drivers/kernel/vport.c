/* SPDX-License-Identifier: Apache-2.0 */
#include "vport.h"

#include <errno.h>

static const struct nla_policy policy[OVS_VPORT_ATTR_MAX + 1] = {
	[OVS_VPORT_ATTR_PORT_NO] = {NLA_U32, 0, 0},
	[OVS_VPORT_ATTR_TYPE] = {NLA_U32, 0, 0},
	[OVS_VPORT_ATTR_NAME] = {NLA_NUL_STRING, 1, IFNAMSIZ},
	[OVS_VPORT_ATTR_OPTIONS] = {NLA_NESTED, 0, 0},
	[OVS_VPORT_ATTR_STATS] = {NLA_UNSPEC, sizeof(struct ovs_vport_stats), 0},
	[OVS_VPORT_ATTR_IFINDEX] = {NLA_U32, 0, 0},
};

static const struct nla_policy options_policy[OVS_TUNNEL_ATTR_MAX + 1] = {
	[OVS_TUNNEL_ATTR_DST_PORT] = {NLA_U16, 0, 0},
};

#define REQUEST_BYTES 256 /* a name, options and some numbers */

static int
options_take(struct nlattr *options, struct kdp_vport *p)
{
	struct nlattr *a[OVS_TUNNEL_ATTR_MAX + 1];

	p->udp_port = 0;
	if (!options)
		return 0;
	if (nla_parse_nested(a, OVS_TUNNEL_ATTR_MAX, options, options_policy))
		return -EBADMSG;
	if (a[OVS_TUNNEL_ATTR_DST_PORT])
		p->udp_port = nla_get_u16(a[OVS_TUNNEL_ATTR_DST_PORT]);
	return 0;
}

static int
vport_take(void *aux, struct nlmsghdr *h)
{
	struct nlattr *a[OVS_VPORT_ATTR_MAX + 1];
	struct kdp_vport *p = aux;
	int rc = kdp_answer_parse(h, a, OVS_VPORT_ATTR_MAX, policy, NULL);

	if (rc)
		return rc;
	if (!a[OVS_VPORT_ATTR_PORT_NO] || !a[OVS_VPORT_ATTR_TYPE] || !a[OVS_VPORT_ATTR_NAME])
		return -EBADMSG;
	p->number = nla_get_u32(a[OVS_VPORT_ATTR_PORT_NO]);
	p->type = nla_get_u32(a[OVS_VPORT_ATTR_TYPE]);
	nla_strlcpy(p->name, a[OVS_VPORT_ATTR_NAME], sizeof p->name);
	p->ifindex = a[OVS_VPORT_ATTR_IFINDEX] ? nla_get_s32(a[OVS_VPORT_ATTR_IFINDEX]) : 0;
	if (a[OVS_VPORT_ATTR_STATS])
		memcpy(&p->stats, nla_data(a[OVS_VPORT_ATTR_STATS]), sizeof p->stats);
	return options_take(a[OVS_VPORT_ATTR_OPTIONS], p);
}

static int
ask(struct kdp_conn *c, struct nl_msg *msg, int failed, struct kdp_vport *out)
{
	return kdp_conn_ask_one(c, msg, failed, out ? vport_take : NULL, out);
}

static int
options_put(struct nl_msg *msg, const struct kdp_vport *p)
{
	struct nlattr *nest;

	if (!p->udp_port)
		return 0;
	nest = nla_nest_start(msg, OVS_VPORT_ATTR_OPTIONS);
	if (!nest || nla_put_u16(msg, OVS_TUNNEL_ATTR_DST_PORT, p->udp_port))
		return -EMSGSIZE;
	return nla_nest_end(msg, nest);
}

int
kdp_vport_new(struct kdp_conn *c, const struct kdp_families *f, int dp, const uint32_t *pids,
	      unsigned int n, struct kdp_vport *p)
{
	size_t n_bytes = n * sizeof *pids;
	struct nl_msg *msg = kdp_request_new(f, KDP_VPORT, OVS_VPORT_CMD_NEW, NLM_F_ECHO, dp,
					     REQUEST_BYTES + n_bytes);

	if (!msg)
		return -ENOMEM;
	return ask(c, msg,
		   nla_put_string(msg, OVS_VPORT_ATTR_NAME, p->name) ||
			   nla_put_u32(msg, OVS_VPORT_ATTR_TYPE, p->type) ||
			   (p->number != KDP_PORT_ANY &&
			    nla_put_u32(msg, OVS_VPORT_ATTR_PORT_NO, p->number)) ||
			   nla_put(msg, OVS_VPORT_ATTR_UPCALL_PID, (int)n_bytes, pids) ||
			   options_put(msg, p),
		   p);
}

int
kdp_vport_get(struct kdp_conn *c, const struct kdp_families *f, int dp, const char *name,
	      uint32_t number, struct kdp_vport *out)
{
	struct nl_msg *msg = kdp_request_new(f, KDP_VPORT, OVS_VPORT_CMD_GET, 0, dp, REQUEST_BYTES);

	if (!msg)
		return -ENOMEM;
	return ask(c, msg,
		   name ? nla_put_string(msg, OVS_VPORT_ATTR_NAME, name)
			: nla_put_u32(msg, OVS_VPORT_ATTR_PORT_NO, number),
		   out);
}

int
kdp_vport_pids_set(struct kdp_conn *c, const struct kdp_families *f, int dp, uint32_t number,
		   const uint32_t *pids, unsigned int n)
{
	size_t n_bytes = n * sizeof *pids;
	struct nl_msg *msg =
		kdp_request_new(f, KDP_VPORT, OVS_VPORT_CMD_SET, 0, dp, REQUEST_BYTES + n_bytes);

	if (!msg)
		return -ENOMEM;
	return ask(c, msg,
		   nla_put_u32(msg, OVS_VPORT_ATTR_PORT_NO, number) ||
			   nla_put(msg, OVS_VPORT_ATTR_UPCALL_PID, (int)n_bytes, pids),
		   NULL);
}

int
kdp_vport_del(struct kdp_conn *c, const struct kdp_families *f, int dp, uint32_t number)
{
	struct nl_msg *msg = kdp_request_new(f, KDP_VPORT, OVS_VPORT_CMD_DEL, 0, dp, REQUEST_BYTES);

	if (!msg)
		return -ENOMEM;
	return ask(c, msg, nla_put_u32(msg, OVS_VPORT_ATTR_PORT_NO, number), NULL);
}

struct walk {
	int (*each)(void *aux, const struct kdp_vport *p);
	void *aux;
};

static int
walk_take(void *aux, struct nlmsghdr *h)
{
	struct kdp_vport p = {0};
	struct walk *w = aux;
	int rc = vport_take(&p, h);

	return rc ? rc : w->each(w->aux, &p);
}

int
kdp_vport_dump(struct kdp_conn *c, const struct kdp_families *f, int dp,
	       int (*each)(void *aux, const struct kdp_vport *p), void *aux)
{
	struct nl_msg *msg = kdp_request_new(f, KDP_VPORT, OVS_VPORT_CMD_GET, 0, dp, REQUEST_BYTES);
	struct walk w = {each, aux};
	int rc;

	if (!msg)
		return -ENOMEM;
	rc = kdp_conn_dump_begin(c, msg);
	nlmsg_free(msg);
	if (rc)
		return rc;
	do {
		rc = kdp_conn_dump_next(c, walk_take, &w);
	} while (rc > 0);
	return rc;
}
