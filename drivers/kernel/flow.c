/* SPDX-License-Identifier: Apache-2.0 */
#include "flow.h"

#include "actions_put.h"
#include "express.h"
#include "match_put.h"

#include <base/clock.h>

#include <errno.h>
#include <linux/openvswitch.h>

#define UFID_BYTES 16
#define SMALL_BYTES 64 /* a UFID and flags */
#define OMIT_ALL (OVS_UFID_F_OMIT_KEY | OVS_UFID_F_OMIT_MASK | OVS_UFID_F_OMIT_ACTIONS)

static const struct nla_policy policy[OVS_FLOW_ATTR_MAX + 1] = {
	[OVS_FLOW_ATTR_KEY] = {NLA_NESTED, 0, 0},
	[OVS_FLOW_ATTR_ACTIONS] = {NLA_NESTED, 0, 0},
	[OVS_FLOW_ATTR_STATS] = {NLA_UNSPEC, sizeof(struct ovs_flow_stats), 0},
	[OVS_FLOW_ATTR_TCP_FLAGS] = {NLA_U8, 0, 0},
	[OVS_FLOW_ATTR_USED] = {NLA_U64, 0, 0},
	[OVS_FLOW_ATTR_MASK] = {NLA_NESTED, 0, 0},
	[OVS_FLOW_ATTR_UFID] = {NLA_UNSPEC, 1, UFID_BYTES},
};

/* Four host integers, most significant first, as other programs print them. */
static void
ufid_put(struct kdp_writer *w, const struct flow_ufid *u)
{
	uint32_t words[4] = {(uint32_t)(u->hi >> 32), (uint32_t)u->hi, (uint32_t)(u->lo >> 32),
			     (uint32_t)u->lo};

	kdp_put(w, OVS_FLOW_ATTR_UFID, words, sizeof words);
}

static int
request_make(const struct kdp_families *f, int dp, uint8_t cmd, const struct kdp_flow *flow,
	     struct nl_msg **out, const char **refused)
{
	size_t n_actions = flow->actions ? KDP_ACTIONS_BYTES(flow->actions->n) : 0;
	const struct flow_key *shape = flow->packet ? flow->packet : &flow->match->key;
	struct kdp_writer w = {0};
	int rc = 0;

	*refused = kdp_match_refused(flow->match);
	if (*refused)
		return -EOPNOTSUPP;
	if (n_actions > 2 * KDP_ACTIONS_BYTES_MAX)
		n_actions = 2 * KDP_ACTIONS_BYTES_MAX;
	w.msg = kdp_request_new(f, KDP_FLOW, cmd, cmd == OVS_FLOW_CMD_NEW ? NLM_F_CREATE : 0, dp,
				SMALL_BYTES + 2 * KDP_KEY_BYTES + n_actions);
	if (!w.msg)
		return -ENOMEM;
	ufid_put(&w, flow->ufid);
	if (flow->is_probe)
		kdp_put_flag(&w, OVS_FLOW_ATTR_PROBE);
	kdp_match_put(&w, flow->match, flow->packet);
	if (flow->actions)
		rc = kdp_actions_put(&w, OVS_FLOW_ATTR_ACTIONS, flow->actions, shape, flow->pid,
				     refused);
	return kdp_writer_end(&w, rc, out);
}

int
kdp_flow_add(const struct kdp_families *f, int dp, const struct kdp_flow *flow, struct nl_msg **out,
	     const char **refused)
{
	return request_make(f, dp, OVS_FLOW_CMD_NEW, flow, out, refused);
}

int
kdp_flow_modify(const struct kdp_families *f, int dp, const struct kdp_flow *flow,
		struct nl_msg **out, const char **refused)
{
	return request_make(f, dp, OVS_FLOW_CMD_SET, flow, out, refused);
}

static struct nl_msg *
by_ufid(const struct kdp_families *f, int dp, uint8_t cmd, int flags, const struct flow_ufid *ufid,
	bool is_whole)
{
	struct kdp_writer w = {kdp_request_new(f, KDP_FLOW, cmd, flags, dp, SMALL_BYTES), false};

	if (!w.msg)
		return NULL;
	if (ufid)
		ufid_put(&w, ufid);
	if (!is_whole)
		kdp_put_u32(&w, OVS_FLOW_ATTR_UFID_FLAGS, OMIT_ALL);
	return w.msg;
}

struct nl_msg *
kdp_flow_del(const struct kdp_families *f, int dp, const struct flow_ufid *ufid)
{
	return by_ufid(f, dp, OVS_FLOW_CMD_DEL, NLM_F_ECHO, ufid, false);
}

struct nl_msg *
kdp_flow_del_by_key(const struct kdp_families *f, int dp, const struct nlattr *key)
{
	struct kdp_writer w = {kdp_request_new(f, KDP_FLOW, OVS_FLOW_CMD_DEL, 0, dp,
					       (size_t)nla_total_size(nla_len(key))),
			       false};

	if (w.msg)
		kdp_put(&w, OVS_FLOW_ATTR_KEY | NLA_F_NESTED, nla_data(key), (size_t)nla_len(key));
	return w.msg;
}

struct nl_msg *
kdp_flow_get(const struct kdp_families *f, int dp, const struct flow_ufid *ufid, bool is_whole)
{
	return by_ufid(f, dp, OVS_FLOW_CMD_GET, 0, ufid, is_whole);
}

struct nl_msg *
kdp_flow_dump(const struct kdp_families *f, int dp, bool is_whole)
{
	return by_ufid(f, dp, OVS_FLOW_CMD_GET, 0, NULL, is_whole);
}

int
kdp_flow_parse(struct nlmsghdr *h, struct kdp_flow_answer *out)
{
	struct nlattr *a[OVS_FLOW_ATTR_MAX + 1];
	struct ovs_flow_stats stats = {0};
	uint32_t words[4] = {0};
	int rc = kdp_answer_parse(h, a, OVS_FLOW_ATTR_MAX, policy, NULL);

	if (rc)
		return rc;
	*out = (struct kdp_flow_answer){.key = a[OVS_FLOW_ATTR_KEY],
					.mask = a[OVS_FLOW_ATTR_MASK],
					.actions = a[OVS_FLOW_ATTR_ACTIONS]};
	if (a[OVS_FLOW_ATTR_UFID] && nla_len(a[OVS_FLOW_ATTR_UFID]) == sizeof words) {
		memcpy(words, nla_data(a[OVS_FLOW_ATTR_UFID]), sizeof words);
		out->ufid = (struct flow_ufid){(uint64_t)words[0] << 32 | words[1],
					       (uint64_t)words[2] << 32 | words[3]};
		out->has_ufid = true;
	}
	if (a[OVS_FLOW_ATTR_STATS])
		memcpy(&stats, nla_data(a[OVS_FLOW_ATTR_STATS]), sizeof stats);
	out->stats.packets = stats.n_packets;
	out->stats.bytes = stats.n_bytes;
	if (a[OVS_FLOW_ATTR_USED])
		out->stats.used_ns = nla_get_u64(a[OVS_FLOW_ATTR_USED]) * NS_PER_MS;
	if (a[OVS_FLOW_ATTR_TCP_FLAGS])
		out->stats.tcp_flags = nla_get_u8(a[OVS_FLOW_ATTR_TCP_FLAGS]);
	return 0;
}
