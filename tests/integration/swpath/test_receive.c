/* SPDX-License-Identifier: Apache-2.0 */
/* Packets in all forms that drivers may deliver: tags stripped, headers in segments, flags left
 * on, short frames. */
#include "rig.h"

#include <rte_ether.h>

#include <arpa/inet.h>
#include <string.h>

#define TAG_VID 7
#define OUTER_VID 9

static void
put_tag_output(struct rig *r, unsigned int n_tags)
{
	struct flow_match m = rig_match(r, 0, 2);
	struct flow_actions a;

	for (unsigned int i = 0; i < n_tags; i++) {
		bool outer = n_tags == 2 && !i;

		m.key.vlan[i].tpid = htons(outer ? RTE_ETHER_TYPE_QINQ : RTE_ETHER_TYPE_VLAN);
		m.key.vlan[i].tci = htons(FLOW_VLAN_CFI | (outer ? OUTER_VID : TAG_VID));
		memset(&m.mask.vlan[i], 0xff, sizeof m.mask.vlan[i]);
	}
	flow_actions_init(&a);
	assert_int_equal(flow_actions_add_output(&a, r->ports[1].number), 0);
	assert_int_equal(rig_put(r, &m, &a), 0);
	flow_actions_free(&a);
}

static void
strip(struct rte_mbuf *m, unsigned int n_tags)
{
	m->vlan_tci = TAG_VID;
	m->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
	if (n_tags < 2)
		return;
	m->vlan_tci_outer = OUTER_VID;
	m->ol_flags |= RTE_MBUF_F_RX_QINQ | RTE_MBUF_F_RX_QINQ_STRIPPED;
}

/* A packet whose tags a driver stripped is matched and counted with them, and sent with each
 * once, whether its mbuf may be written or not. */
static void
check_stripped(unsigned int n_tags, bool shared)
{
	struct rte_mbuf *m, *sent;
	struct flow_key key = {0};
	uint32_t n_bytes;
	struct rig r;

	rig_start(&r, 1, 64, 2, 64);
	put_tag_output(&r, n_tags);
	m = rig_packet(&r, 2, 80, 20);
	n_bytes = m->pkt_len + n_tags * 4;
	strip(m, n_tags);
	if (shared)
		rte_mbuf_refcnt_update(m, 1);
	rig_send(&r, 0, m);
	rig_wait_received(&r, 0, 1);
	assert_int_equal(rig_stats(&r, 0).hits, 1);
	assert_int_equal(rig_stats(&r, 0).rx_bytes, n_bytes);
	assert_int_equal(rig_stats(&r, 0).hit_bytes, n_bytes);
	sent = rig_sent(&r, 1);
	assert_non_null(sent);
	assert_int_equal(sent->pkt_len, n_bytes);
	assert_int_equal(flow_parse(rte_pktmbuf_mtod(sent, uint8_t *), sent->data_len, &key, NULL),
			 FLOW_PARSE_OK);
	assert_int_equal(key.vlan[n_tags - 1].tci, htons(FLOW_VLAN_CFI | TAG_VID));
	assert_int_equal(key.vlan[0].tpid,
			 htons(n_tags == 2 ? RTE_ETHER_TYPE_QINQ : RTE_ETHER_TYPE_VLAN));
	assert_int_equal(sent->ol_flags, 0);
	rte_pktmbuf_free(sent);
	if (shared) {
		assert_int_equal(m->pkt_len, n_bytes - n_tags * 4);
		rte_pktmbuf_free(m);
	}
	rig_check_conserved(&r, 0);
	rig_stop(&r);
}

static void
test_stripped_tags_are_put_back(void **state)
{
	(void)state;
	check_stripped(1, false);
	check_stripped(2, false);
	check_stripped(2, true);
}

/* Transmit offload flags that a sender set in its ring are not passed to our device. */
static void
test_flags_do_not_pass_through(void **state)
{
	struct rte_mbuf *m;
	struct rig r;

	(void)state;
	rig_start(&r, 1, 64, 2, 64);
	rig_put_output(&r, 0, 2, 1);
	m = rig_packet(&r, 2, 80, 20);
	m->ol_flags = RTE_MBUF_F_TX_VLAN | RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_RX_RSS_HASH;
	rig_send(&r, 0, m);
	rig_wait_received(&r, 0, 1);
	m = rig_sent(&r, 1);
	assert_non_null(m);
	assert_int_equal(m->ol_flags, 0);
	rte_pktmbuf_free(m);
	rig_stop(&r);
}

/* Returns the same packet in segments of 'n_first' bytes and the rest. */
static struct rte_mbuf *
in_segments(struct rig *r, const struct rte_mbuf *m, uint16_t n_first)
{
	const uint8_t *bytes = rte_pktmbuf_mtod(m, const uint8_t *);
	struct rte_mbuf *head = rte_pktmbuf_alloc(r->pool), *tail = rte_pktmbuf_alloc(r->pool);
	uint16_t n_rest = (uint16_t)(m->data_len - n_first);

	assert_non_null(head);
	assert_non_null(tail);
	memcpy(rte_pktmbuf_append(head, n_first), bytes, n_first);
	memcpy(rte_pktmbuf_append(tail, n_rest), bytes + n_first, n_rest);
	assert_int_equal(rte_pktmbuf_chain(head, tail), 0);
	return head;
}

static void
test_headers_in_pieces_are_one_packet(void **state)
{
	static const uint16_t cuts[] = {5, 14, 20, 34, 40, 60};
	uint8_t bytes[128];
	struct rig r;

	(void)state;
	rig_start(&r, 1, 64, 2, 64);
	rig_put_output(&r, 0, 2, 1);
	for (unsigned int i = 0; i < RTE_DIM(cuts); i++) {
		struct rte_mbuf *m = rig_packet(&r, 2, 80, 20);
		uint32_t n_bytes = m->pkt_len;
		struct rte_mbuf *sent;

		memcpy(bytes, rte_pktmbuf_mtod(m, void *), n_bytes);
		rig_send(&r, 0, in_segments(&r, m, cuts[i]));
		rig_wait_received(&r, 0, i + 1);
		sent = rig_sent(&r, 1);
		assert_non_null(sent);
		assert_int_equal(rte_pktmbuf_pkt_len(sent), n_bytes);
		assert_memory_equal(rte_pktmbuf_mtod(sent, void *), bytes, n_bytes);
		rte_pktmbuf_free(sent);
		rte_pktmbuf_free(m);
	}
	assert_int_equal(rig_stats(&r, 0).parse[FLOW_PARSE_OK], RTE_DIM(cuts));
	rig_stop(&r);
}

/* Less than an Ethernet header is not a frame: not even a flow that matches everything forwards
 * it. */
static void
test_runts_are_dropped(void **state)
{
	struct flow_match all = {.mask = {.in_port = UINT32_MAX}};
	struct flow_actions a;
	struct rig r;

	(void)state;
	rig_start(&r, 1, 64, 2, 64);
	all.key.in_port = r.ports[0].number;
	flow_actions_init(&a);
	assert_int_equal(flow_actions_add_output(&a, r.ports[1].number), 0);
	assert_int_equal(rig_put(&r, &all, &a), 0);
	flow_actions_free(&a);
	for (uint16_t n = 0; n < RTE_ETHER_HDR_LEN + 1; n++) {
		struct rte_mbuf *m = rig_packet(&r, 2, 80, 20);

		assert_int_equal(rte_pktmbuf_trim(m, (uint16_t)(m->data_len - n)), 0);
		if (n % 2)
			strip(m, 1);
		rig_send(&r, 0, m);
	}
	rig_wait_received(&r, 0, RTE_ETHER_HDR_LEN + 1);
	assert_int_equal(rig_stats(&r, 0).rx_drops[FLOW_DROP_MALFORMED], RTE_ETHER_HDR_LEN);
	assert_int_equal(rig_stats(&r, 0).parse[FLOW_PARSE_ETH_SHORT], RTE_ETHER_HDR_LEN);
	assert_int_equal(rig_sent_drain(&r, 1), 1);
	rig_check_conserved(&r, 0);
	rig_stop(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stripped_tags_are_put_back),
		cmocka_unit_test(test_flags_do_not_pass_through),
		cmocka_unit_test(test_headers_in_pieces_are_one_packet),
		cmocka_unit_test(test_runts_are_dropped),
	};

	rig_eal();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
