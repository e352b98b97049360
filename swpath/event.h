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
	if (!(__atomic_load_n(&s->events[ethdev], __ATOMIC_ACQUIRE) & mask))
		return 0;
	return __atomic_fetch_and(&s->events[ethdev], ~mask, __ATOMIC_ACQ_REL) & mask;
}

/* Returns true if the ethdev was removed: it cannot be started any more. Thread: any. */
static inline bool
swp_ethdev_is_removed(const struct swp *s, uint16_t ethdev)
{
	return __atomic_load_n(&s->removed[ethdev], __ATOMIC_ACQUIRE);
}
