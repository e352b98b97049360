/* SPDX-License-Identifier: Apache-2.0 */
#include "wire.h"

#include <flow/field.h>
#include <flow/parse.h>

#include <net/ethernet.h>
#include <netinet/in.h>

static void
l2_meaningful(const struct flow_key *key, struct flow_key *mask)
{
	memset(&mask->eth_dst, 0xff, sizeof mask->eth_dst);
	memset(&mask->eth_src, 0xff, sizeof mask->eth_src);
	mask->eth_type = UINT16_MAX;
	memset(&mask->vlan[0], 0xff, sizeof mask->vlan[0]);
	if (key->vlan[0].tpid)
		memset(&mask->vlan[1], 0xff, sizeof mask->vlan[1]);
	if (!wire_is_mpls(key->eth_type))
		return;
	for (int i = 0; i < FLOW_MPLS_LABELS; i++) {
		mask->mpls[i] = UINT32_MAX;
		if (key->mpls[i] & htonl(MPLS_BOS))
			break;
	}
}

static void
arp_meaningful(struct flow_key *mask)
{
	mask->nw_proto = UINT8_MAX;
	mask->nw_src = mask->nw_dst = UINT32_MAX;
	memset(&mask->arp_sha, 0xff, sizeof mask->arp_sha);
	memset(&mask->arp_tha, 0xff, sizeof mask->arp_tha);
}

static void
l3_meaningful(const struct flow_key *key, struct flow_key *mask)
{
	if (key->eth_type == htons(ETHERTYPE_IP)) {
		mask->nw_src = mask->nw_dst = UINT32_MAX;
	} else {
		memset(&mask->ipv6_src, 0xff, sizeof mask->ipv6_src);
		memset(&mask->ipv6_dst, 0xff, sizeof mask->ipv6_dst);
		mask->ipv6_label = htonl(0xfffff);
	}
	mask->nw_proto = UINT8_MAX;
	mask->nw_tos = UINT8_MAX;
	mask->nw_ttl = UINT8_MAX;
	mask->nw_frag = FLOW_FRAG_ANY | FLOW_FRAG_LATER;
}

static void
icmp6_meaningful(const struct flow_key *key, struct flow_key *mask)
{
	mask->tp_src = mask->tp_dst = htons(0xff);
	if (flow_prereq_ok(FLOW_PREREQ_ND, key, NULL))
		memset(&mask->nd_target, 0xff, sizeof mask->nd_target);
	if (flow_prereq_ok(FLOW_PREREQ_ND_SOL, key, NULL))
		memset(&mask->arp_sha, 0xff, sizeof mask->arp_sha);
	if (flow_prereq_ok(FLOW_PREREQ_ND_ADV, key, NULL))
		memset(&mask->arp_tha, 0xff, sizeof mask->arp_tha);
}

/* A later fragment has nothing of L4. */
static void
l4_meaningful(const struct flow_key *key, struct flow_key *mask)
{
	if (key->nw_frag & FLOW_FRAG_LATER)
		return;
	switch (key->nw_proto) {
	case IPPROTO_TCP:
		mask->tcp_flags = htons(0xfff);
		mask->tp_src = mask->tp_dst = UINT16_MAX;
		break;
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
		mask->tp_src = mask->tp_dst = UINT16_MAX;
		break;
	case IPPROTO_ICMP:
		if (key->eth_type == htons(ETHERTYPE_IP))
			mask->tp_src = mask->tp_dst = htons(0xff);
		break;
	case IPPROTO_ICMPV6:
		if (key->eth_type == htons(ETHERTYPE_IPV6))
			icmp6_meaningful(key, mask);
		break;
	default:
		break;
	}
}

void
flow_key_meaningful(const struct flow_key *key, struct flow_key *mask)
{
	memset(mask, 0, sizeof *mask);
	l2_meaningful(key, mask);
	if (flow_prereq_ok(FLOW_PREREQ_ARP, key, NULL)) {
		arp_meaningful(mask);
	} else if (flow_prereq_ok(FLOW_PREREQ_IP, key, NULL)) {
		l3_meaningful(key, mask);
		l4_meaningful(key, mask);
	}
}
