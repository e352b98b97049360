/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/link.h"

#include <rte_ethdev.h>

#define KBPS_PER_MBPS 1000u

static const struct {
	uint32_t mbps;
	bool full_duplex;
	uint32_t feature; /* OFP_LINK_* */
	uint32_t capa;	  /* RTE_ETH_LINK_SPEED_*; 0 if DPDK has none */
} speeds[] = {
	{10, false, OFP_LINK_10MB_HD, RTE_ETH_LINK_SPEED_10M_HD},
	{10, true, OFP_LINK_10MB_FD, RTE_ETH_LINK_SPEED_10M},
	{100, false, OFP_LINK_100MB_HD, RTE_ETH_LINK_SPEED_100M_HD},
	{100, true, OFP_LINK_100MB_FD, RTE_ETH_LINK_SPEED_100M},
	{1000, false, OFP_LINK_1GB_HD, 0},
	{1000, true, OFP_LINK_1GB_FD, RTE_ETH_LINK_SPEED_1G},
	{2500, true, OFP_LINK_OTHER, RTE_ETH_LINK_SPEED_2_5G},
	{5000, true, OFP_LINK_OTHER, RTE_ETH_LINK_SPEED_5G},
	{10000, true, OFP_LINK_10GB_FD, RTE_ETH_LINK_SPEED_10G},
	{20000, true, OFP_LINK_OTHER, RTE_ETH_LINK_SPEED_20G},
	{25000, true, OFP_LINK_OTHER, RTE_ETH_LINK_SPEED_25G},
	{40000, true, OFP_LINK_40GB_FD, RTE_ETH_LINK_SPEED_40G},
	{50000, true, OFP_LINK_OTHER, RTE_ETH_LINK_SPEED_50G},
	{56000, true, OFP_LINK_OTHER, RTE_ETH_LINK_SPEED_56G},
	{100000, true, OFP_LINK_100GB_FD, RTE_ETH_LINK_SPEED_100G},
	{200000, true, OFP_LINK_OTHER, RTE_ETH_LINK_SPEED_200G},
};

#define N_SPEEDS (sizeof speeds / sizeof speeds[0])

static uint32_t
feature_of(uint32_t mbps, bool full_duplex)
{
	for (size_t i = 0; i < N_SPEEDS; i++)
		if (speeds[i].mbps == mbps && speeds[i].full_duplex == full_duplex)
			return speeds[i].feature;
	return OFP_LINK_OTHER;
}

void
agent_link_describe(const struct agent_port_link *link, struct ofp_port *out)
{
	uint32_t max_mbps = link->mbps;

	if (link->mbps)
		out->curr = feature_of(link->mbps, link->full_duplex) |
			    (link->autoneg ? OFP_LINK_AUTONEG : 0);
	for (size_t i = 0; i < N_SPEEDS; i++) {
		if (!(link->speed_capa & speeds[i].capa))
			continue;
		out->supported |= speeds[i].feature;
		max_mbps = speeds[i].mbps > max_mbps ? speeds[i].mbps : max_mbps;
	}
	out->curr_speed_kbps = link->mbps * KBPS_PER_MBPS;
	out->max_speed_kbps = max_mbps * KBPS_PER_MBPS;
}
