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
	return (struct reval_policy){.now_ns = NOW, .idle_ns = 10 * SEC};
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
	f.used_ns = NOW - 60 * SEC;
	f.known_ns = f.used_ns + 10 * SEC - 1;
	assert_int_equal(reval_idle_ns(&p, &f), 10 * SEC - 1);
	expect(reval_judge(&p, &f), REVAL_KEEP, REVAL_NONE);
	f.known_ns++;
	expect(reval_judge(&p, &f), REVAL_EVICT, REVAL_IDLE);
	f.known_ns = 0;
	assert_int_equal(reval_idle_ns(&p, &f), 0);
	expect(reval_judge(&p, &f), REVAL_KEEP, REVAL_NONE);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(busy_and_current_stays), cmocka_unit_test(idle_is_evicted),
		cmocka_unit_test(unknown_is_not_idle),	  cmocka_unit_test(flush_and_vanished),
		cmocka_unit_test(compare_actions),	  cmocka_unit_test(compare_masks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
