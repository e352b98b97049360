/* SPDX-License-Identifier: Apache-2.0 */
#include "xstats.h"

#include "nicsim.h"

#include <rte_string_fns.h>

struct xstat {
	const char *name;
	size_t ofs; /* of a uint64_t in struct nicsim_port */
};

#define AT(member) offsetof(struct nicsim_port, member)

static const struct xstat plain[] = {
	{"rx_eswitch_packets", AT(rx_eswitch_packets)}, {"rx_eswitch_bytes", AT(rx_eswitch_bytes)},
	{"rx_hw_packets", AT(rx_hw_packets)},		{"rx_hw_bytes", AT(rx_hw_bytes)},
	{"tx_hw_packets", AT(tx_hw_packets)},		{"tx_hw_bytes", AT(tx_hw_bytes)},
	{"tx_hw_dropped", AT(tx_hw_dropped)},
};

/* mlx5: the wire's counters on the uplink, those of the virtual port on a representor. */
static const struct xstat mlx5_wire[] = {{"rx_phy_packets", AT(rx_eswitch_packets)},
					 {"rx_phy_bytes", AT(rx_eswitch_bytes)}};
static const struct xstat mlx5_vport[] = {{"rx_vport_packets", AT(rx_eswitch_packets)},
					  {"rx_vport_bytes", AT(rx_eswitch_bytes)}};

_Static_assert(RTE_DIM(plain) <= NICSIM_XSTATS, "a base for each");

/* Returns the number of statistics: 0 without an e-switch, and before the first start with
 * late_xstats. */
static unsigned int
table(const struct nicsim_port *port, const struct xstat **out)
{
	if (port->sw->config.personality->ingress_only) {
		*out = NULL;
		return 0;
	}
	if (!port->sw->config.personality->late_xstats) {
		*out = plain;
		return RTE_DIM(plain);
	}
	*out = port->index ? mlx5_vport : mlx5_wire;
	return !port->has_xstats ? 0 : port->index ? RTE_DIM(mlx5_vport) : RTE_DIM(mlx5_wire);
}

static uint64_t
value(const struct nicsim_port *port, const struct xstat *x)
{
	return atomic_load_explicit((const _Atomic uint64_t *)((const char *)port + x->ofs),
				    memory_order_relaxed);
}

void
nicsim_xstats_start(struct nicsim_port *port)
{
	const struct xstat *x;
	unsigned int n;

	if (!port->sw->config.personality->late_xstats)
		return;
	port->has_xstats = true;
	n = table(port, &x);
	for (unsigned int i = 0; i < n; i++)
		port->xstats_base[i] = value(port, &x[i]);
}

int
nicsim_xstats_get(struct rte_eth_dev *dev, struct rte_eth_xstat *out, unsigned int max)
{
	const struct nicsim_port *port = dev->data->dev_private;
	const struct xstat *x;
	unsigned int n = table(port, &x);

	for (unsigned int i = 0; out && n <= max && i < n; i++) {
		out[i].id = i;
		out[i].value = value(port, &x[i]) - port->xstats_base[i];
	}
	return (int)n;
}

int
nicsim_xstats_names(struct rte_eth_dev *dev, struct rte_eth_xstat_name *out, unsigned int max)
{
	const struct xstat *x;
	unsigned int n = table(dev->data->dev_private, &x);

	for (unsigned int i = 0; out && n <= max && i < n; i++)
		rte_strlcpy(out[i].name, x[i].name, sizeof out[i].name);
	return (int)n;
}
