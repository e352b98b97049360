/* SPDX-License-Identifier: Apache-2.0 */
/* What devices report by themselves, noted for the control thread.
 *
 * A device's callback runs in EAL's interrupt thread, or in a thread of its driver. It sets a bit of
 * swp.events and calls swp_config.device_event; the control thread takes the bits in its own time. */
#pragma once

#include "impl.h"

enum swp_event {
	SWP_EVENT_LINK = 1 << 0,
	SWP_EVENT_REMOVED = 1 << 1,
	SWP_EVENT_RESET = 1 << 2,     /* the device asks to be reset */
	SWP_EVENT_RECOVERED = 1 << 3, /* its driver has reset it */
	SWP_EVENT_QUEUES = 1 << 4,    /* queues were enabled or disabled */
};

/* Registers for the events of all ethdevs, also of those to come. Returns 0 or -ENOMEM. */
int swp_events_watch(struct swp *s);

/* Afterwards no callback runs. */
void swp_events_unwatch(struct swp *s);

/* Notes SWP_EVENT_* of an ethdev. Thread: any. */
void swp_event_note(struct swp *s, uint16_t ethdev, unsigned int bits);

/* Takes the bits in 'mask' that an ethdev has set, and clears them. Thread: control. */
static inline unsigned int
swp_events_take(struct swp *s, uint16_t ethdev, unsigned int mask)
{
	if (!(__atomic_load_n(&s->events[ethdev], __ATOMIC_ACQUIRE) & mask))
		return 0;
	return __atomic_fetch_and(&s->events[ethdev], ~mask, __ATOMIC_ACQ_REL) & mask;
}

/* Returns true once the ethdev was removed: it takes no start any more. Thread: any. */
static inline bool
swp_ethdev_is_removed(const struct swp *s, uint16_t ethdev)
{
	return __atomic_load_n(&s->removed[ethdev], __ATOMIC_ACQUIRE);
}
