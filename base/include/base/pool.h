/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for small objects that exist in large numbers and are used in any order.
 *
 * A thread that needs much memory gets it from malloc() page by page, with two traps into the system
 * for each. Here pages are taken many at a time. Objects of one size are together. Memory that is
 * freed is used again for objects of the same size, by any thread; it is not returned to the system.
 * A thread keeps up to 64 free objects of each size for itself. A build with a sanitizer uses
 * malloc(), which it can check.
 *
 * Thread safety: any thread; an object may be freed by another one. */
#pragma once

#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define POOL_IS_MALLOC 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
	__has_feature(memory_sanitizer)
#define POOL_IS_MALLOC 1
#endif
#endif

/* Larger objects are those of malloc(). */
#define POOL_BYTES_MAX 512

/* Returns memory with undefined contents, aligned to 16 bytes. NULL if out of memory. O(1). */
void *pool_take(size_t n_bytes);

/* Returns memory that pool_take() returned for this size. Accepts NULL. O(1). */
void pool_put(void *p, size_t n_bytes);
