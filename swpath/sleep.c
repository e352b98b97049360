/* SPDX-License-Identifier: Apache-2.0 */
#include "sleep.h"

#include "port.h"
#include "worker.h"

#include <limits.h>

/* Bits on the wire of a frame of 64 bytes: with preamble and gap. */
#define FRAME_BITS 672
#define MBPS_UNKNOWN 10000
/* Of a worker without receive queues: only packets of handlers wait for it. */
#define NO_QUEUES_SLEEP_US 1000

unsigned int
swp_sleep_bound_us(unsigned int n, unsigned int mbps)
{
	return (unsigned int)((uint64_t)n * FRAME_BITS / 2 / mbps);
}

/* Returns the highest speed in a set of RTE_ETH_LINK_SPEED_*, or 0. */
static unsigned int
fastest(uint32_t capa)
{
	static const struct {
		uint32_t bit;
		unsigned int mbps;
	} speeds[] = {
		{RTE_ETH_LINK_SPEED_200G, 200000}, {RTE_ETH_LINK_SPEED_100G, 100000},
		{RTE_ETH_LINK_SPEED_56G, 56000},   {RTE_ETH_LINK_SPEED_50G, 50000},
		{RTE_ETH_LINK_SPEED_40G, 40000},   {RTE_ETH_LINK_SPEED_25G, 25000},
		{RTE_ETH_LINK_SPEED_20G, 20000},   {RTE_ETH_LINK_SPEED_10G, 10000},
		{RTE_ETH_LINK_SPEED_5G, 5000},	   {RTE_ETH_LINK_SPEED_2_5G, 2500},
		{RTE_ETH_LINK_SPEED_1G, 1000},
	};

	for (size_t i = 0; i < RTE_DIM(speeds); i++) {
		if (capa & speeds[i].bit)
			return speeds[i].mbps;
	}
	return 0;
}

/* While the link is down, its speed may be any that the device has. */
static unsigned int
mbps_of(const struct swp_port *p)
{
	unsigned int mbps = p->link_mbps ? p->link_mbps : fastest(p->speed_capa);

	return mbps ? mbps : MBPS_UNKNOWN;
}

void
swp_sleeps_update(struct swp *s)
{
	bool has_queues[SWP_WORKERS_MAX] = {0};
	unsigned int us[SWP_WORKERS_MAX];

	for (unsigned int i = 0; i < s->n_workers; i++)
		us[i] = s->config.idle_sleep_us;
	for (uint32_t i = 0; i < SWP_PORTS_MAX; i++) {
		const struct swp_port *p = s->ports[i];
		unsigned int bound_us;

		if (!p || !p->running)
			continue;
		bound_us = p->traits->waits_outside ? UINT_MAX
						    : swp_sleep_bound_us(p->n_rxd, mbps_of(p));
		for (uint16_t q = 0; q < p->n_rxq; q++) {
			unsigned int index = p->rxq_worker[q]->index;

			has_queues[index] = true;
			us[index] = RTE_MIN(us[index], bound_us);
		}
	}
	for (unsigned int i = 0; i < s->n_workers; i++) {
		if (!has_queues[i] && us[i])
			us[i] = RTE_MAX(us[i], NO_QUEUES_SLEEP_US);
		atomic_store_explicit(&s->workers[i]->sleep_us, us[i], memory_order_relaxed);
	}
}
