/* SPDX-License-Identifier: Apache-2.0 */
#include "schedule.h"

static uint64_t
later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Returns true and the kind if a pass must precede a full sweep. */
static bool
urgent(const struct schedule *s, const struct schedule_want *want, uint64_t now_ns,
       enum sweep_kind *kind)
{
	if (want->asked[SWEEP_FINISH] || want->finish)
		*kind = SWEEP_FINISH;
	else if (want->asked[SWEEP_COUNTS] || want->modified)
		*kind = SWEEP_COUNTS;
	else if (want->asked[SWEEP_POLICY] || (want->changed && now_ns >= s->change_ns))
		*kind = SWEEP_POLICY;
	else
		return false;
	return true;
}

static bool
full(const struct schedule *s, const struct schedule_want *want, uint64_t now_ns,
     enum sweep_kind *kind)
{
	*kind = want->asked[SWEEP_FLUSH] ? SWEEP_FLUSH : SWEEP_FULL;
	return want->open || want->asked[SWEEP_FULL] || want->asked[SWEEP_FLUSH] ||
	       now_ns >= s->full_ns;
}

bool
schedule_next(struct schedule *s, const struct schedule_want *want, uint64_t now_ns,
	      enum sweep_kind *kind, uint64_t *until_ns)
{
	enum sweep_kind first = SWEEP_FINISH, second;
	bool is_urgent = urgent(s, want, now_ns, &first);
	bool is_full = full(s, want, now_ns, &second);
	bool full_now = is_full && (!is_urgent || s->full_next);

	s->full_next = is_full && !full_now;
	*kind = full_now ? second : first;
	*until_ns = earlier(s->full_ns, want->until_ns);
	if (want->changed)
		*until_ns = earlier(*until_ns, s->change_ns);
	return full_now || is_urgent;
}

void
schedule_policy_ended(struct schedule *s, uint64_t cost_ns, uint64_t now_ns)
{
	s->change_ns = now_ns + later(SCHEDULE_REST_FACTOR * cost_ns, SCHEDULE_REST_MIN_NS);
}

void
schedule_full_ended(struct schedule *s, uint64_t begun_ns, uint64_t now_ns)
{
	s->full_ns = later(begun_ns + s->interval_ns, now_ns + SCHEDULE_FULL_REST_NS);
}
