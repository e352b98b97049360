/* SPDX-License-Identifier: Apache-2.0 */
/* net_bench: the Ethernet device of the benchmark. It receives what traffic.h composes, as fast as
 * it is asked or by a schedule, and counts and frees what it is sent. No wire, no other process and
 * no other core takes part, so that the program that owns it is all that is measured, and every
 * program has the same input at the same cost.
 *
 * Arguments: board=PATH (board.h), traffic=PATH (traffic.h; without it nothing is received). One
 * receive queue. */
#include <ethdev_driver.h>
#include <ethdev_vdev.h>
#include <rte_bus_vdev.h>
#include <rte_cycles.h>
#include <rte_kvargs.h>
#include <rte_mbuf.h>

#include "arrivals.h"
#include "board.h"
#include "order.h"
#include "traffic.h"

RTE_LOG_REGISTER(bench_log_type, pmd.net.bench, NOTICE);

#define BENCH_LOG(...) rte_log(RTE_LOG_ERR, bench_log_type, "net_bench: " __VA_ARGS__)

#define STAMP_MAGIC 0x7d5a11e0u

/* The last bytes of a frame of a stream with a period. */
struct stamp {
	uint32_t magic; /* STAMP_MAGIC plus the stream */
	uint32_t flow;
	uint64_t due;
};

struct port {
	struct traffic traffic;
	struct arrivals arrivals;
	struct order order; /* of what it sends */
	struct board *board;
	struct rte_mempool *pool;
	uint64_t fresh_due;
	uint16_t port_id;
	struct rte_ether_addr mac;
};

static uint32_t
flow_next(struct port *p, uint32_t stream)
{
	if (stream == BOARD_FRESH)
		return traffic_fresh(&p->traffic, (uint32_t)board_get(&p->board->fresh_train));
	return traffic_next(&p->traffic);
}

static uint32_t
compose(struct port *p, struct rte_mbuf *m, uint32_t flow)
{
	uint16_t n = traffic_compose(&p->traffic, flow, rte_pktmbuf_mtod(m, uint8_t *));

	m->data_len = n;
	m->pkt_len = n;
	m->port = p->port_id;
	return n;
}

/* Returns the packets of a burst that are of fresh flows, when the order has no period. */
static uint16_t
n_fresh(struct port *p, uint64_t now, uint64_t period, uint16_t n)
{
	uint64_t n_due;

	if (period == 1)
		return n;
	if (!period || period == BOARD_SILENT) {
		p->fresh_due = 0;
		return 0;
	}
	if (!p->fresh_due)
		p->fresh_due = now + period;
	if (now < p->fresh_due)
		return 0;
	n_due = RTE_MIN((now - p->fresh_due) / period + 1, n);
	p->fresh_due += n_due * period;
	return (uint16_t)n_due;
}

static uint16_t
rx_asked(struct port *p, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t fresh = n_fresh(p, rte_rdtsc(), board_get(&p->board->fresh_period), n);
	uint64_t n_bytes = 0;

	if (rte_pktmbuf_alloc_bulk(p->pool, pkts, n))
		return 0;
	for (uint16_t i = 0; i < n; i++)
		n_bytes += compose(p, pkts[i], flow_next(p, i < fresh ? BOARD_FRESH : BOARD_ORDER));
	board_add(&p->board->rx_packets, n);
	board_add(&p->board->rx_bytes, n_bytes);
	return n;
}

static uint16_t
rx_scheduled(struct port *p, struct rte_mbuf **pkts, uint16_t n, uint64_t order_period)
{
	uint64_t period[] = {order_period, board_get(&p->board->fresh_period)}, n_bytes = 0;
	uint32_t waiting = arrivals_advance(&p->arrivals, rte_rdtsc(), period, p->board);

	n = (uint16_t)RTE_MIN(n, waiting);
	if (!n || rte_pktmbuf_alloc_bulk(p->pool, pkts, n))
		return 0;
	for (uint16_t i = 0; i < n; i++) {
		struct arrival a = arrivals_take(&p->arrivals);
		struct stamp stamp = {STAMP_MAGIC + a.stream, flow_next(p, a.stream), a.due};
		uint32_t length = compose(p, pkts[i], stamp.flow);

		if (length >= sizeof stamp)
			memcpy(rte_pktmbuf_mtod_offset(pkts[i], uint8_t *, length - sizeof stamp),
			       &stamp, sizeof stamp);
		n_bytes += length;
	}
	board_add(&p->board->rx_packets, n);
	board_add(&p->board->rx_bytes, n_bytes);
	return n;
}

static uint16_t
bench_rx(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct port *p = queue;
	uint64_t period = board_get(&p->board->period);

	if (!p->traffic.head)
		return 0;
	if (!period)
		return rx_asked(p, pkts, n);
	return rx_scheduled(p, pkts, n, period);
}

static void
stamp_read(struct port *p, const struct stamp *stamp, uint64_t now)
{
	uint32_t stream = stamp->magic - STAMP_MAGIC;

	if (stream >= BOARD_STREAMS || stamp->due > now)
		return;
	board_add(&p->board->latency[stream][board_bucket(now - stamp->due)], 1);
	if (stream == BOARD_FRESH)
		order_see(&p->order, stamp->flow, stamp->due, p->board);
}

static void
stamps_read(struct port *p, struct rte_mbuf **pkts, uint16_t n)
{
	uint64_t now = rte_rdtsc();
	struct stamp stamp;

	for (uint16_t i = 0; i < n; i++) {
		if (pkts[i]->data_len < sizeof stamp)
			continue;
		memcpy(&stamp,
		       rte_pktmbuf_mtod_offset(pkts[i], uint8_t *,
					       pkts[i]->data_len - sizeof stamp),
		       sizeof stamp);
		stamp_read(p, &stamp, now);
	}
}

static uint16_t
bench_tx(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct port *p = queue;
	uint64_t n_bytes = 0;

	for (uint16_t i = 0; i < n; i++)
		n_bytes += pkts[i]->pkt_len;
	if (board_get(&p->board->reads_stamps))
		stamps_read(p, pkts, n);
	rte_pktmbuf_free_bulk(pkts, n);
	board_add(&p->board->tx_packets, n);
	board_add(&p->board->tx_bytes, n_bytes);
	return n;
}

static int
accept_any(struct rte_eth_dev *dev)
{
	(void)dev;
	return 0;
}

static int
bench_start(struct rte_eth_dev *dev)
{
	dev->data->dev_link.link_status = RTE_ETH_LINK_UP;
	return 0;
}

static int
bench_stop(struct rte_eth_dev *dev)
{
	dev->data->dev_link.link_status = RTE_ETH_LINK_DOWN;
	return 0;
}

static int
bench_close(struct rte_eth_dev *dev)
{
	struct port *p = dev->data->dev_private;

	traffic_close(&p->traffic);
	board_close(p->board);
	p->board = NULL;
	dev->data->mac_addrs = NULL; /* part of 'p' */
	return 0;
}

static int
bench_info(struct rte_eth_dev *dev, struct rte_eth_dev_info *info)
{
	(void)dev;
	info->max_mac_addrs = 1;
	info->max_rx_pktlen = RTE_MBUF_DEFAULT_DATAROOM;
	info->max_rx_queues = 1;
	info->max_tx_queues = RTE_MAX_QUEUES_PER_PORT;
	return 0;
}

static int
bench_rxq_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t n_desc, unsigned int socket,
		const struct rte_eth_rxconf *conf, struct rte_mempool *pool)
{
	struct port *p = dev->data->dev_private;

	(void)n_desc, (void)socket, (void)conf;
	if (rte_pktmbuf_data_room_size(pool) < RTE_PKTMBUF_HEADROOM + TRAFFIC_FRAME_BYTES_MAX)
		return -EINVAL;
	p->pool = pool;
	p->port_id = dev->data->port_id;
	dev->data->rx_queues[id] = p;
	return 0;
}

static int
bench_txq_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t n_desc, unsigned int socket,
		const struct rte_eth_txconf *conf)
{
	(void)n_desc, (void)socket, (void)conf;
	dev->data->tx_queues[id] = dev->data->dev_private;
	return 0;
}

static int
bench_link_update(struct rte_eth_dev *dev, int wait)
{
	(void)dev, (void)wait;
	return 0;
}

static int
bench_mtu_set(struct rte_eth_dev *dev, uint16_t mtu)
{
	(void)dev, (void)mtu;
	return 0;
}

static int
bench_stats(struct rte_eth_dev *dev, struct rte_eth_stats *stats)
{
	const struct port *p = dev->data->dev_private;

	stats->ipackets = board_get(&p->board->rx_packets);
	stats->ibytes = board_get(&p->board->rx_bytes);
	stats->opackets = board_get(&p->board->tx_packets);
	stats->obytes = board_get(&p->board->tx_bytes);
	return 0;
}

static const struct eth_dev_ops bench_ops = {
	.dev_configure = accept_any,
	.dev_start = bench_start,
	.dev_stop = bench_stop,
	.dev_close = bench_close,
	.dev_infos_get = bench_info,
	.rx_queue_setup = bench_rxq_setup,
	.tx_queue_setup = bench_txq_setup,
	.link_update = bench_link_update,
	.mtu_set = bench_mtu_set,
	.promiscuous_enable = accept_any,
	.promiscuous_disable = accept_any,
	.allmulticast_enable = accept_any,
	.allmulticast_disable = accept_any,
	.stats_get = bench_stats,
};

static int
board_argument(const char *key, const char *path, void *port)
{
	struct port *p = port;
	int rc = board_open(&p->board, path);

	if (rc)
		BENCH_LOG("%s=%s: %s; a file of %zu bytes is expected\n", key, path, strerror(-rc),
			  sizeof *p->board);
	return rc;
}

static int
traffic_argument(const char *key, const char *path, void *port)
{
	struct port *p = port;
	int rc = traffic_open(&p->traffic, path);

	if (rc)
		BENCH_LOG("%s=%s: %s; a file that tests/bench/lib/traffic.py wrote is expected\n",
			  key, path, strerror(-rc));
	return rc;
}

static int
port_open(struct port *p, const char *args)
{
	static const char *const keys[] = {"board", "traffic", NULL};
	struct rte_kvargs *kv = rte_kvargs_parse(args, keys);
	int rc = kv ? rte_kvargs_process(kv, "board", board_argument, p) : -EINVAL;

	if (!rc)
		rc = rte_kvargs_process(kv, "traffic", traffic_argument, p);
	rte_kvargs_free(kv);
	if (!rc && !p->board) {
		BENCH_LOG("no board; the arguments are board=PATH[,traffic=PATH]\n");
		rc = -EINVAL;
	}
	return rc;
}

static int
bench_probe(struct rte_vdev_device *vdev)
{
	struct rte_eth_dev *dev = rte_eth_vdev_allocate(vdev, sizeof(struct port));
	struct port *p;
	int rc;

	if (!dev)
		return -ENOMEM;
	p = dev->data->dev_private;
	rc = port_open(p, rte_vdev_device_args(vdev));
	if (rc) {
		traffic_close(&p->traffic);
		board_close(p->board);
		rte_eth_dev_release_port(dev);
		return rc;
	}
	p->board->tsc_hz = rte_get_tsc_hz();
	rte_eth_random_addr(p->mac.addr_bytes);
	dev->data->mac_addrs = &p->mac;
	dev->data->promiscuous = 1;
	dev->data->dev_link = (struct rte_eth_link){.link_speed = RTE_ETH_SPEED_NUM_10G,
						    .link_duplex = RTE_ETH_LINK_FULL_DUPLEX};
	dev->dev_ops = &bench_ops;
	dev->rx_pkt_burst = bench_rx;
	dev->tx_pkt_burst = bench_tx;
	rte_eth_dev_probing_finish(dev);
	return 0;
}

static int
bench_remove(struct rte_vdev_device *vdev)
{
	struct rte_eth_dev *dev = rte_eth_dev_allocated(rte_vdev_device_name(vdev));

	return dev ? rte_eth_dev_close(dev->data->port_id) : 0;
}

static struct rte_vdev_driver bench_driver = {
	.probe = bench_probe,
	.remove = bench_remove,
};

RTE_PMD_REGISTER_VDEV(net_bench, bench_driver);
RTE_PMD_REGISTER_PARAM_STRING(net_bench, "board=<path> traffic=<path>");
