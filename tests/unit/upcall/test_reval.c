/* SPDX-License-Identifier: Apache-2.0 */
#include "reval.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SEC UINT64_C(1000000000)
#define NOW (1000 * SEC)

static struct reval_policy
calm(void)
{
	return (struct reval_policy){.now_ns = NOW,
				     .idle_ns = 10 * SEC,
				     .n_flows = 100,
				     .limit = 1000,
				     .limit_max = 1000};
}

static struct reval_flow
busy(void)
{
	return (struct reval_flow){
		.created_ns = NOW - 60 * SEC, .used_ns = NOW, .known_ns = NOW, .current = true};
}

static void
expect(struct reval_decision d, enum reval_verdict verdict, enum reval_why why)
{
	assert_int_equal(d.verdict, verdict);
	assert_int_equal(d.why, why);
}

static void
busy_and_current_stays(void **state)
{
	struct reval_policy p = calm();
	struct reval_flow f = busy();

	(void)state;
	expect(reval_judge(&p, &f), REVAL_KEEP, REVAL_NONE);
	f.used_ns = NOW + SEC; /* counted after the clock was read */
	expect(reval_judge(&p, &f), REVAL_KEEP, REVAL_NONE);
	f.current = false;
	expect(reval_judge(&p, &f), REVAL_TRANSLATE, REVAL_CHANGED);
}

static void
idle_is_evicted(void **state)
{
	struct reval_policy p = calm();
	struct reval_flow f = busy();

	(void)state;
	f.used_ns = NOW - 10 * SEC + 1;
	expect(reval_judge(&p, &f), REVAL_KEEP, REVAL_NONE);
	f.used_ns = NOW - 10 * SEC;
	expect(reval_judge(&p, &f), REVAL_EVICT, REVAL_IDLE);
	f.used_ns = 0;
	expect(reval_judge(&p, &f), REVAL_EVICT, REVAL_IDLE);
	f.created_ns = NOW - SEC;
	expect(reval_judge(&p, &f), REVAL_KEEP, REVAL_NONE);
}

/* The use of a flow in hardware is unknown since its counter was last read; it is not idle. */
static void
unknown_is_not_idle(void **state)
{
	struct reval_policy p = calm();
	struct reval_flow f = busy();

	(void)state;
	p.n_flows = 1000;
	p.limit = 999;
	f.used_ns = NOW - 2 * SEC;
	f.known_ns = f.used_ns + REVAL_CROWDED_IDLE_NS - 1;
	expect(reval_judge(&p, &f), REVAL_KEEP, REVAL_NONE);
	f.known_ns++;
	expect(reval_judge(&p, &f), REVAL_EVICT, REVAL_LIMIT);
	f.used_ns = NOW - 60 * SEC;
	f.known_ns = f.used_ns + 10 * SEC - 1;
	p.limit = 1000;
	expect(reval_judge(&p, &f), REVAL_KEEP, REVAL_NONE);
	f.known_ns++;
	expect(reval_judge(&p, &f), REVAL_EVICT, REVAL_IDLE);
	f.known_ns = 0;
	expect(reval_judge(&p, &f), REVAL_KEEP, REVAL_NONE);
}

static void
crowded_expires_sooner(void **state)
{
	struct reval_policy p = calm();
	struct reval_flow f = busy();

	(void)state;
	p.n_flows = 1000;
	f.used_ns = NOW - REVAL_CROWDED_IDLE_NS;
	expect(reval_judge(&p, &f), REVAL_KEEP, REVAL_NONE);
	assert_int_equal(reval_idle_ns(&p), p.idle_ns);
	p.limit = 999;
	expect(reval_judge(&p, &f), REVAL_EVICT, REVAL_LIMIT);
	assert_int_equal(reval_idle_ns(&p), REVAL_CROWDED_IDLE_NS);
	f.used_ns = NOW - REVAL_CROWDED_IDLE_NS + 1;
	expect(reval_judge(&p, &f), REVAL_KEEP, REVAL_NONE);
	/* Flows have left since the sweep began. */
	f.used_ns = NOW - REVAL_CROWDED_IDLE_NS;
	p.n_flows = 900;
	expect(reval_judge(&p, &f), REVAL_KEEP, REVAL_NONE);
	p.crowded = true;
	expect(reval_judge(&p, &f), REVAL_EVICT, REVAL_LIMIT);
	assert_int_equal(reval_idle_ns(&p), REVAL_CROWDED_IDLE_NS);
}

static unsigned int
n_evicted(const struct reval_policy *p)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < p->n_flows; i++) {
		struct reval_flow f = busy();

		f.spread = i;
		n += reval_judge(p, &f).verdict == REVAL_EVICT;
	}
	return n;
}

static void
excess_is_evicted_even_when_busy(void **state)
{
	struct reval_policy p = calm();

	(void)state;
	/* Over the adaptive limit, up to twice of it: no busy flow is evicted. */
	p.limit = 500;
	p.n_flows = 1000;
	assert_int_equal(n_evicted(&p), 0);
	p.limit = 400;
	assert_int_equal(n_evicted(&p), 600);
	/* Over the configured limit: down to it, or to the adaptive one. */
	p.limit = p.limit_max = 900;
	assert_int_equal(n_evicted(&p), 100);
	p.limit = 0;
	p.limit_max = 0;
	assert_int_equal(n_evicted(&p), 1000);
}

static void
flush_and_vanished(void **state)
{
	struct reval_policy p = calm();
	struct reval_flow f = busy();

	(void)state;
	f.n_missed = REVAL_MISSED_MAX - 1;
	expect(reval_judge(&p, &f), REVAL_KEEP, REVAL_NONE);
	p.flush = true;
	expect(reval_judge(&p, &f), REVAL_EVICT, REVAL_FLUSH);
	f.n_missed = REVAL_MISSED_MAX;
	expect(reval_judge(&p, &f), REVAL_EVICT, REVAL_VANISHED);
}

struct compare {
	struct flow_key have_mask, want_mask;
	struct flow_actions have, want;
};

static void
compare_init(struct compare *c)
{
	memset(c, 0, sizeof *c);
	c->have_mask.in_port = c->want_mask.in_port = UINT32_MAX;
	flow_actions_init(&c->have);
	flow_actions_init(&c->want);
	assert_int_equal(flow_actions_add_output(&c->have, 1), 0);
	assert_int_equal(flow_actions_add_output(&c->want, 1), 0);
}

static void
compare_free(struct compare *c)
{
	flow_actions_free(&c->have);
	flow_actions_free(&c->want);
}

static struct reval_decision
compare(const struct compare *c)
{
	return reval_compare(&c->have_mask, &c->have, &c->want_mask, &c->want);
}

static void
compare_actions(void **state)
{
	struct compare c;

	(void)state;
	compare_init(&c);
	expect(compare(&c), REVAL_KEEP, REVAL_NONE);
	assert_int_equal(flow_actions_add_output(&c.want, 2), 0);
	expect(compare(&c), REVAL_MODIFY, REVAL_CHANGED);
	compare_free(&c);
}

/* Each single bit that translation consults and the flow does not match causes the flow's
 * eviction. */
static void
compare_masks(void **state)
{
	struct compare c;

	(void)state;
	compare_init(&c);
	for (size_t bit = 0; bit < 64 * FLOW_KEY_WORDS; bit++) {
		uint64_t *want = flow_key_words_mut(&c.want_mask) + bit / 64;
		uint64_t *have = flow_key_words_mut(&c.have_mask) + bit / 64;
		uint64_t one = UINT64_C(1) << bit % 64, before = *want, had = *have;

		if (had & one)
			continue;
		*have |= one;
		expect(compare(&c), REVAL_KEEP, REVAL_NONE);
		*want |= one;
		expect(compare(&c), REVAL_KEEP, REVAL_NONE);
		*have = had;
		expect(compare(&c), REVAL_EVICT, REVAL_CHANGED);
		*want = before;
	}
	compare_free(&c);
}

/* Of 1,000 flows of a port with a surplus of 125, about one in eight is evicted; always the same
 * ones. */
static void
surplus_of_a_port_is_a_share_of_its_flows(void **state)
{
	unsigned int n_evicted = 0;

	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		struct reval_policy p = {.now_ns = 10,
					 .idle_ns = 100,
					 .n_flows = 2000,
					 .limit = 4000,
					 .limit_max = 4000};
		struct reval_flow f = {.created_ns = 10,
				       .current = true,
				       .spread = i,
				       .own = 1000,
				       .surplus = 125};
		struct reval_decision d = reval_judge(&p, &f);

		n_evicted += d.verdict == REVAL_EVICT && d.why == REVAL_LIMIT;
	}
	assert_int_equal(n_evicted, 125);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(busy_and_current_stays),
		cmocka_unit_test(idle_is_evicted),
		cmocka_unit_test(unknown_is_not_idle),
		cmocka_unit_test(crowded_expires_sooner),
		cmocka_unit_test(excess_is_evicted_even_when_busy),
		cmocka_unit_test(flush_and_vanished),
		cmocka_unit_test(compare_actions),
		cmocka_unit_test(compare_masks),
		cmocka_unit_test(surplus_of_a_port_is_a_share_of_its_flows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
