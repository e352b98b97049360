/* SPDX-License-Identifier: Apache-2.0 */
/* The bell that wakes the leader of the revalidators. */
#pragma once

#include "core.h"

/* Wakes the leader, and ends a pass of a full sweep soon. Does not block. Thread: any. */
void bell_ring(struct upc *u);

/* The configuration has changed, or a flow was made by an older one: a pass for that follows, without
 * delay unless many do. 'aux': the struct upc. Does not block. Thread: any. */
void bell_ring_for_change(void *aux);

/* Waits for the bell, until a time at most. Blocks, RCU-offline. Thread: the leader. */
void bell_wait(struct upc *u, uint64_t until_ns);

/* Forgets the rings of before. Thread: the leader, before it looks for news. */
void bell_clear(struct sweep *s);
