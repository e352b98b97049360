/* SPDX-License-Identifier: Apache-2.0 */
/* nicsim's personality mlx5 against the behaviour of DPDK 22.11's mlx5 driver, through public
 * APIs only.
 *
 * argv[1]: librte_net_nicsim.so. */
#include "nicsim_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <rte_bus_vdev.h>
#include <rte_dev.h>
#include <rte_errno.h>

static struct nicsim_rig rig;

/* Creates a rule from uplink to VF 0 with a destination address of its own. */
static struct rte_flow *
rule_new(uint16_t on, uint8_t number, const struct rte_flow_action_handle *counter,
	 struct rte_flow_error *error)
{
	return nicsim_rig_rule(&rig, on, rig.uplink, rig.vf[0], number, counter, error);
}

static struct rte_flow_action_handle *
counter_new(void)
{
	const struct rte_flow_indir_action_conf conf = {.transfer = 1};
	const struct rte_flow_action_count count = {0};
	const struct rte_flow_action action = {.type = RTE_FLOW_ACTION_TYPE_COUNT, .conf = &count};
	struct rte_flow_error error;

	return rte_flow_action_handle_create(rig.uplink, &conf, &action, &error);
}

static uint64_t
counter_hits(const struct rte_flow_action_handle *counter)
{
	struct rte_flow_query_count q = {0};
	struct rte_flow_error error;

	assert_int_equal(rte_flow_action_handle_query(rig.uplink, counter, &q, &error), 0);
	return q.hits;
}

static void
test_names(void **state)
{
	struct rte_eth_dev_info info, parent;
	uint16_t id;

	(void)state;
	assert_int_equal(rte_eth_dev_get_port_by_name("net_nicsim0", &id), 0);
	assert_int_equal(id, rig.uplink);
	assert_int_equal(rte_eth_dev_get_port_by_name("net_nicsim0_representor_vf1", &id), 0);
	assert_int_equal(id, rig.vf[1]);
	assert_int_equal(rte_eth_dev_info_get(rig.uplink, &parent), 0);
	assert_int_equal(rte_eth_dev_info_get(rig.vf[0], &info), 0);
	assert_string_equal(info.driver_name, "mlx5_pci");
	assert_ptr_equal(info.device, parent.device);
	assert_int_equal(info.switch_info.domain_id, parent.switch_info.domain_id);
}

/* Representors were created with their parent: a second probe adds none, and finds them by the
 * given devargs. */
static void
test_second_probe(void **state)
{
	struct rte_dev_iterator iterator;
	uint16_t n = rte_eth_dev_count_total(), id, n_found = 0;

	(void)state;
	assert_int_equal(rte_dev_probe("net_nicsim0,representor=vf1"), 0);
	assert_int_equal(rte_eth_dev_count_total(), n);
	RTE_ETH_FOREACH_MATCHING_DEV(id, "net_nicsim0,representor=vf1", &iterator)
	{
		assert_int_equal(id, rig.vf[1]);
		n_found++;
	}
	assert_int_equal(n_found, 1);
}

static void
test_proxy(void **state)
{
	struct rte_flow_error error;
	struct rte_flow *rule;
	uint16_t proxy;

	(void)state;
	for (unsigned int i = 0; i < NICSIM_RIG_VFS; i++) {
		assert_int_equal(rte_flow_pick_transfer_proxy(rig.vf[i], &proxy, &error), 0);
		assert_int_equal(proxy, rig.uplink);
	}
	assert_null(rule_new(rig.vf[0], 1, NULL, &error));
	assert_int_equal(rte_errno, EINVAL);
	assert_int_equal(error.type, RTE_FLOW_ERROR_TYPE_ATTR);
	rule = rule_new(rig.uplink, 1, NULL, &error);
	assert_non_null(rule);
	assert_int_equal(rte_flow_destroy(rig.uplink, rule, &error), 0);
}

/* A stopped proxy has lost its rules and accepts none, but validates; an older handle refers to
 * a later rule in the same place. */
static void
test_proxy_stopped(void **state)
{
	struct rte_flow_error error;
	struct rte_flow *rule, *other;

	(void)state;
	rule = rule_new(rig.uplink, 1, NULL, &error);
	assert_non_null(rule);
	assert_int_equal(rte_eth_dev_stop(rig.vf[0]), 0);
	assert_int_equal(nicsim_rig_show(&rig, "rules"), 1);
	assert_int_equal(rte_eth_dev_stop(rig.uplink), 0);
	assert_int_equal(nicsim_rig_show(&rig, "rules"), 0);
	assert_null(rule_new(rig.uplink, 1, NULL, &error));
	assert_int_equal(rte_errno, ENODEV);
	assert_int_equal(error.type, RTE_FLOW_ERROR_TYPE_UNSPECIFIED);
	assert_int_equal(nicsim_rig_validate(&rig, rig.uplink, rig.uplink, rig.vf[0], &error), 0);
	assert_int_equal(rte_eth_dev_start(rig.uplink), 0);
	assert_int_equal(rte_eth_dev_start(rig.vf[0]), 0);
	assert_int_equal(rte_flow_destroy(rig.uplink, rule, &error), 0);
	assert_int_equal(nicsim_rig_show(&rig, "stale"), 1);
	other = rule_new(rig.uplink, 2, NULL, &error);
	assert_ptr_equal(other, rule);
	assert_int_equal(rte_flow_destroy(rig.uplink, rule, &error), 0);
	assert_int_equal(nicsim_rig_show(&rig, "rules"), 0);
}

static void
test_full(void **state)
{
	struct rte_flow_error error;
	struct rte_flow *rules[NICSIM_RIG_CAPACITY];

	(void)state;
	for (unsigned int i = 0; i < NICSIM_RIG_CAPACITY; i++) {
		rules[i] = rule_new(rig.uplink, (uint8_t)i, NULL, &error);
		assert_non_null(rules[i]);
	}
	assert_null(rule_new(rig.uplink, NICSIM_RIG_CAPACITY, NULL, &error));
	assert_int_equal(rte_errno, ENOMEM);
	assert_int_equal(error.type, RTE_FLOW_ERROR_TYPE_UNSPECIFIED);
	assert_null(error.cause);
	for (unsigned int i = 0; i < NICSIM_RIG_CAPACITY; i++)
		assert_int_equal(rte_flow_destroy(rig.uplink, rules[i], &error), 0);
}

/* A counter reads its value of up to a second ago, and survives rules and a stop. */
static void
test_stale_counter(void **state)
{
	struct rte_flow_action_handle *counter = counter_new();
	struct rte_flow_error error;
	struct rte_flow *rule;

	(void)state;
	assert_non_null(counter);
	rule = rule_new(rig.uplink, 0, counter, &error);
	assert_non_null(rule);
	nicsim_rig_send(&rig, 0, 5);
	assert_int_equal(nicsim_rig_receive(&rig, rig.uplink), 0);
	assert_int_equal(rte_flow_destroy(rig.uplink, rule, &error), 0);
	assert_int_equal(counter_hits(counter), 0);
	usleep(1050000);
	assert_int_equal(counter_hits(counter), 5);
	assert_int_equal(rte_eth_dev_stop(rig.uplink), 0);
	assert_int_equal(rte_eth_dev_start(rig.uplink), 0);
	assert_int_equal(counter_hits(counter), 5);
	assert_int_equal(rte_flow_action_handle_destroy(rig.uplink, counter, &error), 0);
}

static uint64_t
xstat(uint16_t dev, const char *name, bool *there)
{
	uint64_t id, value = 0;

	*there = !rte_eth_xstats_get_id_by_name(dev, name, &id);
	if (*there)
		assert_int_equal(rte_eth_xstats_get_by_id(dev, &id, &value, 1), 1);
	return value;
}

/* Counts restart at each start of the port; before the first none exist. */
static void
test_xstats(void **state)
{
	bool there;

	(void)state;
	xstat(rig.not_started, "rx_vport_packets", &there);
	assert_false(there);
	xstat(rig.vf[0], "rx_vport_packets", &there);
	assert_true(there);
	xstat(rig.uplink, "rx_vport_packets", &there);
	assert_false(there);
	nicsim_rig_send(&rig, 9, 3);
	assert_int_equal(nicsim_rig_receive(&rig, rig.uplink), 3);
	assert_true(xstat(rig.uplink, "rx_phy_packets", &there) >= 3);
	assert_int_equal(rte_eth_dev_stop(rig.uplink), 0);
	assert_int_equal(rte_eth_dev_start(rig.uplink), 0);
	assert_int_equal(xstat(rig.uplink, "rx_phy_packets", &there), 0);
	nicsim_rig_send(&rig, 9, 2);
	assert_int_equal(nicsim_rig_receive(&rig, rig.uplink), 2);
	assert_int_equal(xstat(rig.uplink, "rx_phy_packets", &there), 2);
}

/* A flow stays on one queue, many flows use all, and no packet is lost. */
static void
test_queues(void **state)
{
	enum { QUEUES = 4, FLOWS = 40 };
	unsigned int n[QUEUES] = {0}, n_all = 0;

	(void)state;
	assert_int_equal(rte_eth_dev_stop(rig.uplink), 0);
	nicsim_rig_up(&rig, rig.uplink, QUEUES, false);
	for (unsigned int i = 0; i < FLOWS; i++)
		nicsim_rig_send(&rig, (uint8_t)i, 2);
	for (unsigned int i = 0; i < 30 * QUEUES; i++) {
		struct rte_mbuf *m[8];
		uint16_t q = i % QUEUES, got = rte_eth_rx_burst(rig.uplink, q, m, RTE_DIM(m));

		for (uint16_t j = 0; j + 1 < got; j += 2)
			assert_memory_equal(rte_pktmbuf_mtod(m[j], void *),
					    rte_pktmbuf_mtod(m[j + 1], void *), 60);
		n[q] += got;
		n_all += got;
		rte_pktmbuf_free_bulk(m, got);
	}
	assert_int_equal(n_all, 2 * FLOWS);
	for (uint16_t q = 0; q < QUEUES; q++)
		assert_true(n[q] > 0);
}

static void
test_segments(void **state)
{
	struct rte_mbuf *m;
	uint8_t whole[60];

	(void)state;
	assert_int_equal(rte_eth_dev_stop(rig.uplink), 0);
	nicsim_rig_up(&rig, rig.uplink, 1, false);
	assert_string_equal(nicsim_rig_command(&rig, "seg_bytes 25"), "ok");
	nicsim_rig_send(&rig, 7, 1);
	assert_int_equal(rte_eth_rx_burst(rig.uplink, 0, &m, 1), 1);
	assert_int_equal(m->nb_segs, 3);
	assert_int_equal(m->pkt_len, 60);
	assert_int_equal(m->data_len, 25);
	assert_ptr_equal(rte_pktmbuf_read(m, 0, 60, whole), whole);
	assert_int_equal(whole[5], 7);
	assert_int_equal(whole[12], 8);
	assert_int_equal(whole[29], 7);
	rte_pktmbuf_free(m);
	assert_string_equal(nicsim_rig_command(&rig, "seg_bytes 0"), "ok");
}

static int
on_event(uint16_t dev, enum rte_eth_event_type type, void *aux, void *ret)
{
	unsigned int *n = aux;

	(void)dev, (void)ret;
	n[type]++;
	return 0;
}

/* Must be the last test: the device does not return. */
static void
test_removal(void **state)
{
	unsigned int up[RTE_ETH_EVENT_MAX] = {0}, vf[RTE_ETH_EVENT_MAX] = {0};
	struct rte_flow_error error;

	(void)state;
	rte_eth_dev_callback_register(rig.uplink, RTE_ETH_EVENT_INTR_RMV, on_event, up);
	rte_eth_dev_callback_register(rig.uplink, RTE_ETH_EVENT_INTR_RESET, on_event, up);
	rte_eth_dev_callback_register(rig.vf[0], RTE_ETH_EVENT_INTR_RMV, on_event, vf);
	assert_string_equal(nicsim_rig_command(&rig, "reset"), "error");
	assert_int_equal(rte_eth_dev_stop(rig.vf[0]), 0);
	nicsim_rig_up(&rig, rig.vf[0], 1, true);
	assert_string_equal(nicsim_rig_command(&rig, "die"), "ok");
	assert_string_equal(nicsim_rig_command(&rig, "die"), "ok");
	assert_int_equal(up[RTE_ETH_EVENT_INTR_RESET], 0);
	assert_int_equal(up[RTE_ETH_EVENT_INTR_RMV], 0); /* was not enabled */
	assert_int_equal(vf[RTE_ETH_EVENT_INTR_RMV], 1);
	assert_null(rule_new(rig.uplink, 1, NULL, &error));
	assert_int_equal(rte_errno, EIO);
}

static int
start(void **state)
{
	(void)state;
	return nicsim_rig_start(&rig, "personality=mlx5") ? -1 : 0;
}

static int
stop(void **state)
{
	(void)state;
	nicsim_rig_stop(&rig);
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),	 cmocka_unit_test(test_second_probe),
		cmocka_unit_test(test_proxy),	 cmocka_unit_test(test_proxy_stopped),
		cmocka_unit_test(test_full),	 cmocka_unit_test(test_stale_counter),
		cmocka_unit_test(test_xstats),	 cmocka_unit_test(test_queues),
		cmocka_unit_test(test_segments), cmocka_unit_test(test_removal),
	};

	if (argc != 2)
		return 2;
	rig.driver = argv[1];
	return cmocka_run_group_tests(tests, start, stop);
}
