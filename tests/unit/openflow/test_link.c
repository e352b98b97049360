/* SPDX-License-Identifier: Apache-2.0 */
/* Speeds of links as OpenFlow describes them. */
#include <agent/link.h>

#include <rte_ethdev.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct ofp_port
describe(uint32_t mbps, bool full_duplex, bool autoneg, uint32_t speed_capa)
{
	struct agent_port_link link = {.mbps = mbps,
				       .full_duplex = full_duplex,
				       .autoneg = autoneg,
				       .speed_capa = speed_capa};
	struct ofp_port port = {0};

	agent_link_describe(&link, &port);
	return port;
}

static void
test_current(void **state)
{
	static const struct {
		uint32_t mbps, full, half;
	} rows[] = {
		{10, OFP_LINK_10MB_FD, OFP_LINK_10MB_HD},
		{100, OFP_LINK_100MB_FD, OFP_LINK_100MB_HD},
		{1000, OFP_LINK_1GB_FD, OFP_LINK_1GB_HD},
		{10000, OFP_LINK_10GB_FD, OFP_LINK_OTHER},
		{25000, OFP_LINK_OTHER, OFP_LINK_OTHER},
		{40000, OFP_LINK_40GB_FD, OFP_LINK_OTHER},
		{100000, OFP_LINK_100GB_FD, OFP_LINK_OTHER},
		{400000, OFP_LINK_OTHER, OFP_LINK_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ofp_port p = describe(rows[i].mbps, true, true, 0);

		assert_int_equal(p.curr, rows[i].full | OFP_LINK_AUTONEG);
		assert_int_equal(p.supported, 0);
		assert_int_equal(p.curr_speed_kbps, rows[i].mbps * 1000);
		assert_int_equal(p.max_speed_kbps, rows[i].mbps * 1000);
		p = describe(rows[i].mbps, false, false, 0);
		assert_int_equal(p.curr, rows[i].half);
	}
}

static void
test_supported(void **state)
{
	struct ofp_port p = describe(1000, true, false,
				     RTE_ETH_LINK_SPEED_100M_HD | RTE_ETH_LINK_SPEED_1G |
					     RTE_ETH_LINK_SPEED_25G | RTE_ETH_LINK_SPEED_10G);

	(void)state;
	assert_int_equal(p.supported,
			 OFP_LINK_100MB_HD | OFP_LINK_1GB_FD | OFP_LINK_10GB_FD | OFP_LINK_OTHER);
	assert_int_equal(p.curr, OFP_LINK_1GB_FD);
	assert_int_equal(p.curr_speed_kbps, 1000000);
	assert_int_equal(p.max_speed_kbps, 25000000);
	/* The link is down, or its speed unknown. */
	p = describe(0, true, true, RTE_ETH_LINK_SPEED_1G);
	assert_int_equal(p.curr, 0);
	assert_int_equal(p.curr_speed_kbps, 0);
	assert_int_equal(p.max_speed_kbps, 1000000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_current),
		cmocka_unit_test(test_supported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
