/* SPDX-License-Identifier: Apache-2.0 */
/* Completion of a mask with bits that the datapath needs beside those that were consulted. */
#include "run/megaflow_mask.h"

#include <arpa/inet.h>
#include <net/ethernet.h>

bool
megaflow_is_ip(const struct flow_key *key)
{
	return key->eth_type == htons(ETHERTYPE_IP) || key->eth_type == htons(ETHERTYPE_IPV6);
}

#define ETH_TYPE_MPLS 0x8847
#define ETH_TYPE_MPLS_MULTICAST 0x8848

static bool
any_byte(const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		if (b[i])
			return true;
	return false;
}

static bool
looks_at_nd(const struct flow_key *mask)
{
	return any_byte(&mask->nd_target, sizeof mask->nd_target) ||
	       any_byte(&mask->arp_sha, sizeof mask->arp_sha) ||
	       any_byte(&mask->arp_tha, sizeof mask->arp_tha);
}

static void
ip_prerequisites(const struct flow_key *key, struct flow_key *mask)
{
	bool nd = key->eth_type == htons(ETHERTYPE_IPV6) && looks_at_nd(mask);

	mask->nw_frag = UINT8_MAX;
	if (nd && key->nw_proto == IPPROTO_ICMPV6)
		mask->tp_src = mask->tp_dst = UINT16_MAX;
	if (nd || (mask->tp_src | mask->tp_dst | mask->tcp_flags))
		mask->nw_proto = UINT8_MAX;
}

void
megaflow_mask_prerequisites(const struct flow_key *key, struct flow_key *mask)
{
	mask->in_port = UINT32_MAX;
	mask->recirc_id = UINT32_MAX;
	mask->eth_type = UINT16_MAX;
	if (megaflow_is_ip(key))
		ip_prerequisites(key, mask);
	for (unsigned int i = FLOW_VLANS; i-- > 0;) {
		bool inner = i + 1 < FLOW_VLANS && mask->vlan[i + 1].tci;

		if (!inner && !mask->vlan[i].tci && !mask->vlan[i].tpid)
			continue;
		mask->vlan[i].tci |= htons(FLOW_VLAN_CFI);
		if (key->vlan[i].tci & htons(FLOW_VLAN_CFI))
			mask->vlan[i].tpid = UINT16_MAX;
	}
}

/* A packet without a connection, as ct_state shows, has no original direction. */
static void
clip_orig(const struct flow_key *key, struct flow_key *mask)
{
	bool ip = megaflow_is_ip(key);

	if (!flow_key_has_orig(mask))
		return;
	if (ip && !(key->ct_state & FLOW_CT_STATE_VALID))
		mask->ct_state |= FLOW_CT_STATE_VALID;
	if (!ip || !(key->ct_state & FLOW_CT_STATE_VALID))
		flow_key_fill_orig(mask, 0);
	if (key->eth_type != htons(ETHERTYPE_IP))
		return;
	memset(mask->ct_src.b, 0, FLOW_IP6_V4_AT);
	memset(mask->ct_dst.b, 0, FLOW_IP6_V4_AT);
}

void
megaflow_mask_clip(const struct flow_key *key, struct flow_key *mask)
{
	struct flow_key can;
	uint64_t *m = flow_key_words_mut(mask);

	flow_key_meaningful(key, &can);
	memset(can.vlan, 0xff, sizeof can.vlan);
	if (!(key->vlan[0].tci & htons(FLOW_VLAN_CFI)))
		memset(&can.vlan[1], 0, sizeof can.vlan[1]);
	if (key->eth_type == htons(ETH_TYPE_MPLS) ||
	    key->eth_type == htons(ETH_TYPE_MPLS_MULTICAST))
		memset(can.mpls, 0xff, sizeof can.mpls);
	for (size_t i = FLOW_WORD_L2; i < FLOW_KEY_WORDS; i++)
		m[i] &= flow_key_words(&can)[i];
	clip_orig(key, mask);
}

bool
megaflow_no_tunnel(const struct flow_key *key)
{
	static const struct flow_tunnel none;

	return !memcmp(&key->tun, &none, sizeof none);
}

/* All that connection tracking writes. */
#define TRACKING_AT offsetof(struct flow_key, ct_mark)
#define TRACKING_BYTES (offsetof(struct flow_key, pad0) - TRACKING_AT)

static bool
has_no_tracking(const struct run *run, const struct flow_key *key)
{
	return !any_byte((const char *)key + TRACKING_AT, TRACKING_BYTES) &&
	       !run_dp_has(run, FLOW_ACTION_CT);
}

void
megaflow_mask_lacking(struct run *run)
{
	const struct flow_key *absent = run->x->config.dp_absent;
	const uint64_t *key = flow_key_words(run->in->key);
	uint64_t *mask = flow_key_words_mut(&run->mask);

	for (size_t i = 0; absent && i < FLOW_WORD_L2; i++)
		mask[i] &= ~flow_key_words(absent)[i] | key[i];
}

/* Bits that are constant for every packet of this port: tunnel fields, and ct_* on a datapath
 * without connection tracking. Matching them is redundant, and hardware may refuse it. During
 * translation they are matched already, so that lookups can use them as proofs. */
void
megaflow_mask_absent(struct run *run, bool matched)
{
	const struct flow_key *key = run->in->key;
	const int bits = matched ? 0xff : 0;
	struct flow_key *mask = &run->mask;

	if (megaflow_no_tunnel(key))
		memset(&mask->tun, bits, sizeof mask->tun);
	if (key->recirc_id)
		return;
	if (has_no_tracking(run, key))
		memset((char *)mask + TRACKING_AT, bits, TRACKING_BYTES);
}
