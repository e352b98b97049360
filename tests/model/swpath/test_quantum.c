/* SPDX-License-Identifier: Apache-2.0 */
/* Turns of receive queues, in simulated cycles: packets of one queue do not wait for the work that
 * packets of another cause, whatever that is. */
#include <quantum.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define QUANTUM 1000
#define BURST 32
#define POLL 20 /* cycles of an empty poll */
#define N_QUEUES_MAX 64

/* Packets arrive each 'period' cycles, or always wait if it is 0. */
struct queue {
	uint64_t period, cost;
	unsigned int n_min; /* 0: 1 */
	bool keeps;	    /* no packet leaves by a port */
	struct swp_quantum q;
	uint64_t due; /* of the oldest packet that is not received */
	uint64_t n_packets, n_turns, cycles, wait_max;
};

struct worker {
	struct swp_quanta all;
	uint64_t now;
	unsigned int n;
	struct queue queues[N_QUEUES_MAX];
};

static unsigned int
receive(struct worker *w, struct queue *q, unsigned int max)
{
	unsigned int n = 0;

	if (!q->period)
		return max;
	for (; n < max && q->due <= w->now; n++) {
		if (w->now - q->due > q->wait_max)
			q->wait_max = w->now - q->due;
		q->due += q->period;
	}
	return n;
}

/* A turn of one queue takes 'extra' cycles more than its packets. */
static void
turn(struct worker *w, unsigned int i, uint64_t extra)
{
	struct queue *q = &w->queues[i];
	unsigned int max =
		swp_quantum_begin(&w->all, &q->q, i, w->now, q->n_min ? q->n_min : 1, BURST);
	unsigned int n = max ? receive(w, q, max) : 0;
	uint64_t cycles = n * q->cost + extra;

	assert_true(max <= BURST);
	w->now += POLL;
	if (!n)
		return;
	w->now += cycles;
	q->n_packets += n;
	q->n_turns++;
	q->cycles += cycles;
	swp_quantum_end(&w->all, &q->q, i, w->now, n, q->keeps ? 0 : n, cycles);
}

static void
turn_if(struct worker *w, unsigned int i, bool backlogged)
{
	if (w->queues[i].q.backlogged == backlogged)
		turn(w, i, 0);
}

static void
run(struct worker *w, uint64_t cycles)
{
	uint64_t end = w->now + cycles;

	while (w->now < end) {
		unsigned int first;

		for (unsigned int i = 0; i < w->n; i++)
			turn_if(w, i, false);
		first = swp_quanta_round(&w->all);
		for (unsigned int i = 0; i < w->n; i++)
			turn_if(w, (first + i) % w->n, true);
	}
}

static struct worker *
worker_new(void)
{
	struct worker *w = calloc(1, sizeof *w);

	assert_non_null(w);
	w->all.cycles = QUANTUM;
	w->now = 1;
	return w;
}

static struct queue *
add(struct worker *w, uint64_t period, uint64_t cost)
{
	struct queue *q = &w->queues[w->n++];

	*q = (struct queue){.period = period, .cost = cost, .due = w->now};
	w->all.n = w->n;
	return q;
}

static void
forget(struct worker *w)
{
	for (unsigned int i = 0; i < w->n; i++) {
		struct queue *q = &w->queues[i];

		q->n_packets = q->n_turns = q->cycles = q->wait_max = 0;
	}
}

static void
test_alone(void **state)
{
	struct worker *w = worker_new();
	struct queue *q = add(w, 0, 100000);

	(void)state;
	add(w, 1, 10)->due = UINT64_MAX; /* silent */
	run(w, UINT64_C(1000000000));
	assert_int_equal(q->n_packets, BURST * q->n_turns);
	free(w);
}

/* A victim with a third of its share waits for one turn of one attacker: a quantum and a packet,
 * whatever a packet costs, however many come and from however many. */
static void
test_wait_is_bounded(void **state)
{
	static const uint64_t costs[] = {10, 100, 300, 1000, 3000, 10000, 100000};

	(void)state;
	for (unsigned int n_attackers = 1; n_attackers <= 16; n_attackers *= 4) {
		for (unsigned int i = 0; i < sizeof costs / sizeof costs[0]; i++) {
			struct worker *w = worker_new();
			uint64_t most = QUANTUM + costs[i],
				 period = 3 * (n_attackers + 1) * QUANTUM;
			struct queue *victim = add(w, period, QUANTUM / 2);
			uint64_t own = (1 + most / period) * QUANTUM / 2;

			for (unsigned int k = 0; k < n_attackers; k++)
				add(w, 0, costs[i]);
			run(w, 1000 * most);
			forget(w);
			run(w, 10000 * most);
			assert_in_range(victim->wait_max, 0,
					most + own + 2 * (n_attackers + 1) * POLL);
			assert_true(victim->n_packets);
			free(w);
		}
	}
}

/* Beside packets that leave by no port a victim waits for a part of a quantum and a packet, also soon after an
 * interruption made it receive full bursts. */
static void
test_kept_packets_in_parts(void **state)
{
	static const uint64_t costs[] = {10, 100, 300, 1000, 3000};

	(void)state;
	for (unsigned int i = 0; i < sizeof costs / sizeof costs[0]; i++) {
		struct worker *w = worker_new();
		uint64_t most = QUANTUM / SWP_QUANTUM_PARTS + costs[i] + QUANTUM / 10 + 2 * POLL;
		struct queue *victim = add(w, QUANTUM, QUANTUM / 10);

		add(w, 0, costs[i])->keeps = true;
		run(w, 1000 * most);
		for (unsigned int k = 0; k < 10; k++) {
			turn(w, 0, 40 * QUANTUM);
			run(w, 100 * most);
			forget(w);
			run(w, 100 * most);
			assert_in_range(victim->wait_max, 0, most);
			assert_true(victim->n_packets);
		}
		free(w);
	}
}

/* Packets that leave by no port get as many cycles as those of a queue that always has ordinary ones. */
static void
test_kept_packets_have_their_share(void **state)
{
	static const uint64_t costs[] = {100, 300, 3000};

	(void)state;
	for (unsigned int i = 0; i < sizeof costs / sizeof costs[0]; i++) {
		struct worker *w = worker_new();
		struct queue *kept, *bulk;

		add(w, 50 * QUANTUM, QUANTUM / 2);
		kept = add(w, 0, costs[i]);
		kept->keeps = true;
		bulk = add(w, 0, 100);
		run(w, UINT64_C(100000000));
		forget(w);
		run(w, UINT64_C(1000000000));
		assert_in_range(kept->cycles, bulk->cycles * 9 / 10, bulk->cycles * 11 / 10);
		free(w);
	}
}

/* A queue with a least number receives so many at once, and no more cycles than others for that. */
static void
test_least_number(void **state)
{
	struct worker *w = worker_new();
	struct queue *light = add(w, 50 * QUANTUM, QUANTUM / 2), *other, *q;

	(void)state;
	other = add(w, 0, 3 * QUANTUM);
	q = add(w, 0, 10 * QUANTUM);
	q->n_min = 8;
	run(w, UINT64_C(100000000));
	forget(w);
	run(w, UINT64_C(1000000000));
	assert_int_equal(q->n_packets, 8 * q->n_turns);
	assert_int_equal(other->n_packets, other->n_turns);
	assert_in_range(q->cycles, other->cycles * 9 / 10, other->cycles * 11 / 10);
	assert_in_range(light->wait_max, 1, (8 * 10 + 3 + 2) * QUANTUM);
	free(w);
}

/* A victim that asks for less than its share keeps its rate. */
static void
test_rate_is_kept(void **state)
{
	static const uint64_t costs[] = {100, 1000, 10000, 100000};

	(void)state;
	for (unsigned int i = 0; i < sizeof costs / sizeof costs[0]; i++) {
		struct worker *w = worker_new();
		struct queue *victim = add(w, 250, 100), *attacker = add(w, 0, costs[i]);
		uint64_t begin;

		run(w, UINT64_C(100000000));
		forget(w);
		begin = w->now;
		run(w, UINT64_C(1000000000));
		assert_true(victim->n_packets >= (w->now - begin) / 250 * 95 / 100);
		assert_true(attacker->cycles > (w->now - begin) / 3);
		free(w);
	}
}

static void
test_cycles_are_shared_equally(void **state)
{
	static const uint64_t costs[] = {150, 200, 3000, 20000};
	struct worker *w = worker_new();

	(void)state;
	for (unsigned int i = 0; i < 4; i++)
		add(w, 0, costs[i]);
	run(w, UINT64_C(100000000));
	forget(w);
	run(w, UINT64_C(1000000000));
	for (unsigned int i = 0; i < 4; i++)
		assert_in_range(w->queues[i].cycles, UINT64_C(230000000), UINT64_C(270000000));
	free(w);
}

/* Ordinary packets at queues that are never empty have full bursts. */
static void
test_bulk_has_full_bursts(void **state)
{
	struct worker *w = worker_new();

	(void)state;
	for (unsigned int i = 0; i < 4; i++)
		add(w, 0, 150 + 20 * i);
	run(w, UINT64_C(100000000));
	for (unsigned int i = 0; i < 4; i++)
		assert_in_range(w->queues[i].n_packets, (BURST - 1) * w->queues[i].n_turns,
				BURST * w->queues[i].n_turns);
	free(w);
}

/* An attacker whose packets are cheap most of the time pays for those that are not. */
static void
test_alternating_costs(void **state)
{
	(void)state;
	for (unsigned int n_cheap = 1; n_cheap <= 100; n_cheap += 3) {
		struct worker *w = worker_new();
		struct queue *victim = add(w, QUANTUM, QUANTUM / 3), *attacker = add(w, 0, 100);
		uint64_t begin = w->now;

		for (unsigned int k = 0; w->now < UINT64_C(300000000); k++) {
			attacker->cost = k % n_cheap ? 100 : 5000;
			turn(w, 0, 0);
			turn(w, 1, 0);
			if (w->now < UINT64_C(100000000)) {
				forget(w);
				begin = w->now;
			}
		}
		assert_true(victim->n_packets >= (w->now - begin) / QUANTUM * 95 / 100);
		free(w);
	}
}

/* Half of a worker's time at most is polls, however many queues it has. */
static void
test_polls_take_half_at_most(void **state)
{
	const uint64_t hz = 2000000000;

	(void)state;
	assert_int_equal(swp_quantum_cycles(hz, 1), hz / SWP_QUANTA_PER_S);
	for (unsigned int n = 1; n <= 4096; n *= 2) {
		uint64_t quantum = swp_quantum_cycles(hz, n);

		assert_true(quantum >= hz / SWP_QUANTA_PER_S);
		assert_true(quantum >= n * (hz / SWP_POLLS_PER_S));
	}
}

/* An interruption in a victim's turn is not the victim's fault: it catches up. */
static void
test_interruption(void **state)
{
	struct worker *w = worker_new();
	struct queue *victim = add(w, QUANTUM, QUANTUM / 10);

	(void)state;
	add(w, 0, QUANTUM / 10);
	for (unsigned int k = 0; k < 100; k++) {
		run(w, 5000 * QUANTUM);
		while (victim->due > w->now)
			turn(w, 0, 0);
		turn(w, 0, 50 * QUANTUM);
		turn(w, 1, 0);
		run(w, 9 * QUANTUM);
		forget(w);
		run(w, 20 * QUANTUM);
		assert_in_range(victim->wait_max, 0, 4 * QUANTUM);
	}
	free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_wait_is_bounded),
		cmocka_unit_test(test_kept_packets_in_parts),
		cmocka_unit_test(test_kept_packets_have_their_share),
		cmocka_unit_test(test_least_number),
		cmocka_unit_test(test_polls_take_half_at_most),
		cmocka_unit_test(test_rate_is_kept),
		cmocka_unit_test(test_cycles_are_shared_equally),
		cmocka_unit_test(test_bulk_has_full_bursts),
		cmocka_unit_test(test_alternating_costs),
		cmocka_unit_test(test_interruption),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
