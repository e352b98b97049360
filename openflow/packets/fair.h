/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded queue whose places and turns are shared between keys: ports, of packets for controllers.
 *
 * Items leave in turn, one of each key that has any; items of one key leave in the order in which they
 * came. A key that is alone may have all places. When they are all taken, an item of a key that has
 * less than an equal share takes the place of the oldest item of the key that has most. So a key that
 * floods delays an item of another one by as many items as there are keys, and costs it no place.
 * Example: 128 places, port 1 has 128 packets. A packet of port 2 finds its share to be 64 and is the
 * second to leave; port 1 loses one.
 *
 * Costs: admit and take O(1); put O(1), O(keys in use) when it displaces. Nothing is allocated after
 * creation.
 * Thread safety: none of its own. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct agent_fair;

/* Has 'n_max' places, 1..32768. 0 or -ENOMEM. */
int agent_fair_create(unsigned int n_max, struct agent_fair **out);

/* Is empty, or its items leak. NULL is allowed. */
void agent_fair_destroy(struct agent_fair *f);

/* Returns whether an item of 'key' may be put while the queue has 'limit' places, 1..n_max. If not, and
 * the key has items, it is counted as lost. It always has if 'limit' is above the number of keys. */
bool agent_fair_admit(struct agent_fair *f, uint32_t key, unsigned int limit);

/* Adds 'item', not NULL, which agent_fair_admit() with the same key and limit has just admitted. Returns
 * the item that lost its place, or NULL. */
void *agent_fair_put(struct agent_fair *f, uint32_t key, void *item, unsigned int limit);

/* Removes and returns the next item, or NULL. Adds to 'n_lost' how many of its key were lost since that
 * key's last; NULL if this is not of interest. */
void *agent_fair_take(struct agent_fair *f, uint64_t *n_lost);

unsigned int agent_fair_n(const struct agent_fair *f);
