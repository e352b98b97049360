/* SPDX-License-Identifier: Apache-2.0 */
/* Ethdevs are found among the ports of the RDMA device: by the device's name on its bus, and their number in the
 * e-switch. */
#include "rig.h"
#include <errno.h>
#include <flow/text.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#define DEVICE "net_nicsim0"
#define UPLINK 0xffff
#define VF(n) (uint16_t)(0x1000 | (n))
#define PF_OF_HOST 0x3000

/* What each ethdev is. */
static const struct nic_identity identities[] = {
	{DEVICE, UPLINK},     {DEVICE, VF(0)}, {DEVICE, VF(2)}, {"0000:3b:00.1", UPLINK},
	{DEVICE, PF_OF_HOST}, {DEVICE, VF(7)}, {"", UPLINK},
};
enum {
	ETHDEV_UPLINK,
	ETHDEV_VF0,
	ETHDEV_VF2,
	ETHDEV_OTHER,
	ETHDEV_HOST,
	ETHDEV_VF7,
	ETHDEV_REMOVED
};

static int
identify(struct nic_devices *devices, uint16_t dev_id, struct nic_identity *out)
{
	(void)devices;
	*out = identities[dev_id];
	return out->device[0] ? 0 : -ENODEV;
}

static const struct nic_devices_class devices_class = {.identify = identify};
static struct nic_devices devices = {.class = &devices_class};

static int
add(struct nic **nic, uint32_t port, uint16_t ethdev, struct nic_refusal *why)
{
	return mlxdr_class.port_add(nic, *nic ? 1 : 0, port, ethdev, &devices, nic, why);
}

static void
expect_refusal(struct nic **nic, uint16_t ethdev, const char *detail)
{
	struct nic_refusal why = {0};
	struct nic *before = *nic;

	assert_int_equal(add(nic, 9, ethdev, &why), -EOPNOTSUPP);
	assert_int_equal(why.reason, NIC_REASON_NO_DEVICE);
	assert_string_equal(why.detail, detail);
	assert_ptr_equal(*nic, before);
}

/* A rule from 'from' to 'to' treats packets of their vports. */
static void
expect_path(struct nic *nic, const char *match, const char *actions, uint16_t from, uint16_t to)
{
	struct rig rig = {.nic = nic};
	static const uint8_t packet[60] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x12, 0x34};
	struct nic_counter *counter;
	struct nic_refusal why = {0};
	struct flow_actions acts;
	struct emu_verdict v;
	struct nic_rule *rule;
	struct flow_match m;
	char err[200];

	flow_actions_init(&acts);
	assert_int_equal(flow_match_parse_dp(match, NULL, &m, err, sizeof(err)), 0);
	assert_int_equal(flow_actions_parse_dp(actions, NULL, &acts, err, sizeof(err)), 0);
	assert_int_equal(nic->class->counter_new(nic, &counter), 0);
	assert_int_equal(nic->class->compile(nic, &m, &acts, 0, counter, &rule, &why), 0);
	assert_int_equal(rig_insert(&rig, rule, &why), 0);
	assert_int_equal(emu_walk(EMU_ROOT_TABLE, from, packet, sizeof(packet), &v), 0);
	assert_int_equal(v.end, EMU_END_VPORT);
	assert_int_equal(v.copies[0].vport, to);
	assert_int_equal(rig_remove(&rig, rule), 0);
	nic->class->rule_free(nic, rule);
	nic->class->counter_free(nic, counter);
	flow_actions_free(&acts);
}

static void
ethdevs_are_found(void **state)
{
	(void)state;
	struct nic_refusal why = {0};
	struct nic *nic = NULL;

	assert_int_equal(
		emu_start(&(struct emu_config){.format = 1, .n_vports = 4, .device = DEVICE}), 0);
	/* In any order. */
	assert_int_equal(add(&nic, 2, ETHDEV_VF2, &why), 0);
	assert_int_equal(add(&nic, 0, ETHDEV_UPLINK, &why), 0);
	assert_int_equal(add(&nic, 1, ETHDEV_VF0, &why), 0);
	expect_path(nic, "in_port(0)", "2", EMU_WIRE, 3);
	expect_path(nic, "in_port(2)", "1", 3, 1);
	expect_path(nic, "in_port(1)", "0", 1, EMU_WIRE);
	expect_refusal(&nic, ETHDEV_HOST, "no port of net_nicsim0 is switch port 0x3000");
	expect_refusal(&nic, ETHDEV_VF7, "no port of net_nicsim0 is switch port 0x1007");
	expect_refusal(&nic, ETHDEV_REMOVED, "the device was removed");
	/* Another e-switch, which does not exist. */
	struct nic *none = nic;

	expect_refusal(&none, ETHDEV_OTHER, "no mlx5 device at 0000:3b:00.1: 1 RDMA devices");
	for (uint32_t port = 0; port < 3; port++)
		assert_int_equal(nic->class->port_del(nic, port), port == 2);
	emu_stop();
}

static void
a_first_port_that_is_not_found_leaves_nothing(void **state)
{
	(void)state;
	struct emu_counts counts;
	struct nic *nic = NULL;

	assert_int_equal(
		emu_start(&(struct emu_config){.format = 0, .n_vports = 1, .device = DEVICE}), 0);
	expect_refusal(&nic, ETHDEV_VF2, "no port of net_nicsim0 is switch port 0x1002");
	emu_counts(&counts);
	assert_int_equal(counts.contexts, 0);
	assert_int_equal(counts.leaked, 0);
	emu_stop();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ethdevs_are_found),
		cmocka_unit_test(a_first_port_that_is_not_found_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
