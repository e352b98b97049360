/* SPDX-License-Identifier: Apache-2.0 */
#include "ethdev.h"
#include "buffers.h"
#include "device_counts.h"
#include "event.h"
#include "link.h"
#include "mtu.h"
#include "negotiate.h"

#include <base/err.h>

#include <rte_errno.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define DESCRIPTORS 512

/* A device with RSS gets one queue per worker by default. Without RSS, the number of queues was
 * chosen when the device was created, and all of them receive. */
static int
choose_queues(const struct swp *s, struct swp_port *p, const struct rte_eth_dev_info *info,
	      char *err, size_t n_err)
{
	bool rss = info->flow_type_rss_offloads;
	unsigned int max = RTE_MIN((unsigned int)info->max_rx_queues, (unsigned int)SWP_RXQ_MAX);
	unsigned int n_rxq = p->config.n_rxq;

	if (!info->max_rx_queues || !info->max_tx_queues) {
		err_print(err, n_err,
			  "dev=%s: the device has %u receive queues and %u transmit queues; "
			  "expected at least one of each",
			  p->devargs, info->max_rx_queues, info->max_tx_queues);
		return -EINVAL;
	}
	if (n_rxq > max || (n_rxq && !rss && n_rxq < max)) {
		err_print(err, n_err, "dev=%s: n-rxq=%u: expected %s%u%s", p->devargs, n_rxq,
			  rss ? "1.." : "", max,
			  rss ? ""
			      : ", as a device without RSS uses all of its queues; their number is "
				"set in its arguments");
		return -EINVAL;
	}
	p->n_rxq = (uint16_t)(n_rxq ? n_rxq : rss ? RTE_MIN(s->n_workers, max) : max);
	p->n_txq = (uint16_t)RTE_MIN(s->n_workers, (unsigned int)info->max_tx_queues);
	return 0;
}

static int
check_descriptors(const struct swp_port *p, const char *key, uint16_t asked, uint16_t n,
		  const struct rte_eth_desc_lim *lim, char *err, size_t n_err)
{
	if (!asked || asked == n)
		return 0;
	err_print(err, n_err,
		  "dev=%s: %s=%u: expected %u..%u, in steps of %u (limits of its driver)",
		  p->devargs, key, asked, lim->nb_min, lim->nb_max, RTE_MAX(lim->nb_align, 1));
	return -EINVAL;
}

static int
choose_descriptors(struct swp_port *p, const struct rte_eth_dev_info *info, char *err, size_t n_err)
{
	const struct swp_port_config *c = &p->config;
	int rc;

	p->n_rxd = c->n_rxd ? c->n_rxd : DESCRIPTORS;
	p->n_txd = c->n_txd ? c->n_txd : DESCRIPTORS;
	rc = rte_eth_dev_adjust_nb_rx_tx_desc(p->ethdev, &p->n_rxd, &p->n_txd);
	if (!rc)
		rc = check_descriptors(p, "n-rxd", c->n_rxd, p->n_rxd, &info->rx_desc_lim, err,
				       n_err);
	if (!rc)
		rc = check_descriptors(p, "n-txd", c->n_txd, p->n_txd, &info->tx_desc_lim, err,
				       n_err);
	return rc;
}

static int
setup_queues(struct swp *s, const struct swp_port *p)
{
	unsigned int socket = (unsigned int)rte_eth_dev_socket_id(p->ethdev);
	struct rte_mempool *pool = s->pools.of_node[p->buffers.node];
	int rc = 0;

	for (uint16_t q = 0; !rc && q < p->n_rxq; q++)
		rc = rte_eth_rx_queue_setup(p->ethdev, q, p->n_rxd, socket, NULL, pool);
	for (uint16_t q = 0; !rc && q < p->n_txq; q++)
		rc = rte_eth_tx_queue_setup(p->ethdev, q, p->n_txd, socket, NULL);
	return rc;
}

/* Virtual devices without an MTU accept frames of any length. */
static int
mtu_set(const struct swp_port *p)
{
	int rc = p->config.mtu ? rte_eth_dev_set_mtu(p->ethdev, p->mtu) : 0;

	return rc == -ENOTSUP ? 0 : rc;
}

static int
configure(struct swp *s, struct swp_port *p, const struct rte_eth_dev_info *info,
	  struct rte_eth_conf *conf)
{
	int rc;

	conf->intr_conf.lsc = p->link_source == SWP_LINK_INTERRUPT;
	conf->intr_conf.rmv = *info->dev_flags & RTE_ETH_DEV_INTR_RMV ? 1 : 0;
	if (p->n_rxq > 1 && info->flow_type_rss_offloads) {
		conf->rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf->rx_adv_conf.rss_conf.rss_hf =
			info->flow_type_rss_offloads &
			(RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP);
	}
	rc = rte_eth_dev_configure(p->ethdev, p->n_rxq, p->n_txq, conf);
	if (rc)
		return rc;
	atomic_store_explicit(&s->configured[p->ethdev], true, memory_order_release);
	return 0;
}

/* Some devices may not receive packets for other addresses, for example a VF that is not trusted.
 * Their ports receive only packets for their own address. */
static void
promiscuous_set(struct swp *s, const struct swp_port *p)
{
	int rc = rte_eth_promiscuous_enable(p->ethdev);

	if (rc && rc != -ENOTSUP)
		LOG_WARN(s->log, SWPATH,
			 "port \"%s\": cannot enable promiscuous mode, only frames to the device's "
			 "own address are received: %s",
			 p->name, rte_strerror(-rc));
}

int
swp_ethdev_start(struct swp *s, struct swp_port *p, char *err, size_t n_err)
{
	struct rte_eth_dev_info info;
	struct rte_eth_conf conf = {0};
	const char *what = "reading its capabilities";
	int rc = rte_eth_dev_info_get(p->ethdev, &info);

	err[0] = '\0';
	if (swp_ethdev_is_removed(s, p->ethdev)) {
		err_print(err, n_err,
			  "dev=%s: the device was removed; remove all of its ports, and add them "
			  "again when it is back",
			  p->devargs);
		return -ENODEV;
	}
	if (rc)
		goto fail;
	snprintf(p->driver, sizeof p->driver, "%s", info.driver_name);
	p->traits = swp_traits_of(p->driver);
	rc = choose_queues(s, p, &info, err, n_err);
	if (rc)
		return rc;
	swp_link_choose(p, &info);
	rc = swp_mtu_choose(s, p, &info, &conf, err, n_err);
	if (rc)
		return rc;
	swp_offloads_choose(p, &info, &conf);
	what = "configuration";
	rc = configure(s, p, &info, &conf);
	if (!rc)
		rc = choose_descriptors(p, &info, err, n_err);
	if (!rc)
		rc = swp_buffers_claim(s, p, err, n_err);
	if (!rc)
		rc = setup_queues(s, p);
	if (!rc)
		rc = mtu_set(p);
	if (rc)
		goto fail;
	swp_events_take(s, p->ethdev,
			SWP_EVENT_RESET | SWP_EVENT_RECOVERED); /* from before this start */
	swp_device_counts_prepare(p);
	what = "start";
	rc = rte_eth_dev_start(p->ethdev);
	if (rc)
		goto fail;
	swp_device_counts_begin(p);
	promiscuous_set(s, p);
	swp_link_begin(s, p);
	return 0;
fail:
	if (!err[0])
		err_print(err, n_err, "dev=%s: %s failed: %s", p->devargs, what, rte_strerror(-rc));
	return rc < 0 ? rc : -EIO;
}

void
swp_ethdev_stop(struct swp_port *p)
{
	swp_device_counts_read(p);
	rte_eth_dev_stop(p->ethdev);
}

int
swp_ethdev_link_set(struct swp_port *p, bool up)
{
	return up ? rte_eth_dev_set_link_up(p->ethdev) : rte_eth_dev_set_link_down(p->ethdev);
}
