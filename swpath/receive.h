/* SPDX-License-Identifier: Apache-2.0 */
/* What a driver gives, made what the rest of the path takes for granted. */
#pragma once

#include "impl.h"

#include <rte_branch_prediction.h>
#include <rte_ether.h>
#include <rte_mbuf.h>

#define SWP_TAGS_STRIPPED (RTE_MBUF_F_RX_VLAN_STRIPPED | RTE_MBUF_F_RX_QINQ_STRIPPED)
/* Of a packet in several segments, the first has as many bytes at least, or all: headers are read and
 * written there alone. */
#define SWP_HEADERS_BYTES 1024
/* How the mbuf holds its bytes; all other flags say what a device did or is to do. */
#define SWP_FLAGS_KEPT (RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL)

/* For the few packets that may need more than their flags cleared. Thread: worker. */
enum flow_drop swp_receive_rebuild(struct swp *s, struct rte_mbuf **mp);

/* Afterwards '*mp' has all of its bytes, tags that the device took out included, its headers in the first
 * segment, and no flags of its driver or of another sender that a device would act on when it is sent.
 * Replaces '*mp' by a copy when it cannot be changed.
 * Returns FLOW_NOT_DROPPED, or why the packet is to be dropped: '*mp' is the caller's still.
 * Thread: worker. */
static inline enum flow_drop
swp_receive(struct swp *s, struct rte_mbuf **mp)
{
	enum flow_drop why = FLOW_NOT_DROPPED;

	if (unlikely(rte_pktmbuf_pkt_len(*mp) < RTE_ETHER_HDR_LEN))
		return FLOW_DROP_MALFORMED;
	if (unlikely((*mp)->ol_flags & SWP_TAGS_STRIPPED || (*mp)->nb_segs > 1))
		why = swp_receive_rebuild(s, mp);
	(*mp)->ol_flags &= SWP_FLAGS_KEPT;
	return why;
}
