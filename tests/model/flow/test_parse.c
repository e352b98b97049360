/* SPDX-License-Identifier: Apache-2.0 */
#include "packets.h"

#include <flow/parse.h>

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define SEED 1
#define N_ROUND_TRIPS 100000
#define N_TRUNCATED 1500
#define N_MUTATED 100000

static bool
same_packet_part(const struct flow_key *a, const struct flow_key *b)
{
	return !memcmp(flow_key_words(a) + FLOW_WORD_L2, flow_key_words(b) + FLOW_WORD_L2,
		       (FLOW_KEY_WORDS - FLOW_WORD_L2) * 8);
}

static enum flow_parse_status
parse_exact(const uint8_t *data, size_t n, struct flow_key *key, struct flow_offsets *ofs)
{
	uint8_t *copy = malloc(n ? n : 1);
	enum flow_parse_status status;

	assert_non_null(copy);
	memcpy(copy, data, n);
	memset(key, 0xa5, sizeof *key);
	status = flow_parse(copy + (n ? 0 : 1), n, key, ofs);
	free(copy);
	return status;
}

static void
test_composed_packets_parse_to_their_key(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < N_ROUND_TRIPS; i++) {
		struct rng r = {SEED + ((uint64_t)i << 32)};
		struct packet_case c;
		struct flow_key key;
		struct flow_offsets ofs;
		const char *why;

		packet_random(&r, &c);
		memset(&key, 0xa5, sizeof key);
		if (flow_parse(c.data, c.n, &key, &ofs) || !same_packet_part(&key, &c.key) ||
		    memcmp(&ofs, &c.ofs, sizeof ofs))
			fail_msg("seed %d case %u", SEED, i);
		if (!packet_checksums_ok(&c, &why))
			fail_msg("seed %d case %u: %s checksum", SEED, i, why);
		assert_int_equal(*(uint8_t *)&key, 0xa5);
	}
}

static size_t
headers_end(const struct packet_case *c)
{
	size_t end = 14;

	for (int i = 0; i < FLOW_VLANS; i++)
		end += c->key.vlan[i].tpid ? 4 : 0;
	if (c->key.eth_type == htons(0x0806) || c->key.eth_type == htons(0x8035))
		end += 28;
	if (c->key.eth_type == htons(0x8847) || c->key.eth_type == htons(0x8848))
		end = c->ofs.l3 != FLOW_OFS_NONE ? c->ofs.l3 : end + 16;
	if (c->key.eth_type == htons(0x0800))
		end += (size_t)(c->data[end + 2] << 8 | c->data[end + 3]);
	if (c->key.eth_type == htons(0x86dd))
		end += 40u + (size_t)(c->data[end + 4] << 8 | c->data[end + 5]);
	return end;
}

static void
test_each_truncation_is_safe_and_reported(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < N_TRUNCATED; i++) {
		struct rng r = {SEED + 1 + ((uint64_t)i << 32)};
		struct packet_case c;
		struct flow_key key;
		struct flow_offsets ofs;
		size_t end;

		packet_random(&r, &c);
		end = headers_end(&c);
		for (size_t n = 0; n <= c.n; n++) {
			enum flow_parse_status status = parse_exact(c.data, n, &key, &ofs);

			if ((status == FLOW_PARSE_OK) != (n >= end))
				fail_msg("seed %d case %u: %zu of %zu bytes: %s", SEED + 1, i, n,
					 end, flow_parse_status_names[status]);
			if (n >= 14)
				assert_memory_equal(&key.eth_dst, &c.key.eth_dst, 12);
			if (status == FLOW_PARSE_IP4_SHORT || status == FLOW_PARSE_IP6_SHORT)
				assert_int_equal(key.nw_proto | key.nw_src | key.tp_src, 0);
		}
	}
}

/* Returns the end of the last header that is parsed, including ND options and headers below a
 * label. */
static size_t
read_end(const struct packet_case *c)
{
	if (c->ofs.l4 == FLOW_OFS_NONE)
		return c->n;
	if (c->key.nw_proto == 58 && (c->key.tp_src == htons(135) || c->key.tp_src == htons(136)))
		return c->n;
	return c->ofs.l4 + (c->key.nw_proto == 6 ? 20u : c->key.nw_proto == 132 ? 12u : 8u);
}

/* A fragmented buffer parses like a contiguous one if its headers are in the first part, and no
 * byte past that part is read, wherever the frame is cut. */
static void
test_a_part_is_read_as_the_whole(void **state)
{
	unsigned int n_alike = 0;

	(void)state;
	for (unsigned int i = 0; i < N_TRUNCATED; i++) {
		struct rng r = {SEED + 3 + ((uint64_t)i << 32)};
		struct packet_case c;
		size_t end;

		packet_random(&r, &c);
		end = read_end(&c);
		for (size_t n = 0; n <= c.n; n++) {
			uint8_t *copy = malloc(n ? n : 1);
			struct flow_offsets ofs;
			struct flow_key key;
			enum flow_parse_status status;

			assert_non_null(copy);
			memcpy(copy, c.data, n);
			memset(&key, 0xa5, sizeof key);
			status = flow_parse_part(copy + (n ? 0 : 1), n, c.n - n, &key, &ofs);
			free(copy);
			if (n < end)
				continue;
			n_alike += n < c.n;
			if (status || !same_packet_part(&key, &c.key) ||
			    memcmp(&ofs, &c.ofs, sizeof ofs))
				fail_msg("seed %d case %u: %zu of %zu bytes: %s", SEED + 3, i, n,
					 c.n, flow_parse_status_names[status]);
		}
	}
	assert_true(n_alike > N_TRUNCATED);
}

/* Whatever the bytes, a key has no bits beyond those of its own types, and every layer lies
 * within the packet. */
static void
test_mutated_packets_stay_in_bounds(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < N_MUTATED; i++) {
		struct rng r = {SEED + 2 + ((uint64_t)i << 32)};
		struct packet_case c;
		struct flow_match m;
		struct flow_key before;
		struct flow_offsets ofs;

		packet_random(&r, &c);
		for (unsigned int k = rng_below(&r, 4); k < 5; k++)
			c.data[rng_below(&r, (uint32_t)(c.n < 80 ? c.n : 80))] =
				(uint8_t)rng_u32(&r);
		c.n -= rng_below(&r, 3) ? 0 : rng_below(&r, (uint32_t)c.n);
		parse_exact(c.data, c.n, &m.key, &ofs);
		before = m.key;
		flow_key_meaningful(&m.key, &m.mask);
		memset(&m.mask, 0xff, FLOW_WORD_L2 * 8);
		flow_match_canonicalize(&m);
		if (!flow_key_equal(&before, &m.key))
			fail_msg("seed %d case %u: bits without meaning", SEED + 2, i);
		assert_true(ofs.l2_5 == FLOW_OFS_NONE || ofs.l2_5 + 4u <= c.n);
		assert_true(ofs.l3 == FLOW_OFS_NONE || ofs.l3 <= c.n);
		assert_true(ofs.l4 == FLOW_OFS_NONE || ofs.l4 <= c.n);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_composed_packets_parse_to_their_key),
		cmocka_unit_test(test_each_truncation_is_safe_and_reported),
		cmocka_unit_test(test_a_part_is_read_as_the_whole),
		cmocka_unit_test(test_mutated_packets_stay_in_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
