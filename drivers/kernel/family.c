/* SPDX-License-Identifier: Apache-2.0 */
#include "family.h"

#include <base/err.h>

#include <errno.h>
#include <linux/openvswitch.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

static const struct {
	const char *name;
	uint8_t version;
	bool is_optional;
} families[KDP_N_FAMILIES] = {
	[KDP_DATAPATH] = {OVS_DATAPATH_FAMILY, OVS_DATAPATH_VERSION, false},
	[KDP_VPORT] = {OVS_VPORT_FAMILY, OVS_VPORT_VERSION, false},
	[KDP_FLOW] = {OVS_FLOW_FAMILY, OVS_FLOW_VERSION, false},
	[KDP_PACKET] = {OVS_PACKET_FAMILY, OVS_PACKET_VERSION, false},
	[KDP_METER] = {OVS_METER_FAMILY, OVS_METER_VERSION, true},
	[KDP_CT_LIMIT] = {OVS_CT_LIMIT_FAMILY, OVS_CT_LIMIT_VERSION, true},
};

int
kdp_families_resolve(struct kdp_conn *c, struct kdp_families *out, char *err, size_t n_err)
{
	for (int i = 0; i < KDP_N_FAMILIES; i++) {
		int id = genl_ctrl_resolve(kdp_conn_socket(c), families[i].name);

		out->id[i] = id > 0 ? (uint16_t)id : 0;
		if (id > 0 || families[i].is_optional)
			continue;
		err_print(err, n_err,
			  "the kernel has no netlink family %s: load the module openvswitch "
			  "(modprobe openvswitch)",
			  families[i].name);
		return -EPROTONOSUPPORT;
	}
	return 0;
}

struct nl_msg *
kdp_request_new(const struct kdp_families *f, enum kdp_family family, uint8_t cmd, int flags,
		int dp, size_t n_bytes)
{
	struct nl_msg *msg =
		nlmsg_alloc_size(NLMSG_HDRLEN + GENL_HDRLEN + sizeof(struct ovs_header) + n_bytes);
	struct ovs_header *h;

	if (!msg)
		return NULL;
	h = genlmsg_put(msg, 0, 0, f->id[family], sizeof *h, flags, cmd, families[family].version);
	h->dp_ifindex = dp;
	return msg;
}

int
kdp_answer_parse(struct nlmsghdr *h, struct nlattr **attrs, int max,
		 const struct nla_policy *policy, int *dp)
{
	struct ovs_header header;

	if (!genlmsg_valid_hdr(h, sizeof header))
		return -EBADMSG;
	memcpy(&header, genlmsg_user_hdr(genlmsg_hdr(h)), sizeof header);
	if (dp)
		*dp = header.dp_ifindex;
	return genlmsg_parse(h, sizeof header, attrs, max, policy) ? -EBADMSG : 0;
}
