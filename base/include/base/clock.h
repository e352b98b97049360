/* SPDX-License-Identifier: Apache-2.0 */
/* The clock. Decision logic takes 'now_ns' as an argument; only thread loops call clock_now_ns().
 * Thread safety: any thread. */
#pragma once

#include <stdint.h>
#include <time.h>

#define NS_PER_US UINT64_C(1000)
#define NS_PER_MS UINT64_C(1000000)
#undef NS_PER_S /* DPDK defines an int of this name */
#define NS_PER_S UINT64_C(1000000000)

static inline uint64_t
clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

/* Returns CLOCK_MONOTONIC in nanoseconds. Not 0 in practice, since 0 means
 * "never" in time fields. */
static inline uint64_t
clock_now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/* Returns the CPU time of the calling thread. A system call, 0.2 us. */
static inline uint64_t
clock_thread_cpu_ns(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}
