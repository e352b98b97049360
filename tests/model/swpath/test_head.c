/* SPDX-License-Identifier: Apache-2.0 */
/* The head of plain packets against flow_parse(): over random packets, most of them nearly plain, a
 * head that is read has the words of the key, and the other words of the key are 0. */
#include <head.h>

#include <flow/parse.h>

#include <support/rng.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define N_PACKETS 2000000
#define ROOM 96

static size_t
put_bytes(uint8_t *p, struct rng *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)rng_u32(r);
	return n;
}

static size_t
put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return 2;
}

/* Writes a plain packet. Returns its length. */
static size_t
packet_make(struct rng *r, uint8_t *p)
{
	bool tcp = rng_below(r, 2);
	size_t at = put_bytes(p, r, 12), l3;

	if (rng_below(r, 2)) {
		at += put16(p + at, rng_below(r, 2) ? 0x8100 : 0x88a8);
		at += put_bytes(p + at, r, 2);
	}
	at += put16(p + at, 0x0800);
	l3 = at;
	at += put_bytes(p + at, r, 20);
	at += put_bytes(p + at, r, 20 + rng_below(r, 8));
	p[l3] = 0x45;
	put16(p + l3 + 2, (uint16_t)(at - l3));
	put16(p + l3 + 6, rng_below(r, 2) ? 0x4000 : 0);
	p[l3 + 9] = tcp ? 6 : 17;
	p[l3 + 20 + 12] = 0x50;
	return at + rng_below(r, 8);
}

/* Changes some bits of the headers and the length. */
static void
packet_spoil(struct rng *r, uint8_t *p, size_t *n)
{
	for (uint32_t i = rng_below(r, 4); i; i--)
		p[rng_below(r, 60)] ^= (uint8_t)(1u << rng_below(r, 8));
	if (!rng_below(r, 8))
		*n = 14 + rng_below(r, (uint32_t)*n - 13);
}

static void
check_head(const struct swp_head *h, const struct flow_key *key, enum flow_parse_status status)
{
	struct flow_key rest = *key;
	static const struct flow_key none;

	assert_int_equal(status, FLOW_PARSE_OK);
	for (unsigned int i = 0; i < SWP_HEAD_WORDS; i++) {
		assert_int_equal(h->w[i], flow_key_words(key)[swp_head_words[i]]);
		flow_key_words_mut(&rest)[swp_head_words[i]] = 0;
	}
	assert_memory_equal(&rest, &none, sizeof rest);
}

static void
test_heads_are_those_of_keys(void **state)
{
	struct rng rng = {17};
	unsigned int n_plain = 0;

	(void)state;
	for (unsigned int i = 0; i < N_PACKETS; i++) {
		struct flow_key key = {.in_port = i};
		uint8_t packet[ROOM] = {0};
		enum flow_parse_status status;
		struct swp_head h;
		size_t n = packet_make(&rng, packet), n_data;

		packet_spoil(&rng, packet, &n);
		n_data = rng_below(&rng, 8) ? n : 14 + rng_below(&rng, (uint32_t)n - 13);
		status = flow_parse_part(packet, n_data, n - n_data, &key, NULL);
		if (!swp_head_read(packet, n_data, n, i, &h))
			continue;
		n_plain++;
		check_head(&h, &key, status);
	}
	print_message("%u of %u packets are plain\n", n_plain, N_PACKETS);
	assert_true(n_plain > N_PACKETS / 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heads_are_those_of_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
