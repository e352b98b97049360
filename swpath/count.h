/* SPDX-License-Identifier: Apache-2.0 */
/* Counters that one thread writes and any thread reads.
 *
 * A relaxed 64-bit store compiles to a plain store; the atomic form permits concurrent readers.
 *
 * Thread safety: stated per function. */
#pragma once

#include <stdint.h>

static inline uint64_t
count_read(const uint64_t *c)
{
	return __atomic_load_n(c, __ATOMIC_RELAXED);
}

/* Thread: the counter's only writer. */
static inline void
count_add(uint64_t *c, uint64_t n)
{
	__atomic_store_n(c, *c + n, __ATOMIC_RELAXED);
}

/* Thread: any; for counters that several threads write. */
static inline void
count_add_shared(uint64_t *c, uint64_t n)
{
	__atomic_fetch_add(c, n, __ATOMIC_RELAXED);
}
