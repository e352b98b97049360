/* SPDX-License-Identifier: Apache-2.0 */
/* A datapath that keeps nothing of what it is given: measurements of upcall/ alone use it.
 *
 * Thread safety: as flow/dp.h. */
#pragma once

#include <flow/dp.h>

/* Sleeps, RCU-offline. */
void null_dp_nap(uint64_t ns);

/* Returns the class of a datapath whose packets come from 'recv'. The caller's 'struct dp' points to a
 * copy that outlives it. */
struct dp_class null_dp_class(unsigned int (*recv)(struct dp *dp, unsigned int h,
						   struct dp_upcall **out, unsigned int max));
