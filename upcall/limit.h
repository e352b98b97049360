/* SPDX-License-Identifier: Apache-2.0 */
/* The flow limit, and which port may add a megaflow. Pure functions.
 *
 * Thread safety: pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Minimum of the adaptive limit, unless the configured limit is lower. */
#define LIMIT_MIN 1000

/* Returns the next adaptive limit.
 *
 * limit, max: the current limit, and the configured one.
 * n_flows:    of the ledger; a quick sweep visits part of them.
 * sweep_ns:   cost of the sweep: CPU time.
 * target_ns:  acceptable cost of a sweep: where cores are free, statistics may be that old.
 *
 * Over twice the target: cut in proportion, to an eighth at most. Over the target: cut by a
 * quarter. Under half of it: grow by a sixteenth, if that many flows would meet the target at
 * this cost per flow. */
unsigned int limit_adapt(unsigned int limit, unsigned int max, unsigned int n_flows,
			 uint64_t sweep_ns, uint64_t target_ns);

/* The fraction 1/n of the limit that is kept free for ports below their share while
 * several have flows. */
#define LIMIT_RESERVE_PART 8

/* Returns true if a port may add a flow.
 *
 * own, total: flows of the port and of all ports, without the new one.
 * n_ports:    ports that have flows, including this one.
 *
 * A port that is alone may use the whole limit. Of several, a port with less than its share (limit
 * / n_ports) may use the whole limit too; the others leave a reserve of limit / LIMIT_RESERVE_PART.
 * Example: limit 200,000, an uplink and nine guests with 100 flows each. The uplink may have
 * 174,100; a guest finds 25,000 places free until limit_surplus() has taken some from the
 * uplink. */
bool limit_admits(unsigned int own, unsigned int total, unsigned int limit, unsigned int n_ports);

/* Returns how many flows a port must give up to restore the reserve: its part of the flows that the
 * reserve lacks, in proportion to its excess over its share.
 *
 * total:       flows of all ports.
 * n_ports:     ports that have flows or were refused one.
 * all_above:   sum of limit_above() over all ports. */
unsigned int limit_surplus(unsigned int own, unsigned int total, unsigned int limit,
			   unsigned int n_ports, uint64_t all_above);

/* Returns a port's excess over its share. */
unsigned int limit_above(unsigned int own, unsigned int limit, unsigned int n_ports);
