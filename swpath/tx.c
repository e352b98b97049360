/* SPDX-License-Identifier: Apache-2.0 */
#include "tx.h"
#include "count.h"

static inline struct swp_port_stats *
counts(struct swp_worker *w, struct swp_port *p)
{
	return &p->counts[w->index].c;
}

void
swp_drop(struct swp_worker *w, struct swp_port *from, struct rte_mbuf *m, enum flow_drop why)
{
	count_add(&counts(w, from)->action_drops[why], 1);
	rte_pktmbuf_free(m);
}

/* Drops the frames that the driver cannot send as they are. Most drivers can send all, and have no
 * such check. */
static void
prepare(struct swp_worker *w, struct swp_port *p, struct swp_tx *tx)
{
	unsigned int n = 0;

	for (;;) {
		n += rte_eth_tx_prepare(p->ethdev, tx->queue, tx->mbufs + n, (uint16_t)(tx->n - n));
		if (likely(n == tx->n))
			return;
		count_add(&counts(w, p)->tx_dropped, 1);
		tx->bytes -= rte_pktmbuf_pkt_len(tx->mbufs[n]);
		swp_drop(w, tx->from[n], tx->mbufs[n], FLOW_DROP_TX_REFUSED);
		tx->n--;
		memmove(&tx->mbufs[n], &tx->mbufs[n + 1], (tx->n - n) * sizeof tx->mbufs[0]);
		memmove(&tx->from[n], &tx->from[n + 1], (tx->n - n) * sizeof tx->from[0]);
	}
}

static unsigned int
send_burst(struct swp_port *p, struct swp_tx *tx)
{
	unsigned int n;

	if (!tx->lock)
		return rte_eth_tx_burst(p->ethdev, tx->queue, tx->mbufs, (uint16_t)tx->n);
	rte_spinlock_lock(tx->lock);
	n = rte_eth_tx_burst(p->ethdev, tx->queue, tx->mbufs, (uint16_t)tx->n);
	rte_spinlock_unlock(tx->lock);
	return n;
}

/* The driver owns the packets that it has sent, so the lengths of the others are subtracted. */
static void
send_port(struct swp_worker *w, struct swp_port *p)
{
	struct swp_tx *tx = &p->tx[w->index];
	unsigned int n_sent;

	prepare(w, p, tx);
	n_sent = send_burst(p, tx);
	count_add(&counts(w, p)->tx_dropped, tx->n - n_sent);
	for (unsigned int i = n_sent; i < tx->n; i++) {
		tx->bytes -= rte_pktmbuf_pkt_len(tx->mbufs[i]);
		swp_drop(w, tx->from[i], tx->mbufs[i], FLOW_DROP_TX_FULL);
	}
	count_add(&counts(w, p)->tx_packets, n_sent);
	count_add(&counts(w, p)->tx_bytes, tx->bytes);
	w->n_out += tx->n;
	tx->n = 0;
	tx->bytes = 0;
}

/* For a port that does not send chains; its frames fit into one buffer. Returns NULL if none is
 * free. */
static struct rte_mbuf *
in_one_segment(struct swp *s, struct rte_mbuf *chain)
{
	struct rte_mbuf *m = rte_pktmbuf_copy(chain, s->pools.home, 0, UINT32_MAX);

	if (m)
		rte_pktmbuf_free(chain);
	return m;
}

/* Returns false if there is no room. */
static bool
pad(struct rte_mbuf *m)
{
	uint16_t n = (uint16_t)(SWP_FRAME_BYTES_MIN - rte_pktmbuf_pkt_len(m));
	char *room = rte_pktmbuf_append(m, n);

	if (room)
		memset(room, 0, n);
	return room;
}

/* A packet that the device cuts into segments may be longer than a frame; its segments are not. */
void
swp_tx_add_careful(struct swp_worker *w, struct swp_port *to, struct rte_mbuf *m,
		   struct swp_port *from)
{
	uint32_t n_bytes_max = atomic_load_explicit(&to->frame_bytes_max, memory_order_relaxed);

	if (unlikely(rte_pktmbuf_pkt_len(m) > n_bytes_max &&
		     !(n_bytes_max && m->ol_flags & SWP_REQUESTS_SEGMENTS))) {
		count_add(&counts(w, to)->tx_dropped, 1);
		swp_drop(w, from, m, n_bytes_max ? FLOW_DROP_MTU : FLOW_DROP_PORT_GONE);
		return;
	}
	if (unlikely(m->nb_segs > 1 && !to->sends_chains)) {
		struct rte_mbuf *chain = m;

		m = in_one_segment(w->swp, chain);
		if (!m) {
			swp_drop(w, from, chain, FLOW_DROP_NO_BUFFER);
			return;
		}
	}
	if (unlikely(rte_pktmbuf_pkt_len(m) < SWP_FRAME_BYTES_MIN && !pad(m))) {
		swp_drop(w, from, m, FLOW_DROP_NO_BUFFER);
		return;
	}
	if (to->tx[w->index].n == SWP_BURST)
		send_port(w, to);
	swp_tx_append(w, to, &m, 1, rte_pktmbuf_pkt_len(m), from);
}

void
swp_tx_flush(struct swp_worker *w)
{
	for (unsigned int i = 0; i < w->n_dirty; i++)
		send_port(w, w->dirty[i]);
	w->n_dirty = 0;
}
