/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics for the operator: ports, their counters, the workers' counters. */
#include "count.h"
#include "device_counts.h"
#include "port.h"
#include "table.h"
#include "worker.h"

#include <errno.h>
#include <stdio.h>

/* The structures are summed as arrays of counters. */
_Static_assert(sizeof(struct swp_port_stats) % sizeof(uint64_t) == 0, "counters only");
_Static_assert(sizeof(struct swp_worker_stats) % sizeof(uint64_t) == 0, "counters, core and node");

const char *const swp_stage_names[SWP_N_STAGES] = {"receive", "read", "lookup", "execute", "send"};

static struct swp_port *
find(const struct swp *s, uint32_t port)
{
	return port < SWP_PORTS_MAX ? s->ports[port] : NULL;
}

int
swp_port_info(struct swp *s, uint32_t port, struct swp_port_info *out)
{
	const struct swp_port *p = find(s, port);
	struct rte_ether_addr mac = {0};
	const struct swp_masks *masks;

	if (!p)
		return -ENOENT;
	masks = swp_table_masks(s->table, port);
	*out = (struct swp_port_info){
		.ethdev = p->ethdev,
		.mtu = p->mtu,
		.link_up = p->link_up,
		.device_counts = p->dev_counts.has_received,
		.link_source = p->link_source,
		.link_mbps = p->link_mbps,
		.link_full_duplex = p->link_full_duplex,
		.link_autoneg = p->link_autoneg,
		.speed_capa = p->speed_capa,
		.ifindex = p->ifindex,
		.n_rxq = p->n_rxq,
		.n_txq = p->n_txq,
		.n_rxd = p->n_rxd,
		.n_txd = p->n_txd,
		.completes_checksums = p->tx_offloads & RTE_ETH_TX_OFFLOAD_TCP_CKSUM,
		.cuts_segments = p->tx_offloads & RTE_ETH_TX_OFFLOAD_TCP_TSO,
		.takes_long = p->takes_long,
		.offloads_why =
			p->tx_offloads & RTE_ETH_TX_OFFLOAD_TCP_TSO ? NULL : p->offloads_why,
		.n_masks = masks ? masks->n : 0,
		.n_buffers = p->buffers.rx + p->buffers.tx + p->buffers.worker};
	snprintf(out->fault, sizeof out->fault, "%s", p->fault);
	snprintf(out->name, sizeof out->name, "%s", p->name);
	snprintf(out->devargs, sizeof out->devargs, "%s", p->devargs);
	snprintf(out->driver, sizeof out->driver, "%s", p->driver);
	rte_eth_macaddr_get(p->ethdev, &mac);
	memcpy(out->mac.b, mac.addr_bytes, sizeof out->mac.b);
	return 0;
}

void
swp_port_each(struct swp *s, void (*cb)(uint32_t port, void *aux), void *aux)
{
	for (uint32_t i = 0; i < SWP_PORTS_MAX; i++) {
		if (s->ports[i])
			cb(i, aux);
	}
}

static void
sum(uint64_t *to, const uint64_t *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] += count_read(&from[i]);
}

int
swp_port_stats(struct swp *s, uint32_t port, struct swp_port_stats *out)
{
	struct swp_port *p = find(s, port);
	const struct swp_device_totals *dev;

	if (!p)
		return -ENOENT;
	memset(out, 0, sizeof *out);
	for (unsigned int i = 0; i <= p->n_workers; i++)
		sum((uint64_t *)out, (const uint64_t *)&p->counts[i].c,
		    sizeof *out / sizeof(uint64_t));
	for (uint16_t q = 0; q < p->n_rxq; q++)
		out->worker_cycles += count_read(&p->rxqs[q].counts.cycles);
	if (p->running) {
		rcu_sleep();
		swp_device_counts_read(p);
		rcu_wake();
	}
	out->dev_resets = p->n_resets;
	out->dev_removals = p->n_removals;
	dev = &p->dev_counts.total;
	out->dev_missed = dev->missed;
	out->dev_rx_errors = dev->rx_errors;
	out->dev_tx_errors = dev->tx_errors;
	out->dev_no_buffers = dev->no_buffers;
	out->received = p->dev_counts.has_received ? dev->received : out->rx_packets;
	out->received_bytes = p->dev_counts.has_received ? dev->received_bytes : out->rx_bytes;
	return 0;
}

unsigned int
swp_n_workers(const struct swp *s)
{
	return s->n_workers;
}

void
swp_worker_stats(struct swp *s, unsigned int worker, struct swp_worker_stats *out)
{
	const struct swp_worker_stats *from = &s->workers[worker]->stats;

	memset(out, 0, sizeof *out);
	sum((uint64_t *)out, (const uint64_t *)from, sizeof *out / sizeof(uint64_t));
}

unsigned int
swp_worker_sleep_us(const struct swp *s, unsigned int worker)
{
	return atomic_load_explicit(&s->workers[worker]->sleep_us, memory_order_relaxed);
}

unsigned int
swp_worker_cache_entries(const struct swp *s, unsigned int worker)
{
	return atomic_load_explicit(&s->workers[worker]->lookup.cache.n_entries,
				    memory_order_relaxed);
}

unsigned int
swp_n_masks(struct swp *s)
{
	return swp_table_n_masks(s->table);
}
