/* SPDX-License-Identifier: Apache-2.0 */
#include "setfield.h"

#include "express.h"

#include <linux/openvswitch.h>

/* In the order in which a header's fields are found: a whole field before its parts. */
static const struct {
	uint8_t field;
	uint8_t header;
} settable[] = {
	{FLOW_FIELD_PKT_MARK, OVS_KEY_ATTR_SKB_MARK},
	{FLOW_FIELD_ETH_SRC, OVS_KEY_ATTR_ETHERNET},
	{FLOW_FIELD_ETH_DST, OVS_KEY_ATTR_ETHERNET},
	{FLOW_FIELD_MPLS_LABEL, OVS_KEY_ATTR_MPLS},
	{FLOW_FIELD_MPLS_TC, OVS_KEY_ATTR_MPLS},
	{FLOW_FIELD_MPLS_BOS, OVS_KEY_ATTR_MPLS},
	{FLOW_FIELD_MPLS_TTL, OVS_KEY_ATTR_MPLS},
	{FLOW_FIELD_NW_SRC, OVS_KEY_ATTR_IPV4},
	{FLOW_FIELD_NW_DST, OVS_KEY_ATTR_IPV4},
	{FLOW_FIELD_NW_TOS, OVS_KEY_ATTR_IPV4},
	{FLOW_FIELD_IP_DSCP, OVS_KEY_ATTR_IPV4},
	{FLOW_FIELD_NW_ECN, OVS_KEY_ATTR_IPV4},
	{FLOW_FIELD_NW_TTL, OVS_KEY_ATTR_IPV4},
	{FLOW_FIELD_IPV6_SRC, OVS_KEY_ATTR_IPV6},
	{FLOW_FIELD_IPV6_DST, OVS_KEY_ATTR_IPV6},
	{FLOW_FIELD_IPV6_LABEL, OVS_KEY_ATTR_IPV6},
	{FLOW_FIELD_NW_TOS, OVS_KEY_ATTR_IPV6},
	{FLOW_FIELD_IP_DSCP, OVS_KEY_ATTR_IPV6},
	{FLOW_FIELD_NW_ECN, OVS_KEY_ATTR_IPV6},
	{FLOW_FIELD_NW_TTL, OVS_KEY_ATTR_IPV6},
	{FLOW_FIELD_TCP_SRC, OVS_KEY_ATTR_TCP},
	{FLOW_FIELD_TCP_DST, OVS_KEY_ATTR_TCP},
	{FLOW_FIELD_UDP_SRC, OVS_KEY_ATTR_UDP},
	{FLOW_FIELD_UDP_DST, OVS_KEY_ATTR_UDP},
	{FLOW_FIELD_SCTP_SRC, OVS_KEY_ATTR_SCTP},
	{FLOW_FIELD_SCTP_DST, OVS_KEY_ATTR_SCTP},
	{FLOW_FIELD_TUN_ID, OVS_KEY_ATTR_TUNNEL},
	{FLOW_FIELD_TUN_SRC, OVS_KEY_ATTR_TUNNEL},
	{FLOW_FIELD_TUN_DST, OVS_KEY_ATTR_TUNNEL},
	{FLOW_FIELD_TUN_IPV6_SRC, OVS_KEY_ATTR_TUNNEL},
	{FLOW_FIELD_TUN_IPV6_DST, OVS_KEY_ATTR_TUNNEL},
	{FLOW_FIELD_TUN_TOS, OVS_KEY_ATTR_TUNNEL},
	{FLOW_FIELD_TUN_TTL, OVS_KEY_ATTR_TUNNEL},
	{FLOW_FIELD_TUN_FLAGS, OVS_KEY_ATTR_TUNNEL},
	{FLOW_FIELD_TUN_TP_SRC, OVS_KEY_ATTR_TUNNEL},
	{FLOW_FIELD_TUN_TP_DST, OVS_KEY_ATTR_TUNNEL},
};
#define N_SETTABLE (sizeof settable / sizeof *settable)

/* The kernel sets nothing in an IP header whose protocol it does not know: it may be malformed. */
static bool
has_header(const struct flow_key *k, uint16_t header)
{
	switch (header) {
	case OVS_KEY_ATTR_IPV4:
		return kdp_key_is_ip4(k) && k->nw_proto;
	case OVS_KEY_ATTR_IPV6:
		return kdp_key_is_ip6(k) && k->nw_proto;
	case OVS_KEY_ATTR_MPLS:
		return kdp_key_is_mpls(k);
	case OVS_KEY_ATTR_TCP:
	case OVS_KEY_ATTR_UDP:
	case OVS_KEY_ATTR_SCTP:
		return kdp_key_transport(k) == header;
	}
	return true;
}

uint16_t
kdp_setfield_header(enum flow_field_id field, const struct flow_key *shape)
{
	for (size_t i = 0; i < N_SETTABLE; i++) {
		if (settable[i].field == field && has_header(shape, settable[i].header))
			return settable[i].header;
	}
	return 0;
}

enum flow_field_id
kdp_setfield_next(uint16_t header, struct flow_key *mask)
{
	static const struct flow_value zero;

	for (size_t i = 0; i < N_SETTABLE; i++) {
		const struct flow_field *f = &flow_fields[settable[i].field];
		struct flow_value v;

		if (settable[i].header != header || !f->settable)
			continue;
		flow_field_get(f, mask, &v);
		if (!memcmp(&v, &zero, sizeof v))
			continue;
		flow_field_set(f, mask, &zero);
		return (enum flow_field_id)settable[i].field;
	}
	return FLOW_FIELD_NONE;
}
