/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that cannot be created: the caller gets the error, and nothing is lost, leaked or
 * waited for. */
#include "world.h"

#include <base/clock.h>

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define N_BYTES 100
#define N_PACKETS 16

struct scene {
	struct world w;
	struct upc_config config;
};

/* How many more threads can be created. After these, 'on_refusal' runs and creation fails. */
static _Atomic int n_allowed = INT_MAX;
static struct scene *on_refusal;

int __real_pthread_create(pthread_t *t, const pthread_attr_t *attr, void *(*run)(void *),
			  void *arg);
int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *attr, void *(*run)(void *),
			  void *arg);

static void
nap(void)
{
	struct timespec ts = {.tv_nsec = NS_PER_MS};

	rcu_sleep();
	nanosleep(&ts, NULL);
	rcu_wake();
}

static unsigned int
n_dp_flows(struct scene *s)
{
	return s->w.f.dp.class->n_flows(&s->w.f.dp);
}

/* Handlers that already run install flows before the other threads are refused. */
static void
send_some(struct scene *s)
{
	for (uint32_t i = 0; i < N_PACKETS; i++) {
		struct flow_key key = world_key(1, i);

		fake_send(&s->w.f, &key, N_BYTES);
	}
	for (int i = 0; i < 200 && fake_n_queued(&s->w.f); i++)
		nap();
}

int
__wrap_pthread_create(pthread_t *t, const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
	struct scene *s = on_refusal;

	if (n_allowed > 0) {
		n_allowed--;
		return __real_pthread_create(t, attr, run, arg);
	}
	on_refusal = NULL;
	if (s)
		send_some(s);
	return EAGAIN;
}

static void
scene_start(struct scene *s)
{
	struct world_config wc = {.seed = 3, .n_ports = 3};

	world_start(&s->w, &wc);
	world_flow(&s->w, XLATE_ADD, "table=1,priority=0,actions=output:2");
	s->config = (struct upc_config){.dp = &s->w.f.dp,
					.xlate = s->w.x,
					.ofl = s->w.o,
					.n_handlers = 3,
					.n_revalidators = 3,
					.idle_ns = 60 * NS_PER_S};
}

static void
scene_stop(struct scene *s)
{
	n_allowed = INT_MAX;
	world_stop(&s->w);
}

static uint64_t
n_treated(struct scene *s)
{
	struct fake_port p;

	fake_port_get(&s->w.f, 1, &p);
	return p.sent.packets - p.dropped.packets;
}

static void
create_fails_clean(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	upc_destroy(s.w.u);
	for (int n = 0; n < 6; n++) {
		n_allowed = n;
		on_refusal = n > 3 ? &s : NULL;
		assert_int_equal(upc_create(&s.config, &s.w.u), -EAGAIN);
		assert_int_equal(n_dp_flows(&s), 0);
	}
	assert_true(n_treated(&s) > 0);
	assert_int_equal(world_rule_count(&s.w, 1).packets, n_treated(&s));
	n_allowed = INT_MAX;
	assert_int_equal(upc_create(&s.config, &s.w.u), 0);
	scene_stop(&s);
}

/* Without threads, control sweeps by itself. */
static void
expect_calls_return(struct scene *s)
{
	struct upc_stats before, after;

	upc_stats(s->w.u, &before);
	assert_int_equal(upc_settle(s->w.u), 0);
	upc_sweep_wait(s->w.u);
	upc_stats(s->w.u, &after);
	assert_true(after.sweeps >= before.sweeps + 2);
	assert_int_equal(n_dp_flows(s), 1);
	upc_flush(s->w.u);
	assert_int_equal(n_dp_flows(s), 0);
	upc_stats(s->w.u, &after);
	assert_int_equal(after.n_flows, 0);
	assert_int_equal(world_rule_count(&s->w, 1).packets, n_treated(s));
}

static void
no_threads_hang_nobody(void **state)
{
	struct scene s;
	uint64_t n;

	(void)state;
	scene_start(&s);
	for (int allowed = 0; allowed < 4; allowed++) {
		send_some(&s);
		n_allowed = allowed;
		assert_int_equal(upc_threads_set(s.w.u, 2, 3), -EAGAIN);
		n = n_treated(&s);
		if (allowed == 0)
			expect_calls_return(&s);
		send_some(&s);
		n_allowed = INT_MAX;
		assert_int_equal(upc_threads_set(s.w.u, 2, 3), 0);
		assert_true(n > 0);
	}
	world_quiet(&s.w);
	world_check(&s.w, 0, 3);
	send_some(&s);
	n_allowed = 0;
	assert_int_equal(upc_threads_set(s.w.u, 1, 1), -EAGAIN);
	scene_stop(&s);
}

static void
resume_without_handlers(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	upc_pause(s.w.u);
	n_allowed = 0;
	upc_resume(s.w.u);
	assert_int_equal(upc_barrier(s.w.u), 0);
	n_allowed = INT_MAX;
	assert_int_equal(upc_threads_set(s.w.u, 2, 2), 0);
	send_some(&s);
	world_quiet(&s.w);
	assert_int_equal(n_treated(&s), N_PACKETS);
	world_check(&s.w, 0, 3);
	scene_stop(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(create_fails_clean),
		cmocka_unit_test(no_threads_hang_nobody),
		cmocka_unit_test(resume_without_handlers),
	};
	int rc;

	rcu_thread_start();
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_thread_stop();
	return rc;
}
