/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded queue whose places and turns are shared between keys: the ports of
 * packets for controllers.
 *
 * Items leave in turn, one of each key that has items; items of one key leave in order of arrival.
 * A key that is alone may have all places. When all are taken, an item of a key with less than an
 * equal share replaces the oldest item of the key with the most. So a key that floods delays an
 * item of another key by at most as many items as there are keys, and costs it no place.
 * Example: 128 places, all with packets of port 1. A packet of port 2 has a share of 64 and leaves
 * second; port 1 loses one packet.
 *
 * Costs: admit and take O(1); put O(1), O(keys in use) when it replaces an item. Nothing is
 * allocated after creation.
 * Thread safety: none of its own. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct agent_fair;

/* Creates a queue of 'n_max' places, 1..32768. Returns 0 or -ENOMEM. */
int agent_fair_create(unsigned int n_max, struct agent_fair **out);

/* Requires an empty queue, or its items leak. NULL is allowed. */
void agent_fair_destroy(struct agent_fair *f);

/* Returns whether an item of 'key' may be put while the queue has 'limit' places, 1..n_max. A
 * refusal counts as lost for the key, if the key has items; it always has if 'limit' is above the
 * number of keys. */
bool agent_fair_admit(struct agent_fair *f, uint32_t key, unsigned int limit);

/* Adds 'item', not NULL, just admitted by agent_fair_admit() with the same key and limit. Returns
 * the item that it replaces, or NULL. */
void *agent_fair_put(struct agent_fair *f, uint32_t key, void *item, unsigned int limit);

/* Removes and returns the next item, or NULL. Adds to 'n_lost' how many items of its key were lost
 * since the previous one of that key; 'n_lost' may be NULL. */
void *agent_fair_take(struct agent_fair *f, uint64_t *n_lost);

/* Returns the number of items. */
unsigned int agent_fair_n(const struct agent_fair *f);
