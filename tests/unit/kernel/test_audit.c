/* SPDX-License-Identifier: Apache-2.0 */
/* An audit names what differs between ledger and kernel, and nothing that is changing; its steps do not grow with the
 * flows. */
#include "fake.h"

#include "operate/kernel_audit.h"

#include <base/clock.h>
#include <base/rcu.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct scene {
	struct fake_flow *flows;
	struct kdp *kdp;
	struct xlate *xlate;
	struct ofl *ofl;
	struct upc *upc;
	struct ctl_kernel_ports ports;
	struct ctl_kernel_audit *audit;
	struct ctl_kernel_audit_result result;
};

static int
adopt(void *aux, const struct kdp_found *f)
{
	const struct upc_found found = {f->ufid, f->match, f->actions, f->stats};
	struct scene *s = aux;

	assert_null(f->refused);
	assert_int_equal(upc_adopt(s->upc, &found), 0);
	return 0;
}

static void
ports_make(struct scene *s)
{
	struct ctl_kernel_port p = {
		.number = 1, .ifindex = 9, .config = {KDP_PORT_INTERNAL, "fake", 0}};

	memcpy(p.interface, "fake", 5);
	assert_int_equal(ctl_kernel_ports_add(&s->ports, &p), 0);
}

/* The kernel has n flows, and the ledger has them, too. */
static void
scene_start(struct scene *s, unsigned int n)
{
	struct kdp_config config = {.name = "fake"};
	struct xlate_config xc = {.seed = 1};
	struct ofl_config oc = {.disabled = true};
	struct upc_config uc = {.held = true, .seed = 1};
	struct kdp_walk *w;
	char err[256] = "";

	*s = (struct scene){.flows = calloc(n + 8, sizeof *s->flows)};
	assert_non_null(s->flows);
	for (unsigned int i = 0; i < n; i++)
		s->flows[i] = (struct fake_flow){.id = i + 1, .output = 2, .n_packets = 5};
	fake_reset(FAKE_NONE, 0, 0);
	assert_int_equal(kdp_create(&config, &s->kdp, err, sizeof err), 0);
	fake.flows = s->flows;
	fake.n_flows = n;
	assert_int_equal(xlate_create(&xc, &s->xlate), 0);
	assert_int_equal(ofl_create(&oc, &s->ofl), 0);
	uc.dp = kdp_dp(s->kdp);
	uc.xlate = s->xlate;
	uc.ofl = s->ofl;
	assert_int_equal(upc_create(&uc, &s->upc), 0);
	assert_int_equal(kdp_walk_create(s->kdp, false, &w), 0);
	while (kdp_walk_next(w, adopt, s) > 0)
		;
	kdp_walk_destroy(w);
	ports_make(s);
}

/* Takes the steps of an audit; 'meanwhile' is called after each. Returns the last one's result. */
static int
audit_run(struct scene *s, void (*meanwhile)(struct scene *s, unsigned int step))
{
	const struct ctl_kernel_audit_of of = {s->kdp, &s->ports, s->upc};
	unsigned int n = 0;
	uint64_t wait_ns;
	int rc;

	ctl_kernel_audit_destroy(s->audit);
	assert_int_equal(ctl_kernel_audit_create(&of, &s->audit), 0);
	do {
		rc = ctl_kernel_audit_step(s->audit, &wait_ns);
		assert_in_range(wait_ns, 0, NS_PER_S);
		if (meanwhile)
			meanwhile(s, n);
	} while (rc > 0 && n++ < 10000);
	ctl_kernel_audit_result(s->audit, &s->result);
	return rc;
}

static void
scene_end(struct scene *s)
{
	ctl_kernel_audit_destroy(s->audit);
	upc_leave(s->upc);
	ofl_destroy(s->ofl);
	xlate_destroy(s->xlate);
	kdp_destroy(s->kdp, false);
	ctl_kernel_ports_free(&s->ports);
	free(s->flows);
	fake_reset(FAKE_NONE, 0, 0);
}

static const struct ctl_audit_difference *
difference(const struct scene *s, enum ctl_audit_kind kind)
{
	for (unsigned int i = 0; i < s->result.n; i++) {
		if (s->result.differences[i].kind == kind)
			return &s->result.differences[i];
	}
	fail_msg("no %s among %u", ctl_audit_kind_names[kind], s->result.n);
	return NULL;
}

static void
what_agrees_has_no_difference(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s, 100);
	assert_int_equal(audit_run(&s, NULL), 0);
	assert_int_equal(s.result.n, 0);
	assert_int_equal(s.result.n_kernel, 100);
	assert_int_equal(s.result.n_ledger, 100);
	assert_int_equal(s.result.n_changing + s.result.n_unexamined + s.result.n_unowned, 0);
	scene_end(&s);
}

static void
each_difference_is_named(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s, 100);
	s.flows[10].is_gone = true;
	s.flows[20].output = 3;
	s.flows[30].n_packets = 1;
	s.flows[100] = (struct fake_flow){.id = 5000, .output = 2};
	s.flows[101] = (struct fake_flow){.output = 7};
	fake.n_flows = 102;
	assert_int_equal(audit_run(&s, NULL), 0);
	assert_int_equal(s.result.n, 5);
	assert_int_equal(difference(&s, CTL_AUDIT_MISSING)->ufid.hi, 11);
	assert_non_null(strstr(difference(&s, CTL_AUDIT_MISSING)->ours, "actions:2"));
	assert_null(difference(&s, CTL_AUDIT_MISSING)->kernel);
	assert_int_equal(difference(&s, CTL_AUDIT_ACTIONS)->ufid.hi, 21);
	assert_non_null(strstr(difference(&s, CTL_AUDIT_ACTIONS)->kernel, "actions:3"));
	assert_non_null(strstr(difference(&s, CTL_AUDIT_ACTIONS)->ours, "actions:2"));
	assert_int_equal(difference(&s, CTL_AUDIT_COUNTS)->ufid.hi, 31);
	assert_string_equal(difference(&s, CTL_AUDIT_COUNTS)->kernel, "1 packets");
	assert_int_equal(difference(&s, CTL_AUDIT_UNKNOWN)->ufid.hi, 5000);
	assert_non_null(strstr(difference(&s, CTL_AUDIT_FOREIGN)->kernel, "actions:7"));
	scene_end(&s);
}

/* After the first two steps of 100 flows all of the kernel's are compared; then these return. */
static void
restore(struct scene *s, unsigned int step)
{
	if (step != 6)
		return;
	s->flows[10].is_gone = false;
	s->flows[20].output = 2;
}

static void
what_is_changing_is_no_difference(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s, 100);
	s.flows[10].is_gone = true;
	s.flows[20].output = 3;
	assert_int_equal(audit_run(&s, restore), 0);
	assert_int_equal(s.result.n, 0);
	assert_int_equal(s.result.n_changing, 2);
	scene_end(&s);
}

static void
ports_are_compared(void **state)
{
	struct ctl_kernel_port other = {.number = 7,
					.ifindex = 3,
					.config = {KDP_PORT_SYSTEM, "eth9", 0},
					.interface = "eth9"};
	struct ctl_kernel_port lost = {.number = 8, .config = {KDP_PORT_SYSTEM, "eth8", 0}};
	struct scene s;

	(void)state;
	scene_start(&s, 1);
	assert_int_equal(ctl_kernel_ports_add(&s.ports, &other), 0);
	assert_int_equal(ctl_kernel_ports_add(&s.ports, &lost), 0);
	s.ports.by_number[0]->config.kind = KDP_PORT_SYSTEM;
	assert_int_equal(audit_run(&s, NULL), 0);
	assert_int_equal(s.result.n, 2);
	assert_int_equal(s.result.n_lost, 1);
	assert_int_equal(difference(&s, CTL_AUDIT_PORT_MISSING)->port, 7);
	assert_string_equal(difference(&s, CTL_AUDIT_PORT_MISSING)->ours, "eth9, system");
	assert_int_equal(difference(&s, CTL_AUDIT_PORT_OTHER)->port, 1);
	assert_string_equal(difference(&s, CTL_AUDIT_PORT_OTHER)->kernel, "fake, internal");
	ctl_kernel_ports_del(&s.ports, s.ports.by_number[0]);
	assert_int_equal(audit_run(&s, NULL), 0);
	assert_int_equal(s.result.n_unowned, 1);
	scene_end(&s);
}

static void
many_differences_are_counted(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s, 3000);
	for (unsigned int i = 0; i < 3000; i++)
		s.flows[i].output = 9;
	assert_int_equal(audit_run(&s, NULL), 0);
	assert_int_equal(s.result.n, CTL_AUDIT_MAX);
	assert_int_equal(s.result.n_unexamined, 3000 - CTL_AUDIT_MAX);
	scene_end(&s);
}

static void
a_datapath_that_is_gone(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s, 10);
	fake.fault = FAKE_GONE;
	fake.at = fake.n_requests + 1;
	assert_int_equal(audit_run(&s, NULL), -ENODEV);
	/* After the ports and the walk. */
	fake.at = fake.n_requests + 3;
	assert_int_equal(audit_run(&s, NULL), -ENODEV);
	fake.fault = FAKE_NONE;
	scene_end(&s);
}

/* Returns the flows of the largest step. */
static unsigned int
largest_step(unsigned int n)
{
	struct scene s;
	unsigned int most;

	scene_start(&s, n);
	assert_int_equal(audit_run(&s, NULL), 0);
	assert_int_equal(s.result.n, 0);
	assert_int_equal(s.result.n_kernel, n);
	assert_int_equal(s.result.n_ledger, n);
	most = s.result.n_flows_most > s.result.n_asks_most ? s.result.n_flows_most
							    : s.result.n_asks_most;
	scene_end(&s);
	return most;
}

static void
steps_are_bounded(void **state)
{
	(void)state;
	assert_in_range(largest_step(100), FAKE_PART, 100);
	assert_in_range(largest_step(10000), FAKE_PART, 256);
}

static int
thread_start(void **state)
{
	(void)state;
	rcu_thread_start();
	return 0;
}

static int
thread_stop(void **state)
{
	(void)state;
	rcu_thread_stop();
	return 0;
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
		cmocka_unit_test(steps_are_bounded),
	};

	return cmocka_run_group_tests(tests, thread_start, thread_stop);
}
