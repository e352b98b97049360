/* SPDX-License-Identifier: Apache-2.0 */
#include "reval.h"

static const struct reval_decision keep = {REVAL_KEEP, REVAL_NONE};

static struct reval_decision
evict(enum reval_why why)
{
	return (struct reval_decision){REVAL_EVICT, why};
}

uint64_t
reval_idle_ns(const struct reval_policy *p, const struct reval_flow *f)
{
	uint64_t last = f->used_ns > f->created_ns ? f->used_ns : f->created_ns;
	uint64_t until = f->known_ns < p->now_ns ? f->known_ns : p->now_ns;

	return until > last ? until - last : 0;
}

struct reval_decision
reval_judge(const struct reval_policy *p, const struct reval_flow *f)
{
	if (f->n_missed >= REVAL_MISSED_MAX)
		return evict(REVAL_VANISHED);
	if (p->flush)
		return evict(REVAL_FLUSH);
	if (reval_idle_ns(p, f) >= p->idle_ns)
		return evict(REVAL_IDLE);
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
