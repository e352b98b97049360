/* SPDX-License-Identifier: Apache-2.0 */
/* Forms of functions that are compiled once more for processors with vectors of 64 bytes.
 *
 * Thread safety: pure. */
#pragma once

#include <stdbool.h>

/* Returns true if this machine runs what is compiled with swpath_wide_args. Processors with VBMI2 run
 * vectors of 64 bytes at the clock of others, and have the rest of x86-64-v4. */
static inline bool
swp_wide_runs(void)
{
#ifdef __x86_64__
	return __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512vbmi") &&
	       __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
	       __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512cd") &&
	       __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
#else
	return false;
#endif
}
