/* SPDX-License-Identifier: Apache-2.0 */
#include "ct_put.h"

#include <arpa/inet.h>
#include <linux/openvswitch.h>

static bool
is_zero(const uint8_t *b, size_t n)
{
	while (n && !b[n - 1])
		n--;
	return !n;
}

const struct kdp_nat_flag kdp_nat_flags[KDP_N_NAT_FLAGS] = {
	{FLOW_NAT_SRC, OVS_NAT_ATTR_SRC},
	{FLOW_NAT_DST, OVS_NAT_ATTR_DST},
	{FLOW_NAT_PERSISTENT, OVS_NAT_ATTR_PERSISTENT},
	{FLOW_NAT_HASH, OVS_NAT_ATTR_PROTO_HASH},
	{FLOW_NAT_RANDOM, OVS_NAT_ATTR_PROTO_RANDOM},
};

static void
address_put(struct kdp_writer *w, int type, const struct flow_nat *nat, const struct flow_ip6 *ip)
{
	size_t n = nat->ip_version == 4 ? 4 : sizeof *ip;

	if (nat->ip_version && !is_zero(ip->b, n))
		kdp_put(w, type, ip, n);
}

/* The kernel gives back no maximum that is the minimum. */
static void
nat_put(struct kdp_writer *w, const struct flow_nat *nat)
{
	struct nlattr *nest = kdp_nest(w, OVS_CT_ATTR_NAT);

	for (size_t i = 0; i < KDP_N_NAT_FLAGS; i++) {
		if (nat->flags & kdp_nat_flags[i].flag)
			kdp_put_flag(w, kdp_nat_flags[i].type);
	}
	address_put(w, OVS_NAT_ATTR_IP_MIN, nat, &nat->ip_min);
	if (memcmp(&nat->ip_max, &nat->ip_min, sizeof nat->ip_max) != 0)
		address_put(w, OVS_NAT_ATTR_IP_MAX, nat, &nat->ip_max);
	if (nat->port_min)
		kdp_put_u16(w, OVS_NAT_ATTR_PROTO_MIN, nat->port_min);
	if (nat->port_max && nat->port_max != nat->port_min)
		kdp_put_u16(w, OVS_NAT_ATTR_PROTO_MAX, nat->port_max);
	kdp_nest_end(w, nest);
}

static void
label_put(struct kdp_writer *w, const struct flow_ct *ct)
{
	uint8_t both[32];

	if (is_zero(ct->label_mask, sizeof ct->label_mask))
		return;
	for (int i = 0; i < 16; i++) {
		int from = htons(1) == 1 ? i : 15 - i;

		both[i] = ct->label[from] & ct->label_mask[from];
		both[16 + i] = ct->label_mask[from];
	}
	kdp_put(w, OVS_CT_ATTR_LABELS, both, sizeof both);
}

void
kdp_ct_put(struct kdp_writer *w, const struct flow_ct *ct)
{
	struct nlattr *nest = kdp_nest(w, OVS_ACTION_ATTR_CT);
	uint32_t mark[2] = {ct->mark & ct->mark_mask, ct->mark_mask};
	const char *helper = ct->helper == FLOW_CT_FTP ? "ftp" : "tftp";

	if (ct->commit || ct->force)
		kdp_put_flag(w, ct->force ? OVS_CT_ATTR_FORCE_COMMIT : OVS_CT_ATTR_COMMIT);
	/* Zone 0 is the default, and a kernel without zones refuses the attribute. */
	if (ct->zone)
		kdp_put_u16(w, OVS_CT_ATTR_ZONE, ct->zone);
	if (ct->mark_mask)
		kdp_put(w, OVS_CT_ATTR_MARK, mark, sizeof mark);
	label_put(w, ct);
	if (ct->helper)
		kdp_put(w, OVS_CT_ATTR_HELPER, helper, strlen(helper) + 1);
	if (*ct->timeout)
		kdp_put(w, OVS_CT_ATTR_TIMEOUT, ct->timeout, strlen(ct->timeout) + 1);
	if (ct->has_nat)
		nat_put(w, &ct->nat);
	kdp_nest_end(w, nest);
}
