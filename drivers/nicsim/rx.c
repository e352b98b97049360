/* SPDX-License-Identifier: Apache-2.0 */
/* Receive queues of a host-side ethdev. A thread that polls one reads the backing device, runs the
 * e-switch, and distributes the packets for software over all queues, under the port's
 * 'rx_lock'. */
#include "rx.h"

#include "eswitch.h"
#include "nicsim.h"
#include "packet.h"

#include <rte_ethdev.h>
#include <rte_jhash.h>

/* Chooses a queue by addresses and ports. Packets other than IP are put in the first queue, as with
 * RSS. */
static struct nicsim_rxq *
queue_of(struct nicsim_port *port, const struct rte_mbuf *m, unsigned int n_queues)
{
	struct nicsim_key key;
	struct nicsim_layers layers;
	uint32_t hash;

	if (n_queues < 2)
		return &port->rxq[0];
	nicsim_parse(m, port->index, &key, &layers);
	if (!key.l3)
		return &port->rxq[0];
	hash = rte_jhash(key.ip_src, sizeof key.ip_src, 0);
	hash = rte_jhash(key.ip_dst, sizeof key.ip_dst, hash);
	hash = rte_jhash_2words(key.sport, key.dport, hash);
	return &port->rxq[hash % n_queues];
}

/* Copies 'm' to a chain of segments with at most 'n_max' bytes each, and frees it. Returns NULL if
 * no buffer is free. */
static struct rte_mbuf *
segments(struct rte_mbuf *m, uint32_t n_max, struct rte_mempool *pool)
{
	struct rte_mbuf *head = NULL;

	for (uint32_t at = 0; at < m->pkt_len;) {
		struct rte_mbuf *seg = rte_pktmbuf_alloc(pool);
		uint32_t n = RTE_MIN(n_max, m->pkt_len - at);
		char *to = seg ? rte_pktmbuf_append(seg, (uint16_t)n) : NULL;
		const void *from;

		if (!to || (head && rte_pktmbuf_chain(head, seg))) {
			rte_pktmbuf_free(seg);
			rte_pktmbuf_free(head);
			head = NULL;
			break;
		}
		from = rte_pktmbuf_read(m, at, n, to);
		if (from && from != to)
			memcpy(to, from, n);
		head = head ? head : seg;
		at += n;
	}
	rte_pktmbuf_free(m);
	return head;
}

static void
queue_put(struct nicsim_rxq *q, struct rte_mbuf *m)
{
	uint32_t n_max = q->port->sw->config.seg_bytes;

	if (q->n == NICSIM_RXQ_DEPTH) {
		rte_pktmbuf_free(m);
		q->missed++;
		return;
	}
	if (n_max && m->pkt_len > n_max)
		m = segments(m, n_max, q->pool);
	if (!m) {
		q->missed++;
		return;
	}
	m->port = q->port->dev->data->port_id;
	q->pkts[(q->first + q->n++) % NICSIM_RXQ_DEPTH] = m;
}

static uint16_t
queue_take(struct nicsim_rxq *q, struct rte_mbuf **pkts, uint16_t n)
{
	n = RTE_MIN(n, q->n);
	for (uint16_t i = 0; i < n; i++) {
		pkts[i] = q->pkts[q->first];
		q->first = (uint16_t)((q->first + 1) % NICSIM_RXQ_DEPTH);
		q->bytes += pkts[i]->pkt_len;
	}
	q->n = (uint16_t)(q->n - n);
	q->packets += n;
	return n;
}

static void
backing_read(struct nicsim_port *port, uint16_t n)
{
	const struct nicsim *sw = port->sw;
	struct rte_mbuf *pkts[NICSIM_BURST];

	if (port->backing == RTE_MAX_ETHPORTS ||
	    atomic_load_explicit(&sw->config.link_down, memory_order_relaxed) ||
	    nicsim_is_dead(sw) || atomic_load_explicit(&port->hung, memory_order_relaxed))
		return;
	n = rte_eth_rx_burst(port->backing, 0, pkts, RTE_MIN(n, NICSIM_BURST));
	if (n)
		n = nicsim_eswitch_run(port, pkts, n);
	for (uint16_t i = 0; i < n; i++)
		queue_put(queue_of(port, pkts[i], port->dev->data->nb_rx_queues), pkts[i]);
}

uint16_t
nicsim_rx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct nicsim_rxq *q = queue;

	rte_spinlock_lock(&q->port->rx_lock);
	if (!q->n)
		backing_read(q->port, n);
	n = queue_take(q, pkts, n);
	rte_spinlock_unlock(&q->port->rx_lock);
	return n;
}

int
nicsim_rxq_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t n_desc, unsigned int socket,
		 const struct rte_eth_rxconf *conf, struct rte_mempool *pool)
{
	struct nicsim_port *port = dev->data->dev_private;

	(void)n_desc, (void)socket, (void)conf;
	port->rxq[id].port = port;
	port->rxq[id].pool = pool;
	dev->data->rx_queues[id] = &port->rxq[id];
	return 0;
}

void
nicsim_rx_stop(struct nicsim_port *port)
{
	for (unsigned int i = 0; i < NICSIM_RXQ_MAX; i++) {
		struct nicsim_rxq *q = &port->rxq[i];

		for (; q->n; q->n--) {
			rte_pktmbuf_free(q->pkts[q->first]);
			q->first = (uint16_t)((q->first + 1) % NICSIM_RXQ_DEPTH);
		}
	}
}
