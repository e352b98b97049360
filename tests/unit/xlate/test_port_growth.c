/* SPDX-License-Identifier: Apache-2.0 */
/* Costs of a port beside few and beside many others. */
#include "lab.h"

#include "steps.h"

#include <endian.h>
#include <stdio.h>

static void
port_add(struct lab *lab, const char *kind, unsigned int i)
{
	static const struct xlate_tunnel vxlan = {
		.remote = {.b = {[10] = 0xff, 0xff, 10, 0, 0, 9}}};
	struct xlate_tunnel t = vxlan;
	struct xlate_port port = {.dp_port = 1000 + i};
	char name[16], peer[16];

	snprintf(name, sizeof name, "n%u", i);
	snprintf(peer, sizeof peer, "m%u", i);
	port.name = name;
	if (!strcmp(kind, "patch")) {
		port.peer = peer;
		port.dp_port = FLOW_PORT_NONE;
	} else if (!strcmp(kind, "tunnel")) {
		t.in_key = htobe64(i);
		port.tunnel = &t;
		port.dp_port = 20;
	}
	assert_int_equal(xlate_port_add(lab->x, lab->br, &port, NULL, lab->err, sizeof lab->err),
			 0);
	if (!port.peer)
		xlate_port_live_set(lab->x, port.dp_port, true);
}

/* Returns the cost of a port that comes, changes and goes beside 'n' others. */
static struct cost
cost_beside_ports(const char *kind, unsigned int n)
{
	struct cost begin, cost;
	char name[16];
	struct lab lab;

	lab_open(&lab, 3, 0);
	for (unsigned int i = 0; i < n; i++)
		port_add(&lab, kind, i);
	snprintf(name, sizeof name, "n%u", n);
	begin = cost_now();
	port_add(&lab, kind, n);
	assert_int_equal(xlate_port_config_set(lab.x, name, XLATE_CONFIG_NO_FLOOD,
					       XLATE_CONFIG_NO_FLOOD, lab.err, sizeof lab.err),
			 0);
	assert_int_equal(xlate_port_del(lab.x, name, lab.err, sizeof lab.err), 0);
	cost = cost_since(begin);
	print_message("a %s port beside %u: %lu steps, %lu bytes\n", kind, n, cost.n_steps,
		      cost.n_bytes);
	lab_close(&lab);
	return cost;
}

/* A port costs the same however many others its bridge has. */
static void
test_ports(void **state)
{
	static const char *const kinds[] = {"dp", "patch", "tunnel"};

	(void)state;
	for (unsigned int i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct cost few = cost_beside_ports(kinds[i], 100);
		struct cost many = cost_beside_ports(kinds[i], 10000);

		assert_in_range(many.n_steps, 1, few.n_steps + 100);
		assert_in_range(many.n_bytes, 0, few.n_bytes + 500);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
