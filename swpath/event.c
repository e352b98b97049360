/* SPDX-License-Identifier: Apache-2.0 */
#include "event.h"

#include <rte_ethdev.h>

#include <errno.h>
#include <stdatomic.h>

static const struct {
	enum rte_eth_event_type type;
	unsigned int bits; /* SWP_EVENT_*; 0: not for the control thread */
} events[] = {
	{RTE_ETH_EVENT_DESTROY, 0},
	{RTE_ETH_EVENT_INTR_LSC, SWP_EVENT_LINK},
	{RTE_ETH_EVENT_QUEUE_STATE, SWP_EVENT_QUEUES},
	{RTE_ETH_EVENT_INTR_RMV, SWP_EVENT_REMOVED},
	{RTE_ETH_EVENT_INTR_RESET, SWP_EVENT_RESET},
	{RTE_ETH_EVENT_RECOVERY_SUCCESS, SWP_EVENT_RECOVERED},
	{RTE_ETH_EVENT_RECOVERY_FAILED, SWP_EVENT_REMOVED},
};
#define N_EVENTS (sizeof events / sizeof events[0])

void
swp_event_note(struct swp *s, uint16_t ethdev, unsigned int bits)
{
	atomic_fetch_or_explicit(&s->events[ethdev], bits, memory_order_acq_rel);
	if (s->config.device_event)
		s->config.device_event(s->config.aux);
}

static int
on_event(uint16_t ethdev, enum rte_eth_event_type type, void *aux, void *arg)
{
	struct swp *s = aux;

	(void)arg;
	for (size_t i = 0; i < N_EVENTS; i++) {
		if (events[i].type != type)
			continue;
		if (type == RTE_ETH_EVENT_DESTROY) {
			atomic_store_explicit(&s->configured[ethdev], false, memory_order_release);
			atomic_store_explicit(&s->removed[ethdev], false, memory_order_release);
		}
		if (events[i].bits & SWP_EVENT_REMOVED)
			atomic_store_explicit(&s->removed[ethdev], true, memory_order_release);
		if (events[i].bits)
			swp_event_note(s, ethdev, events[i].bits);
	}
	return 0;
}

int
swp_events_watch(struct swp *s)
{
	for (size_t i = 0; i < N_EVENTS; i++)
		if (rte_eth_dev_callback_register(RTE_ETH_ALL, events[i].type, on_event, s))
			return -ENOMEM;
	return 0;
}

/* -EAGAIN means that the callback is running. */
void
swp_events_unwatch(struct swp *s)
{
	for (size_t i = 0; i < N_EVENTS; i++)
		while (rte_eth_dev_callback_unregister(RTE_ETH_ALL, events[i].type, on_event, s) ==
		       -EAGAIN)
			;
}
