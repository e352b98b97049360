/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers for tests: a seed gives the same sequence on every machine (SplitMix64).
 *
 * Thread safety: pure, but for the caller's rng. */
#pragma once

#include <stdint.h>

struct rng {
	uint64_t state; /* at first the seed */
};

static inline uint64_t
rng_u64(struct rng *r)
{
	uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static inline uint32_t
rng_u32(struct rng *r)
{
	return (uint32_t)(rng_u64(r) >> 32);
}

/* 0..n-1 */
static inline uint32_t
rng_below(struct rng *r, uint32_t n)
{
	return (uint32_t)((uint64_t)rng_u32(r) * n >> 32);
}
