/* SPDX-License-Identifier: Apache-2.0 */
/* Large arrays in huge pages, where the kernel has them (transparent_hugepage is always or madvise).
 * A random access to an array of many MiB in pages of 4 KiB misses the TLB, too.
 *
 * Memory is zero at first, and takes room when it is first written, a huge page at a time.
 *
 * Thread safety: pure. */
#pragma once

#include <stddef.h>

#define PAGES_HUGE ((size_t)2 << 20) /* bytes */

/* Reserves addresses, from the start of a huge page. They have no memory before pages_commit().
 * Returns NULL if out of addresses. */
void *pages_reserve(size_t n_bytes);

/* Permits access to reserved addresses. 'p' is at the start of a page. Returns 0 or -ENOMEM. */
int pages_commit(void *p, size_t n_bytes);

/* Gives memory to committed pages that have none, so that the first access does not wait until the
 * kernel has cleared them: about 0.1 ms for a huge page. Nothing is done by kernels before Linux
 * 5.14. */
void pages_populate(void *p, size_t n_bytes);

/* Gives back what pages_reserve() returned for 'n_bytes', or NULL. */
void pages_release(void *p, size_t n_bytes);

/* Returns an array of zeros that starts at a cache line, populated; in huge pages if it fills one.
 * NULL if out of memory. */
void *pages_new(size_t n_bytes);

/* Frees what pages_new() returned for 'n_bytes', or NULL. */
void pages_free(void *p, size_t n_bytes);
