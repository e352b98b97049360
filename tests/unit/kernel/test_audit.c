/* SPDX-License-Identifier: Apache-2.0 */
/* An audit names what differs between ledger and kernel, and nothing that is changing; its steps do not grow with the
 * flows. */
#include "scene.h"

#include "operate/kernel_audit.h"

#include <base/clock.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* The kernel, the ledger and the daemon's ports; audits of them. */
struct world {
	struct scene scene;
	struct ctl_kernel_ports ports;
	struct ctl_kernel_audit *audit;
	struct ctl_kernel_audit_result result;
};

static void
ports_make(struct world *w)
{
	struct ctl_kernel_port p = {
		.number = 1, .ifindex = 9, .config = {KDP_PORT_INTERNAL, "fake", 0}};

	memcpy(p.interface, "fake", 5);
	assert_int_equal(ctl_kernel_ports_add(&w->ports, &p), 0);
}

/* The kernel has n flows, and the ledger has them, too. */
static void
world_start(struct world *w, unsigned int n)
{
	*w = (struct world){0};
	scene_start(&w->scene, n);
	scene_adopt(&w->scene);
	ports_make(w);
}

/* Takes the steps of an audit; 'meanwhile' is called after each. Returns the last one's result. */
static int
audit_run(struct world *w, void (*meanwhile)(struct world *w, unsigned int step))
{
	const struct ctl_kernel_audit_of of = {w->scene.kdp, &w->ports, w->scene.upc};
	unsigned int n = 0;
	uint64_t wait_ns;
	int rc;

	ctl_kernel_audit_destroy(w->audit);
	assert_int_equal(ctl_kernel_audit_create(&of, &w->audit), 0);
	do {
		rc = ctl_kernel_audit_step(w->audit, &wait_ns);
		assert_in_range(wait_ns, 0, NS_PER_S);
		if (meanwhile)
			meanwhile(w, n);
	} while (rc > 0 && n++ < 10000);
	ctl_kernel_audit_result(w->audit, &w->result);
	return rc;
}

static void
world_end(struct world *w)
{
	ctl_kernel_audit_destroy(w->audit);
	ctl_kernel_ports_free(&w->ports);
	scene_end(&w->scene);
}

static const struct ctl_audit_difference *
difference(const struct world *w, enum ctl_audit_kind kind)
{
	for (unsigned int i = 0; i < w->result.n; i++) {
		if (w->result.differences[i].kind == kind)
			return &w->result.differences[i];
	}
	fail_msg("no %s among %u", ctl_audit_kind_names[kind], w->result.n);
	return NULL;
}

static void
what_agrees_has_no_difference(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, 100);
	assert_int_equal(audit_run(&w, NULL), 0);
	assert_int_equal(w.result.n, 0);
	assert_int_equal(w.result.n_kernel, 100);
	assert_int_equal(w.result.n_ledger, 100);
	assert_int_equal(w.result.n_changing + w.result.n_unexamined + w.result.n_unowned, 0);
	world_end(&w);
}

static void
each_difference_is_named(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, 100);
	w.scene.flows[10].is_gone = true;
	w.scene.flows[20].output = 3;
	w.scene.flows[30].n_packets = 1;
	w.scene.flows[100] = (struct fake_flow){.id = 5000, .output = 2};
	w.scene.flows[101] = (struct fake_flow){.output = 7};
	fake.n_flows = 102;
	assert_int_equal(audit_run(&w, NULL), 0);
	assert_int_equal(w.result.n, 5);
	assert_int_equal(difference(&w, CTL_AUDIT_MISSING)->ufid.hi, 11);
	assert_non_null(strstr(difference(&w, CTL_AUDIT_MISSING)->ours, "actions:2"));
	assert_null(difference(&w, CTL_AUDIT_MISSING)->kernel);
	assert_int_equal(difference(&w, CTL_AUDIT_ACTIONS)->ufid.hi, 21);
	assert_non_null(strstr(difference(&w, CTL_AUDIT_ACTIONS)->kernel, "actions:3"));
	assert_non_null(strstr(difference(&w, CTL_AUDIT_ACTIONS)->ours, "actions:2"));
	assert_int_equal(difference(&w, CTL_AUDIT_COUNTS)->ufid.hi, 31);
	assert_string_equal(difference(&w, CTL_AUDIT_COUNTS)->kernel, "1 packets");
	assert_int_equal(difference(&w, CTL_AUDIT_UNKNOWN)->ufid.hi, 5000);
	assert_non_null(strstr(difference(&w, CTL_AUDIT_FOREIGN)->kernel, "actions:7"));
	world_end(&w);
}

/* The kernel's 100 flows take five steps after that of ports, the ledger's one or two, the first look one: these return
 * after it. */
static void
restore(struct world *w, unsigned int step)
{
	if (step != 9)
		return;
	w->scene.flows[10].is_gone = false;
	w->scene.flows[20].output = 2;
}

static void
what_is_changing_is_no_difference(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, 100);
	w.scene.flows[10].is_gone = true;
	w.scene.flows[20].output = 3;
	assert_int_equal(audit_run(&w, restore), 0);
	assert_int_equal(w.result.n, 0);
	assert_int_equal(w.result.n_changing, 2);
	world_end(&w);
}

static void
ports_are_compared(void **state)
{
	struct ctl_kernel_port other = {.number = 7,
					.ifindex = 3,
					.config = {KDP_PORT_SYSTEM, "eth9", 0},
					.interface = "eth9"};
	struct ctl_kernel_port lost = {.number = 8, .config = {KDP_PORT_SYSTEM, "eth8", 0}};
	struct world w;

	(void)state;
	world_start(&w, 1);
	assert_int_equal(ctl_kernel_ports_add(&w.ports, &other), 0);
	assert_int_equal(ctl_kernel_ports_add(&w.ports, &lost), 0);
	w.ports.by_number[0]->config.kind = KDP_PORT_SYSTEM;
	assert_int_equal(audit_run(&w, NULL), 0);
	assert_int_equal(w.result.n, 2);
	assert_int_equal(w.result.n_lost, 1);
	assert_int_equal(difference(&w, CTL_AUDIT_PORT_MISSING)->port, 7);
	assert_string_equal(difference(&w, CTL_AUDIT_PORT_MISSING)->ours, "eth9, system");
	assert_int_equal(difference(&w, CTL_AUDIT_PORT_OTHER)->port, 1);
	assert_string_equal(difference(&w, CTL_AUDIT_PORT_OTHER)->kernel, "fake, internal");
	ctl_kernel_ports_del(&w.ports, w.ports.by_number[0]);
	assert_int_equal(audit_run(&w, NULL), 0);
	assert_int_equal(w.result.n_unowned, 1);
	world_end(&w);
}

static void
many_differences_are_counted(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, 3000);
	for (unsigned int i = 0; i < 3000; i++)
		w.scene.flows[i].output = 9;
	assert_int_equal(audit_run(&w, NULL), 0);
	assert_int_equal(w.result.n, CTL_AUDIT_MAX);
	assert_int_equal(w.result.n_unexamined, 3000 - CTL_AUDIT_MAX);
	world_end(&w);
}

static void
a_datapath_that_is_gone(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, 10);
	fake.fault = FAKE_GONE;
	fake.at = fake.n_requests + 1;
	assert_int_equal(audit_run(&w, NULL), -ENODEV);
	/* After the ports and the walk. */
	fake.at = fake.n_requests + 3;
	assert_int_equal(audit_run(&w, NULL), -ENODEV);
	fake.fault = FAKE_NONE;
	world_end(&w);
}

/* After the ports, the walk and some flows of the ledger. */
static void
a_flow_that_cannot_be_read_is_read_again(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, 10);
	fake.fault = FAKE_ERROR;
	fake.error = -ENOMEM;
	fake.at = fake.n_requests + 5;
	assert_int_equal(audit_run(&w, NULL), 0);
	assert_int_equal(w.result.n, 0);
	assert_int_equal(w.result.n_changing, 1);
	/* The first look at it. */
	fake.fault = FAKE_ERROR;
	w.scene.flows[3].is_gone = true;
	fake.at = fake.n_requests + 13;
	assert_int_equal(audit_run(&w, NULL), -ENOMEM);
	fake.fault = FAKE_NONE;
	world_end(&w);
}

/* Returns the flows of the largest step. */
static unsigned int
largest_step(unsigned int n)
{
	struct world w;
	unsigned int most;

	world_start(&w, n);
	assert_int_equal(audit_run(&w, NULL), 0);
	assert_int_equal(w.result.n, 0);
	assert_int_equal(w.result.n_kernel, n);
	assert_int_equal(w.result.n_ledger, n);
	most = w.result.n_flows_most > w.result.n_asks_most ? w.result.n_flows_most
							    : w.result.n_asks_most;
	world_end(&w);
	return most;
}

static void
steps_are_bounded(void **state)
{
	(void)state;
	assert_in_range(largest_step(100), FAKE_PART, 100);
	assert_in_range(largest_step(10000), FAKE_PART, 256);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_agrees_has_no_difference),
		cmocka_unit_test(each_difference_is_named),
		cmocka_unit_test(what_is_changing_is_no_difference),
		cmocka_unit_test(ports_are_compared),
		cmocka_unit_test(many_differences_are_counted),
		cmocka_unit_test(a_datapath_that_is_gone),
		cmocka_unit_test(a_flow_that_cannot_be_read_is_read_again),
		cmocka_unit_test(steps_are_bounded),
	};

	return cmocka_run_group_tests(tests, scene_thread_start, scene_thread_stop);
}
