/* SPDX-License-Identifier: Apache-2.0 */
#include "zone_limits.h"

#include "kdp_private.h"
#include "writer.h"

#include <linux/openvswitch.h>

#define REQUEST_BYTES (64 + DP_LIMITS_MAX * sizeof(struct ovs_zone_limit))

struct reader {
	void (*each)(void *aux, const struct dp_limit *limit);
	void *aux;
};

/* The answer has an array of limits in its one attribute. */
static int
limits_take(void *aux, struct nlmsghdr *h)
{
	static const struct nla_policy policy[OVS_CT_LIMIT_ATTR_MAX + 1] = {
		[OVS_CT_LIMIT_ATTR_ZONE_LIMIT] = {NLA_NESTED, 0, 0},
	};
	struct nlattr *a[OVS_CT_LIMIT_ATTR_MAX + 1];
	const struct reader *r = aux;
	struct ovs_zone_limit limit;
	int rc = kdp_answer_parse(h, a, OVS_CT_LIMIT_ATTR_MAX, policy, NULL);
	const char *at;
	size_t n;

	if (rc)
		return rc;
	if (!a[OVS_CT_LIMIT_ATTR_ZONE_LIMIT])
		return -EBADMSG;
	at = nla_data(a[OVS_CT_LIMIT_ATTR_ZONE_LIMIT]);
	n = (size_t)nla_len(a[OVS_CT_LIMIT_ATTR_ZONE_LIMIT]) / sizeof limit;
	for (size_t i = 0; i < n; i++) {
		memcpy(&limit, at + i * sizeof limit, sizeof limit);
		r->each(r->aux, &(struct dp_limit){limit.zone_id, limit.limit, limit.count});
	}
	return 0;
}

static int
ask(struct dp *dp, uint8_t cmd, const struct dp_limit *limits, unsigned int n, struct reader *r)
{
	struct kdp *k = (struct kdp *)dp;
	struct kdp_writer w = {0};
	struct kdp_conn *c;
	struct nlattr *nest;
	int rc;

	if (!k->families.id[KDP_CT_LIMIT])
		return -EOPNOTSUPP;
	w.msg = kdp_request_new(&k->families, KDP_CT_LIMIT, cmd, 0, k->datapath.ifindex,
				REQUEST_BYTES);
	if (!w.msg)
		return -ENOMEM;
	nest = n ? kdp_nest(&w, OVS_CT_LIMIT_ATTR_ZONE_LIMIT) : NULL;
	for (unsigned int i = 0; i < n; i++) {
		struct ovs_zone_limit limit = {limits[i].zone, limits[i].limit, 0};

		w.is_full |= nlmsg_append(w.msg, &limit, sizeof limit, 0) != 0;
	}
	kdp_nest_end(&w, nest);
	rc = kdp_pool_take(k->pool, &c);
	if (rc) {
		nlmsg_free(w.msg);
		return rc;
	}
	rc = kdp_conn_ask_one(c, w.msg, w.is_full, r ? limits_take : NULL, r);
	kdp_pool_give(k->pool, c);
	return rc;
}

int
kdp_limits_set(struct dp *dp, const struct dp_limit *limits, unsigned int n)
{
	return ask(dp, OVS_CT_LIMIT_CMD_SET, limits, n, NULL);
}

int
kdp_limits_del(struct dp *dp, const struct dp_limit *limits, unsigned int n)
{
	return ask(dp, OVS_CT_LIMIT_CMD_DEL, limits, n, NULL);
}

int
kdp_limits_get(struct dp *dp, const struct dp_limit *limits, unsigned int n,
	       void (*each)(void *aux, const struct dp_limit *limit), void *aux)
{
	struct reader r = {each, aux};

	return ask(dp, OVS_CT_LIMIT_CMD_GET, limits, n, &r);
}
