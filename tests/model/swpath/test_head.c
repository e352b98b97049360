/* SPDX-License-Identifier: Apache-2.0 */
/* The head of plain packets against flow_parse(): over random packets, most of them nearly plain, a
 * head that is read has the words of the key, and the other words of the key are 0. Bursts are read
 * alike by each form for a processor, none of which reads beyond a packet. */
#include "plain_packet.h"

#include <support/heads_twin.h>

#include <flow/parse.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>
#include <sys/mman.h>
#include <unistd.h>

#define N_PACKETS 2000000
#define N_BURSTS 30000
#define BURST 32

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

/* Writes a packet that ends where memory ends: most often a plain one, else one that is nearly. */
static void
mbuf_random(struct rng *r, uint8_t *page, size_t n_page, struct rte_mbuf *m)
{
	uint8_t packet[PLAIN_PACKET_BYTES] = {0};
	size_t n = plain_packet(r, packet, rng_below(r, 2));

	if (!rng_below(r, 24))
		packet_spoil(r, packet, &n);
	*m = (struct rte_mbuf){.buf_addr = page,
			       .data_off = (uint16_t)(n_page - n),
			       .data_len = (uint16_t)n,
			       .pkt_len = (uint32_t)n,
			       .nb_segs = 1,
			       .ol_flags = rng_below(r, 2) ? RTE_MBUF_F_RX_RSS_HASH : 0};
	if (!rng_below(r, 64))
		m->nb_segs = 2;
	if (!rng_below(r, 64))
		m->ol_flags |= RTE_MBUF_F_RX_VLAN_STRIPPED;
	if (!rng_below(r, 8))
		m->ol_flags |= RTE_MBUF_F_EXTERNAL;
	memcpy(page + m->data_off, packet, n);
}

static void
test_bursts_are_read_alike(void **state)
{
	size_t n_page = (size_t)sysconf(_SC_PAGESIZE), n_bytes = 2 * n_page * BURST;
	uint8_t *pages =
		mmap(NULL, n_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct rte_mbuf burst[BURST], copies[BURST], *mbufs[BURST];
	swp_heads_fn *forms[2];
	unsigned int n_forms = heads_forms(forms);
	struct rng rng = {23};

	(void)state;
	assert_ptr_not_equal(pages, MAP_FAILED);
	for (unsigned int i = 0; i < BURST; i++) {
		mbufs[i] = &copies[i];
		assert_int_equal(mprotect(pages + (2 * i + 1) * n_page, n_page, PROT_NONE), 0);
	}
	for (unsigned int k = 0; k < N_BURSTS; k++) {
		for (unsigned int i = 0; i < BURST; i++)
			mbuf_random(&rng, pages + 2 * i * n_page, n_page, &burst[i]);
		for (unsigned int f = 0; f < n_forms; f++) {
			unsigned int n = rng_below(&rng, BURST + 1);
			const char *broken;

			memcpy(copies, burst, sizeof copies);
			broken = heads_check(forms[f], mbufs, n, k);
			if (broken)
				fail_msg("burst %u, form %u: %s", k, f, broken);
		}
	}
	munmap(pages, n_bytes);
	print_message("%u of 2 forms run on this machine\n", n_forms);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heads_are_those_of_keys),
		cmocka_unit_test(test_bursts_are_read_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
