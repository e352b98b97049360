/* SPDX-License-Identifier: Apache-2.0 */
/* How few bits a lookup consults: known cases by hand, and at most as many as staged lookup with
 * prefix tries, whose twin is below. */
#include "random_rules.h"

#include <xlate/field.h>

#include <arpa/inet.h>
#include <endian.h>
#include <inttypes.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define N_RULES 40

struct world {
	struct classifier_layout layout;
	struct classifier *cls;
	struct test_rule rule[N_RULES];
	size_t n;
};

static void
world_open(struct world *w)
{
	memset(w, 0, sizeof *w);
	match_layout(&w->layout);
	assert_int_equal(classifier_create(&w->layout, &w->cls), 0);
}

static void
world_close(struct world *w)
{
	classifier_destroy(w->cls);
}

static void
world_add(struct world *w, const struct xlate_match *m, uint16_t priority)
{
	struct test_rule *r = &w->rule[w->n++];

	r->match = *m;
	match_canonicalize(&r->match);
	r->cls = (struct classifier_rule){.priority = priority};
	assert_int_equal(classifier_insert(w->cls, &r->cls, xlate_key_words(&r->match.key),
					   xlate_key_words(&r->match.mask)),
			 0);
	r->linked = true;
}

static void
lookup(const struct world *w, const struct xlate_key *key, struct xlate_key *mask)
{
	struct classifier_effort effort = {0};

	memset(mask, 0, sizeof *mask);
	classifier_lookup(classifier_draft(w->cls), 1, xlate_key_words(key),
			  xlate_key_words_mut(mask), &effort);
}

/* "tcp,nw_dst=dst/n,tp_dst=port" */
static struct xlate_match
acl(const char *dst, unsigned int n_bits, uint16_t port)
{
	struct xlate_match m;

	memset(&m, 0, sizeof m);
	m.key.flow.eth_type = htons(ETHERTYPE_IP);
	m.mask.flow.eth_type = UINT16_MAX;
	m.key.flow.nw_proto = IPPROTO_TCP;
	m.mask.flow.nw_proto = UINT8_MAX;
	m.key.flow.nw_dst = inet_addr(dst);
	m.mask.flow.nw_dst = n_bits ? htonl(UINT32_MAX << (32 - n_bits)) : 0;
	m.key.flow.tp_dst = htons(port);
	m.mask.flow.tp_dst = port ? UINT16_MAX : 0;
	return m;
}

static void
test_prefix(void **state)
{
	struct xlate_match a = acl("10.0.0.0", 24, 0), b = acl("10.0.1.0", 24, 0);
	struct xlate_key mask;
	struct world w;

	(void)state;
	world_open(&w);
	world_add(&w, &a, 1);
	world_add(&w, &b, 1);

	a.key.flow.nw_dst = inet_addr("192.168.0.1");
	lookup(&w, &a.key, &mask);
	assert_int_equal(mask.flow.nw_dst, htonl(0x80000000));
	assert_int_equal(mask.flow.nw_proto, 0);

	a.key.flow.nw_dst = inet_addr("10.0.2.1");
	lookup(&w, &a.key, &mask);
	assert_int_equal(mask.flow.nw_dst, htonl(0xfffffe00));

	a.key.flow.nw_dst = inet_addr("10.0.1.1");
	lookup(&w, &a.key, &mask);
	assert_int_equal(mask.flow.nw_dst, htonl(0xffffff00));
	assert_int_equal(mask.flow.nw_proto, UINT8_MAX);
	assert_int_equal(mask.flow.nw_src, 0);
	world_close(&w);
}

static void
test_port_with_its_protocol(void **state)
{
	struct xlate_match a = acl("10.0.0.1", 32, 80);
	struct xlate_key mask;
	struct world w;

	(void)state;
	world_open(&w);
	world_add(&w, &a, 1);
	a.key.flow.tp_dst = htons(0x8050);
	lookup(&w, &a.key, &mask);
	assert_int_equal(mask.flow.tp_dst, htons(0x8000));
	assert_int_equal(mask.flow.nw_proto, UINT8_MAX);
	assert_int_equal(mask.flow.eth_type, UINT16_MAX);
	assert_int_equal(mask.flow.nw_dst, 0);
	world_close(&w);
}

static void
test_free_bits_first(void **state)
{
	struct xlate_match a = acl("10.0.0.1", 32, 80);
	struct xlate_key mask;
	struct world w;

	(void)state;
	a.key.metadata = 7;
	a.mask.metadata = UINT64_MAX;
	world_open(&w);
	world_add(&w, &a, 1);
	a.key.metadata = 8;
	lookup(&w, &a.key, &mask);
	assert_int_equal(mask.metadata, UINT64_MAX);
	memset(&mask.metadata, 0, sizeof mask.metadata);

	static const struct xlate_key none;

	assert_memory_equal(&mask, &none, sizeof mask);
	world_close(&w);
}

static void
test_stop_at_the_best(void **state)
{
	struct xlate_match any, a = acl("10.0.0.1", 32, 80);
	struct xlate_key mask;
	struct world w;
	static const struct xlate_key none;

	(void)state;
	memset(&any, 0, sizeof any);
	world_open(&w);
	world_add(&w, &a, 1);
	world_add(&w, &any, 1);
	world_add(&w, &any, 2);
	lookup(&w, &a.key, &mask);
	assert_memory_equal(&mask, &none, sizeof mask);
	world_close(&w);
}

/* The twin: stages of metadata, L2, L3, L4. Returns the stage of a word. */
static unsigned int
stage_of(size_t word)
{
	if (word >= FLOW_KEY_WORDS)
		return 0;
	return (word >= FLOW_WORD_L2) + (word >= FLOW_WORD_L3) + (word >= FLOW_WORD_L4);
}

static bool
agree_to_stage(const struct test_rule *r, const struct xlate_key *key, unsigned int stage)
{
	for (size_t i = 0; i < XLATE_KEY_WORDS; i++) {
		if (stage_of(i) <= stage &&
		    (xlate_key_words(key)[i] ^ xlate_key_words(&r->match.key)[i]) &
			    xlate_key_words(&r->match.mask)[i])
			return false;
	}
	return true;
}

static void
consult_to_stage(const struct test_rule *r, unsigned int stage, struct xlate_key *mask)
{
	for (size_t i = 0; i < XLATE_KEY_WORDS; i++) {
		if (stage_of(i) <= stage)
			xlate_key_words_mut(mask)[i] |= xlate_key_words(&r->match.mask)[i];
	}
}

static uint32_t
prefix_mask(unsigned int n_bits)
{
	return n_bits ? htonl(UINT32_MAX << (32 - n_bits)) : 0;
}

/* Returns how many bits of an IPv4 prefix distinguish 'value' from the rules' prefixes; 0 if one
 * of them matches. */
static unsigned int
trie_bits(const struct world *w, uint32_t value, uint32_t mask, size_t ofs)
{
	unsigned int most = 0;

	for (size_t i = 0; i < w->n; i++) {
		be32 have;

		memcpy(&have, (const char *)&w->rule[i].match.key + ofs, sizeof have);

		uint32_t diff = ntohl((value ^ have) & mask);

		if (!diff)
			return 0;
		if ((unsigned int)__builtin_clz(diff) + 1 > most)
			most = (unsigned int)__builtin_clz(diff) + 1;
	}
	return most;
}

/* Computes the bits that staged lookup consults in a table of one mask, from staged hashes and
 * the tries of IPv4 addresses. */
static void
consult_classically(const struct world *w, const struct xlate_key *key, struct xlate_key *mask)
{
	const struct test_rule *first = &w->rule[0];
	const struct flow_key *m = &first->match.mask.flow;

	memset(mask, 0, sizeof *mask);
	for (unsigned int stage = 0; stage < 4; stage++) {
		unsigned int src = 0, dst = 0;
		bool any = false;

		if (stage == 2) {
			src = m->nw_src ? trie_bits(w, key->flow.nw_src, m->nw_src,
						    offsetof(struct flow_key, nw_src))
					: 0;
			dst = m->nw_dst ? trie_bits(w, key->flow.nw_dst, m->nw_dst,
						    offsetof(struct flow_key, nw_dst))
					: 0;
		}
		if (src || dst) {
			mask->flow.nw_src |= src ? prefix_mask(src) & m->nw_src : 0;
			mask->flow.nw_dst |= src ? 0 : prefix_mask(dst) & m->nw_dst;
			return;
		}
		consult_to_stage(first, stage, mask);
		for (size_t i = 0; i < w->n; i++)
			any |= agree_to_stage(&w->rule[i], key, stage);
		if (!any)
			return;
	}
}

static unsigned int
cost_of(const struct world *w, const struct xlate_key *mask)
{
	unsigned int n = 0;

	for (size_t i = 0; i < XLATE_KEY_WORDS; i++)
		n += (unsigned int)__builtin_popcountll(xlate_key_words(mask)[i] &
							~w->layout.free[i]);
	return n;
}

/* Makes the mask of "ip" with prefixes and, at times, MACs and ports. */
static void
mask_of_acl(struct rng *r, struct xlate_key *mask)
{
	memset(mask, 0, sizeof *mask);
	mask->flow.eth_type = UINT16_MAX;
	mask->flow.nw_src = prefix_mask(rng_below(r, 33));
	mask->flow.nw_dst = prefix_mask(rng_below(r, 33));
	if (rng_below(r, 2))
		mask->flow.nw_proto = UINT8_MAX;
	if (rng_below(r, 2))
		mask->in_port.number = UINT32_MAX;
	if (rng_below(r, 3) == 0)
		memset(&mask->flow.eth_dst, 0xff, sizeof mask->flow.eth_dst);
	if (mask->flow.nw_proto && rng_below(r, 2))
		mask->flow.tp_dst = UINT16_MAX;
}

static void
check_against_classical(uint64_t seed)
{
	struct rng rng = {.state = seed};
	struct xlate_key mask, ours, theirs;
	struct xlate_match m;
	struct world w;

	world_open(&w);
	if (seed % 2)
		mask_of_acl(&rng, &mask);
	else
		mask_random(&rng, &mask);
	for (uint32_t n = 1 + rng_below(&rng, N_RULES - 1); w.n < n;) {
		match_random(&rng, &mask, &m);
		if (classifier_find(w.cls, 1, xlate_key_words(&m.key), xlate_key_words(&m.mask), 1))
			break;
		world_add(&w, &m, 1);
	}
	for (int i = 0; i < 20; i++) {
		struct xlate_key key;

		key_near(&rng, &w.rule[rng_below(&rng, (uint32_t)w.n)].match, &key);
		lookup(&w, &key, &ours);
		consult_classically(&w, &key, &theirs);
		if (cost_of(&w, &ours) > cost_of(&w, &theirs))
			fail_msg("seed %" PRIu64 ": %u bits consulted where %u do", seed,
				 cost_of(&w, &ours), cost_of(&w, &theirs));
	}
	world_close(&w);
}

static void
test_not_narrower_than_classical(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 5000; seed++)
		check_against_classical(seed);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_port_with_its_protocol),
		cmocka_unit_test(test_free_bits_first),
		cmocka_unit_test(test_stop_at_the_best),
		cmocka_unit_test(test_not_narrower_than_classical),
	};

	rcu_thread_start();

	int rc = cmocka_run_group_tests(tests, NULL, NULL);

	rcu_drain();
	rcu_thread_stop();
	return rc;
}
