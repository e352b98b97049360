/* SPDX-License-Identifier: Apache-2.0 */
#include "rate.h"

#include <base/clock.h>

void
ofl_rate_init(struct rate *r, unsigned int per_second, uint64_t now_ns)
{
	r->cost_ns = per_second ? (int64_t)(NS_PER_S / per_second) : 0;
	r->depth_ns = (int64_t)NS_PER_S / 10;
	if (r->depth_ns < r->cost_ns)
		r->depth_ns = r->cost_ns;
	r->credit_ns = r->depth_ns;
	r->last_ns = now_ns;
}

static void
rate_save(struct rate *r, uint64_t now_ns)
{
	uint64_t passed = now_ns > r->last_ns ? now_ns - r->last_ns : 0;

	if (passed >= (uint64_t)(r->depth_ns - r->credit_ns))
		r->credit_ns = r->depth_ns;
	else
		r->credit_ns += (int64_t)passed;
	r->last_ns += passed;
}

bool
ofl_rate_ready(struct rate *r, uint64_t now_ns)
{
	rate_save(r, now_ns);
	return r->credit_ns >= r->cost_ns;
}

void
ofl_rate_spend(struct rate *r, uint64_t now_ns)
{
	rate_save(r, now_ns);
	r->credit_ns -= r->cost_ns;
}

uint64_t
ofl_rate_next_ns(const struct rate *r, uint64_t now_ns)
{
	if (r->credit_ns >= r->cost_ns)
		return now_ns;
	return r->last_ns + (uint64_t)(r->cost_ns - r->credit_ns);
}
