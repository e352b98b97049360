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

/* True when a port may have one more flow.
 *
 * A dynamic threshold: a port's share is as large as what is free, so one flooding port fills half
 * of the ledger, and finds the other half free for those that come later. Until an eighth of the
 * limit is used there is nothing to share.
 *
 * own, total: flows of the port and of all, without the new one. */
bool limit_admits(unsigned int own, unsigned int total, unsigned int limit);
