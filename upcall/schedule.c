/* SPDX-License-Identifier: Apache-2.0 */
#include "schedule.h"

static uint64_t
later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

bool
schedule_next(const struct schedule *s, const struct schedule_want *want, uint64_t now_ns,
	      enum sweep_kind *kind, uint64_t *until_ns)
{
	*until_ns = s->full_ns;
	if (want->asked)
		*kind = want->asked_kind;
	else if (want->modified)
		*kind = SWEEP_COUNTS;
	else if (want->changed)
		*kind = SWEEP_POLICY;
	else
		*kind = SWEEP_FULL;
	if (now_ns >= s->full_ns) {
		*kind = *kind < SWEEP_FULL ? SWEEP_FULL : *kind;
		return true;
	}
	if (want->asked || want->modified)
		return true;
	if (!want->changed)
		return false;
	if (s->change_ns < *until_ns)
		*until_ns = s->change_ns;
	return now_ns >= s->change_ns;
}

void
schedule_ended(struct schedule *s, enum sweep_kind kind, uint64_t begun_ns, uint64_t cost_ns,
	       uint64_t now_ns)
{
	uint64_t rest_ns = later(SCHEDULE_REST_FACTOR * cost_ns, SCHEDULE_REST_MIN_NS);

	if (kind == SWEEP_POLICY)
		s->change_ns = now_ns + rest_ns;
	else if (kind >= SWEEP_FULL)
		s->full_ns = later(begun_ns + s->interval_ns, now_ns + SCHEDULE_FULL_REST_NS);
}
