/* SPDX-License-Identifier: Apache-2.0 */
/* Events that devices report, noted for the control thread.
 *
 * A device's callback runs in EAL's interrupt thread, or in a thread of its driver. It sets a bit
 * of swp.events and calls swp_config.device_event; the control thread takes the bits later.
 *
 * Thread safety: control only unless stated. */
#pragma once

#include "impl.h"

enum swp_event {
	SWP_EVENT_LINK = 1 << 0,
	SWP_EVENT_REMOVED = 1 << 1,
	SWP_EVENT_RESET = 1 << 2,     /* the device asks to be reset */
	SWP_EVENT_RECOVERED = 1 << 3, /* the driver has reset the device */
	SWP_EVENT_QUEUES = 1 << 4,    /* queues were enabled or disabled */
};

/* Registers for the events of all present and future ethdevs. Returns 0 or -ENOMEM. */
int swp_events_watch(struct swp *s);

/* Unregisters. When it returns, no callback runs. */
void swp_events_unwatch(struct swp *s);

/* Sets SWP_EVENT_* bits of an ethdev, and calls swp_config.device_event. Thread: any. */
void swp_event_note(struct swp *s, uint16_t ethdev, unsigned int bits);

/* Clears the bits in 'mask' and returns those that were set. Thread: control. */
static inline unsigned int
swp_events_take(struct swp *s, uint16_t ethdev, unsigned int mask)
{
	if (!(atomic_load_explicit(&s->events[ethdev], memory_order_acquire) & mask))
		return 0;
	return atomic_fetch_and_explicit(&s->events[ethdev], ~mask, memory_order_acq_rel) & mask;
}

/* Returns true if the ethdev was removed: it cannot be started any more. Thread: any. */
static inline bool
swp_ethdev_is_removed(const struct swp *s, uint16_t ethdev)
{
	return atomic_load_explicit(&s->removed[ethdev], memory_order_acquire);
}
