/* SPDX-License-Identifier: Apache-2.0 */
#include "limit.h"

static unsigned int
clamp(uint64_t value, unsigned int max)
{
	uint64_t min = max < LIMIT_MIN ? max : LIMIT_MIN;

	if (value < min)
		value = min;
	return value > max ? max : (unsigned int)value;
}

unsigned int
limit_adapt(unsigned int limit, unsigned int max, unsigned int n_flows, uint64_t sweep_ns,
	    uint64_t target_ns)
{
	uint64_t l = limit, step = l / 16 + 1;

	if (sweep_ns > 2 * target_ns) {
		uint64_t part = 16 * target_ns / sweep_ns;

		return clamp(l * (part < 2 ? 2 : part) / 16, max);
	}
	if (sweep_ns > target_ns)
		return clamp(l - l / 4, max);
	if (sweep_ns >= target_ns / 2)
		return clamp(l, max);
	/* Would the larger limit meet the target at this cost per flow? Without flows there is no
	 * measurement, and the limit may grow. */
	if (n_flows && (l + step) * (sweep_ns / n_flows) > target_ns)
		return clamp(l, max);
	return clamp(l + step, max);
}

static unsigned int
share_of(unsigned int limit, unsigned int n_ports)
{
	return n_ports > 1 ? limit / n_ports : limit;
}

static unsigned int
without_reserve(unsigned int limit, unsigned int n_ports)
{
	return n_ports > 1 ? limit - limit / LIMIT_RESERVE_PART : limit;
}

bool
limit_admits(unsigned int own, unsigned int total, unsigned int limit, unsigned int n_ports)
{
	if (own < share_of(limit, n_ports))
		return total < limit;
	return total < without_reserve(limit, n_ports);
}

unsigned int
limit_above(unsigned int own, unsigned int limit, unsigned int n_ports)
{
	unsigned int share = share_of(limit, n_ports);

	return own > share ? own - share : 0;
}

unsigned int
limit_surplus(unsigned int own, unsigned int total, unsigned int limit, unsigned int n_ports,
	      uint64_t all_above)
{
	unsigned int above = limit_above(own, limit, n_ports);
	unsigned int most = without_reserve(limit, n_ports);
	uint64_t lacking = total > most ? total - most : 0;

	if (!above || !lacking)
		return 0;
	if (lacking >= all_above)
		return above;
	return (unsigned int)((lacking * above + all_above - 1) / all_above);
}
