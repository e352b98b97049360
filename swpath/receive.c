/* SPDX-License-Identifier: Apache-2.0 */
#include "receive.h"

#include "request.h"

static void
tag_put_back(struct rte_mbuf **mp, uint16_t tci, uint16_t tpid)
{
	struct rte_ether_hdr *eth;

	(*mp)->vlan_tci = tci;
	if (rte_vlan_insert(mp))
		return;
	eth = rte_pktmbuf_mtod(*mp, struct rte_ether_hdr *);
	eth->ether_type = rte_cpu_to_be_16(tpid);
}

/* A device that strips only one of two tags strips the outer one, and reports it in vlan_tci. */
static void
tags_put_back(struct rte_mbuf **mp)
{
	uint16_t outer = (*mp)->vlan_tci_outer, tci = (*mp)->vlan_tci;
	uint64_t flags = (*mp)->ol_flags;

	if (flags & RTE_MBUF_F_RX_VLAN_STRIPPED)
		tag_put_back(mp, tci, RTE_ETHER_TYPE_VLAN);
	if (flags & RTE_MBUF_F_RX_QINQ_STRIPPED)
		tag_put_back(mp, outer, RTE_ETHER_TYPE_QINQ);
}

static bool
has_room_for_tags(const struct rte_mbuf *m)
{
	return RTE_MBUF_DIRECT(m) && rte_mbuf_refcnt_read(m) == 1 &&
	       rte_pktmbuf_headroom(m) >= 2 * RTE_VLAN_HLEN;
}

enum flow_drop
swp_receive_rebuild(struct swp *s, struct rte_mbuf **mp)
{
	uint64_t reported = (*mp)->ol_flags;
	bool stripped = reported & SWP_TAGS_STRIPPED;
	bool scattered = (*mp)->nb_segs > 1 && (*mp)->data_len < SWP_HEADERS_BYTES;

	if (scattered || (stripped && !has_room_for_tags(*mp))) {
		struct rte_mbuf *copy = rte_pktmbuf_copy(*mp, s->pools.home, 0, UINT32_MAX);

		if (!copy)
			return FLOW_DROP_NO_BUFFER;
		rte_pktmbuf_free(*mp);
		*mp = copy;
	}
	if (stripped)
		tags_put_back(mp);
	(*mp)->ol_flags &= SWP_FLAGS_KEPT;
	if ((reported & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_NONE)
		return swp_request_take(s, mp, reported);
	return FLOW_NOT_DROPPED;
}
