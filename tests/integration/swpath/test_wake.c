/* SPDX-License-Identifier: Apache-2.0 */
/* How handlers wait: a worker makes a system call for one that sleeps, and for no other. */
#include "rig.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#define WAIT_NS (20 * NS_PER_S)
#define N_ROUNDS 20
#define N_FLOOD 2048

static _Atomic unsigned int n_posts, n_sleeps;

int __real_sem_post(sem_t *sem);
int __wrap_sem_post(sem_t *sem);
int __real_sem_clockwait(sem_t *sem, clockid_t clock, const struct timespec *until);
int __wrap_sem_clockwait(sem_t *sem, clockid_t clock, const struct timespec *until);

int
__wrap_sem_post(sem_t *sem)
{
	n_posts++;
	return __real_sem_post(sem);
}

int
__wrap_sem_clockwait(sem_t *sem, clockid_t clock, const struct timespec *until)
{
	n_sleeps++;
	return __real_sem_clockwait(sem, clock, until);
}

struct handler {
	struct rig *r;
	pthread_t thread;
	_Atomic unsigned int n_taken;
	atomic_bool stop;
};

static unsigned int
take(struct handler *h)
{
	struct dp *dp = h->r->dp;
	struct dp_upcall *u[DP_BATCH_MAX];
	unsigned int n = dp->class->recv(dp, 0, u, DP_BATCH_MAX);

	for (unsigned int i = 0; i < n; i++)
		dp->class->release(dp, u[i], FLOW_NOT_DROPPED);
	h->n_taken += n;
	return n;
}

static void *
handler_run(void *aux)
{
	struct handler *h = aux;

	rcu_thread_start();
	while (!h->stop) {
		if (!take(h))
			h->r->dp->class->recv_wait(h->r->dp, 0, WAIT_NS);
		rcu_quiesce();
	}
	rcu_thread_stop();
	return NULL;
}

struct until {
	_Atomic unsigned int *of;
	unsigned int at_least;
};

static bool
is_reached(struct rig *r, void *aux)
{
	const struct until *u = aux;

	(void)r;
	return *u->of >= u->at_least;
}

static void
wait_for(struct rig *r, _Atomic unsigned int *of, unsigned int at_least)
{
	struct until u = {of, at_least};

	rig_wait(r, is_reached, &u);
}

static void
packets_send(struct rig *r, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		rig_send(r, i % r->n_ports, rig_packet(r, 2, (uint16_t)i, 20));
}

static void
workers_wake_handlers_that_sleep(void **state)
{
	unsigned int n_sent = 200;
	struct handler h = {.n_taken = 0};
	struct rig r;

	(void)state;
	rig_start(&r, 1, N_FLOOD, 4, 64);
	h.r = &r;
	assert_int_equal(r.dp->class->handlers_set(r.dp, 1), 0);
	n_posts = n_sleeps = 0;
	packets_send(&r, n_sent);
	for (unsigned int i = 0; i < r.n_ports; i++)
		rig_wait_received(&r, i, n_sent / r.n_ports);
	assert_int_equal(n_posts, 0);
	pthread_create(&h.thread, NULL, handler_run, &h);
	wait_for(&r, &h.n_taken, n_sent);
	for (unsigned int i = 1; i <= N_ROUNDS; i++) {
		wait_for(&r, &n_sleeps, i);
		packets_send(&r, 1);
		wait_for(&r, &h.n_taken, ++n_sent);
		assert_int_equal(n_posts, i);
	}
	wait_for(&r, &n_sleeps, N_ROUNDS + 1);
	packets_send(&r, N_FLOOD);
	wait_for(&r, &h.n_taken, n_sent + N_FLOOD);
	assert_true(n_posts <= n_sleeps);
	print_message("%u packets, %u system calls\n", n_sent + N_FLOOD, n_posts);
	h.stop = true;
	packets_send(&r, 1);
	rcu_sleep();
	pthread_join(h.thread, NULL);
	rcu_wake();
	assert_int_equal(r.dp->class->handlers_set(r.dp, 0), 0);
	rig_stop(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(workers_wake_handlers_that_sleep),
	};

	rig_eal();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
