/* SPDX-License-Identifier: Apache-2.0 */
/* The head of plain packets against flow_parse(): over random packets, most of them nearly plain, a
 * head that is read has the words of the key, and the other words of the key are 0. */
#include "plain_packet.h"

#include <head.h>

#include <flow/parse.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define N_PACKETS 2000000

/* Changes some bits of the headers and the length. */
static void
packet_spoil(struct rng *r, uint8_t *p, size_t *n)
{
	for (uint32_t i = rng_below(r, 4); i; i--)
		p[rng_below(r, 80)] ^= (uint8_t)(1u << rng_below(r, 8));
	if (!rng_below(r, 8))
		*n = 14 + rng_below(r, (uint32_t)*n - 13);
}

static void
check_head(const struct swp_head *h, const struct flow_key *key, enum flow_parse_status status)
{
	static const struct flow_key none;
	struct flow_key rest = *key;

	assert_int_equal(status, FLOW_PARSE_OK);
	for (unsigned int i = 0; i < SWP_HEAD_WORDS; i++) {
		assert_true(h->w[i] == flow_key_words(key)[swp_head_words[i]]);
		flow_key_words_mut(&rest)[swp_head_words[i]] = 0;
	}
	if (h->w[SWP_HEAD_KIND] == SWP_HEAD_OF_IP6) {
		assert_memory_equal(h->ip6, flow_key_words(key) + SWP_IP6_WORD, sizeof h->ip6);
		memset(&rest.ipv6_src, 0, sizeof rest.ipv6_src);
		memset(&rest.ipv6_dst, 0, sizeof rest.ipv6_dst);
	} else {
		assert_int_equal(h->w[SWP_HEAD_KIND], SWP_HEAD_OF_IP4);
	}
	assert_memory_equal(&rest, &none, sizeof rest);
}

/* The scalar form sets the same words. */
static void
check_twin(const struct swp_head *h, const uint8_t *packet)
{
	struct swp_head twin;

	swp_head_ip4_set_scalar(packet + SWP_ETH_BYTES + (h->w[SWP_HEAD_VLAN] ? SWP_TAG_BYTES : 0),
				&twin);
	assert_true(twin.w[SWP_HEAD_PROTO] == h->w[SWP_HEAD_PROTO]);
	assert_true(twin.w[SWP_HEAD_IP4] == h->w[SWP_HEAD_IP4]);
}

static void
test_heads_are_those_of_keys(void **state)
{
	unsigned int n_plain[SWP_HEAD_OF_KEY] = {0};
	struct rng rng = {17};

	(void)state;
	for (unsigned int i = 0; i < N_PACKETS; i++) {
		struct flow_key key = {.in_port = i};
		uint8_t packet[PLAIN_PACKET_BYTES] = {0};
		enum flow_parse_status status;
		struct swp_head h;
		size_t n = plain_packet(&rng, packet, i % 2), n_data;

		packet_spoil(&rng, packet, &n);
		n_data = rng_below(&rng, 8) ? n : 14 + rng_below(&rng, (uint32_t)n - 13);
		status = flow_parse_part(packet, n_data, n - n_data, &key, NULL);
		if (!swp_head_read(packet, n_data, n, i, &h))
			continue;
		check_head(&h, &key, status);
		n_plain[h.w[SWP_HEAD_KIND]]++;
		if (h.w[SWP_HEAD_KIND] == SWP_HEAD_OF_IP4)
			check_twin(&h, packet);
	}
	print_message("of %u packets %u are plain of IPv4, %u of IPv6\n", N_PACKETS,
		      n_plain[SWP_HEAD_OF_IP4], n_plain[SWP_HEAD_OF_IP6]);
	assert_true(n_plain[SWP_HEAD_OF_IP4] > N_PACKETS / 8);
	assert_true(n_plain[SWP_HEAD_OF_IP6] > N_PACKETS / 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heads_are_those_of_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
