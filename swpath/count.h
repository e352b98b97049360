/* SPDX-License-Identifier: Apache-2.0 */
/* Counters that one thread writes and any thread reads.
 *
 * A relaxed 64-bit store compiles to a plain store; the atomic form permits concurrent readers.
 * Counters are plain members, since a snapshot has the same type. So only these functions, which
 * make the access atomic, read or write a counter while its writer runs.
 *
 * Thread safety: stated per function. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

static inline uint64_t
count_read(const uint64_t *c)
{
	return atomic_load_explicit((const _Atomic uint64_t *)c, memory_order_relaxed);
}

/* Thread: the counter's only writer. */
static inline void
count_add(uint64_t *c, uint64_t n)
{
	atomic_store_explicit((_Atomic uint64_t *)c, *c + n, memory_order_relaxed);
}

/* Thread: any; for counters that several threads write. */
static inline void
count_add_shared(uint64_t *c, uint64_t n)
{
	atomic_fetch_add_explicit((_Atomic uint64_t *)c, n, memory_order_relaxed);
}

/* Thread: the counter's only writer. */
static inline void
count_set(uint64_t *c, uint64_t value)
{
	atomic_store_explicit((_Atomic uint64_t *)c, value, memory_order_relaxed);
}
