/* SPDX-License-Identifier: Apache-2.0 */
/* net_source: an Ethernet device that receives the packets of a capture file again and again.
 *
 * net_pcap with infinite_rx=1 does the same, but keeps each packet of the file in a packet
 * buffer of the application: 1,000,000 flows need 2.4 GB of them, and Open vSwitch has at most
 * 262,144. This device maps the file and copies a packet when it is received. Packets sent to it
 * are freed.
 *
 * Argument: file=PATH, a little-endian pcap file of Ethernet frames. One queue each way. */
#include <ethdev_driver.h>
#include <ethdev_vdev.h>
#include <rte_bus_vdev.h>
#include <rte_kvargs.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_memcpy.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

RTE_LOG_REGISTER(source_log_type, pmd.net.source, NOTICE);

#define SOURCE_LOG(...) rte_log(RTE_LOG_ERR, source_log_type, "net_source: " __VA_ARGS__)

#define PCAP_MAGIC 0xa1b2c3d4u
#define PCAP_HEADER_BYTES 24
#define PCAP_RECORD_BYTES 16

struct source {
	const uint8_t *file;
	size_t n_file_bytes;
	size_t at; /* of the next record */
	struct rte_mempool *pool;
	uint16_t port_id;
	struct rte_ether_addr mac;
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;
};

static uint32_t
record_bytes(const struct source *s, size_t at)
{
	uint32_t n;

	memcpy(&n, s->file + at + 8, sizeof n);
	return n;
}

static uint16_t
source_rx(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct source *s = queue;

	if (rte_pktmbuf_alloc_bulk(s->pool, pkts, n))
		return 0;
	for (uint16_t i = 0; i < n; i++) {
		uint32_t n_bytes = record_bytes(s, s->at);

		rte_memcpy(rte_pktmbuf_mtod(pkts[i], void *), s->file + s->at + PCAP_RECORD_BYTES,
			   n_bytes);
		pkts[i]->data_len = (uint16_t)n_bytes;
		pkts[i]->pkt_len = n_bytes;
		pkts[i]->port = s->port_id;
		s->rx_bytes += n_bytes;
		s->at += PCAP_RECORD_BYTES + n_bytes;
		if (s->at == s->n_file_bytes)
			s->at = PCAP_HEADER_BYTES;
		rte_prefetch0(s->file + s->at + 4 * (PCAP_RECORD_BYTES + n_bytes));
	}
	s->rx_packets += n;
	return n;
}

static uint16_t
source_tx(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct source *s = queue;

	for (uint16_t i = 0; i < n; i++)
		s->tx_bytes += pkts[i]->pkt_len;
	rte_pktmbuf_free_bulk(pkts, n);
	s->tx_packets += n;
	return n;
}

static int
accept_any(struct rte_eth_dev *dev)
{
	(void)dev;
	return 0;
}

static int
source_start(struct rte_eth_dev *dev)
{
	dev->data->dev_link.link_status = RTE_ETH_LINK_UP;
	return 0;
}

static int
source_stop(struct rte_eth_dev *dev)
{
	dev->data->dev_link.link_status = RTE_ETH_LINK_DOWN;
	return 0;
}

static int
source_close(struct rte_eth_dev *dev)
{
	struct source *s = dev->data->dev_private;

	munmap((void *)(uintptr_t)s->file, s->n_file_bytes);
	dev->data->mac_addrs = NULL; /* part of 's' */
	return 0;
}

static int
source_info(struct rte_eth_dev *dev, struct rte_eth_dev_info *info)
{
	(void)dev;
	info->max_mac_addrs = 1;
	info->max_rx_pktlen = RTE_MBUF_DEFAULT_DATAROOM;
	info->max_rx_queues = 1;
	info->max_tx_queues = RTE_MAX_QUEUES_PER_PORT;
	return 0;
}

static int
source_rxq_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t n_desc, unsigned int socket,
		 const struct rte_eth_rxconf *conf, struct rte_mempool *pool)
{
	struct source *s = dev->data->dev_private;

	(void)n_desc, (void)socket, (void)conf;
	s->pool = pool;
	s->port_id = dev->data->port_id;
	dev->data->rx_queues[id] = s;
	return 0;
}

static int
source_txq_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t n_desc, unsigned int socket,
		 const struct rte_eth_txconf *conf)
{
	(void)n_desc, (void)socket, (void)conf;
	dev->data->tx_queues[id] = dev->data->dev_private;
	return 0;
}

static int
source_link_update(struct rte_eth_dev *dev, int wait)
{
	(void)dev, (void)wait;
	return 0;
}

static int
source_mtu_set(struct rte_eth_dev *dev, uint16_t mtu)
{
	(void)dev, (void)mtu;
	return 0;
}

static int
source_stats(struct rte_eth_dev *dev, struct rte_eth_stats *stats)
{
	const struct source *s = dev->data->dev_private;

	stats->ipackets = s->rx_packets;
	stats->ibytes = s->rx_bytes;
	stats->opackets = s->tx_packets;
	stats->obytes = s->tx_bytes;
	return 0;
}

static const struct eth_dev_ops source_ops = {
	.dev_configure = accept_any,
	.dev_start = source_start,
	.dev_stop = source_stop,
	.dev_close = source_close,
	.dev_infos_get = source_info,
	.rx_queue_setup = source_rxq_setup,
	.tx_queue_setup = source_txq_setup,
	.link_update = source_link_update,
	.mtu_set = source_mtu_set,
	.promiscuous_enable = accept_any,
	.promiscuous_disable = accept_any,
	.allmulticast_enable = accept_any,
	.allmulticast_disable = accept_any,
	.stats_get = source_stats,
};

/* Returns 0 if every record is within the file and fits a buffer, so that the receive function
 * need not check. */
static int
records_check(const struct source *s)
{
	size_t at = PCAP_HEADER_BYTES;
	uint32_t magic;

	if (s->n_file_bytes < PCAP_HEADER_BYTES + PCAP_RECORD_BYTES)
		return -EINVAL;
	memcpy(&magic, s->file, sizeof magic);
	if (magic != PCAP_MAGIC)
		return -EINVAL;
	while (at + PCAP_RECORD_BYTES <= s->n_file_bytes) {
		uint32_t n = record_bytes(s, at);

		if (n < RTE_ETHER_HDR_LEN || n > RTE_MBUF_DEFAULT_DATAROOM)
			return -EMSGSIZE;
		at += PCAP_RECORD_BYTES + n;
	}
	return at == s->n_file_bytes ? 0 : -EINVAL;
}

static int
file_map(struct source *s, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *map;
	int rc;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || !st.st_size) {
		close(fd);
		return -EINVAL;
	}
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return -errno;
	s->file = map;
	s->n_file_bytes = (size_t)st.st_size;
	s->at = PCAP_HEADER_BYTES;
	rc = records_check(s);
	if (rc)
		munmap(map, s->n_file_bytes);
	return rc;
}

static int
copy_argument(const char *key, const char *value, void *path)
{
	(void)key;
	return strlen(value) < PATH_MAX ? (strcpy(path, value), 0) : -ENAMETOOLONG;
}

static int
file_open(struct source *s, const char *args)
{
	static const char *const keys[] = {"file", NULL};
	char path[PATH_MAX] = "";
	struct rte_kvargs *kv = rte_kvargs_parse(args, keys);
	int rc = kv ? rte_kvargs_process(kv, "file", copy_argument, path) : -EINVAL;

	rte_kvargs_free(kv);
	if (!rc)
		rc = file_map(s, path);
	if (rc)
		SOURCE_LOG("file=%s: %s; a little-endian pcap file of frames up to %u bytes is "
			   "expected\n",
			   path, strerror(-rc), RTE_MBUF_DEFAULT_DATAROOM);
	return rc;
}

static int
source_probe(struct rte_vdev_device *vdev)
{
	struct rte_eth_dev *dev = rte_eth_vdev_allocate(vdev, sizeof(struct source));
	struct source *s;
	int rc;

	if (!dev)
		return -ENOMEM;
	s = dev->data->dev_private;
	rc = file_open(s, rte_vdev_device_args(vdev));
	if (rc) {
		rte_eth_dev_release_port(dev);
		return rc;
	}
	rte_eth_random_addr(s->mac.addr_bytes);
	dev->data->mac_addrs = &s->mac;
	dev->data->promiscuous = 1;
	dev->data->dev_link = (struct rte_eth_link){.link_speed = RTE_ETH_SPEED_NUM_100G,
						    .link_duplex = RTE_ETH_LINK_FULL_DUPLEX};
	dev->dev_ops = &source_ops;
	dev->rx_pkt_burst = source_rx;
	dev->tx_pkt_burst = source_tx;
	rte_eth_dev_probing_finish(dev);
	return 0;
}

static int
source_remove(struct rte_vdev_device *vdev)
{
	struct rte_eth_dev *dev = rte_eth_dev_allocated(rte_vdev_device_name(vdev));

	return dev ? rte_eth_dev_close(dev->data->port_id) : 0;
}

static struct rte_vdev_driver source_driver = {
	.probe = source_probe,
	.remove = source_remove,
};

RTE_PMD_REGISTER_VDEV(net_source, source_driver);
RTE_PMD_REGISTER_PARAM_STRING(net_source, "file=<path>");
