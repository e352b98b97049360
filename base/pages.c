/* SPDX-License-Identifier: Apache-2.0 */
#include <base/pages.h>

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LINE_BYTES ((size_t)64)
#define SMALL_PAGE_MAX ((size_t)65536) /* of any processor */

static size_t
whole(size_t n_bytes, size_t unit)
{
	return (n_bytes + unit - 1) & -unit;
}

void *
pages_reserve(size_t n_bytes)
{
	size_t n = whole(n_bytes, SMALL_PAGE_MAX), before;
	char *p = mmap(NULL, n + PAGES_HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		       -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	before = -(uintptr_t)p & (PAGES_HUGE - 1);
	if (before)
		munmap(p, before);
	munmap(p + before + n, PAGES_HUGE - before);
	/* A kernel that has no huge pages refuses; the array is as usable in small ones. */
	madvise(p + before, n, MADV_HUGEPAGE);
	return p + before;
}

int
pages_commit(void *p, size_t n_bytes)
{
	return mprotect(p, n_bytes, PROT_READ | PROT_WRITE) ? -ENOMEM : 0;
}

void
pages_populate(void *p, size_t n_bytes)
{
	madvise(p, n_bytes, MADV_POPULATE_WRITE);
}

void
pages_release(void *p, size_t n_bytes)
{
	if (p)
		munmap(p, whole(n_bytes, SMALL_PAGE_MAX));
}

void *
pages_new(size_t n_bytes)
{
	void *p;

	if (n_bytes < PAGES_HUGE) {
		p = aligned_alloc(LINE_BYTES, whole(n_bytes, LINE_BYTES));
		return p ? memset(p, 0, n_bytes) : NULL;
	}
	p = pages_reserve(n_bytes);
	if (p && pages_commit(p, n_bytes)) {
		pages_release(p, n_bytes);
		return NULL;
	}
	if (p)
		pages_populate(p, n_bytes);
	return p;
}

void
pages_free(void *p, size_t n_bytes)
{
	if (n_bytes < PAGES_HUGE)
		free(p);
	else
		pages_release(p, n_bytes);
}
