/* SPDX-License-Identifier: Apache-2.0 */
/* Effects of megaflows on packets, and their counts. */
#include "rig.h"

#include <arpa/inet.h>
#include <string.h>

static void
test_output_is_the_same_bytes(void **state)
{
	uint8_t bytes[128];
	struct rte_mbuf *m;
	uint32_t n_bytes;
	struct rig r;

	(void)state;
	rig_start(&r, 1, 64, 2, 1024);
	rig_put_output(&r, 0, 2, 1);
	m = rig_packet(&r, 2, 80, 20);
	n_bytes = rte_pktmbuf_pkt_len(m);
	memcpy(bytes, rte_pktmbuf_mtod(m, void *), n_bytes);
	rig_send(&r, 0, m);
	rig_wait_received(&r, 0, 1);
	m = rig_sent(&r, 1);
	assert_non_null(m);
	assert_int_equal(rte_pktmbuf_pkt_len(m), n_bytes);
	assert_memory_equal(rte_pktmbuf_mtod(m, void *), bytes, n_bytes);
	rte_pktmbuf_free(m);
	assert_int_equal(rig_stats(&r, 0).hits, 1);
	assert_int_equal(rig_stats(&r, 0).hit_bytes, n_bytes);
	assert_int_equal(rig_stats(&r, 1).tx_packets, 1);
	assert_int_equal(rig_stats(&r, 1).tx_bytes, n_bytes);
	rig_check_conserved(&r, 0);
	rig_stop(&r);
}

/* Sent untagged to one port, then tagged to another, then untagged again with another TTL. */
static void
test_each_output_gets_the_packet_as_it_is_then(void **state)
{
	struct flow_action push = {.type = FLOW_ACTION_PUSH_VLAN,
				   .vlan = {.tpid = htons(0x8100), .tci = htons(5)}};
	struct flow_action pop = {.type = FLOW_ACTION_POP_VLAN};
	struct flow_value ttl = flow_value_from_u64(9), ones = flow_value_from_u64(255);
	struct flow_actions a;
	struct flow_match match;
	struct rig r;

	(void)state;
	rig_start(&r, 1, 64, 4, 1024);
	match = rig_match(&r, 0, 2);
	flow_actions_init(&a);
	flow_actions_add_output(&a, r.ports[1].number);
	flow_actions_add(&a, &push);
	flow_actions_add_output(&a, r.ports[2].number);
	flow_actions_add(&a, &pop);
	flow_actions_add_set(&a, FLOW_FIELD_NW_TTL, &ttl, &ones);
	flow_actions_add_output(&a, r.ports[3].number);
	assert_int_equal(rig_put(&r, &match, &a), 0);
	flow_actions_free(&a);
	rig_send(&r, 0, rig_packet(&r, 2, 80, 20));
	rig_wait_received(&r, 0, 1);
	for (unsigned int i = 1; i < 4; i++) {
		struct rte_mbuf *m = rig_sent(&r, i);
		struct flow_key key = {0};

		assert_non_null(m);
		assert_int_equal(
			flow_parse(rte_pktmbuf_mtod(m, uint8_t *), m->data_len, &key, NULL),
			FLOW_PARSE_OK);
		assert_int_equal(key.vlan[0].tci, i == 2 ? htons(FLOW_VLAN_CFI | 5) : 0);
		assert_int_equal(key.nw_ttl, i == 3 ? 9 : 64);
		assert_int_equal(m->pkt_len, m->data_len);
		rte_pktmbuf_free(m);
	}
	rig_stop(&r);
}

static void
test_modify_keeps_counting(void **state)
{
	struct flow_actions a;
	struct flow_match match;
	struct flow_stats s;
	struct rig r;

	(void)state;
	rig_start(&r, 1, 64, 3, 1024);
	rig_put_output(&r, 0, 2, 1);
	match = rig_match(&r, 0, 2);
	for (unsigned int i = 0; i < 10; i++)
		rig_send(&r, 0, rig_packet(&r, 2, 80, 20));
	rig_wait_received(&r, 0, 10);
	flow_actions_init(&a);
	flow_actions_add_output(&a, r.ports[2].number);
	assert_int_equal(rig_modify(&r, &match, &a), 0);
	r.dp->class->barrier(r.dp);
	for (unsigned int i = 0; i < 7; i++)
		rig_send(&r, 0, rig_packet(&r, 2, 80, 20));
	rig_wait_received(&r, 0, 17);
	assert_int_equal(rig_sent_drain(&r, 1), 10);
	assert_int_equal(rig_sent_drain(&r, 2), 7);
	assert_int_equal(rig_put(&r, &match, &a), -EEXIST);
	assert_int_equal(r.dp->class->n_flows(r.dp), 1);
	r.dp->class->barrier(r.dp);
	assert_int_equal(rig_get(&r, &match, &s), 0);
	assert_int_equal(s.packets, 17);
	assert_int_equal(rig_del(&r, &match, &s), 0);
	assert_int_equal(s.packets, 17);
	assert_true(s.used_ns);
	assert_int_equal(rig_del(&r, &match, &s), -ENOENT);
	assert_int_equal(rig_get(&r, &match, &s), -ENOENT);
	assert_int_equal(rig_modify(&r, &match, &a), -ENOENT);
	assert_int_equal(r.dp->class->n_flows(r.dp), 0);
	flow_actions_free(&a);
	rig_stop(&r);
}

static void
put_drop(struct rig *r, uint8_t dst, enum flow_drop why)
{
	struct flow_match m = rig_match(r, 0, dst);
	struct flow_actions a;

	flow_actions_init(&a);
	if (why != FLOW_NOT_DROPPED)
		flow_actions_add_drop(&a, why);
	assert_int_equal(rig_put(r, &m, &a), 0);
	flow_actions_free(&a);
}

/* 10.0.0.1: no actions, .2: drop with a reason, .3: to a port that does not exist, .4: to a port
 * with a short queue, .5: with packets that are too large. */
static void
test_drops_have_names(void **state)
{
	struct swp_port_stats s;
	struct flow_match m;
	struct flow_actions a;
	struct rig r;

	(void)state;
	rig_start(&r, 1, 64, 2, 8);
	put_drop(&r, 1, FLOW_N_DROPS);
	put_drop(&r, 2, FLOW_DROP_VLAN_POLICY);
	m = rig_match(&r, 0, 3);
	flow_actions_init(&a);
	flow_actions_add_output(&a, 1000);
	assert_int_equal(rig_put(&r, &m, &a), 0);
	flow_actions_free(&a);
	rig_put_output(&r, 0, 4, 1);
	rig_put_output(&r, 0, 5, 1);
	for (uint8_t dst = 1; dst <= 3; dst++)
		rig_send(&r, 0, rig_packet(&r, dst, 80, 20));
	for (unsigned int i = 0; i < 20; i++)
		rig_send(&r, 0, rig_packet(&r, 4, 80, 20));
	rig_wait_received(&r, 0, 23);
	assert_int_equal(rig_sent_drain(&r, 1), 8);
	rig_send(&r, 0, rig_packet(&r, 5, 80, 1700));
	rig_wait_received(&r, 0, 24);
	s = rig_stats(&r, 0);
	assert_int_equal(s.hits, 24);
	assert_int_equal(s.action_drops[FLOW_DROP_EXPLICIT], 1);
	assert_int_equal(s.action_drops[FLOW_DROP_VLAN_POLICY], 1);
	assert_int_equal(s.action_drops[FLOW_DROP_PORT_GONE], 1);
	assert_int_equal(s.action_drops[FLOW_DROP_TX_FULL], 12);
	assert_int_equal(s.action_drops[FLOW_DROP_MTU], 1);
	assert_int_equal(rig_sum(s.action_drops, FLOW_N_DROPS), 16);
	assert_int_equal(rig_stats(&r, 1).tx_packets, 8);
	assert_int_equal(rig_stats(&r, 1).tx_dropped, 13);
	rig_check_conserved(&r, 0);
	rig_stop(&r);
}

static void
test_ports_report_what_is_wrong(void **state)
{
	char err[256] = "", name[RTE_ETH_NAME_MAX_LEN];
	struct swp_port_info info;
	uint32_t port;
	struct rig r;

	(void)state;
	rig_start(&r, 2, 64, 1, 64);
	rte_eth_dev_get_name_by_port(r.ports[0].ethdev, name);
	assert_int_equal(swp_port_add(r.swp, "other", name, NULL, &port, err, sizeof err), -EEXIST);
	assert_non_null(strstr(err, name));
	assert_int_equal(swp_port_add(r.swp, name, "net_null7", NULL, &port, err, sizeof err),
			 -EEXIST);
	assert_int_equal(swp_port_add(r.swp, "x", "net_nosuch0", NULL, &port, err, sizeof err),
			 -ENODEV);
	assert_non_null(strstr(err, "dev=net_nosuch0: no Ethernet device or driver has this name; "
				    "expected "));
	assert_int_equal(swp_port_add(r.swp, "x", "class=eth", NULL, &port, err, sizeof err),
			 -ENODEV);
	assert_non_null(strstr(err, "expected "));
	assert_true(swp_port_add(r.swp, "x", "net_null8,no_such_argument=1", NULL, &port, err,
				 sizeof err) < 0);
	assert_non_null(strstr(err, "dev=net_null8,no_such_argument=1: "));
	assert_null(strstr(err, "Bad address"));
	assert_true(swp_port_add(r.swp, "x", "0000:99:00.0", NULL, &port, err, sizeof err) < 0);
	assert_non_null(strstr(err, "dev=0000:99:00.0: "));
	assert_null(strstr(err, "Bad address"));
	assert_int_equal(swp_port_add(r.swp, "", "net_null7", NULL, &port, err, sizeof err),
			 -EINVAL);
	assert_int_equal(rte_eth_dev_count_avail(), 1);
	assert_int_equal(swp_port_del(r.swp, 999), -ENOENT);
	assert_int_equal(swp_port_info(r.swp, 999, &info), -ENOENT);
	port = r.ports[0].number;
	assert_int_equal(swp_port_info(r.swp, port, &info), 0);
	assert_string_equal(info.name, name);
	assert_true(info.link_up);
	assert_int_equal(info.n_rxq, 1);
	rig_stop(&r);
}

/* If a megaflow's mask is refused, a handler still forwards its packets; its port counts the
 * refusal, and other ports have room. */
static void
test_mask_refusals_are_counted(void **state)
{
	struct flow_match m;
	struct flow_actions none;
	struct rig r;

	(void)state;
	rig_start(&r, 1, 64, 2, 64);
	flow_actions_init(&none);
	for (uint32_t i = 0; i <= SWP_PORT_MASKS_MAX + 2; i++) {
		m = rig_match(&r, 0, 2);
		m.mask.skb_mark = i;
		assert_int_equal(rig_put(&r, &m, &none), i < SWP_PORT_MASKS_MAX ? 0 : -ENOSPC);
	}
	m.key.in_port = r.ports[1].number;
	assert_int_equal(rig_put(&r, &m, &none), 0);
	assert_int_equal(rig_stats(&r, 0).flow_refusals, 3);
	assert_int_equal(rig_stats(&r, 1).flow_refusals, 0);
	assert_int_equal(swp_n_masks(r.swp), SWP_PORT_MASKS_MAX + 1);
	rig_stop(&r);
}

/* Two workers share a device with one transmit queue. */
static void
test_workers_share_a_transmit_queue(void **state)
{
	struct swp_worker_stats w;
	struct rig r;

	(void)state;
	rig_start(&r, 2, 64, 3, 4096);
	rig_put_output(&r, 0, 2, 2);
	rig_put_output(&r, 1, 2, 2);
	for (unsigned int i = 0; i < 1000; i++) {
		rig_send(&r, 0, rig_packet(&r, 2, 80, 20));
		rig_send(&r, 1, rig_packet(&r, 2, 80, 20));
	}
	rig_wait_received(&r, 0, 1000);
	rig_wait_received(&r, 1, 1000);
	assert_int_equal(rig_sent_drain(&r, 2), 2000);
	for (unsigned int i = 0; i < swp_n_workers(r.swp); i++) {
		swp_worker_stats(r.swp, i, &w);
		assert_true(w.packets >= 1000);
		assert_int_equal(w.packets, w.cache_hits + w.classifier_hits + w.misses);
	}
	rig_stop(&r);
}

/* By default a Linux timer is up to 50 us late: as many 64-byte frames at 10G as a queue holds. */
static void
test_sleeps_are_as_short_as_asked(void **state)
{
	char command[] =
		"for t in /proc/$PPID/task/*; do case $(cat $t/comm) in swp-worker*) "
		"test $(cat /proc/${t##*/}/timerslack_ns) = 1 || exit 1; n=1;; esac; done; "
		"test \"$n\"";
	struct rig r;

	(void)state;
	rig_start(&r, 2, 64, 1, 64);
	assert_int_equal(system(command), 0);
	rig_stop(&r);
}

static void
test_create_refuses_what_it_cannot_do(void **state)
{
	struct swp_config good = {.n_mbufs = 1023, .cores = {-1}, .idle_sleep_us = 100}, bad;
	struct swp *s;

	(void)state;
	bad = good;
	bad.n_workers = SWP_WORKERS_MAX + 1;
	assert_int_equal(swp_create(&bad, &s), -EINVAL);
	bad = good;
	bad.cache_entries = 1000;
	assert_int_equal(swp_create(&bad, &s), -EINVAL);
	bad = good;
	bad.miss_queue_len = 3;
	assert_int_equal(swp_create(&bad, &s), -EINVAL);
	bad = good;
	bad.cores[0] = 100000;
	assert_int_equal(swp_create(&bad, &s), -EINVAL);
	assert_int_equal(swp_create(&good, &s), 0);
	assert_int_equal(swp_n_workers(s), 1);
	swp_destroy(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_output_is_the_same_bytes),
		cmocka_unit_test(test_each_output_gets_the_packet_as_it_is_then),
		cmocka_unit_test(test_modify_keeps_counting),
		cmocka_unit_test(test_sleeps_are_as_short_as_asked),
		cmocka_unit_test(test_drops_have_names),
		cmocka_unit_test(test_ports_report_what_is_wrong),
		cmocka_unit_test(test_mask_refusals_are_counted),
		cmocka_unit_test(test_workers_share_a_transmit_queue),
		cmocka_unit_test(test_create_refuses_what_it_cannot_do),
	};

	rig_eal();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
