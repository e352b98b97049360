/* SPDX-License-Identifier: Apache-2.0 */
#include "ct_get.h"

#include "ct_put.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/openvswitch.h>

static const struct nla_policy policy[OVS_CT_ATTR_MAX + 1] = {
	[OVS_CT_ATTR_ZONE] = {NLA_U16, 0, 0},
	[OVS_CT_ATTR_MARK] = {NLA_UNSPEC, 8, 8},
	[OVS_CT_ATTR_LABELS] = {NLA_UNSPEC, 32, 32},
	[OVS_CT_ATTR_HELPER] = {NLA_NUL_STRING, 1, 16},
	[OVS_CT_ATTR_NAT] = {NLA_NESTED, 0, 0},
	[OVS_CT_ATTR_TIMEOUT] = {NLA_NUL_STRING, 1, FLOW_CT_TIMEOUT_BYTES},
};

static const struct nla_policy nat_policy[OVS_NAT_ATTR_MAX + 1] = {
	[OVS_NAT_ATTR_IP_MIN] = {NLA_UNSPEC, 4, 16},
	[OVS_NAT_ATTR_IP_MAX] = {NLA_UNSPEC, 4, 16},
	[OVS_NAT_ATTR_PROTO_MIN] = {NLA_U16, 0, 0},
	[OVS_NAT_ATTR_PROTO_MAX] = {NLA_U16, 0, 0},
};

static int
address_get(const struct nlattr *a, struct flow_nat *nat, struct flow_ip6 *out)
{
	uint8_t version;

	if (!a)
		return 0;
	if (nla_len(a) != 4 && nla_len(a) != 16)
		return -EBADMSG;
	version = nla_len(a) == 4 ? 4 : 6;
	if (nat->ip_version && nat->ip_version != version)
		return -EBADMSG;
	nat->ip_version = version;
	memcpy(out, nla_data(a), (size_t)nla_len(a));
	return 0;
}

static int
nat_get(struct nlattr *nest, struct flow_nat *nat)
{
	struct nlattr *a[OVS_NAT_ATTR_MAX + 1];
	int rc;

	if (nla_parse_nested(a, OVS_NAT_ATTR_MAX, nest, nat_policy))
		return -EBADMSG;
	for (size_t i = 0; i < KDP_N_NAT_FLAGS; i++)
		nat->flags |= a[kdp_nat_flags[i].type] ? kdp_nat_flags[i].flag : 0;
	rc = address_get(a[OVS_NAT_ATTR_IP_MIN], nat, &nat->ip_min);
	if (!rc)
		rc = address_get(a[OVS_NAT_ATTR_IP_MAX], nat, &nat->ip_max);
	if (a[OVS_NAT_ATTR_PROTO_MIN])
		nat->port_min = nla_get_u16(a[OVS_NAT_ATTR_PROTO_MIN]);
	if (a[OVS_NAT_ATTR_PROTO_MAX])
		nat->port_max = nla_get_u16(a[OVS_NAT_ATTR_PROTO_MAX]);
	return rc;
}

static int
helper_get(const struct nlattr *a, uint8_t *out)
{
	if (!a)
		return 0;
	if (!nla_strcmp(a, "ftp"))
		*out = FLOW_CT_FTP;
	else if (!nla_strcmp(a, "tftp"))
		*out = FLOW_CT_TFTP;
	else
		return -EOPNOTSUPP;
	return 0;
}

static void
marks_get(struct nlattr *const *a, struct flow_ct *out)
{
	uint8_t both[32] = {0};
	uint32_t mark[2] = {0};

	if (a[OVS_CT_ATTR_MARK])
		memcpy(mark, nla_data(a[OVS_CT_ATTR_MARK]), sizeof mark);
	out->mark = mark[0];
	out->mark_mask = mark[1];
	if (a[OVS_CT_ATTR_LABELS])
		memcpy(both, nla_data(a[OVS_CT_ATTR_LABELS]), sizeof both);
	for (int i = 0; i < 16; i++) {
		int from = htons(1) == 1 ? i : 15 - i;

		out->label[i] = both[from];
		out->label_mask[i] = both[16 + from];
	}
}

int
kdp_ct_get(struct nlattr *nest, struct flow_ct *out, const char **refused)
{
	struct nlattr *a[OVS_CT_ATTR_MAX + 1];

	*out = (struct flow_ct){0};
	if (nla_parse_nested(a, OVS_CT_ATTR_MAX, nest, policy))
		return -EBADMSG;
	if (a[OVS_CT_ATTR_EVENTMASK] || helper_get(a[OVS_CT_ATTR_HELPER], &out->helper)) {
		*refused = a[OVS_CT_ATTR_EVENTMASK] ? "ct(eventmask)" : "ct(helper)";
		return -EOPNOTSUPP;
	}
	out->force = a[OVS_CT_ATTR_FORCE_COMMIT];
	out->commit = out->force || a[OVS_CT_ATTR_COMMIT];
	out->zone = a[OVS_CT_ATTR_ZONE] ? nla_get_u16(a[OVS_CT_ATTR_ZONE]) : 0;
	marks_get(a, out);
	if (a[OVS_CT_ATTR_TIMEOUT])
		memcpy(out->timeout, nla_data(a[OVS_CT_ATTR_TIMEOUT]),
		       strlen(nla_data(a[OVS_CT_ATTR_TIMEOUT])));
	out->has_nat = a[OVS_CT_ATTR_NAT];
	return out->has_nat ? nat_get(a[OVS_CT_ATTR_NAT], &out->nat) : 0;
}
