/* SPDX-License-Identifier: Apache-2.0 */
/* Wakes the event loop from other threads.
 *
 * Thread safety: loop_wake_up() may be called by any thread except workers (it makes a system
 * call); the rest by the event loop's. */
#pragma once

#include <event2/event.h>

struct loop_wake;

/* 'cb' runs in the event loop, RCU-online, at least once after each loop_wake_up(). Calls in quick
 * succession may share a run. Returns 0 or -ENOMEM. */
int loop_wake_create(struct event_base *base, void (*cb)(void *aux), void *aux,
		     struct loop_wake **out);
void loop_wake_destroy(struct loop_wake *w);

/* 'w': a struct loop_wake. Does not block. */
void loop_wake_up(void *w);
