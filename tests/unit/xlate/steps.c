/* SPDX-License-Identifier: Apache-2.0 */
#include "steps.h"

#include <stdlib.h>

static _Thread_local struct cost cost;

/* Called by code compiled with -fsanitize-coverage=trace-pc, and, by the linker's --wrap,
 * instead of the wrapped functions. */
void __sanitizer_cov_trace_pc(void);
void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t n_bytes);
void *__real_realloc(void *p, size_t n);
void *__real_memmove(void *to, const void *from, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t n_bytes);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_memmove(void *to, const void *from, size_t n);

void
__sanitizer_cov_trace_pc(void)
{
	cost.n_steps++;
}

void *
__wrap_malloc(size_t n)
{
	cost.n_bytes += n;
	return __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t n_bytes)
{
	cost.n_bytes += n * n_bytes;
	return __real_calloc(n, n_bytes);
}

void *
__wrap_realloc(void *p, size_t n)
{
	cost.n_bytes += n;
	return __real_realloc(p, n);
}

void *
__wrap_memmove(void *to, const void *from, size_t n)
{
	cost.n_steps += n / 64;
	return __real_memmove(to, from, n);
}

struct cost
cost_now(void)
{
	return cost;
}

struct cost
cost_since(struct cost begin)
{
	return (struct cost){.n_steps = cost.n_steps - begin.n_steps,
			     .n_bytes = cost.n_bytes - begin.n_bytes};
}
