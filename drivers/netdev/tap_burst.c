/* SPDX-License-Identifier: Apache-2.0 */
#include "tap_burst.h"

#include "burst.h"
#include "vnet.h"

#include <errno.h>
#include <rte_cycles.h>
#include <rte_ether.h>
#include <sys/uio.h>

#define WAIT_MAX_US 16

/* Where a frame is read to: its virtio header, mbufs, and a byte that is reached by a frame that is
 * longer than these. */
struct room {
	struct rte_mbuf *mbufs[NETDEV_SEGMENTS_MAX];
	unsigned int n;
	struct virtio_net_hdr vnet;
	uint8_t beyond;
	struct iovec iov[1 + NETDEV_SEGMENTS_MAX + 1];
};

/* Replaces the mbufs that were taken, as far as some are free. */
static void
room_fill(const struct netdev_rxq *q, struct room *r)
{
	unsigned int i = r->n;

	if (rte_pktmbuf_alloc_bulk(q->pool, r->mbufs + i, q->n_room - i)) {
		while (r->n < q->n_room && (r->mbufs[r->n] = rte_pktmbuf_alloc(q->pool)))
			r->n++;
	} else {
		r->n = q->n_room;
	}
	for (; i < r->n; i++)
		r->iov[1 + i] = (struct iovec){rte_pktmbuf_mtod(r->mbufs[i], void *),
					       rte_pktmbuf_tailroom(r->mbufs[i])};
	r->iov[1 + r->n] = (struct iovec){&r->beyond, sizeof r->beyond};
}

/* Removes the first 'n' mbufs. */
static void
room_take(struct room *r, unsigned int n)
{
	r->n -= n;
	memmove(r->mbufs, r->mbufs + n, r->n * sizeof *r->mbufs);
	memmove(r->iov + 1, r->iov + 1 + n, r->n * sizeof *r->iov);
}

/* Makes a packet of 'n_bytes' that were read. Returns NULL if they are more than the mbufs hold. */
static struct rte_mbuf *
packet_take(struct room *r, uint32_t n_bytes)
{
	struct rte_mbuf *m = r->n ? r->mbufs[0] : NULL;
	uint32_t n_left = n_bytes;
	unsigned int n = 0;

	while (n_left && n < r->n) {
		struct rte_mbuf *last = r->mbufs[n++];

		last->data_len = (uint16_t)RTE_MIN(n_left, (uint32_t)rte_pktmbuf_tailroom(last));
		n_left -= last->data_len;
		if (n_left && n < r->n)
			last->next = r->mbufs[n];
	}
	if (m) {
		m->pkt_len = n_bytes - n_left;
		m->nb_segs = (uint16_t)n;
	}
	room_take(r, n);
	if (likely(m && !n_left))
		return m;
	rte_pktmbuf_free(m);
	return NULL;
}

/* Returns a frame, or NULL; then its loss is counted. */
static struct rte_mbuf *
frame_take(struct netdev_rxq *q, struct room *r, size_t n_read)
{
	bool short_of_mbufs = r->n < q->n_room;
	struct rte_mbuf *m;

	if (unlikely(n_read < sizeof r->vnet + RTE_ETHER_HDR_LEN)) {
		q->cut++;
		return NULL;
	}
	m = packet_take(r, (uint32_t)(n_read - sizeof r->vnet));
	if (unlikely(!m)) {
		q->no_buffers += short_of_mbufs;
		q->cut += !short_of_mbufs;
		return NULL;
	}
	m->port = q->netdev->dev->data->port_id;
	if (likely(!netdev_vnet_read(&r->vnet, m) &&
		   (m->ol_flags & RTE_MBUF_F_RX_LRO || m->pkt_len <= q->frame_bytes_max)))
		return m;
	q->cut++;
	rte_pktmbuf_free(m);
	return NULL;
}

static void
wait_choose(struct netdev_rxq *q, uint64_t now, bool any)
{
	uint64_t cycles_per_us = rte_get_tsc_hz() / 1000000;

	q->wait_cycles = any ? cycles_per_us
			     : RTE_MIN(RTE_MAX(q->wait_cycles * 2, cycles_per_us),
				       WAIT_MAX_US * cycles_per_us);
	q->read_tsc = now + q->wait_cycles;
}

/* A frame without free mbufs is dropped and counted, as with other interfaces. */
uint16_t
netdev_tap_rx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct netdev_rxq *q = queue;
	uint64_t now = rte_rdtsc();
	struct room r;
	uint16_t i, n_got = 0;

	if (now < q->read_tsc)
		return 0;
	r.n = 0;
	r.iov[0] = (struct iovec){&r.vnet, sizeof r.vnet};
	for (i = 0; i < n; i++) {
		ssize_t n_read;

		room_fill(q, &r);
		n_read = readv(q->fd, r.iov, (int)r.n + 2);
		if (n_read < 0)
			break;
		pkts[n_got] = frame_take(q, &r, (size_t)n_read);
		if (unlikely(!pkts[n_got]))
			continue;
		q->bytes += pkts[n_got++]->pkt_len;
	}
	if (i < n)
		wait_choose(q, now, i);
	rte_pktmbuf_free_bulk(r.mbufs, r.n);
	q->packets += n_got;
	return n_got;
}

/* Returns false if the kernel's buffers are full. */
static bool
frame_send(struct netdev_txq *q, struct rte_mbuf *m)
{
	struct iovec iov[1 + NETDEV_SEGMENTS_MAX];
	struct virtio_net_hdr vnet;
	int n = 1;

	if (unlikely(!netdev_segments_fit(m))) {
		q->refused++;
		return true;
	}
	netdev_vnet_write(m, &vnet);
	iov[0] = (struct iovec){&vnet, sizeof vnet};
	for (const struct rte_mbuf *s = m; s; s = s->next)
		iov[n++] = (struct iovec){rte_pktmbuf_mtod(s, void *), s->data_len};
	if (likely(writev(q->fd, iov, n) >= 0)) {
		q->packets++;
		q->bytes += m->pkt_len;
		return true;
	}
	if (errno == EAGAIN || errno == ENOBUFS || errno == EINTR)
		return false;
	q->refused++;
	return true;
}

uint16_t
netdev_tap_tx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t n_done = 0;

	while (n_done < n && frame_send(queue, pkts[n_done]))
		n_done++;
	rte_pktmbuf_free_bulk(pkts, n_done);
	return n_done;
}
