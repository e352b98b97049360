/* SPDX-License-Identifier: Apache-2.0 */
/* Bridges and ports: which are accepted or refused, and the results of look-ups by name. */
#include "lab.h"

#include "bridge/port_number.h"

static int
setup(void **state)
{
	static struct lab lab;

	lab_open(&lab, 3, 0);
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
refused(struct lab *lab, int rc, int expected, const char *word)
{
	assert_int_equal(rc, expected);
	if (!strstr(lab->err, word))
		fail_msg("\"%s\" does not say \"%s\"", lab->err, word);
}

static void
test_bridges(void **state)
{
	struct lab *lab = *state;
	uint64_t version = xlate_version(lab->x);

	refused(lab, xlate_bridge_add(lab->x, "br0", lab->err, sizeof lab->err), -EEXIST, "br0");
	refused(lab, xlate_bridge_add(lab->x, "", lab->err, sizeof lab->err), -EINVAL, "1 to 63");
	refused(lab, xlate_bridge_add(lab->x, "a b", lab->err, sizeof lab->err), -EINVAL,
		"character 2");
	refused(lab, xlate_bridge_add(lab->x, "17", lab->err, sizeof lab->err), -EINVAL, "number");
	refused(lab, xlate_bridge_add(lab->x, "Normal", lab->err, sizeof lab->err), -EINVAL,
		"flow syntax");
	refused(lab, xlate_bridge_del(lab->x, "br9", lab->err, sizeof lab->err), -ENOENT, "br9");
	assert_int_equal(xlate_version(lab->x), version);
	assert_int_equal(xlate_bridge_add(lab->x, "br1", lab->err, sizeof lab->err), 0);
	assert_true(xlate_version(lab->x) > version);
	assert_string_equal(xlate_bridge_name(xlate_bridge_find(lab->x, "br1")), "br1");
	assert_int_equal(xlate_bridge_del(lab->x, "br1", lab->err, sizeof lab->err), 0);
	assert_null(xlate_bridge_find(lab->x, "br1"));
}

static void
test_ports_are_refused(void **state)
{
	struct lab *lab = *state;
	struct xlate_port found;

	refused(lab, lab_port(lab, "p1", 9, 99, XLATE_VLAN_TRUNK, 0), -EEXIST, "p1");
	refused(lab, lab_port(lab, "p9", 1, 99, XLATE_VLAN_TRUNK, 0), -EEXIST, "OpenFlow port 1");
	refused(lab, lab_port(lab, "p9", 9, 11, XLATE_VLAN_TRUNK, 0), -EEXIST, "datapath port 11");
	refused(lab, lab_port(lab, "p9", 0xff00, 99, XLATE_VLAN_TRUNK, 0), -EINVAL, "65279");
	refused(lab, lab_port(lab, "p9", 9, 99, XLATE_VLAN_ACCESS, 0), -EINVAL, "tag 0");
	refused(lab, lab_port(lab, "p9", 9, 99, XLATE_VLAN_ACCESS, 4096), -EINVAL, "tag 4096");
	refused(lab, lab_port(lab, "p9", 9, 99, XLATE_VLAN_NATIVE_TAGGED, 0), -EINVAL, "tag 0");
	refused(lab, lab_port(lab, "p9", 9, 99, XLATE_VLAN_NATIVE_UNTAGGED, 4096), -EINVAL,
		"tag 4096");
	refused(lab, lab_port(lab, "p9", 9, 99, XLATE_VLAN_TRUNK, 5), -EINVAL,
		"tag 5: a trunk port cannot have a tag");
	refused(lab, lab_port(lab, "p9", 9, 99, XLATE_N_VLAN_MODES, 5), -EINVAL, "vlan_mode 4");
	refused(lab, lab_port(lab, "in_port", 9, 99, XLATE_VLAN_TRUNK, 0), -EINVAL, "flow syntax");
	assert_int_equal(xlate_port_by_name(lab->x, "p9", &found, NULL), -ENOENT);
	assert_int_equal(xlate_port_by_dp(lab->x, 99, &found, NULL), -ENOENT);
}

static int
count_rising(const struct xlate_port *port, void *aux)
{
	unsigned int *last = aux;

	if (port->ofp_port <= *last)
		return -1;
	*last = port->ofp_port;
	return 0;
}

static void
test_ports_are_found(void **state)
{
	struct lab *lab = *state;
	struct xlate_bridge *br = NULL;
	struct xlate_port port = {.name = "p2a", .dp_port = 70}, found;
	unsigned int last = 0;
	uint16_t number;

	assert_int_equal(xlate_port_del(lab->x, "p2", lab->err, sizeof lab->err), 0);
	assert_int_equal(xlate_port_add(lab->x, lab->br, &port, &number, lab->err, sizeof lab->err),
			 0);
	assert_int_equal(number, 4);
	assert_int_equal(xlate_port_by_name(lab->x, "p2a", &found, &br), 0);
	assert_ptr_equal(br, lab->br);
	assert_int_equal(found.dp_port, 70);
	assert_int_equal(xlate_port_by_dp(lab->x, 70, &found, NULL), 0);
	assert_string_equal(found.name, "p2a");
	assert_int_equal(xlate_port_by_dp(lab->x, 12, &found, NULL), -ENOENT);
	assert_int_equal(xlate_port_each(lab->br, count_rising, &last), 0);
	assert_int_equal(last, 4);
}

/* Adds and deletes a port. Returns the number it had. */
static uint16_t
number_of_another(struct lab *lab, uint16_t asked)
{
	struct xlate_port port = {.name = "other", .dp_port = 70, .ofp_port = asked};
	uint16_t number;

	assert_int_equal(xlate_port_add(lab->x, lab->br, &port, &number, lab->err, sizeof lab->err),
			 0);
	assert_int_equal(xlate_port_del(lab->x, "other", lab->err, sizeof lab->err), 0);
	return number;
}

/* A new port does not inherit the rules of a deleted one. */
static void
test_numbers_are_not_used_again(void **state)
{
	struct lab *lab = *state;

	for (uint16_t i = 4; i < 200; i++)
		assert_int_equal(number_of_another(lab, 0), i);
	assert_int_equal(number_of_another(lab, 205), 205);
	assert_int_equal(number_of_another(lab, 7), 7);
	for (uint16_t i = 200; i < 205; i++)
		assert_int_equal(number_of_another(lab, 0), i);
	assert_int_equal(number_of_another(lab, 0), 206);
}

static bool
is_42(const void *aux, uint16_t number)
{
	(void)aux;
	return number == 42;
}

static bool
is_any(const void *aux, uint16_t number)
{
	(void)aux;
	(void)number;
	return true;
}

/* When all numbers have been used, they are assigned again, oldest first. */
static void
test_numbers_do_not_run_out(void **state)
{
	static struct port_numbers n;

	(void)state;
	for (unsigned int round = 0; round < 3; round++)
		for (uint16_t i = 1; i <= XLATE_PORT_MAX; i++) {
			if (i == 42)
				continue;
			assert_int_equal(port_number_next(&n, is_42, NULL), i);
			port_number_use(&n, i);
		}
	assert_int_equal(port_number_next(&n, is_any, NULL), 0);
}

static void
test_names(void **state)
{
	struct lab *lab = *state;
	struct flow_port_names of = xlate_of_port_names(lab->br), dp = xlate_dp_port_names(lab->x);
	uint32_t number;

	assert_string_equal(of.name(of.aux, 3), "p3");
	assert_string_equal(dp.name(dp.aux, 13), "p3");
	assert_null(of.name(of.aux, 13));
	assert_int_equal(of.number(of.aux, "p3xyz", 2, &number), 0);
	assert_int_equal(number, 3);
	assert_int_equal(dp.number(dp.aux, "p3", 2, &number), 0);
	assert_int_equal(number, 13);
	assert_int_equal(dp.number(dp.aux, "p", 1, &number), -ENOENT);
}

static void
test_unowned_port_drops(void **state)
{
	struct lab *lab = *state;
	struct flow_key key = {.in_port = 500, .eth_type = 0x0008};
	struct xlate_in in = {.key = &key, .now_ns = LAB_NOW, .learn = true};
	struct xlate_out out;

	assert_int_equal(xlate_translate(lab->x, &in, &out), 0);
	assert_int_equal(out.drop, FLOW_DROP_NO_BRIDGE);
	assert_null(out.record);
	assert_int_equal(out.actions.n, 1);
	assert_int_equal(out.actions.a[0].drop, FLOW_DROP_NO_BRIDGE);
	assert_int_equal(out.mask.in_port, UINT32_MAX);
	assert_int_equal(out.mask.eth_type, UINT16_MAX);
	assert_int_equal(out.mask.nw_src, 0);
	xlate_out_free(&out);
}

/* LOCAL is a port like others, with a number that is never chosen. */
static void
test_local(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab, "actions=LOCAL", NULL);
	lab_expect(lab, "in_port=1,ip", false, "drop");
	assert_int_equal(lab_port(lab, "br0", XLATE_PORT_LOCAL, 50, XLATE_VLAN_TRUNK, 0), 0);
	lab_expect(lab, "in_port=1,ip", false, "50");
	lab_expect(lab, "in_port=LOCAL,ip", false, "drop");
	lab_rules(lab, "in_port=LOCAL,actions=output:2", "in_port=2,actions=NORMAL",
		  "in_port=3,actions=FLOOD", NULL);
	lab_expect(lab, "in_port=LOCAL,ip", false, "12");
	lab_expect(lab, "in_port=2,ip", false, "11,13,50");
	lab_expect(lab, "in_port=3,ip", false, "11,12,50");
	refused(lab, lab_port(lab, "x", XLATE_PORT_LOCAL, 51, XLATE_VLAN_TRUNK, 0), -EEXIST,
		"used by port \"br0\"");
	refused(lab, lab_port(lab, "x", XLATE_PORT_NONE, 51, XLATE_VLAN_TRUNK, 0), -EINVAL,
		"LOCAL");
	assert_int_equal(lab_port(lab, "x", 0, 51, XLATE_VLAN_TRUNK, 0), 0);
	lab_expect(lab, "in_port=2,ip", false, "11,13,51,50");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_bridges, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ports_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ports_are_found, setup, teardown),
		cmocka_unit_test_setup_teardown(test_numbers_are_not_used_again, setup, teardown),
		cmocka_unit_test(test_numbers_do_not_run_out),
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unowned_port_drops, setup, teardown),
		cmocka_unit_test_setup_teardown(test_local, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
