/* SPDX-License-Identifier: Apache-2.0 */
/* A few words that one thread writes and any thread reads as one value (a sequence lock).
 *
 * The writer makes 'seq' odd, stores each word with release, then makes 'seq' even with release. A
 * reader whose acquiring load of a word sees such a store also sees the odd 'seq' (or a later one)
 * in its second load of 'seq', and retries. So all words that it returns are of one write. There
 * are only atomic accesses and no fences, so ThreadSanitizer can follow it.
 *
 * Thread safety: write one thread, read any. A reader waits only during a write. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

static inline void
seqlock_write(_Atomic uint32_t *seq, _Atomic uint64_t *words, const uint64_t *values,
	      unsigned int n)
{
	uint32_t s = atomic_load_explicit(seq, memory_order_relaxed);

	atomic_store_explicit(seq, s + 1, memory_order_relaxed);
	for (unsigned int i = 0; i < n; i++)
		atomic_store_explicit(&words[i], values[i], memory_order_release);
	atomic_store_explicit(seq, s + 2, memory_order_release);
}

static inline void
seqlock_read(const _Atomic uint32_t *seq, const _Atomic uint64_t *words, uint64_t *values,
	     unsigned int n)
{
	uint32_t before, after;

	do {
		before = atomic_load_explicit(seq, memory_order_acquire);
		for (unsigned int i = 0; i < n; i++)
			values[i] = atomic_load_explicit(&words[i], memory_order_acquire);
		after = atomic_load_explicit(seq, memory_order_relaxed);
	} while (before != after || (before & 1));
}
