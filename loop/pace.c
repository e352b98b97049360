/* SPDX-License-Identifier: Apache-2.0 */
#include <loop/pace.h>

#include <base/clock.h>

bool
loop_pace_check(struct loop_pace *p, size_t pending, size_t bytes_per_s, unsigned int period_s,
		uint64_t now_ns)
{
	size_t most = bytes_per_s * period_s;
	bool over = p->since_ns && now_ns >= p->since_ns + period_s * NS_PER_S;

	if (pending && over && p->sent < p->goal)
		return false;
	if (!pending)
		p->since_ns = 0;
	else if (over || !p->since_ns)
		*p = (struct loop_pace){.since_ns = now_ns,
					.goal = pending < most ? pending : most};
	return true;
}
