/* SPDX-License-Identifier: Apache-2.0 */
#include "datapath.h"

#include <errno.h>

static const struct nla_policy policy[OVS_DP_ATTR_MAX + 1] = {
	[OVS_DP_ATTR_NAME] = {NLA_NUL_STRING, 1, IFNAMSIZ},
	[OVS_DP_ATTR_STATS] = {NLA_UNSPEC, sizeof(struct ovs_dp_stats), 0},
	[OVS_DP_ATTR_USER_FEATURES] = {NLA_U32, 0, 0},
};

#define REQUEST_BYTES 256 /* a name and some numbers */

static int
datapath_take(void *aux, struct nlmsghdr *h)
{
	struct nlattr *a[OVS_DP_ATTR_MAX + 1];
	struct kdp_datapath *d = aux;
	int rc = kdp_answer_parse(h, a, OVS_DP_ATTR_MAX, policy, &d->ifindex);

	if (rc)
		return rc;
	if (!a[OVS_DP_ATTR_NAME])
		return -EBADMSG;
	nla_strlcpy(d->name, a[OVS_DP_ATTR_NAME], sizeof d->name);
	d->features = a[OVS_DP_ATTR_USER_FEATURES] ? nla_get_u32(a[OVS_DP_ATTR_USER_FEATURES]) : 0;
	if (a[OVS_DP_ATTR_STATS])
		memcpy(&d->stats, nla_data(a[OVS_DP_ATTR_STATS]), sizeof d->stats);
	return 0;
}

static int
ask(struct kdp_conn *c, struct nl_msg *msg, int failed, struct kdp_datapath *out)
{
	return kdp_conn_ask_one(c, msg, failed, out ? datapath_take : NULL, out);
}

static int
new_once(struct kdp_conn *c, const struct kdp_families *f, const char *name, uint32_t features,
	 uint32_t pid, struct kdp_datapath *out)
{
	struct nl_msg *msg =
		kdp_request_new(f, KDP_DATAPATH, OVS_DP_CMD_NEW, NLM_F_ECHO, 0, REQUEST_BYTES);

	if (!msg)
		return -ENOMEM;
	return ask(c, msg,
		   nla_put_string(msg, OVS_DP_ATTR_NAME, name) ||
			   nla_put_u32(msg, OVS_DP_ATTR_UPCALL_PID, pid) ||
			   nla_put_u32(msg, OVS_DP_ATTR_USER_FEATURES, features),
		   out);
}

static int
set_once(struct kdp_conn *c, const struct kdp_families *f, int ifindex, uint32_t features,
	 struct kdp_datapath *out)
{
	struct nl_msg *msg = kdp_request_new(f, KDP_DATAPATH, OVS_DP_CMD_SET, NLM_F_ECHO, ifindex,
					     REQUEST_BYTES);

	if (!msg)
		return -ENOMEM;
	return ask(c, msg, nla_put_u32(msg, OVS_DP_ATTR_USER_FEATURES, features), out);
}

/* What is asked for in turn; a kernel that does not know a feature refuses all of them. */
static const uint32_t fallbacks[] = {
	UINT32_MAX,
	~(uint32_t)OVS_DP_F_DISPATCH_UPCALL_PER_CPU,
	~(uint32_t)(OVS_DP_F_DISPATCH_UPCALL_PER_CPU | OVS_DP_F_VPORT_PIDS),
};

static bool
is_refused(int rc)
{
	return rc == -EOPNOTSUPP || rc == -EINVAL;
}

int
kdp_datapath_new(struct kdp_conn *c, const struct kdp_families *f, const char *name,
		 uint32_t wanted, uint32_t pid, struct kdp_datapath *out)
{
	int rc = -EOPNOTSUPP;

	for (unsigned int i = 0; i < sizeof fallbacks / sizeof *fallbacks && is_refused(rc); i++)
		rc = new_once(c, f, name, wanted & fallbacks[i], pid, out);
	return rc;
}

int
kdp_datapath_adopt(struct kdp_conn *c, const struct kdp_families *f, uint32_t wanted,
		   struct kdp_datapath *d)
{
	int rc = -EOPNOTSUPP;

	for (unsigned int i = 0; i < sizeof fallbacks / sizeof *fallbacks && is_refused(rc); i++)
		rc = set_once(c, f, d->ifindex, wanted & fallbacks[i], d);
	return rc;
}

int
kdp_datapath_get(struct kdp_conn *c, const struct kdp_families *f, const char *name, int ifindex,
		 struct kdp_datapath *out)
{
	struct nl_msg *msg = kdp_request_new(f, KDP_DATAPATH, OVS_DP_CMD_GET, 0, name ? 0 : ifindex,
					     REQUEST_BYTES);

	if (!msg)
		return -ENOMEM;
	return ask(c, msg, name && nla_put_string(msg, OVS_DP_ATTR_NAME, name), out);
}

int
kdp_datapath_pids_set(struct kdp_conn *c, const struct kdp_families *f,
		      const struct kdp_datapath *d, const uint32_t *pids, unsigned int n)
{
	size_t n_bytes = n * sizeof *pids;
	struct nl_msg *msg = kdp_request_new(f, KDP_DATAPATH, OVS_DP_CMD_SET, 0, d->ifindex,
					     REQUEST_BYTES + n_bytes);

	if (!msg)
		return -ENOMEM;
	return ask(c, msg,
		   nla_put_u32(msg, OVS_DP_ATTR_USER_FEATURES, d->features) ||
			   nla_put(msg, OVS_DP_ATTR_PER_CPU_PIDS, (int)n_bytes, pids),
		   NULL);
}

int
kdp_datapath_del(struct kdp_conn *c, const struct kdp_families *f, int ifindex)
{
	struct nl_msg *msg =
		kdp_request_new(f, KDP_DATAPATH, OVS_DP_CMD_DEL, 0, ifindex, REQUEST_BYTES);

	if (!msg)
		return -ENOMEM;
	return ask(c, msg, 0, NULL);
}
