/* SPDX-License-Identifier: Apache-2.0 */
/* A crowded ledger keeps the flows that carry packets, also those in a NIC whose counters are
 * late. */
#include "world.h"

#include "core.h"

#include <base/clock.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define N_HARDWARE 4 /* flows of port 1, which is offloaded */
#define N_SOFTWARE 8 /* flows of port 2: more than its share of the limit */
#define N_SILENT 2   /* flows of port 1 that fall silent after a while */
#define LIMIT (2 * N_HARDWARE)
/* With it, port 1 must give up N_SILENT flows. */
#define LIMIT_LOW (2 * (N_HARDWARE - N_SILENT))
#define LIMIT_NONE 1000
#define STALE_NS (300 * NS_PER_MS)
#define N_WORLDS_MAX 50

static void
nap(void)
{
	struct timespec ts = {.tv_nsec = (long)(5 * NS_PER_MS)};

	rcu_sleep();
	nanosleep(&ts, NULL);
	rcu_wake();
}

static void
send(struct world *w, uint32_t port, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		struct flow_key key = world_key(port, i);

		fake_send(&w->f, &key, 100);
	}
}

/* Where other work takes the sender's processor, flows that it uses look unused, too. 'longest_ns' is the longest
 * time for which it sent nothing. */
struct sender {
	struct world w;
	uint64_t sent_ns, longest_ns;
};

static void
sender_rests(struct sender *s)
{
	uint64_t now_ns;

	nap();
	now_ns = clock_now_ns();
	if (s->sent_ns && now_ns - s->sent_ns > s->longest_ns)
		s->longest_ns = now_ns - s->sent_ns;
	s->sent_ns = now_ns;
}

/* Nothing can be said of a sender that was stopped for long. */
static bool
sender_was_stopped(const struct sender *s)
{
	return s->longest_ns > STALE_NS / 2;
}

/* Sends to the first 'n_hardware' flows of port 1, and to those of port 2. */
static void
send_all(struct sender *s, unsigned int n_hardware)
{
	send(&s->w, 1, n_hardware);
	send(&s->w, 2, N_SOFTWARE);
	sender_rests(s);
}

/* Sends for some time, while the limit alternates between 'limit' and one that admits all flows. */
static void
carry(struct sender *s, unsigned int n_hardware, unsigned int limit)
{
	uint64_t begun_ns = clock_now_ns();

	for (s->sent_ns = begun_ns; s->sent_ns < begun_ns + 4 * STALE_NS;) {
		bool crowd = (s->sent_ns - begun_ns) / (50 * NS_PER_MS) % 2;

		atomic_store(&s->w.u->flow_limit, crowd ? limit : LIMIT_NONE);
		send_all(s, n_hardware);
	}
}

static void
add_rules(struct world *w)
{
	for (unsigned int i = 0; i < N_SOFTWARE; i++)
		world_flow(w, XLATE_ADD, "table=1,priority=1,udp,udp_src=%u,actions=output:1",
			   1000 + i);
}

/* Plays a scene, in a new world each time, until the sender was not stopped in it. */
static void
play(const struct world_config *c, void (*scene)(struct sender *))
{
	for (unsigned int i = 0; i < N_WORLDS_MAX; i++) {
		struct sender s = {.sent_ns = 0};

		world_start(&s.w, c);
		add_rules(&s.w);
		scene(&s);
		world_stop(&s.w);
		if (!sender_was_stopped(&s))
			return;
	}
	fail_msg("the sender was stopped for more than %u ms in each of %u worlds",
		 (unsigned int)(STALE_NS / 2 / NS_PER_MS), N_WORLDS_MAX);
}

/* The NIC has the first 'n' flows of port 1, and had no others. */
static void
check_hardware(const struct sender *s, unsigned int n)
{
	struct ofl_stats o;

	ofl_stats(s->w.o, UINT32_MAX, &o);
	if (sender_was_stopped(s))
		return;
	assert_int_equal(o.placed[OFL_HARDWARE], n);
	assert_int_equal(o.inserted, N_HARDWARE);
}

static unsigned int
n_evicted(const struct sender *s)
{
	struct upc_stats u;

	upc_stats(s->w.u, &u);
	return (unsigned int)u.evicted_limit;
}

static void
active_hardware_flows_stay(struct sender *s)
{
	do {
		carry(s, N_HARDWARE, LIMIT);
	} while (!n_evicted(s));
	check_hardware(s, N_HARDWARE);
	/* The NIC's counters show which of them are silent. */
	carry(s, N_HARDWARE - N_SILENT, LIMIT_NONE);
	carry(s, N_HARDWARE - N_SILENT, LIMIT_LOW);
	check_hardware(s, N_HARDWARE - N_SILENT);
}

static void
test_active_hardware_flows_stay(void **state)
{
	const struct world_config c = {
		.n_ports = 2,
		.n_offloaded = 1,
		.nic = {.capacity = 100, .stale_ns = STALE_NS},
		.upc = {.flow_limit = 1000, .sweep_interval_ns = 20 * NS_PER_MS}};

	(void)state;
	play(&c, active_hardware_flows_stay);
}

static void
send_to(struct sender *s, unsigned int n)
{
	send(&s->w, 1, n);
	sender_rests(s);
}

static unsigned int
n_flows(struct sender *s)
{
	struct upc_port_totals t;

	upc_port_totals(s->w.u, 1, &t);
	return t.n_flows;
}

/* Sends to the flows of the NIC alone until the limit has removed the others, and they are gone. */
static void
crowd(struct sender *s)
{
	unsigned int n = n_evicted(s) + N_SOFTWARE - N_HARDWARE;

	atomic_store(&s->w.u->flow_limit, N_HARDWARE);
	do {
		send_to(s, N_HARDWARE);
	} while (n_evicted(s) < n || n_flows(s) > N_HARDWARE);
	assert_int_equal(n_evicted(s), n);
	atomic_store(&s->w.u->flow_limit, LIMIT_NONE);
}

static void
late_counters_make_no_flow_unused(struct sender *s)
{
	struct ofl_stats o;

	do {
		send_to(s, N_HARDWARE);
		ofl_stats(s->w.o, UINT32_MAX, &o);
	} while (o.placed[OFL_HARDWARE] < N_HARDWARE);
	for (int round = 0; round < 5 && !sender_was_stopped(s); round++) {
		uint64_t filled_ns;

		do {
			send_to(s, N_SOFTWARE);
		} while (n_flows(s) < N_SOFTWARE);
		for (filled_ns = s->sent_ns; s->sent_ns - filled_ns < STALE_NS;)
			send_to(s, N_HARDWARE);
		crowd(s);
		check_hardware(s, N_HARDWARE);
	}
}

/* Flows of one port. Those in software were used after the NIC's counters were read, and yet they
 * are the ones that were unused for longest. */
static void
test_late_counters_make_no_flow_unused(void **state)
{
	const struct world_config c = {
		.n_ports = 2,
		.n_offloaded = 1,
		.nic = {.capacity = N_HARDWARE, .stale_ns = 4 * STALE_NS},
		.upc = {.flow_limit = 1000, .sweep_interval_ns = 20 * NS_PER_MS}};

	(void)state;
	play(&c, late_counters_make_no_flow_unused);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_active_hardware_flows_stay),
		cmocka_unit_test(test_late_counters_make_no_flow_unused),
	};
	int rc;

	rcu_thread_start();
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_thread_stop();
	return rc;
}
