/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration of ports: the effect of each bit, and that affected megaflows are translated
 * again. Ports p1..p4 (datapath 11..14), trunks. */
#include "lab.h"

#define STP "dl_dst=01:80:c2:00:00:00,dl_type=0x05ff"
#define UNICAST "dl_dst=02:00:00:00:00:0a,dl_type=0x05ff"

static int
setup(void **state)
{
	static struct lab lab;

	lab_open(&lab, 4, 0);
	*state = &lab;
	return 0;
}

static int
teardown(void **state)
{
	lab_close(*state);
	return 0;
}

static void
configure(struct lab *lab, const char *port, uint32_t config)
{
	assert_int_equal(xlate_port_config_set(lab->x, port, config, XLATE_CONFIG_ALL, lab->err,
					       sizeof lab->err),
			 0);
}

static void
test_flood_and_all(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab, "priority=1,in_port=1,actions=FLOOD", "priority=1,in_port=2,actions=ALL",
		  "priority=1,in_port=3,actions=NORMAL", NULL);
	configure(lab, "p4", XLATE_CONFIG_NO_FLOOD);
	lab_expect(lab, "in_port=1,ip", false, "12,13");
	lab_expect(lab, "in_port=2,ip", false, "11,13,14");
	lab_expect(lab, "in_port=3,ip,dl_dst=ff:ff:ff:ff:ff:ff", false, "11,12");
	configure(lab, "p4", 0);
	lab_expect(lab, "in_port=1,ip", false, "12,13,14");
}

static void
test_nothing_is_sent_to_it(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab, "actions=output:2,output:3", NULL);
	configure(lab, "p2", XLATE_CONFIG_NO_FWD);
	lab_expect(lab, "in_port=1,ip", false, "13");
	lab_expect(lab, "in_port=2,ip", false, "13");
	configure(lab, "p2", XLATE_CONFIG_DOWN);
	lab_expect(lab, "in_port=1,ip", false, "13");
	lab_expect(lab, "in_port=2,ip", false, "drop(reason=port-down)");
}

static void
test_what_is_received(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab, "actions=output:2", NULL);
	configure(lab, "p1", XLATE_CONFIG_NO_RECV);
	lab_expect(lab, "in_port=1," UNICAST, false, "drop(reason=no-receive)");
	lab_expect(lab, "in_port=1," STP, false, "12");
	configure(lab, "p1", XLATE_CONFIG_NO_RECV_STP);
	lab_expect(lab, "in_port=1," UNICAST, false, "12");
	lab_expect(lab, "in_port=1," STP, false, "drop(reason=no-receive)");
	configure(lab, "p1", XLATE_CONFIG_NO_RECV | XLATE_CONFIG_NO_RECV_STP);
	lab_expect(lab, "in_port=1," UNICAST, false, "drop(reason=no-receive)");
	lab_expect(lab, "in_port=1," STP, false, "drop(reason=no-receive)");
}

/* One bit distinguishes STP frames, and it is in the mask. */
static void
test_stp_is_distinguished_by_the_mask(void **state)
{
	struct lab *lab = *state;
	struct xlate_out out;

	lab_rules(lab, "actions=output:2", NULL);
	configure(lab, "p1", XLATE_CONFIG_NO_RECV);
	lab_translate(lab, "in_port=1," UNICAST, false, &out);
	assert_int_equal(out.mask.eth_dst.b[0], 0x01);
	xlate_out_free(&out);
	lab_translate(lab, "in_port=1," STP, false, &out);
	for (int i = 0; i < 6; i++)
		assert_int_equal(out.mask.eth_dst.b[i], 0xff);
	xlate_out_free(&out);
}

static void
test_a_change_makes_records_stale(void **state)
{
	struct lab *lab = *state;
	struct xlate_out out;

	lab_rules(lab, "actions=output:2", NULL);
	for (uint32_t bit = 1; bit <= XLATE_CONFIG_ALL; bit <<= 1) {
		uint64_t version = xlate_version(lab->x);

		lab_translate(lab, "in_port=1,ip", false, &out);
		configure(lab, "p2", bit);
		assert_false(lab_current(lab, &out));
		assert_true(xlate_version(lab->x) > version);
		xlate_out_free(&out);
		/* Setting the same configuration is no change. */
		lab_translate(lab, "in_port=1,ip", false, &out);
		configure(lab, "p2", bit);
		assert_true(lab_current(lab, &out));
		xlate_out_free(&out);
	}
}

static void
test_what_is_down_is_not_live(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab, "actions=bundle(eth_src,0,active_backup,ofport,slaves:2,3)", NULL);
	lab_expect(lab, "in_port=1,ip", false, "12");
	configure(lab, "p2", XLATE_CONFIG_DOWN);
	lab_expect(lab, "in_port=1,ip", false, "13");
}

static void
test_refusals(void **state)
{
	struct lab *lab = *state;
	struct xlate_port port;

	assert_int_equal(xlate_port_config_set(lab->x, "p9", 0, 0, lab->err, sizeof lab->err),
			 -ENOENT);
	assert_int_equal(xlate_port_config_set(lab->x, "p1", 0x80, 0x80, lab->err, sizeof lab->err),
			 -EINVAL);
	configure(lab, "p1", XLATE_CONFIG_NO_FLOOD);
	assert_int_equal(xlate_port_by_name(lab->x, "p1", &port, NULL), 0);
	assert_int_equal(port.config, XLATE_CONFIG_NO_FLOOD);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_flood_and_all),
		T(test_nothing_is_sent_to_it),
		T(test_what_is_received),
		T(test_stp_is_distinguished_by_the_mask),
		T(test_a_change_makes_records_stale),
		T(test_what_is_down_is_not_live),
		T(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
