/* SPDX-License-Identifier: Apache-2.0 */
#include "burst.h"

#include "long.h"
#include "vnet.h"

#include <errno.h>
#include <rte_branch_prediction.h>
#include <rte_ether.h>
#include <sys/socket.h>

#define BURST 32

/* Appends bytes to a packet under construction. */
struct writer {
	struct rte_mempool *pool;
	struct rte_mbuf *head, *last;
};

/* Returns false if no mbuf is free. */
static inline bool
put(struct writer *w, const uint8_t *from, uint32_t n)
{
	while (n) {
		uint32_t room = rte_pktmbuf_tailroom(w->last);
		uint32_t n_now = RTE_MIN(n, room);

		if (unlikely(!room)) {
			struct rte_mbuf *more = rte_pktmbuf_alloc(w->pool);

			if (!more)
				return false;
			w->last->next = more;
			w->last = more;
			w->head->nb_segs++;
			continue;
		}
		memcpy(rte_pktmbuf_mtod_offset(w->last, uint8_t *, w->last->data_len), from, n_now);
		w->last->data_len = (uint16_t)(w->last->data_len + n_now);
		w->head->pkt_len += n_now;
		from += n_now;
		n -= n_now;
	}
	return true;
}

/* Restores the outer tag, which the kernel strips from a frame. */
static bool
put_tagged(struct writer *w, const struct tpacket2_hdr *h, const uint8_t *frame)
{
	const uint32_t n_macs = 2 * RTE_ETHER_ADDR_LEN;
	uint16_t tpid =
		h->tp_status & TP_STATUS_VLAN_TPID_VALID ? h->tp_vlan_tpid : RTE_ETHER_TYPE_VLAN;
	const struct {
		rte_be16_t tpid, tci;
	} tag = {rte_cpu_to_be_16(tpid), rte_cpu_to_be_16(h->tp_vlan_tci)};

	return put(w, frame, n_macs) && put(w, (const uint8_t *)&tag, sizeof tag) &&
	       put(w, frame + n_macs, h->tp_snaplen - n_macs);
}

static struct rte_mbuf *
frame_read(struct netdev_rxq *q, const struct tpacket2_hdr *h)
{
	const uint8_t *frame = (const uint8_t *)h + h->tp_mac;
	struct writer w = {.pool = q->pool, .head = rte_pktmbuf_alloc(q->pool)};
	bool whole;

	if (unlikely(!w.head))
		return NULL;
	w.last = w.head;
	if (unlikely(h->tp_status & TP_STATUS_VLAN_VALID && h->tp_snaplen >= RTE_ETHER_HDR_LEN))
		whole = put_tagged(&w, h, frame);
	else
		whole = put(&w, frame, h->tp_snaplen);
	if (unlikely(!whole)) {
		rte_pktmbuf_free(w.head);
		return NULL;
	}
	w.head->port = q->netdev->dev->data->port_id;
	return w.head;
}

/* Returns a frame, or NULL; then its loss is counted. */
static struct rte_mbuf *
frame_take(struct netdev_rxq *q, const struct tpacket2_hdr *h)
{
	const uint8_t *frame = (const uint8_t *)h + h->tp_mac;
	struct virtio_net_hdr vnet = {0};
	struct rte_mbuf *m;

	if (unlikely(netdev_is_long(h)))
		return netdev_long_read(q, h);
	if (unlikely(h->tp_snaplen != h->tp_len)) {
		q->cut++;
		return NULL;
	}
	m = frame_read(q, h);
	if (unlikely(!m)) {
		q->no_buffers++;
		return NULL;
	}
	if (q->offloads) {
		memcpy(&vnet, frame - sizeof vnet, sizeof vnet);
		vnet.csum_start = (uint16_t)(vnet.csum_start + m->pkt_len - h->tp_snaplen);
		if (unlikely(netdev_vnet_read(&vnet, m))) {
			q->cut++;
			rte_pktmbuf_free(m);
			return NULL;
		}
	}
	return m;
}

/* A frame without a free mbuf is dropped and counted. If it stayed in the ring, it would be lost
 * without a reason when the ring fills. */
uint16_t
netdev_rx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct netdev_rxq *q = queue;
	uint16_t n_got = 0;

	for (uint16_t i = 0; i < n; i++) {
		struct tpacket2_hdr *h = netdev_slot(q);
		struct rte_mbuf *m;

		if (!netdev_slot_is_full(h))
			break;
		m = frame_take(q, h);
		if (likely(m != NULL)) {
			q->bytes += m->pkt_len;
			pkts[n_got++] = m;
		}
		netdev_slot_release(q, h);
	}
	q->packets += n_got;
	return n_got;
}

/* The messages of one sendmmsg(), with the segments of each. */
struct batch {
	struct mmsghdr msgs[BURST];
	struct virtio_net_hdr vnet[BURST];
	struct iovec iov[BURST][1 + NETDEV_SEGMENTS_MAX];
};

static void
message_fill(struct batch *b, unsigned int i, struct rte_mbuf *m, bool offloads)
{
	size_t n = 0;

	if (offloads) {
		netdev_vnet_write(m, &b->vnet[i]);
		b->iov[i][n++] = (struct iovec){&b->vnet[i], sizeof b->vnet[i]};
	}
	for (; m; m = m->next)
		b->iov[i][n++] = (struct iovec){rte_pktmbuf_mtod(m, void *), m->data_len};
	b->msgs[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = b->iov[i], .msg_iovlen = n}};
}

/* Sends a part of pkts[0..n). Returns the number of packets that the kernel accepted or refused for
 * good, which are freed. The kernel's buffers were full for the rest. */
static uint16_t
send_some(struct netdev_txq *q, struct rte_mbuf **pkts, uint16_t n)
{
	struct batch b;
	int n_sent;

	for (uint16_t i = 0; i < n; i++)
		message_fill(&b, i, pkts[i], q->offloads);
	n_sent = sendmmsg(q->fd, b.msgs, n, MSG_DONTWAIT);
	if (n_sent < 0) {
		if (errno == EAGAIN || errno == ENOBUFS || errno == EINTR)
			return 0;
		rte_pktmbuf_free(pkts[0]);
		q->refused++;
		return 1;
	}
	for (int i = 0; i < n_sent; i++)
		q->bytes += pkts[i]->pkt_len;
	q->packets += (unsigned int)n_sent;
	rte_pktmbuf_free_bulk(pkts, (unsigned int)n_sent);
	return (uint16_t)n_sent;
}

uint16_t
netdev_tx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct netdev_txq *q = queue;
	uint16_t n_done = 0, n_now, n_ready;

	while (n_done < n) {
		n_now = RTE_MIN((uint16_t)(n - n_done), (uint16_t)BURST);
		for (n_ready = 0; n_ready < n_now && netdev_segments_fit(pkts[n_done + n_ready]);)
			n_ready++;
		if (!n_ready) {
			rte_pktmbuf_free(pkts[n_done++]);
			q->refused++;
			continue;
		}
		n_now = send_some(q, pkts + n_done, n_ready);
		if (!n_now)
			break;
		n_done = (uint16_t)(n_done + n_now);
	}
	return n_done;
}
