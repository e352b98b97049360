/* SPDX-License-Identifier: Apache-2.0 */
/* Faults: loss of rules, and of the device. */
#include "fault.h"

#include "nicsim.h"
#include "table.h"

/* Whoever uses the e-switch of steering=connectx is told by libmlx5. */
void
nicsim_steering_fail(struct nicsim *sw, bool on)
{
	if (on)
		sw->steering->fail(true);
	else
		sw->steering->revive();
}

void
nicsim_reset(struct nicsim *sw)
{
	if (sw->steering)
		sw->steering->fail(false);
	rte_rwlock_write_lock(&sw->lock);
	nicsim_table_lose_all(sw);
	sw->n_resets++;
	rte_rwlock_write_unlock(&sw->lock);
	for (unsigned int i = 0; i < sw->n_ports; i++)
		if (sw->ports[i].dev && !sw->config.personality->no_reset_event)
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

	if (sw->steering)
		nicsim_steering_fail(sw, true);
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
