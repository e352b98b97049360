/* SPDX-License-Identifier: Apache-2.0 */
/* How many megaflows may live, and which port may add one. Pure functions.
 *
 * Thread safety: pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The adaptive limit does not shrink below this, unless the configured one is lower. */
#define LIMIT_MIN 1000

/* The next adaptive limit.
 *
 * limit, max: the one of now, and the configured one.
 * n_flows:    that the sweep saw.
 * sweep_ns:   what the sweep cost.
 * target_ns:  what a sweep may cost: statistics and policy are that old.
 *
 * Over twice the target: cut in proportion, to an eighth at most. Over the target: cut by a quarter.
 * Under half of it: grow by a sixteenth, when that many flows would fit the target at this pace. */
unsigned int limit_adapt(unsigned int limit, unsigned int max, unsigned int n_flows,
			 uint64_t sweep_ns, uint64_t target_ns);

/* Part of the limit, 1/n, that is kept free for ports below their share while several have flows. */
#define LIMIT_RESERVE_PART 8

/* Returns true when a port may have one more flow.
 *
 * own, total: flows of the port and of all ports, without the new one.
 * n_ports:    ports that have flows, with this one.
 *
 * A port that is alone may use the whole limit. Of several, one that has less than its share (limit /
 * n_ports) may use the whole limit too; the others leave a reserve of limit / LIMIT_RESERVE_PART.
 * Example: limit 200,000, an uplink and nine guests with 100 flows each. The uplink may have 174,100;
 * a guest finds 25,000 places free until limit_surplus() has taken some from the uplink. */
bool limit_admits(unsigned int own, unsigned int total, unsigned int limit, unsigned int n_ports);

/* Returns how many flows a port must have removed so that the reserve is free again: its part of what
 * the reserve lacks, in proportion to how far it is above its share.
 *
 * total:       flows of all ports.
 * n_ports:     ports that have flows or were refused one.
 * all_above:   sum of limit_above() over all ports. */
unsigned int limit_surplus(unsigned int own, unsigned int total, unsigned int limit,
			   unsigned int n_ports, uint64_t all_above);

/* Returns by how many flows a port is above its share. */
unsigned int limit_above(unsigned int own, unsigned int limit, unsigned int n_ports);
