/* SPDX-License-Identifier: Apache-2.0 */
/* Counters that one thread writes and any thread reads.
 *
 * A 64-bit relaxed store is a plain store; the atomic form only says that a reader may look. */
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
