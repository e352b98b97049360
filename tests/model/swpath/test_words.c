/* SPDX-License-Identifier: Apache-2.0 */
/* Vector forms of what lookups do beside their scalar twins. Compiled twice: for vectors of 16 bytes
 * and of 64. */
#include <cache.h>
#include <wide.h>

#include <support/rng.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define N_KEYS 1000
#define N_BUCKETS 512

/* The vector forms of sums and comparisons return what their scalar twins do. */
static void
test_words_are_as_their_twins(void **state)
{
	const unsigned int n = SWP_HEAD_WORDS + 1, n6 = SWP_IP6_WORDS;
	struct swp_head a, b, mask;
	struct swp_hash_key key;
	struct rng rng = {13};

	(void)state;
	swp_hash_key_init(&key, 1);
	for (unsigned int i = 0; i < 100000; i++) {
		for (unsigned int k = 0; k < n; k++) {
			a.w[k] = rng_u64(&rng);
			mask.w[k] = rng_u64(&rng) & rng_u64(&rng);
			b.w[k] = a.w[k] ^
				 (rng_below(&rng, 32) ? 0 : UINT64_C(1) << rng_below(&rng, 64));
		}
		assert_true(swp_hash_sum(a.w, mask.w, key.w, n) ==
			    swp_hash_sum_scalar(a.w, mask.w, key.w, n));
		assert_int_equal(swp_mask_differ(a.w, b.w, mask.w, n),
				 swp_mask_differ_scalar(a.w, b.w, mask.w, n) != 0);
		assert_true(swp_hash_sum(a.w, mask.w, key.w + n, n6) ==
			    swp_hash_sum_scalar(a.w, mask.w, key.w + n, n6));
		assert_int_equal(swp_mask_differ(a.w, b.w, mask.w, n6),
				 swp_mask_differ_scalar(a.w, b.w, mask.w, n6) != 0);
	}
}

/* Addresses in steps, as networks have them, fill buckets evenly under every key: with less than two in
 * a bucket, one of 16 ways never overflows. */
static void
test_steps_fill_buckets_evenly(void **state)
{
	static const uint32_t steps[] = {1, 256, 4096};
	struct swp_head h = {0}, mask = {0};

	(void)state;
	mask.w[SWP_HEAD_IP4] = UINT64_MAX;
	for (unsigned int i = 0; i < 3 * N_KEYS; i++) {
		unsigned int n[N_BUCKETS] = {0}, most = 0;
		struct swp_hash_key key;

		swp_hash_key_init(&key, i);
		for (uint32_t k = 0; k < 2 * N_BUCKETS - N_BUCKETS / 4; k++) {
			uint32_t address = htonl(UINT32_C(0x0a000025) + steps[i % 3] * k);
			uint64_t hash;

			h.w[SWP_HEAD_IP4] = (uint64_t)htonl(UINT32_C(0x0b000000)) << 32 | address;
			hash = swp_hash_finish(
				swp_hash_sum(h.w, mask.w, key.w, SWP_HEAD_WORDS + 1));
			n[hash % N_BUCKETS]++;
			if (n[hash % N_BUCKETS] > most)
				most = n[hash % N_BUCKETS];
		}
		if (most >= SWP_BUCKET_WAYS)
			fail_msg("key %u, steps of %u: %u in one bucket", i, steps[i % 3], most);
	}
}

/* A line matches a head if all its seven words do. */
static void
test_lines_are_compared_whole(void **state)
{
	struct swp_mask mask = {0};
	struct rng rng = {19};

	(void)state;
	for (unsigned int i = 0; i < 100000; i++) {
		struct swp_line l = {.of = 64};
		unsigned int word = rng_below(&rng, SWP_HEAD_WORDS);
		uint64_t bit = UINT64_C(1) << rng_below(&rng, 64);
		struct swp_head h;

		for (unsigned int k = 0; k < SWP_HEAD_WORDS; k++) {
			h.w[k] = rng_u64(&rng);
			mask.head[k] = rng_u64(&rng);
			l.head[k] = h.w[k] & mask.head[k];
		}
		h.w[SWP_HEAD_KIND] = rng_below(&rng, 3);
		assert_true(swp_line_has_head(&l, &mask, &h));
		h.w[word] ^= bit;
		assert_int_equal(swp_line_has_head(&l, &mask, &h), !(mask.head[word] & bit));
	}
}

/* The vector form finds the ways that the scalar twin finds. */
static void
test_bucket_finds_as_its_twin(void **state)
{
	struct rng rng = {11};

	(void)state;
	for (unsigned int i = 0; i < 100000; i++) {
		struct swp_bucket b;
		uint64_t hash = (uint64_t)rng_below(&rng, 4) << 54;

		for (unsigned int w = 0; w < SWP_BUCKET_WAYS; w++)
			b.ways[w] = rng_below(&rng, 4) << SWP_SLOT_BITS | rng_below(&rng, 1 << 22);
		assert_int_equal(swp_bucket_find(&b, swp_bucket_signature(hash)),
				 swp_bucket_find_scalar(&b, swp_bucket_signature(hash)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_are_as_their_twins),
		cmocka_unit_test(test_steps_fill_buckets_evenly),
		cmocka_unit_test(test_lines_are_compared_whole),
		cmocka_unit_test(test_bucket_finds_as_its_twin),
	};

#ifdef SWP_HEAD_WIDE
	if (!swp_wide_runs())
		return 77; /* skipped */
#endif
	return cmocka_run_group_tests(tests, NULL, NULL);
}
