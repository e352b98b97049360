/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of interfaces find their port by ifindex, whatever the number of ports. */
#include "operate/kernel_follow.h"
#include "operate/netdev.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define N_REPORTS 1000

/* Requests to the kernel for an interface by name. */
static unsigned int n_requests;

int __wrap_socket(int domain, int type, int protocol);
int
__wrap_socket(int domain, int type, int protocol)
{
	(void)domain;
	(void)type;
	(void)protocol;
	n_requests++;
	return -1;
}

struct seen {
	unsigned int n;
	uint32_t port;
	bool up;
};

static void
changed(uint32_t port, bool up, void *aux)
{
	struct seen *s = aux;

	*s = (struct seen){s->n + 1, port, up};
}

static struct log *
quiet(void)
{
	static struct log *log;

	if (!log)
		assert_int_equal(log_create(fopen("/dev/null", "w"), &log), 0);
	return log;
}

/* Port i has interface e(i) with ifindex 100 + i. */
static void
ports_make(struct ctl_kernel_ports *t, unsigned int n)
{
	for (unsigned int i = 1; i <= n; i++) {
		struct ctl_kernel_port p = {.number = n - i + 1, .ifindex = 100 + n - i + 1};

		snprintf(p.name, sizeof p.name, "p%u", p.number);
		snprintf(p.interface, sizeof p.interface, "e%u", p.number);
		memcpy(p.config.name, p.interface, sizeof p.config.name);
		assert_int_equal(ctl_kernel_ports_add(t, &p), 0);
	}
}

static struct ctl_netdev
report(unsigned int i, bool up)
{
	struct ctl_netdev n = {
		.ifindex = 100 + i, .there = true, .up = up, .has_master = true, .mtu = 1500};

	snprintf(n.name, sizeof n.name, "e%u", i);
	return n;
}

/* Returns how many ports the reports looked at. */
static uint64_t
reports_take(unsigned int n_ports)
{
	struct ctl_kernel_ports t = {0};
	const struct ctl_kernel_follow f = {.ports = &t, .log = quiet()};
	struct seen seen = {0};
	uint64_t n_looks;

	ports_make(&t, n_ports);
	for (unsigned int i = 0; i < N_REPORTS; i++) {
		struct ctl_netdev n = report(1 + i % n_ports, i / n_ports % 2 == 0);

		ctl_kernel_follow(&f, &n, changed, &seen);
		n.ifindex += 100000;
		ctl_kernel_follow(&f, &n, changed, &seen);
	}
	assert_int_equal(seen.n, N_REPORTS);
	n_looks = t.n_looks;
	ctl_kernel_ports_free(&t);
	return n_looks;
}

static void
a_report_costs_the_same(void **state)
{
	(void)state;
	n_requests = 0;
	assert_in_range(reports_take(10), N_REPORTS, 3 * N_REPORTS);
	assert_in_range(reports_take(1000), N_REPORTS, 3 * N_REPORTS);
	assert_int_equal(n_requests, 0);
}

static void
ports_are_in_order(void **state)
{
	struct ctl_kernel_ports t = {0};

	(void)state;
	ports_make(&t, 100);
	ctl_kernel_ports_del(&t, ctl_kernel_ports_find(&t, 50));
	assert_int_equal(t.n, 99);
	assert_null(ctl_kernel_ports_find(&t, 50));
	assert_null(ctl_kernel_ports_of(&t, 150));
	for (unsigned int i = 0; i < t.n; i++) {
		struct ctl_kernel_port *p = t.by_number[i];

		assert_int_equal(p->number, i + 1 + (i >= 49));
		assert_ptr_equal(ctl_kernel_ports_find(&t, p->number), p);
		assert_ptr_equal(ctl_kernel_ports_of(&t, p->ifindex), p);
	}
	ctl_kernel_ports_free(&t);
}

static void
an_interface_is_followed(void **state)
{
	struct ctl_kernel_ports t = {0};
	const struct ctl_kernel_follow f = {.ports = &t, .log = quiet()};
	struct ctl_netdev n = report(2, true);
	struct seen seen = {0};
	struct ctl_kernel_port *p;

	(void)state;
	ports_make(&t, 3);
	p = ctl_kernel_ports_find(&t, 2);
	n.mtu = 9000;
	snprintf(n.name, sizeof n.name, "other");
	ctl_kernel_follow(&f, &n, changed, &seen);
	assert_string_equal(p->interface, "other");
	assert_int_equal(p->mtu, 9000);
	assert_int_equal(p->n_renamed, 1);
	assert_true(seen.n == 1 && seen.port == 2 && seen.up);
	n.there = false;
	ctl_kernel_follow(&f, &n, changed, &seen);
	assert_true(seen.n == 2 && !seen.up);
	assert_non_null(strstr(p->fault, "other was removed"));
	assert_null(ctl_kernel_ports_of(&t, 102));
	/* It waits for the name that it was added with. */
	n = report(20, true);
	ctl_kernel_follow(&f, &n, changed, &seen);
	assert_false(p->may_return);
	snprintf(n.name, sizeof n.name, "e2");
	ctl_kernel_follow(&f, &n, changed, &seen);
	assert_true(p->may_return);
	assert_int_equal(p->n_lost, 1);
	ctl_kernel_ports_free(&t);
}

static void
counts_do_not_decrease(void **state)
{
	struct ctl_kernel_port p = {.number = 1};
	struct kdp_port_stats s = {.rx_packets = 10, .tx_bytes = 7};

	(void)state;
	ctl_kernel_port_count(&p, &s);
	assert_int_equal(s.rx_packets, 10);
	s = (struct kdp_port_stats){.overruns = 3};
	ctl_kernel_port_counted(&p, &s);
	assert_true(s.rx_packets == 10 && s.tx_bytes == 7 && s.overruns == 3);
	p.before = p.last;
	s = (struct kdp_port_stats){.rx_packets = 2};
	ctl_kernel_port_count(&p, &s);
	assert_true(s.rx_packets == 12 && s.tx_bytes == 7);
	s = (struct kdp_port_stats){.rx_packets = 3};
	ctl_kernel_port_count(&p, &s);
	assert_int_equal(s.rx_packets, 13);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_costs_the_same),
		cmocka_unit_test(ports_are_in_order),
		cmocka_unit_test(an_interface_is_followed),
		cmocka_unit_test(counts_do_not_decrease),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
