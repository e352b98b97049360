/* SPDX-License-Identifier: Apache-2.0 */
/* Allocations of a handler for a batch of new megaflows, without those of the fake datapath. */
#include "core.h"
#include "world.h"

#include <base/clock.h>

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define N_BYTES 100
/* For each megaflow: its entry, its match, its actions, its record. */
#define PER_FLOW_MAX 4
/* Arrays of the ledger that grow: three in each of its 64 shards at first. */
#define PER_BATCH_MAX 192

static _Thread_local unsigned int n_allocations;
static _Thread_local bool counts;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t n_bytes);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t n_bytes);
void *__wrap_realloc(void *p, size_t n);

void *
__wrap_malloc(size_t n)
{
	n_allocations += counts;
	return __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t n_bytes)
{
	n_allocations += counts;
	return __real_calloc(n, n_bytes);
}

void *
__wrap_realloc(void *p, size_t n)
{
	n_allocations += counts;
	return __real_realloc(p, n);
}

static const struct dp_class *datapath_class;

static void
operate(struct dp *dp, struct dp_op *ops, unsigned int n)
{
	counts = false;
	datapath_class->operate(dp, ops, n);
	counts = true;
}

/* Returns the allocations for 'n' packets of as many flows from 'first' on. */
static unsigned int
run(struct world *w, struct batch *b, unsigned int first, unsigned int n)
{
	static const uint8_t data[N_BYTES];

	for (b->n = 0; b->n < n; b->n++) {
		struct dp_upcall *up = w->f.dp.class->packet_new(&w->f.dp, data, N_BYTES, 1);

		up->key = world_key(1, 0);
		up->key.tp_src = htons((uint16_t)(first + b->n));
		b->packets[b->n] = up;
	}
	b->now_ns = clock_now_ns();
	n_allocations = 0;
	counts = true;
	batch_run(w->u, b);
	counts = false;
	rcu_quiesce();
	return n_allocations;
}

static void
set_up_costs_few_allocations(void **state)
{
	struct world_config wc = {.seed = 1, .n_ports = 3, .upc = {.idle_ns = 3600 * NS_PER_S}};
	struct batch *b = malloc(sizeof *b);
	unsigned int n, most = 0;
	struct upc_stats s;
	struct dp_class class;
	struct world w;

	(void)state;
	assert_non_null(b);
	world_start(&w, &wc);
	upc_pause(w.u);
	datapath_class = w.f.dp.class;
	class = *datapath_class;
	class.operate = operate;
	w.f.dp.class = &class;
	world_flow(&w, XLATE_ADD,
		   "table=1,priority=0,udp,actions=move:NXM_OF_UDP_SRC[]->NXM_NX_REG1[0..15],"
		   "output:2");
	for (unsigned int i = 0; i < 300; i++) {
		n = run(&w, b, i * DP_BATCH_MAX, DP_BATCH_MAX);
		most = n > most ? n : most;
	}
	upc_stats(w.u, &s);
	assert_int_equal(s.n_flows, 300 * DP_BATCH_MAX);
	print_message("%u allocations for %u new megaflows, at most\n", most, DP_BATCH_MAX);
	assert_true(most <= PER_FLOW_MAX * DP_BATCH_MAX + PER_BATCH_MAX);

	/* Packets of megaflows that exist. */
	n = run(&w, b, 0, DP_BATCH_MAX);
	print_message("%u allocations for packets of %u megaflows that exist\n", n, DP_BATCH_MAX);
	w.f.dp.class = datapath_class;
	world_stop(&w);
	free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_up_costs_few_allocations),
	};
	int rc;

	rcu_thread_start();
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_thread_stop();
	return rc;
}
