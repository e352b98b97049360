/* SPDX-License-Identifier: Apache-2.0 */
/* Wakes the event loop from other threads.
 *
 * Thread safety: ctl_wake_up() may be called by any thread except workers (it makes a system call);
 * the rest by the event loop's. */
#pragma once

#include <event2/event.h>

struct ctl_wake;

/* 'cb' runs in the event loop, RCU-online, at least once after each ctl_wake_up(). Calls in quick
 * succession may share a run. Returns 0 or -ENOMEM. */
int ctl_wake_create(struct event_base *base, void (*cb)(void *aux), void *aux,
		    struct ctl_wake **out);
void ctl_wake_destroy(struct ctl_wake *w);

/* 'w': a struct ctl_wake. Does not block. */
void ctl_wake_up(void *w);
