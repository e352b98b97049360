/* SPDX-License-Identifier: Apache-2.0 */
#include "long.h"

#include "vnet.h"

#include <sys/socket.h>

#define MACS_BYTES (2 * RTE_ETHER_ADDR_LEN)

struct tag {
	rte_be16_t tpid, tci;
};

/* A frame and where its bytes are read to. */
struct frame {
	struct virtio_net_hdr vnet;
	struct rte_mbuf *m;
	struct iovec iov[2 + NETDEV_SEGMENTS_MAX];
	size_t n_iov;
};

static void
part_add(struct frame *f, void *to, size_t n)
{
	f->iov[f->n_iov++] = (struct iovec){to, n};
}

/* Makes room for a frame of 'n' bytes, of which the first 12 are followed by a gap for the tag that
 * the kernel stripped. Returns false if too few mbufs are free, or if the frame needs too many. */
static bool
room_make(struct rte_mempool *pool, struct frame *f, uint32_t n, uint16_t n_gap)
{
	uint32_t n_left = n + n_gap;
	struct rte_mbuf *last = NULL;

	f->m = NULL;
	f->n_iov = 0;
	if (n < RTE_ETHER_HDR_LEN)
		return false;
	part_add(f, &f->vnet, sizeof f->vnet);
	do {
		struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
		uint8_t *data;

		if (!m || f->n_iov == NETDEV_SEGMENTS_MAX) {
			rte_pktmbuf_free(m);
			return false;
		}
		m->data_len = (uint16_t)RTE_MIN(n_left, (uint32_t)rte_pktmbuf_tailroom(m));
		data = rte_pktmbuf_mtod(m, uint8_t *);
		if (last) {
			last->next = m;
			f->m->nb_segs++;
			part_add(f, data, m->data_len);
		} else {
			f->m = m;
			part_add(f, data, MACS_BYTES);
			part_add(f, data + MACS_BYTES + n_gap, m->data_len - MACS_BYTES - n_gap);
		}
		last = m;
		n_left -= m->data_len;
	} while (n_left);
	f->m->pkt_len = n + n_gap;
	return true;
}

static void
tag_put(struct rte_mbuf *m, const struct tpacket2_hdr *h)
{
	uint16_t tpid =
		h->tp_status & TP_STATUS_VLAN_TPID_VALID ? h->tp_vlan_tpid : RTE_ETHER_TYPE_VLAN;
	const struct tag tag = {rte_cpu_to_be_16(tpid), rte_cpu_to_be_16(h->tp_vlan_tci)};

	memcpy(rte_pktmbuf_mtod_offset(m, uint8_t *, MACS_BYTES), &tag, sizeof tag);
}

void
netdev_long_skip(struct netdev_rxq *q)
{
	uint8_t byte;

	(void)recv(q->fd, &byte, sizeof byte, MSG_DONTWAIT | MSG_TRUNC);
}

struct rte_mbuf *
netdev_long_read(struct netdev_rxq *q, const struct tpacket2_hdr *h)
{
	uint16_t n_gap = h->tp_status & TP_STATUS_VLAN_VALID ? sizeof(struct tag) : 0;
	struct frame f;
	struct msghdr msg = {.msg_iov = f.iov};
	ssize_t n;

	if (unlikely(!room_make(q->pool, &f, h->tp_len, n_gap))) {
		netdev_long_skip(q);
		q->no_buffers++;
		rte_pktmbuf_free(f.m);
		return NULL;
	}
	msg.msg_iovlen = f.n_iov;
	n = recvmsg(q->fd, &msg, MSG_DONTWAIT | MSG_TRUNC);
	if (n_gap)
		tag_put(f.m, h);
	f.vnet.csum_start = (uint16_t)(f.vnet.csum_start + n_gap);
	f.m->port = q->netdev->dev->data->port_id;
	if (likely(n == (ssize_t)(sizeof f.vnet + h->tp_len) && !netdev_vnet_read(&f.vnet, f.m) &&
		   (f.m->ol_flags & RTE_MBUF_F_RX_LRO || f.m->pkt_len <= q->frame_bytes_max)))
		return f.m;
	q->cut++;
	rte_pktmbuf_free(f.m);
	return NULL;
}
