/* SPDX-License-Identifier: Apache-2.0 */
#include "supported.h"

#include "nicsim.h"

#include <rte_flow.h>

bool
nicsim_unsupported(const struct nicsim *sw, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = sw->config.unsupported; (p = strstr(p, name)); p += n) {
		bool starts = p == sw->config.unsupported || p[-1] == ':';
		bool ends = p[n] == ':' || !p[n];

		if (starts && ends)
			return true;
	}
	return false;
}

static const char *
item_name(enum rte_flow_item_type type)
{
	switch (type) {
	case RTE_FLOW_ITEM_TYPE_REPRESENTED_PORT:
		return "represented_port";
	case RTE_FLOW_ITEM_TYPE_ETH:
		return "eth";
	case RTE_FLOW_ITEM_TYPE_VLAN:
		return "vlan";
	case RTE_FLOW_ITEM_TYPE_IPV4:
		return "ipv4";
	case RTE_FLOW_ITEM_TYPE_IPV6:
		return "ipv6";
	case RTE_FLOW_ITEM_TYPE_TCP:
		return "tcp";
	case RTE_FLOW_ITEM_TYPE_UDP:
		return "udp";
	case RTE_FLOW_ITEM_TYPE_ICMP:
		return "icmp";
	case RTE_FLOW_ITEM_TYPE_ICMP6:
		return "icmp6";
	default:
		return NULL;
	}
}

bool
nicsim_item_supported(const struct nicsim *sw, enum rte_flow_item_type type)
{
	const char *name = item_name(type);

	return name && !nicsim_unsupported(sw, name);
}
