/* SPDX-License-Identifier: Apache-2.0 */
/* The bell that wakes the leader of the revalidators. */
#pragma once

#include "core.h"

/* Wakes the leader and asks a running pass of a full sweep to end soon. Does not
 * block. Thread: any. */
void bell_ring(struct upc *u);

/* Reports that the configuration changed, or that a flow was made by an older one. A pass
 * for it follows at once unless changes are frequent. 'aux': the struct upc. Does not
 * block. Thread: any. */
void bell_ring_for_change(void *aux);

/* Waits for the bell, at most until 'until_ns'. Blocks, RCU-offline. Thread: the leader. */
void bell_wait(struct upc *u, uint64_t until_ns);

/* Discards earlier rings. Thread: the leader, before it looks for news. */
void bell_clear(struct sweep *s);
