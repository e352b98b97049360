/* SPDX-License-Identifier: Apache-2.0 */
/* The balance of ports: what no megaflow counts is accepted as long as it does not grow, or what grows is explained; a
 * step reads some ports, however many there are. */
#include "scene.h"

#include "operate/datapath.h"
#include "operate/kernel_balance.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* The datapath: port i has number i. */
static struct {
	unsigned int n_ports;
	uint64_t received, released, lost; /* of port 0; of all */
	bool is_deaf;			   /* no port is read */
	unsigned int n_reads;
} dp;

static void
port_each(struct ctl_stack *s, ctl_port_cb cb, void *aux)
{
	(void)s;
	for (uint32_t i = 0; i < dp.n_ports; i++)
		cb(i, aux);
}

static int
port_info(struct ctl_stack *s, uint32_t port, struct ctl_port_info *out)
{
	(void)s;
	*out = (struct ctl_port_info){.mtu = 1500};
	snprintf(out->name, sizeof out->name, "p%u", port);
	return 0;
}

static int
port_counts(struct ctl_stack *s, uint32_t port, struct ctl_port_counts *out)
{
	(void)s;
	dp.n_reads++;
	*out = (struct ctl_port_counts){.rx_packets = port ? 0 : dp.received};
	out->upcall_drops[FLOW_DROP_METER] = port ? 0 : dp.released;
	return dp.is_deaf ? -ENOENT : 0;
}

static void
totals(struct ctl_stack *s, struct ctl_datapath_totals *out)
{
	(void)s;
	*out = (struct ctl_datapath_totals){.lost = dp.lost};
}

static const struct ctl_datapath datapath = {.name = "fake",
					     .port_each = port_each,
					     .port_info = port_info,
					     .port_counts = port_counts,
					     .totals = totals};

struct world {
	struct scene scene;
	struct ctl_stack stack;
	struct ctl_kernel_balance b;
	unsigned int n_most; /* reads of one step */
};

static void
world_start(struct world *w, unsigned int n_ports)
{
	*w = (struct world){0};
	memset(&dp, 0, sizeof dp);
	dp.n_ports = n_ports;
	scene_start(&w->scene, 0);
	w->stack = (struct ctl_stack){.datapath = &datapath, .upc = w->scene.upc};
}

static void
world_end(struct world *w)
{
	ctl_kernel_balance_free(&w->b);
	scene_end(&w->scene);
}

static void
steps(struct world *w, bool (*step)(struct ctl_stack *s, struct ctl_kernel_balance *b))
{
	bool more = true;

	while (more) {
		unsigned int before = dp.n_reads;

		more = step(&w->stack, &w->b);
		if (dp.n_reads - before > w->n_most)
			w->n_most = dp.n_reads - before;
	}
}

/* Takes a look, in which port 0 receives packets before the terms are read. Returns whether it was the last. */
static bool
look(struct world *w, unsigned int n_meanwhile)
{
	assert_int_equal(ctl_kernel_balance_begin(&w->stack, &w->b), 0);
	steps(w, ctl_kernel_balance_arrivals);
	dp.received += n_meanwhile;
	steps(w, ctl_kernel_balance_terms);
	return ctl_kernel_balance_end(&w->b);
}

/* Nor are packets from before the daemon. */
static void
what_does_not_grow_is_no_difference(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, 3);
	dp.received = 1000;
	assert_false(look(&w, 0));
	assert_true(look(&w, 0));
	assert_true(w.b.balanced);
	assert_int_equal(w.b.n_ports, 3);
	assert_int_equal(w.b.ports[0].unknown, 1000);
	assert_string_equal(w.b.ports[2].name, "p2");
	world_end(&w);
}

static void
what_grows_needs_a_reason(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, 3);
	look(&w, 0);
	for (int i = 2; i < 4; i++) {
		dp.received += 5;
		assert_false(look(&w, 0));
		assert_false(w.b.balanced);
		assert_int_equal(w.b.ports[0].grown, 5);
	}
	dp.received += 5;
	assert_true(look(&w, 0)); /* the fourth is the last */
	assert_false(w.b.balanced);
	world_end(&w);
	/* Released by handlers, lost by the kernel, or in motion. */
	world_start(&w, 3);
	look(&w, 0);
	dp.received += 5;
	dp.released += 3;
	dp.lost += 2;
	assert_true(look(&w, 0));
	assert_true(w.b.balanced);
	assert_true(look(&w, 7));
	assert_true(w.b.balanced);
	assert_int_equal(w.b.ports[0].in_motion, 7);
	world_end(&w);
}

/* A look that could not read a port is none that another compares with. */
static void
a_port_that_cannot_be_read(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, 3);
	dp.received = 1000;
	look(&w, 0);
	dp.is_deaf = true;
	look(&w, 0);
	dp.is_deaf = false;
	look(&w, 0);
	assert_true(w.b.balanced);
	assert_false(w.b.ports[0].has_grown);
	world_end(&w);
}

static unsigned int
largest_step(unsigned int n_ports)
{
	struct world w;

	world_start(&w, n_ports);
	look(&w, 0);
	assert_true(look(&w, 0));
	assert_int_equal(dp.n_reads, 2 * 3 * n_ports);
	world_end(&w);
	return w.n_most;
}

static void
steps_are_bounded(void **state)
{
	(void)state;
	assert_int_equal(largest_step(0), 0);
	assert_in_range(largest_step(100), 100, 2 * CTL_KERNEL_BALANCE_PORTS);
	assert_in_range(largest_step(10000), 100, 2 * CTL_KERNEL_BALANCE_PORTS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_does_not_grow_is_no_difference),
		cmocka_unit_test(what_grows_needs_a_reason),
		cmocka_unit_test(a_port_that_cannot_be_read),
		cmocka_unit_test(steps_are_bounded),
	};

	return cmocka_run_group_tests(tests, scene_thread_start, scene_thread_stop);
}
