/* SPDX-License-Identifier: Apache-2.0 */
/* Normalises received mbufs: stripped tags restored, headers in one segment, driver flags
 * cleared. */
#pragma once

#include "impl.h"

#include <rte_branch_prediction.h>
#include <rte_ether.h>
#include <rte_mbuf.h>

#define SWP_TAGS_STRIPPED (RTE_MBUF_F_RX_VLAN_STRIPPED | RTE_MBUF_F_RX_QINQ_STRIPPED)
/* The first segment of a packet has at least this many bytes, or the whole packet: headers are read
 * and written only there. */
#define SWP_HEADERS_BYTES 1024
/* Flags that describe how the mbuf holds its bytes; all others report or request device work. */
#define SWP_FLAGS_KEPT (RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL)
/* One bit of the two that report an incomplete checksum; alone it reports a wrong one. */
#define SWP_FLAGS_UNUSUAL (SWP_TAGS_STRIPPED | RTE_MBUF_F_RX_L4_CKSUM_BAD)

/* The same as swp_receive(), which calls it for the few packets that need more than their flags
 * cleared. Thread: worker. */
enum flow_drop swp_receive_rebuild(struct swp *s, struct rte_mbuf **mp);

/* Normalises a received packet. Afterwards '*mp' has all of its bytes, including tags that the
 * device stripped; its headers are in the first segment; flags of its driver or of another sender,
 * on which a device would act when it sends the packet, are cleared, except requests (request.h).
 * Replaces '*mp' by a copy if it cannot be changed. Returns FLOW_NOT_DROPPED, or the drop reason;
 * then '*mp' is still the caller's. Thread: worker. */
static inline enum flow_drop
swp_receive(struct swp *s, struct rte_mbuf **mp)
{
	enum flow_drop why = FLOW_NOT_DROPPED;

	if (unlikely(rte_pktmbuf_pkt_len(*mp) < RTE_ETHER_HDR_LEN))
		return FLOW_DROP_MALFORMED;
	if (unlikely((*mp)->ol_flags & SWP_FLAGS_UNUSUAL || (*mp)->nb_segs > 1))
		why = swp_receive_rebuild(s, mp);
	else
		(*mp)->ol_flags &= SWP_FLAGS_KEPT;
	return why;
}
