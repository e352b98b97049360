/* SPDX-License-Identifier: Apache-2.0 */
/* The classifier against linear search, over random tables that change. Both find the same rule
 * at every version, and every packet that agrees on the consulted bits finds the same rule. */
#include "random_rules.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define N_TABLES 60
#define N_ROUNDS 40
#define N_RULES 160
#define N_MASKS 24
#define N_KEYS 60 /* per round: N_TABLES * N_ROUNDS * N_KEYS lookups of each of 3 kinds */

struct world {
	struct rng rng;
	uint64_t seed;
	struct classifier *cls;
	struct test_rule rule[N_RULES];
	struct xlate_key mask[N_MASKS];
	uint32_t n_priorities, n_rules;
	uint64_t version;
	unsigned int n_lookups, n_hits;
};

static bool
is_twin_of(const struct world *w, const struct test_rule *r, uint64_t version)
{
	struct world *mutable = (struct world *)(uintptr_t)w;
	const struct classifier_rule *found =
		classifier_find(mutable->cls, version, xlate_key_words(&r->match.key),
				xlate_key_words(&r->match.mask), r->cls.priority);

	return found && found != &r->cls;
}

/* Adds the rule; it is visible from the next version on. */
static void
add(struct world *w, struct test_rule *r)
{
	match_random(&w->rng, &w->mask[rng_below(&w->rng, N_MASKS)], &r->match);
	r->cls = (struct classifier_rule){
		.priority = (uint16_t)rng_below(&w->rng, w->n_priorities),
		.add_version = w->version + 1,
	};
	if (is_twin_of(w, r, w->version + 1))
		return;
	assert_int_equal(classifier_insert(w->cls, &r->cls, xlate_key_words(&r->match.key),
					   xlate_key_words(&r->match.mask)),
			 0);
	r->linked = true;
}

/* Adds, hides or unlinks some rules. */
static void
change(struct world *w)
{
	for (uint32_t i = 0; i < w->n_rules / 4 + 1; i++) {
		struct test_rule *r = &w->rule[rng_below(&w->rng, w->n_rules)];

		if (!r->linked) {
			add(w, r);
		} else if (r->cls.remove_version == CLASSIFIER_NEVER) {
			classifier_rule_hide(&r->cls, w->version + 1);
		} else if (r->cls.remove_version <= w->version) {
			classifier_remove(&r->cls);
			r->linked = false;
		}
	}
	if (!rng_below(&w->rng, 4))
		classifier_publish(w->cls);
	rcu_quiesce();
}

static void
fail_at(const struct world *w, const char *what)
{
	fail_msg("seed %" PRIu64 ", version %" PRIu64 ": %s", w->seed, w->version, what);
}

static void
check_key(struct world *w, uint64_t version, const struct xlate_key *key)
{
	struct xlate_key mask, other, noise;
	const struct classifier_masks *in =
		version > w->version ? classifier_draft(w->cls) : classifier_masks(w->cls);
	struct classifier_effort effort = {0};
	const struct test_rule *want = search_linear(w->rule, N_RULES, version, key);

	memset(&mask, 0, sizeof mask);

	const struct classifier_rule *got = classifier_lookup(in, version, xlate_key_words(key),
							      xlate_key_words_mut(&mask), &effort);

	w->n_lookups++;
	w->n_hits += got != NULL;
	if (!want != !got)
		fail_at(w, want ? "a rule was not found" : "a rule was found that does not match");
	if (got && (got->priority != want->cls.priority || !rule_matches(test_rule_of(got), key) ||
		    !classifier_rule_visible(got, version)))
		fail_at(w, "another rule was found");
	for (size_t i = 0; i < XLATE_KEY_WORDS; i++)
		if (xlate_key_words(&mask)[i] && !(effort.words >> i & 1))
			fail_at(w, "a word with consulted bits is missing in the effort");
	for (int i = 0; i < 3; i++) {
		struct xlate_key again;

		if (i)
			key_near(&w->rng, &w->rule[rng_below(&w->rng, w->n_rules)].match, &noise);
		else
			key_random(&w->rng, &noise);
		key_agreeing(key, &mask, &noise, &other);
		memset(&again, 0, sizeof again);
		if (classifier_lookup(in, version, xlate_key_words(&other),
				      xlate_key_words_mut(&again), &effort) != got)
			fail_at(w, "a packet that agrees on the mask finds another rule");
		want = search_linear(w->rule, N_RULES, version, &other);
		if (!want != !got || (got && got->priority != want->cls.priority))
			fail_at(w, "a packet that agrees on the mask belongs to another rule");
	}
}

static void
check_round(struct world *w)
{
	for (int i = 0; i < N_KEYS; i++) {
		struct xlate_key key;

		if (rng_below(&w->rng, 4))
			key_near(&w->rng, &w->rule[rng_below(&w->rng, w->n_rules)].match, &key);
		else
			key_random(&w->rng, &key);
		check_key(w, w->version + rng_below(&w->rng, 2), &key);
	}
}

static int
count_rule(struct classifier_rule *r, void *aux)
{
	size_t *n = aux;

	(void)r;
	++*n;
	return 0;
}

static void
check_match(const struct test_rule *r)
{
	struct xlate_key key;

	classifier_rule_key(&r->cls, xlate_key_words_mut(&key));
	assert_memory_equal(&key, &r->match.key, sizeof key);
	assert_memory_equal(classifier_rule_mask(&r->cls), &r->match.mask, sizeof r->match.mask);
	for (size_t i = 0; i < XLATE_KEY_WORDS; i++)
		assert_int_equal(classifier_rule_words(&r->cls) >> i & 1,
				 xlate_key_words(&r->match.mask)[i] != 0);
}

static void
check_each(const struct world *w)
{
	size_t n = 0, want = 0;

	for (size_t i = 0; i < N_RULES; i++) {
		const struct test_rule *r = &w->rule[i];

		if (!r->linked)
			continue;
		check_match(r);
		if (!classifier_rule_visible(&r->cls, w->version))
			continue;
		want++;
		assert_ptr_equal(classifier_find(w->cls, w->version, xlate_key_words(&r->match.key),
						 xlate_key_words(&r->match.mask), r->cls.priority),
				 &r->cls);
	}
	assert_int_equal(classifier_each(w->cls, w->version, NULL, count_rule, &n), 0);
	assert_int_equal(n, want);
}

static void
check_table(const struct classifier_layout *layout, uint64_t seed, unsigned int *n_lookups,
	    unsigned int *n_hits)
{
	struct world *w = calloc(1, sizeof *w);

	assert_non_null(w);
	w->seed = w->rng.state = seed;
	w->version = 1;
	w->n_rules = 4 + rng_below(&w->rng, seed % 2 ? 20 : N_RULES - 3);
	w->n_priorities = 1 + rng_below(&w->rng, 60);
	for (int i = 0; i < N_MASKS; i++)
		mask_random(&w->rng, &w->mask[i]);
	assert_int_equal(classifier_create(layout, &w->cls), 0);
	for (int i = 0; i < N_ROUNDS; i++) {
		change(w);
		check_round(w);
		classifier_publish(w->cls);
		w->version++;
		check_each(w);
	}
	*n_lookups += w->n_lookups;
	*n_hits += w->n_hits;
	classifier_destroy(w->cls);
	free(w);
}

static void
test_random_tables(void **state)
{
	struct classifier_layout layout;
	unsigned int n_lookups = 0, n_hits = 0;

	(void)state;
	match_layout(&layout);
	for (uint64_t seed = 1; seed <= N_TABLES; seed++)
		check_table(&layout, seed, &n_lookups, &n_hits);
	assert_true(n_lookups >= 100000);
	assert_in_range(n_hits, n_lookups / 10, n_lookups / 10 * 9);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_tables)};

	rcu_thread_start();

	int rc = cmocka_run_group_tests(tests, NULL, NULL);

	rcu_drain();
	rcu_thread_stop();
	return rc;
}
