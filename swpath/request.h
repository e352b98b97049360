/* SPDX-License-Identifier: Apache-2.0 */
/* Packets that ask for work when they are sent: a checksum, or to be cut into segments.
 *
 * Kernels and guests leave both to whoever sends the packet to a wire. A packet keeps its requests
 * from its receive queue to its output, where the device serves them, or software does
 * (serve.h). They are flags of its mbuf:
 *
 *     RTE_MBUF_F_TX_TCP_CKSUM, RTE_MBUF_F_TX_UDP_CKSUM: the checksum is to be computed
 *     with it RTE_MBUF_F_TX_TCP_SEG, RTE_MBUF_F_TX_UDP_SEG: segments of 'tso_segsz' bytes of payload
 *
 * Until then the checksum field has no meaning, so edits need not care; headers are found again when
 * they are needed. An mbuf with requests is never shared.
 *
 * Thread safety: the owner of the packet. */
#pragma once

#include "packet.h"

/* Every packet with a request has one of these. */
#define SWP_REQUESTS RTE_MBUF_F_TX_L4_MASK
#define SWP_REQUESTS_SEGMENTS (RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_UDP_SEG)

/* Shorter segments are not made: 64 KiB of them would be more than 2,048 packets. */
#define SWP_SEGMENT_BYTES_MIN 32

struct swp;

static inline bool
swp_request_any(const struct rte_mbuf *m)
{
	return m->ol_flags & SWP_REQUESTS;
}

/* Turns a driver's report of an incomplete checksum (RTE_MBUF_F_RX_L4_CKSUM_NONE) and of segments
 * (RTE_MBUF_F_RX_LRO; of UDP with RTE_MBUF_F_TX_UDP_SEG) into requests; 'reported' has the driver's
 * flags, which '*mp' no longer has. Completes a checksum behind extension headers at once. Without
 * a TCP or UDP header the report is ignored. Replaces '*mp' by a copy if it is shared. Returns
 * FLOW_NOT_DROPPED, or the drop reason; then '*mp' is still the caller's. Thread: worker. */
enum flow_drop swp_request_take(struct swp *s, struct rte_mbuf **mp, uint64_t reported);

/* Returns the length of the longest segment of a packet of 'n_bytes'; 'n_bytes' if it is not to be
 * cut. */
size_t swp_request_frame_bytes(const struct rte_mbuf *m, size_t n_bytes);

/* Computes the checksum of a packet as it is; its requests stay. O(bytes). */
void swp_request_complete(struct rte_mbuf *m);
