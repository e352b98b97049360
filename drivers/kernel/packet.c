/* SPDX-License-Identifier: Apache-2.0 */
#include "packet.h"

#include "actions_put.h"
#include "match_get.h"
#include "match_put.h"

#include <flow/parse.h>

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/openvswitch.h>
#include <netlink/genl/genl.h>

const char *const kdp_malformed_names[KDP_N_MALFORMED] = {
#define M(id, name) name,
	KDP_MALFORMED(M)
#undef M
};

static const struct nla_policy policy[OVS_PACKET_ATTR_MAX + 1] = {
	[OVS_PACKET_ATTR_PACKET] = {NLA_UNSPEC, 0, 0},
	[OVS_PACKET_ATTR_KEY] = {NLA_NESTED, 0, 0},
	[OVS_PACKET_ATTR_ACTIONS] = {NLA_NESTED, 0, 0},
	[OVS_PACKET_ATTR_USERDATA] = {NLA_UNSPEC, 0, 0},
	[OVS_PACKET_ATTR_EGRESS_TUN_KEY] = {NLA_NESTED, 0, 0},
	[OVS_PACKET_ATTR_MRU] = {NLA_U16, 0, 0},
	[OVS_PACKET_ATTR_LEN] = {NLA_U32, 0, 0},
	[OVS_PACKET_ATTR_HASH] = {NLA_U64, 0, 0},
};

static enum kdp_malformed
cookie_read(const struct nlattr *a, struct kdp_cookie *out)
{
	if (!a || nla_len(a) != sizeof *out)
		return KDP_MALFORMED_USERDATA;
	memcpy(out, nla_data(a), sizeof *out);
	if (out->magic != KDP_COOKIE_MAGIC || out->reason >= FLOW_N_UPCALL_REASONS)
		return KDP_MALFORMED_USERDATA;
	return KDP_WELL_FORMED;
}

static enum kdp_malformed
key_read(struct nlattr *a, struct kdp_packet *out)
{
	const char *refused;
	int rc = kdp_key_get(a, &out->key, &refused);

	if (rc)
		return rc == -EOPNOTSUPP ? KDP_MALFORMED_TUNNEL : KDP_MALFORMED_KEY;
	flow_parse(out->data, out->n_bytes, &out->key, NULL);
	return KDP_WELL_FORMED;
}

static void
rest_read(struct nlattr *const *a, struct kdp_packet *out)
{
	out->egress_tunnel = a[OVS_PACKET_ATTR_EGRESS_TUN_KEY];
	out->actions = a[OVS_PACKET_ATTR_ACTIONS];
	if (a[OVS_PACKET_ATTR_MRU])
		out->mru = nla_get_u16(a[OVS_PACKET_ATTR_MRU]);
	if (a[OVS_PACKET_ATTR_LEN])
		out->n_whole = nla_get_u32(a[OVS_PACKET_ATTR_LEN]);
	if (a[OVS_PACKET_ATTR_HASH])
		out->hash = nla_get_u64(a[OVS_PACKET_ATTR_HASH]);
}

enum kdp_malformed
kdp_packet_parse(struct nlmsghdr *h, struct kdp_packet *out)
{
	struct nlattr *a[OVS_PACKET_ATTR_MAX + 1];
	enum kdp_malformed why;
	uint8_t cmd;

	*out = (struct kdp_packet){0};
	if (!genlmsg_valid_hdr(h, sizeof(struct ovs_header)))
		return KDP_MALFORMED_HEADER;
	cmd = genlmsg_hdr(h)->cmd;
	if (cmd != OVS_PACKET_CMD_MISS && cmd != OVS_PACKET_CMD_ACTION)
		return KDP_MALFORMED_HEADER;
	if (kdp_answer_parse(h, a, OVS_PACKET_ATTR_MAX, policy, &out->dp))
		return KDP_MALFORMED_ATTRIBUTE;
	if (!a[OVS_PACKET_ATTR_PACKET] || nla_len(a[OVS_PACKET_ATTR_PACKET]) < ETH_HLEN)
		return KDP_MALFORMED_NO_PACKET;
	if (!a[OVS_PACKET_ATTR_KEY])
		return KDP_MALFORMED_NO_KEY;
	out->data = nla_data(a[OVS_PACKET_ATTR_PACKET]);
	out->n_bytes = (uint32_t)nla_len(a[OVS_PACKET_ATTR_PACKET]);
	out->is_action = cmd == OVS_PACKET_CMD_ACTION;
	why = key_read(a[OVS_PACKET_ATTR_KEY], out);
	if (why == KDP_WELL_FORMED && out->is_action)
		why = cookie_read(a[OVS_PACKET_ATTR_USERDATA], &out->cookie);
	rest_read(a, out);
	return why;
}

#define SMALL_BYTES 64 /* headers of the packet's attribute, and the MRU */

int
kdp_packet_execute(const struct kdp_families *f, int dp, const struct kdp_execute *e,
		   struct nl_msg **out, const char **refused)
{
	size_t n_actions = KDP_ACTIONS_BYTES(e->actions->n);
	struct kdp_writer w = {0};
	int rc;

	if (e->n_bytes > UINT16_MAX - NLA_HDRLEN)
		return -EMSGSIZE;
	if (n_actions > 2 * KDP_ACTIONS_BYTES_MAX)
		n_actions = 2 * KDP_ACTIONS_BYTES_MAX;
	w.msg = kdp_request_new(f, KDP_PACKET, OVS_PACKET_CMD_EXECUTE, 0, dp,
				SMALL_BYTES + KDP_KEY_BYTES + n_actions + e->n_bytes);
	if (!w.msg)
		return -ENOMEM;
	kdp_put(&w, OVS_PACKET_ATTR_PACKET, e->data, e->n_bytes);
	kdp_metadata_put(&w, OVS_PACKET_ATTR_KEY, e->key);
	rc = kdp_actions_put(&w, OVS_PACKET_ATTR_ACTIONS, e->actions, e->key, e->pid, refused);
	if (e->mru)
		kdp_put_u16(&w, OVS_PACKET_ATTR_MRU, e->mru);
	return kdp_writer_end(&w, rc, out);
}
