/* SPDX-License-Identifier: Apache-2.0 */
#include "reval.h"

static const struct reval_decision keep = {REVAL_KEEP, REVAL_NONE};

static struct reval_decision
evict(enum reval_why why)
{
	return (struct reval_decision){REVAL_EVICT, why};
}

static uint64_t
idle_for(const struct reval_policy *p, const struct reval_flow *f)
{
	uint64_t last = f->used_ns > f->created_ns ? f->used_ns : f->created_ns;
	uint64_t until = f->known_ns < p->now_ns ? f->known_ns : p->now_ns;

	return until > last ? until - last : 0;
}

/* Returns the number of flows that the hard limits allow. */
static unsigned int
most(const struct reval_policy *p)
{
	if (p->n_flows > p->limit_max)
		return p->limit < p->limit_max ? p->limit : p->limit_max;
	if (p->n_flows / 2 > p->limit)
		return p->limit;
	return p->n_flows;
}

static bool
is_excess(const struct reval_policy *p, const struct reval_flow *f)
{
	unsigned int n = most(p);

	if (n < p->n_flows && f->spread % p->n_flows >= n)
		return true;
	return f->own && f->spread % f->own < f->surplus;
}

static bool
is_crowded(const struct reval_policy *p)
{
	return p->crowded || p->n_flows > p->limit;
}

uint64_t
reval_idle_ns(const struct reval_policy *p)
{
	bool sooner = is_crowded(p) && p->idle_ns > REVAL_CROWDED_IDLE_NS;

	return sooner ? REVAL_CROWDED_IDLE_NS : p->idle_ns;
}

bool
reval_has_excess(const struct reval_policy *p)
{
	return most(p) < p->n_flows;
}

struct reval_decision
reval_judge(const struct reval_policy *p, const struct reval_flow *f)
{
	uint64_t idle = idle_for(p, f);

	if (f->n_missed >= REVAL_MISSED_MAX)
		return evict(REVAL_VANISHED);
	if (p->flush)
		return evict(REVAL_FLUSH);
	if (idle >= p->idle_ns)
		return evict(REVAL_IDLE);
	if (is_excess(p, f))
		return evict(REVAL_LIMIT);
	if (is_crowded(p) && idle >= REVAL_CROWDED_IDLE_NS)
		return evict(REVAL_LIMIT);
	if (!f->current)
		return (struct reval_decision){REVAL_TRANSLATE, REVAL_CHANGED};
	return keep;
}

static bool
mask_within(const struct flow_key *inner, const struct flow_key *outer)
{
	const uint64_t *in = flow_key_words(inner), *out = flow_key_words(outer);

	for (size_t i = 0; i < FLOW_KEY_WORDS; i++) {
		if (in[i] & ~out[i])
			return false;
	}
	return true;
}

struct reval_decision
reval_compare(const struct flow_key *have_mask, const struct flow_actions *have,
	      const struct flow_key *want_mask, const struct flow_actions *want)
{
	if (!mask_within(want_mask, have_mask))
		return evict(REVAL_CHANGED);
	if (!flow_actions_equal(have, want))
		return (struct reval_decision){REVAL_MODIFY, REVAL_CHANGED};
	return keep;
}
