/* SPDX-License-Identifier: Apache-2.0 */
#include "ethdev.h"
#include "link.h"

#include <rte_errno.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define RING_DESCRIPTORS 512

/* Where a device spreads flows over queues by RSS, one queue for each worker is enough. Elsewhere the
 * number of queues was chosen with the device, and all of them receive. */
static void
choose_queues(const struct swp *s, struct swp_port *p, const struct rte_eth_dev_info *info)
{
	unsigned int n_rxq = info->flow_type_rss_offloads ? s->n_workers : SWP_RXQ_MAX;

	p->n_rxq = (uint16_t)RTE_MIN(n_rxq, (unsigned int)info->max_rx_queues);
	p->n_txq = (uint16_t)RTE_MIN(s->n_workers, (unsigned int)info->max_tx_queues);
}

static int
setup_queues(struct swp *s, struct swp_port *p, const struct rte_eth_dev_info *info)
{
	struct rte_eth_conf conf = {0};
	uint16_t n_rx = RING_DESCRIPTORS, n_tx = RING_DESCRIPTORS;
	int socket = rte_eth_dev_socket_id(p->ethdev);
	int rc;

	conf.intr_conf.lsc = p->link_source == SWP_LINK_INTERRUPT;
	if (p->n_rxq > 1 && info->flow_type_rss_offloads) {
		conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf.rx_adv_conf.rss_conf.rss_hf =
			info->flow_type_rss_offloads &
			(RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP);
	}
	rc = rte_eth_dev_configure(p->ethdev, p->n_rxq, p->n_txq, &conf);
	if (rc)
		return rc;
	__atomic_store_n(&s->configured[p->ethdev], true, __ATOMIC_RELEASE);
	rc = rte_eth_dev_adjust_nb_rx_tx_desc(p->ethdev, &n_rx, &n_tx);
	if (rc)
		return rc;
	for (uint16_t q = 0; q < p->n_rxq; q++) {
		rc = rte_eth_rx_queue_setup(p->ethdev, q, n_rx, (unsigned int)socket, NULL,
					    s->pool);
		if (rc)
			return rc;
	}
	for (uint16_t q = 0; q < p->n_txq; q++) {
		rc = rte_eth_tx_queue_setup(p->ethdev, q, n_tx, (unsigned int)socket, NULL);
		if (rc)
			return rc;
	}
	return 0;
}

/* A device that was there before the port has counted before it. It is stopped, so counts stand. */
static void
baseline(struct swp_port *p)
{
	struct rte_eth_stats dev;

	if (p->device_counts &&
	    rte_eth_xstats_get_by_id(p->ethdev, p->received_ids, p->received_before, 2) != 2)
		memset(p->received_before, 0, sizeof p->received_before);
	if (rte_eth_stats_get(p->ethdev, &dev))
		return;
	p->missed_before = dev.imissed;
	p->rx_errors_before = dev.ierrors;
	p->tx_errors_before = dev.oerrors;
}

static void
learn(struct swp_port *p, const struct rte_eth_dev_info *info)
{
	static const char *const received[][2] = {{"rx_eswitch_packets", "rx_eswitch_bytes"},
						  {"rx_vport_packets", "rx_vport_bytes"}};

	snprintf(p->driver, sizeof p->driver, "%s", info->driver_name);
	if (rte_eth_dev_get_mtu(p->ethdev, &p->mtu))
		p->mtu = RTE_ETHER_MTU;
	p->frame_bytes_max = (uint32_t)p->mtu + SWP_FRAME_OVERHEAD_BYTES;
	for (unsigned int i = 0; i < RTE_DIM(received) && !p->device_counts; i++)
		p->device_counts = !rte_eth_xstats_get_id_by_name(p->ethdev, received[i][0],
								  &p->received_ids[0]) &&
				   !rte_eth_xstats_get_id_by_name(p->ethdev, received[i][1],
								  &p->received_ids[1]);
	baseline(p);
}

int
swp_ethdev_start(struct swp *s, struct swp_port *p, char *err, size_t n_err)
{
	struct rte_eth_dev_info info;
	const char *what = "asking what it can do";
	int rc = rte_eth_dev_info_get(p->ethdev, &info);

	if (rc)
		goto fail;
	choose_queues(s, p, &info);
	if (!p->n_rxq || !p->n_txq) {
		snprintf(err, n_err, "dev=%s: needs receive and transmit queues, has %u and %u",
			 p->devargs, info.max_rx_queues, info.max_tx_queues);
		return -EINVAL;
	}
	swp_link_choose(p, &info);
	what = "configuring it";
	rc = setup_queues(s, p, &info);
	if (rc)
		goto fail;
	learn(p, &info);
	what = "starting it";
	rc = rte_eth_dev_start(p->ethdev);
	if (rc)
		goto fail;
	what = "setting promiscuous mode";
	rc = rte_eth_promiscuous_enable(p->ethdev);
	if (rc && rc != -ENOTSUP) {
		rte_eth_dev_stop(p->ethdev);
		goto fail;
	}
	swp_link_begin(s, p);
	return 0;
fail:
	snprintf(err, n_err, "dev=%s: %s failed: %s%s", p->devargs, what, rte_strerror(-rc),
		 rc == -ENOMEM || rc == -ENOBUFS ? " (receive queues are filled with packet "
						   "buffers: see workers.packet-buffers)"
						 : "");
	return rc < 0 ? rc : -EIO;
}

void
swp_ethdev_stop(struct swp_port *p)
{
	rte_eth_dev_stop(p->ethdev);
}

int
swp_ethdev_link_set(struct swp_port *p, bool up)
{
	return up ? rte_eth_dev_set_link_up(p->ethdev) : rte_eth_dev_set_link_down(p->ethdev);
}
