/* SPDX-License-Identifier: Apache-2.0 */
/* Cycles and packets by receive queue, worker and stage. */
#include "rig.h"

#include <rte_cycles.h>

#define N_SENT 1000
#define STAGES_EVERY 61 /* SWP_STAGES_EVERY */

struct totals {
	unsigned int n_queues;
	uint64_t packets[RIG_PORTS], cycles[RIG_PORTS], load_packets[RIG_PORTS];
	unsigned int worker[RIG_PORTS];
	struct rig *r;
};

static void
queue_note(const struct swp_queue_info *q, void *aux)
{
	struct totals *t = aux;

	for (unsigned int i = 0; i < t->r->n_ports; i++) {
		if (t->r->ports[i].number != q->port)
			continue;
		t->packets[i] += q->packets;
		t->cycles[i] += q->cycles;
		t->load_packets[i] += q->load.packets;
		t->worker[i] = q->worker;
		assert_true(q->load.cycles <= q->cycles);
		assert_true(q->load.span > 0);
	}
	t->n_queues++;
}

static struct totals
totals(struct rig *r)
{
	struct totals t = {.r = r};

	swp_queue_each(r->swp, queue_note, &t);
	return t;
}

static void
test_cycles_belong_to_queues(void **state)
{
	struct swp_worker_stats stats;
	uint64_t by_worker[2] = {0};
	struct totals t;
	struct rig r;

	(void)state;
	rig_start(&r, 2, 64, 4, 4096);
	rig_put_output(&r, 0, 2, 3);
	rig_put_output(&r, 1, 2, 3);
	t = totals(&r);
	assert_int_equal(t.n_queues, 4);
	assert_int_equal(t.packets[0] + t.cycles[0], 0);
	for (unsigned int i = 0; i < N_SENT; i++) {
		rig_send(&r, 0, rig_packet(&r, 2, 80, 20));
		if (i % 10 == 0)
			rig_send(&r, 1, rig_packet(&r, 2, 80, 20));
	}
	rig_wait_received(&r, 0, N_SENT);
	rig_wait_received(&r, 1, N_SENT / 10);
	rcu_sync();
	t = totals(&r);
	assert_int_equal(t.packets[0], N_SENT);
	assert_int_equal(t.load_packets[0], N_SENT);
	assert_int_equal(t.packets[1], N_SENT / 10);
	assert_int_equal(t.packets[2] + t.cycles[2], 0);
	assert_true(t.cycles[0] > 0 && t.cycles[1] > 0);
	assert_int_equal(rig_stats(&r, 0).worker_cycles, t.cycles[0]);
	for (unsigned int i = 0; i < r.n_ports; i++)
		by_worker[t.worker[i]] += t.cycles[i];
	for (unsigned int i = 0; i < 2; i++) {
		swp_worker_stats(r.swp, i, &stats);
		assert_true(by_worker[i] <= stats.cycles_busy);
	}
	rig_stop(&r);
}

/* Loads forget what was before the oldest sample. */
static void
test_loads_forget(void **state)
{
	struct swp_load load;
	struct totals t;
	struct rig r;

	(void)state;
	rig_start(&r, 1, 64, 2, 4096);
	rig_put_output(&r, 0, 2, 1);
	rig_send(&r, 0, rig_packet(&r, 2, 80, 20));
	rig_wait_received(&r, 0, 1);
	for (unsigned int i = 0; i < 10; i++)
		swp_loads_sample(r.swp);
	swp_worker_load(r.swp, 0, &load);
	assert_int_equal(load.packets, 1);
	assert_int_equal(totals(&r).load_packets[0], 1);
	swp_loads_sample(r.swp);
	swp_worker_load(r.swp, 0, &load);
	assert_int_equal(load.packets, 0);
	t = totals(&r);
	assert_int_equal(t.load_packets[0], 0);
	assert_int_equal(t.packets[0], 1);
	rig_send(&r, 0, rig_packet(&r, 2, 80, 20));
	rig_wait_received(&r, 0, 2);
	swp_worker_load(r.swp, 0, &load);
	assert_int_equal(load.packets, 1);
	assert_true(load.span > 0);
	rig_stop(&r);
}

static bool
bursts_are(struct rig *r, void *aux)
{
	struct swp_worker_stats stats;

	swp_worker_stats(r->swp, 0, &stats);
	return stats.bursts >= *(uint64_t *)aux;
}

/* One burst in STAGES_EVERY is measured, the first one of them; every stage of it counts. */
static void
test_few_bursts_are_measured(void **state)
{
	struct swp_worker_stats stats;
	struct rig r;

	(void)state;
	rig_start(&r, 1, 64, 2, 4096);
	rig_put_output(&r, 0, 2, 1);
	for (uint64_t i = 1; i <= 2 * STAGES_EVERY + 1; i++) {
		rig_send(&r, 0, rig_packet(&r, 2, 80, 20));
		rig_wait(&r, bursts_are, &i);
	}
	rig_wait_received(&r, 0, 2 * STAGES_EVERY + 1);
	rcu_sync();
	swp_worker_stats(r.swp, 0, &stats);
	assert_int_equal(stats.bursts, 2 * STAGES_EVERY + 1);
	assert_int_equal(stats.stage_packets, 3);
	for (unsigned int i = SWP_STAGE_READ; i < SWP_N_STAGES; i++)
		assert_true(stats.stage_cycles[i] > 0);
	rig_stop(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cycles_belong_to_queues),
		cmocka_unit_test(test_loads_forget),
		cmocka_unit_test(test_few_bursts_are_measured),
	};

	rig_eal();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
