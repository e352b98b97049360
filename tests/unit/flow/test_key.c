/* SPDX-License-Identifier: Apache-2.0 */
#include <flow/action.h>
#include <flow/key.h>
#include <flow/nic.h>
#include <flow/parse.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void
random_bytes(void *out, size_t n)
{
	uint8_t *p = out;

	while (n--)
		*p++ = (uint8_t)(random() >> 7);
}

static void
random_match(struct flow_match *m)
{
	random_bytes(m, sizeof *m);
	flow_match_canonicalize(m);
}

static void
test_covers_masked_equals(void **state)
{
	struct flow_match m;
	struct flow_key key;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		size_t bit = (size_t)random() % (8 * sizeof key);
		uint8_t *byte = (uint8_t *)&key + bit / 8;
		bool cared;

		random_match(&m);
		random_bytes(&key, sizeof key);
		for (size_t w = 0; w < FLOW_KEY_WORDS; w++)
			flow_key_words_mut(&key)[w] =
				(flow_key_words(&key)[w] & ~flow_key_words(&m.mask)[w]) |
				flow_key_words(&m.key)[w];
		assert_true(flow_match_covers(&m, &key));

		cared = ((const uint8_t *)&m.mask)[bit / 8] >> bit % 8 & 1;
		*byte ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(flow_match_covers(&m, &key), !cared);
	}
}

static struct flow_key
reversed(const struct flow_key *k)
{
	struct flow_key r = *k;

	r.eth_src = k->eth_dst;
	r.eth_dst = k->eth_src;
	r.nw_src = k->nw_dst;
	r.nw_dst = k->nw_src;
	r.ipv6_src = k->ipv6_dst;
	r.ipv6_dst = k->ipv6_src;
	r.tp_src = k->tp_dst;
	r.tp_dst = k->tp_src;
	return r;
}

static void
test_5tuple_hash_is_symmetric(void **state)
{
	struct flow_key key, back;

	(void)state;
	for (int i = 0; i < 500; i++) {
		random_bytes(&key, sizeof key);
		key.nw_proto = i % 2 ? IPPROTO_TCP : IPPROTO_UDP;
		key.nw_frag = 0;
		back = reversed(&key);
		back.tp_src ^= htons(1);
	}
}

static void
test_fragments_follow_their_first(void **state)
{
	struct flow_key first, later;

	(void)state;
	random_bytes(&first, sizeof first);
	first.nw_proto = IPPROTO_UDP;
	first.nw_frag = FLOW_FRAG_ANY;
	later = first;
	later.nw_frag |= FLOW_FRAG_LATER;
	later.tp_src = later.tp_dst = 0;
	assert_true(flow_key_hash_5tuple(&first, 1) == flow_key_hash_5tuple(&later, 1));
}

static void
test_ufid_round_trip(void **state)
{
	char text[FLOW_UFID_TEXT_BYTES];
	struct flow_match m;
	struct flow_ufid u, v;

	(void)state;
	for (int i = 0; i < 500; i++) {
		random_match(&m);
		u = flow_ufid_make(&m);
		flow_ufid_print(&u, text);
		assert_int_equal(strlen(text), FLOW_UFID_TEXT_BYTES - 1);
		assert_int_equal(flow_ufid_parse(text, &v), 0);
		assert_true(flow_ufid_equal(&u, &v));
		assert_int_equal(flow_ufid_parse(text + 5, &v), 0);
		assert_true(flow_ufid_equal(&u, &v));

		flow_key_words_mut(&m.mask)[i % FLOW_KEY_WORDS] ^= 1;
		v = flow_ufid_make(&m);
		assert_false(flow_ufid_equal(&u, &v));
	}
}

static void
test_bad_ufids_are_refused(void **state)
{
	static const char *const bad[] = {"",
					  "ufid:",
					  "0",
					  "00112233-4455-6677-8899-aabbccddeef",
					  "00112233-4455-6677-8899-aabbccddeeff0",
					  "00112233-4455-6677-8899_aabbccddeeff",
					  "0011223g-4455-6677-8899-aabbccddeeff",
					  "ufid:ufid:00112233-4455-6677-8899-aabbccddeeff"};
	struct flow_ufid u;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(flow_ufid_parse(bad[i], &u), -EINVAL);
}

static void
all_named(const char *const *names, int n)
{
	for (int i = 0; i < n; i++) {
		assert_non_null(names[i]);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(names[i], names[j]);
	}
}

static void
test_every_reason_has_its_name(void **state)
{
	(void)state;
	all_named(nic_reason_names, NIC_N_REASONS);
	all_named(flow_drop_names, FLOW_N_DROPS);
	all_named(flow_parse_status_names, FLOW_N_PARSE_STATUSES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_covers_masked_equals),
		cmocka_unit_test(test_5tuple_hash_is_symmetric),
		cmocka_unit_test(test_fragments_follow_their_first),
		cmocka_unit_test(test_ufid_round_trip),
		cmocka_unit_test(test_bad_ufids_are_refused),
		cmocka_unit_test(test_every_reason_has_its_name),
	};

	srandom(20240601);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
