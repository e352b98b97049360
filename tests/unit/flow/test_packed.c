/* SPDX-License-Identifier: Apache-2.0 */
#include <flow/packed.h>

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t
random_word(void)
{
	return (uint64_t)random() << 42 ^ (uint64_t)random() << 21 ^ (uint64_t)random();
}

/* About 'n' words of the match have bits, some of them few. */
static void
random_match(struct flow_match *m, unsigned int n)
{
	uint64_t *mask = flow_key_words_mut(&m->mask), *key = flow_key_words_mut(&m->key);

	memset(m, 0, sizeof *m);
	for (unsigned int i = 0; i < n; i++)
		mask[(size_t)random() % FLOW_KEY_WORDS] =
			random() % 2 ? random_word() : UINT64_C(1) << random() % 64;
	for (size_t i = 0; i < FLOW_KEY_WORDS; i++)
		key[i] = random_word();
	flow_match_canonicalize(m);
}

static void
test_packing_loses_nothing(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 5000; i++) {
		struct flow_match m, back;
		struct flow_packed *p;

		random_match(&m, i % 60);
		p = flow_packed_new(&m);
		assert_non_null(p);
		memset(&back, 0xa5, sizeof back);
		flow_packed_match(p, &back);
		assert_memory_equal(&back, &m, sizeof m);
		for (unsigned int w = 0; w < FLOW_KEY_WORDS; w++) {
			struct flow_packed_word word = flow_packed_word(p, w);

			assert_int_equal(word.mask, flow_key_words(&m.mask)[w]);
			assert_int_equal(word.value, flow_key_words(&m.key)[w]);
		}
		flow_packed_unref(p);
	}
}

static void
test_ufids(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 2000; i++) {
		struct flow_match m, other;
		struct flow_packed *p, *same, *q;
		struct flow_ufid u, v;

		random_match(&m, i % 60);
		p = flow_packed_new(&m);
		same = flow_packed_new(&m);
		assert_true(p && same);
		u = flow_packed_ufid(p, 1);
		v = flow_packed_ufid(same, 1);
		assert_true(flow_ufid_equal(&u, &v));
		v = flow_packed_ufid(p, 2);
		assert_false(flow_ufid_equal(&u, &v));

		/* Another bit of the mask, and with it a value. */
		other = m;
		flow_key_words_mut(&other.mask)[i % FLOW_KEY_WORDS] ^= UINT64_C(1) << i % 64;
		flow_match_canonicalize(&other);
		q = flow_packed_new(&other);
		assert_non_null(q);
		v = flow_packed_ufid(q, 1);
		assert_false(flow_ufid_equal(&u, &v));
		flow_packed_unref(q);

		other.key = m.key;
		other.mask = m.mask;
		flow_key_words_mut(&other.mask)[i % FLOW_KEY_WORDS] |= 1;
		m = other;
		flow_key_words_mut(&other.key)[i % FLOW_KEY_WORDS] ^= 1;
		q = flow_packed_new(&other);
		flow_packed_unref(same);
		same = flow_packed_new(&m);
		assert_true(q && same);
		u = flow_packed_ufid(same, 1);
		v = flow_packed_ufid(q, 1);
		assert_false(flow_ufid_equal(&u, &v));
		flow_packed_unref(q);
		flow_packed_unref(same);
		flow_packed_unref(p);
	}
}

static void
test_in_port(void **state)
{
	struct flow_match m;

	(void)state;
	for (unsigned int i = 0; i < 2000; i++) {
		struct flow_packed *p;
		uint32_t port;

		random_match(&m, i % 20);
		if (i % 2) {
			m.mask.in_port = UINT32_MAX;
			m.key.in_port = (uint32_t)random();
		} else {
			m.mask.in_port &= ~(1u << i / 2 % 32);
			m.key.in_port &= m.mask.in_port;
		}
		p = flow_packed_new(&m);
		assert_non_null(p);
		assert_int_equal(flow_packed_in_port(p, &port), i % 2);
		if (i % 2)
			assert_int_equal(port, m.key.in_port);
		assert_int_equal(flow_packed_is_recirculated(p), m.key.recirc_id != 0);
		flow_packed_unref(p);
	}
}

static void
test_references(void **state)
{
	struct flow_match m;
	struct flow_packed *p;

	(void)state;
	random_match(&m, 5);
	p = flow_packed_new(&m);
	assert_non_null(p);
	assert_ptr_equal(flow_packed_ref(p), p);
	flow_packed_unref(p);
	assert_int_equal(atomic_load(&p->refs), 1);
	flow_packed_unref(p);
	flow_packed_unref(NULL);
}

/* in_port and recirc_id, type, addresses, protocol and fragment, ports. */
static void
test_size_of_a_five_tuple(void **state)
{
	struct flow_match m;
	struct flow_packed *p;

	(void)state;
	memset(&m, 0, sizeof m);
	m.mask.in_port = m.mask.recirc_id = UINT32_MAX;
	m.mask.eth_type = UINT16_MAX;
	m.mask.nw_src = m.mask.nw_dst = UINT32_MAX;
	m.mask.nw_proto = m.mask.nw_frag = UINT8_MAX;
	m.mask.tp_src = m.mask.tp_dst = UINT16_MAX;
	p = flow_packed_new(&m);
	assert_non_null(p);
	assert_int_equal(__builtin_popcountll(p->words), 5);
	assert_true(malloc_usable_size(p) <= 112);
	flow_packed_unref(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packing_loses_nothing),
		cmocka_unit_test(test_ufids),
		cmocka_unit_test(test_in_port),
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_size_of_a_five_tuple),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
