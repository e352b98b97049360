/* SPDX-License-Identifier: Apache-2.0 */
/* Matches survive the way to the kernel's attributes and back: the match that returns covers the same
 * packets, and is refused or accepted alike. */
#include "express.h"
#include "match_get.h"
#include "match_put.h"

#include "support/random_match.h"

#include <flow/parse.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/openvswitch.h>
#include <net/ethernet.h>
#include <netlink/attr.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define ALL (RANDOM_TUNNEL | RANDOM_TRACKING)

/* Writes a match and reads it again. 'packet': see kdp_match_put(). */
static void
round_trip(const struct flow_match *m, const struct flow_key *packet, struct flow_match *out)
{
	struct kdp_writer w = {nlmsg_alloc_size(NLMSG_HDRLEN + 2 * KDP_KEY_BYTES), false};
	struct nlattr *a[OVS_FLOW_ATTR_MAX + 1];
	const char *refused = "";

	nlmsg_put(w.msg, 0, 0, 0, 0, 0);
	kdp_match_put(&w, m, packet);
	assert_false(w.is_full);
	assert_int_equal(nlmsg_parse(nlmsg_hdr(w.msg), 0, a, OVS_FLOW_ATTR_MAX, NULL), 0);
	assert_int_equal(kdp_match_get(a[OVS_FLOW_ATTR_KEY], a[OVS_FLOW_ATTR_MASK], out, &refused),
			 0);
	nlmsg_free(w.msg);
}

/* 'm' has all bits of 'wider', at least. */
static void
check_no_wider(const struct flow_match *m, const struct flow_match *wider)
{
	for (size_t i = 0; i < FLOW_KEY_WORDS; i++) {
		uint64_t mask = flow_key_words(&wider->mask)[i];

		assert_int_equal(mask & ~flow_key_words(&m->mask)[i], 0);
		assert_int_equal(
			(flow_key_words(&m->key)[i] ^ flow_key_words(&wider->key)[i]) & mask, 0);
	}
}

static void
test_matches_cover_the_same_packets(void **state)
{
	unsigned int n_kept = 0, n_covered = 0, n_packets = 0;
	struct rng r = {4711};

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct flow_match m, back, again;
		struct flow_key packet, other;

		random_key(&r, ALL, &packet);
		random_match(&r, &packet, &m);
		if (kdp_match_refused(&m))
			continue;
		n_kept++;
		round_trip(&m, rng_below(&r, 2) ? &packet : NULL, &back);
		check_no_wider(&back, &m);
		assert_true(flow_match_covers(&back, &packet));
		assert_null(kdp_match_refused(&back));
		round_trip(&back, NULL, &again);
		assert_memory_equal(&back, &again, sizeof back);
		for (int j = 0; j < 20; j++) {
			random_key_near(&r, ALL, &packet, &other);
			n_covered += flow_match_covers(&m, &other);
			assert_int_equal(flow_match_covers(&m, &other),
					 flow_match_covers(&back, &other));
			n_packets++;
		}
	}
	/* The generator makes what it should. */
	assert_in_range(n_kept, 6000, 19000);
	assert_in_range(n_covered, n_packets / 4, n_packets - n_packets / 10);
}

static struct flow_match
ip_match(void)
{
	struct flow_match m;

	memset(&m, 0, sizeof m);
	m.mask.in_port = UINT32_MAX;
	m.key.eth_type = htons(ETHERTYPE_IP);
	m.mask.eth_type = UINT16_MAX;
	m.mask.vlan[0].tci = htons(FLOW_VLAN_CFI);
	return m;
}

static void
test_refusals_name_the_field(void **state)
{
	struct flow_match m = ip_match();

	(void)state;
	assert_null(kdp_match_refused(&m));
	m.mask.in_port = 1;
	assert_string_equal(kdp_match_refused(&m), "in_port");
	m = ip_match();
	m.mask.eth_type = htons(0xff00);
	assert_string_equal(kdp_match_refused(&m), "dl_type");
	m = ip_match();
	m.mask.vlan[0].tci = 0;
	assert_string_equal(kdp_match_refused(&m), "vlan_tci");
	m = ip_match();
	m.key.vlan[0].tci = m.mask.vlan[0].tci = htons(FLOW_VLAN_CFI | 5);
	assert_string_equal(kdp_match_refused(&m), "vlan_tpid");
	m.key.vlan[0].tpid = htons(0x8100);
	m.mask.vlan[0].tpid = UINT16_MAX;
	assert_string_equal(kdp_match_refused(&m), "inner_vlan_tci");
	m = ip_match();
	m.key.nw_frag = m.mask.nw_frag = FLOW_FRAG_ANY;
	assert_string_equal(kdp_match_refused(&m), "nw_frag");
	m = ip_match();
	m.key.tp_src = m.mask.tp_src = htons(80);
	assert_string_equal(kdp_match_refused(&m), "tcp_src");
	m = ip_match();
	m.mask.tun.id = 1;
	assert_string_equal(kdp_match_refused(&m), "tun_ipv6_dst");
	m = ip_match();
	m.key.eth_type = htons(0x8847);
	m.mask.mpls[3] = 1;
	assert_string_equal(kdp_match_refused(&m), "mpls_lse3");
}

/* Bits of 'm' that the kernel matches in any case are lacking; then they are not. */
static void
test_completed_masks_are_accepted(void **state)
{
	unsigned int n_refused = 0;
	struct rng r = {815};

	(void)state;
	for (int i = 0; i < 5000; i++) {
		struct flow_match m = {0};
		struct flow_key packet;
		const char *refused;

		random_key(&r, RANDOM_TUNNEL, &packet);
		m.key = packet;
		m.mask.eth_src.b[0] = 0xff;
		if (packet.tun.id && packet.tun.flags & FLOW_TUNNEL_KEYED)
			m.mask.tun.id = UINT64_MAX;
		if (packet.eth_type == htons(ETHERTYPE_IP))
			m.mask.nw_frag = FLOW_FRAG_ANY;
		flow_match_canonicalize(&m);
		n_refused += kdp_match_refused(&m) != NULL;
		kdp_mask_complete(&packet, &m.mask);
		m.key = packet;
		flow_match_canonicalize(&m);
		refused = kdp_match_refused(&m);
		if (refused)
			fail_msg("%s in match %d", refused, i);
		assert_true(flow_match_covers(&m, &packet));
	}
	assert_in_range(n_refused, 4000, 5000);
}

/* Without a mask every bit of the headers is matched. */
static void
test_no_mask_is_exact(void **state)
{
	struct flow_key packet, near;
	struct flow_match m, back;
	struct rng r = {12};

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct kdp_writer w = {nlmsg_alloc_size(8192), false};
		struct nlattr *a[OVS_FLOW_ATTR_MAX + 1];
		const char *refused;

		random_key(&r, ALL, &packet);
		memset(&m, 0, sizeof m);
		m.key = packet;
		flow_key_meaningful(&packet, &m.mask);
		nlmsg_put(w.msg, 0, 0, 0, 0, 0);
		kdp_match_put(&w, &m, NULL);
		nlmsg_parse(nlmsg_hdr(w.msg), 0, a, OVS_FLOW_ATTR_MAX, NULL);
		assert_int_equal(kdp_match_get(a[OVS_FLOW_ATTR_KEY], NULL, &back, &refused), 0);
		nlmsg_free(w.msg);
		assert_memory_equal(&back.key, &packet, sizeof packet);
		random_key_near(&r, ALL, &packet, &near);
		assert_int_equal(flow_match_covers(&back, &near), flow_key_equal(&packet, &near));
	}
}

static void
test_unknown_attributes(void **state)
{
	static const uint32_t priority = 7;
	struct kdp_writer w = {nlmsg_alloc_size(8192), false};
	struct nlattr *key, *mask;
	const char *refused = NULL;
	struct flow_match m;

	(void)state;
	nlmsg_put(w.msg, 0, 0, 0, 0, 0);
	key = kdp_nest(&w, OVS_FLOW_ATTR_KEY);
	kdp_put(&w, OVS_KEY_ATTR_PRIORITY, &priority, 4);
	kdp_put(&w, OVS_KEY_ATTR_MAX + 9, &priority, 4);
	kdp_nest_end(&w, key);
	mask = kdp_nest(&w, OVS_FLOW_ATTR_MASK);
	kdp_put(&w, OVS_KEY_ATTR_PRIORITY, &priority, 4);
	kdp_nest_end(&w, mask);
	assert_int_equal(kdp_match_get(key, NULL, &m, &refused), 0);
	assert_int_equal(kdp_match_get(key, mask, &m, &refused), -EOPNOTSUPP);
	assert_string_equal(refused, "skb_priority");
	nlmsg_free(w.msg);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches_cover_the_same_packets),
		cmocka_unit_test(test_refusals_name_the_field),
		cmocka_unit_test(test_completed_masks_are_accepted),
		cmocka_unit_test(test_no_mask_is_exact),
		cmocka_unit_test(test_unknown_attributes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
