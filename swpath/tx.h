/* SPDX-License-Identifier: Apache-2.0 */
/* Transmission, in buffers per worker and port. Thread: worker. */
#pragma once

#include "request.h"
#include "serve.h"
#include "worker.h"

#include <rte_branch_prediction.h>

/* Shorter frames stop a transmit queue of Intel's E810, X710 and 1G devices (ICE_TX_MIN_PKT_LEN and
 * similar constants in DPDK's drivers: 17 bytes), and end a burst of mlx5
 * (MLX5_ESEG_MIN_INLINE_SIZE: 18). Devices pad to the minimum of their wire themselves. */
#define SWP_FRAME_BYTES_MIN 18

/* As swp_tx_add(), for packets that may be too long, too short or chains, and whose requests are
 * served. */
void swp_tx_add_careful(struct swp_worker *w, struct swp_port *to, struct rte_mbuf *m,
			struct swp_port *from);

static inline bool
swp_tx_has_room(const struct swp_worker *w, const struct swp_port *to, unsigned int n)
{
	return to->tx[w->index].n + n <= SWP_BURST;
}

/* Appends packets, one at least, of 'bytes' together, that 'to' can send as they are to a buffer
 * that has room. */
static inline void
swp_tx_append(struct swp_worker *w, struct swp_port *to, struct rte_mbuf **mbufs, unsigned int n,
	      uint64_t bytes, struct swp_port *from)
{
	struct swp_tx *tx = &to->tx[w->index];
	unsigned int at = tx->n;

	if (!at)
		w->dirty[w->n_dirty++] = to;
	tx->n = at + n;
	tx->bytes += bytes;
	do {
		tx->mbufs[at] = *mbufs++;
		tx->from[at] = from;
	} while (++at < tx->n);
}

/* Adds a packet of 'from' to the buffer of 'to', which is sent when full; consumes it. */
static inline void
swp_tx_add(struct swp_worker *w, struct swp_port *to, struct rte_mbuf *m, struct swp_port *from)
{
	uint32_t n_bytes_max = atomic_load_explicit(&to->frame_bytes_max, memory_order_relaxed);
	uint32_t n_bytes = rte_pktmbuf_pkt_len(m);

	if (likely(n_bytes <= n_bytes_max && n_bytes >= SWP_FRAME_BYTES_MIN && m->nb_segs == 1 &&
		   !swp_request_any(m) && to->tx[w->index].n < SWP_BURST))
		swp_tx_append(w, to, &m, 1, n_bytes, from);
	else if (unlikely(swp_request_any(m)))
		swp_serve(w, to, m, from);
	else
		swp_tx_add_careful(w, to, m, from);
}

/* Sends all buffered packets. */
void swp_tx_flush(struct swp_worker *w);

/* Frees a packet and counts the drop reason on the port that received it. */
void swp_drop(struct swp_worker *w, struct swp_port *from, struct rte_mbuf *m, enum flow_drop why);
