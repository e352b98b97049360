/* SPDX-License-Identifier: Apache-2.0 */
/* Faults: loss of rules, and of the device. */
#include "fault.h"

#include "nicsim.h"
#include "table.h"

void
nicsim_reset(struct nicsim *sw)
{
	rte_rwlock_write_lock(&sw->lock);
	nicsim_table_lose_all(sw);
	sw->n_resets++;
	rte_rwlock_write_unlock(&sw->lock);
	for (unsigned int i = 0; i < sw->n_ports; i++)
		if (sw->ports[i].dev)
			rte_eth_dev_callback_process(sw->ports[i].dev, RTE_ETH_EVENT_INTR_RESET,
						     NULL);
}

void
nicsim_hang(struct nicsim *sw)
{
	for (unsigned int i = 0; i < sw->n_ports; i++)
		atomic_store_explicit(&sw->ports[i].hung, true, memory_order_relaxed);
	nicsim_reset(sw);
}

void
nicsim_die(struct nicsim *sw)
{
	bool asks = sw->config.personality->asks_rmv;

	rte_rwlock_write_lock(&sw->lock);
	nicsim_table_lose_all(sw);
	atomic_store_explicit(&sw->dead, true, memory_order_relaxed);
	rte_rwlock_write_unlock(&sw->lock);
	for (unsigned int i = 0; i < sw->n_ports; i++) {
		struct nicsim_port *port = &sw->ports[i];

		if (!port->dev || !port->started || port->rmv_reported)
			continue;
		if (asks && !port->dev->data->dev_conf.intr_conf.rmv)
			continue;
		port->rmv_reported = true;
		rte_eth_dev_callback_process(port->dev, RTE_ETH_EVENT_INTR_RMV, NULL);
	}
}
