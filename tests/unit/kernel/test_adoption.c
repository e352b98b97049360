/* SPDX-License-Identifier: Apache-2.0 */
/* Flows of an earlier daemon are entered in steps that do not grow with their number, and between them the event loop
 * does other work; in the middle it can end. */
#include "scene.h"

#include "operate/adoption.h"
#include "operate/datapath.h"
#include "operate/restore.h"

#include <base/log.h>

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct log *
quiet(void)
{
	static struct log *log;

	if (!log)
		assert_int_equal(log_create(fopen("/dev/null", "w"), &log), 0);
	return log;
}

static unsigned int
n_in_ledger(const struct scene *s)
{
	struct upc_stats st;

	upc_stats(s->upc, &st);
	return st.n_flows;
}

static struct ctl_adoption *
adoption_of(struct scene *s)
{
	const struct ctl_adoption_of of = {s->kdp, s->upc, quiet(), "fake"};
	struct ctl_adoption *a;

	assert_int_equal(ctl_adoption_create(&of, &a), 0);
	return a;
}

/* Returns the flows of the largest step. */
static unsigned int
largest_step(unsigned int n)
{
	unsigned int most = 0, before = 0;
	struct ctl_adoption *a;
	struct scene s;
	int rc;

	scene_start(&s, n);
	a = adoption_of(&s);
	do {
		rc = ctl_adoption_step(a);
		if (ctl_adoption_n(a) - before > most)
			most = ctl_adoption_n(a) - before;
		before = ctl_adoption_n(a);
	} while (rc > 0);
	assert_int_equal(rc, 0);
	assert_int_equal(ctl_adoption_n(a), n);
	assert_int_equal(n_in_ledger(&s), n);
	ctl_adoption_destroy(a);
	scene_end(&s);
	return most;
}

static void
a_step_does_not_grow(void **state)
{
	(void)state;
	assert_int_equal(largest_step(100), FAKE_PART);
	assert_int_equal(largest_step(10000), FAKE_PART);
}

/* The kernel keeps its flows, and the next adoption enters all. */
static void
it_may_end_in_the_middle(void **state)
{
	struct ctl_adoption *a;
	struct scene s;

	(void)state;
	scene_start(&s, 1000);
	a = adoption_of(&s);
	for (int i = 0; i < 5; i++)
		assert_int_equal(ctl_adoption_step(a), 1);
	ctl_adoption_destroy(a);
	assert_int_equal(n_in_ledger(&s), 5 * FAKE_PART);
	for (unsigned int i = 0; i < 1000; i++)
		assert_false(s.flows[i].is_gone);
	a = adoption_of(&s);
	while (ctl_adoption_step(a) > 0)
		;
	assert_int_equal(n_in_ledger(&s), 1000);
	assert_int_equal(ctl_adoption_n(a), 1000 - 5 * FAKE_PART);
	ctl_adoption_destroy(a);
	scene_end(&s);
}

/* A walk that an error cuts begins anew; flows without a UFID are removed. */
static void
a_walk_that_is_cut_begins_anew(void **state)
{
	struct ctl_adoption *a;
	struct scene s;

	(void)state;
	scene_start(&s, 100);
	s.flows[50].id = 0;
	a = adoption_of(&s);
	assert_int_equal(ctl_adoption_step(a), 1);
	fake_dump_cut();
	while (ctl_adoption_step(a) > 0)
		;
	assert_int_equal(n_in_ledger(&s), 99);
	ctl_adoption_destroy(a);
	scene_end(&s);
}

/* ---- in the event loop ---- */

/* Of the stack's datapath. */
static struct ctl_adoption *adoption;

static int
adopt(struct ctl_stack *s)
{
	(void)s;
	return ctl_adoption_step(adoption);
}

/* No thread starts, as the fake kernel is for one. */
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
			  void *aux);
int
__wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
		      void *aux)
{
	(void)thread;
	(void)attr;
	(void)run;
	(void)aux;
	return EAGAIN;
}

static const struct timeval at_once;

struct client {
	struct event *event;
	unsigned int n; /* commands that were answered */
};

static void
on_command(evutil_socket_t fd, short what, void *aux)
{
	struct client *c = aux;

	(void)fd;
	(void)what;
	c->n++;
	event_add(c->event, &at_once);
}

/* Another event of the loop has its turn between any two steps. */
static void
commands_are_answered_meanwhile(void **state)
{
	const struct ctl_datapath datapath = {.name = "fake", .adopt = adopt};
	struct event_base *base = event_base_new();
	struct ctl_stack stack = {.log = quiet(), .datapath = &datapath};
	struct ctl_restore *r;
	struct client client = {0};
	unsigned int n_turns = 0;
	struct scene s;
	int rc;

	(void)state;
	scene_start(&s, 1000);
	stack.upc = s.upc;
	adoption = adoption_of(&s);
	client.event = evtimer_new(base, on_command, &client);
	event_add(client.event, &at_once);
	assert_int_equal(ctl_restore_create(base, &stack, &r), 0);
	assert_int_equal(ctl_restore_phase(r, &rc), CTL_RESTORE_WAITS);
	ctl_restore_proceed(r);
	ctl_restore_proceed(r);
	assert_int_equal(ctl_adoption_n(adoption), 2 * FAKE_PART);
	while (ctl_restore_phase(r, &rc) == CTL_RESTORE_ADOPTS && n_turns < 1000) {
		event_base_loop(base, EVLOOP_ONCE);
		n_turns++;
	}
	assert_int_equal(ctl_adoption_n(adoption), 1000);
	assert_in_range(n_turns, 1000 / FAKE_PART - 2, 1000 / FAKE_PART + 3);
	assert_in_range(client.n, n_turns - 1, n_turns + 1);
	assert_int_equal(ctl_restore_phase(r, &rc), CTL_RESTORE_WAITS);
	assert_int_equal(rc, -EAGAIN);
	ctl_restore_destroy(r);
	ctl_adoption_destroy(adoption);
	event_free(client.event);
	event_base_free(base);
	scene_end(&s);
}

/* A daemon whose upcall threads do not start learns it before it serves. */
static void
few_flows_take_no_turn(void **state)
{
	const struct ctl_datapath datapath = {.name = "fake", .adopt = adopt};
	struct event_base *base = event_base_new();
	struct ctl_stack stack = {.log = quiet(), .datapath = &datapath};
	struct ctl_restore *r;
	struct scene s;
	int rc;

	(void)state;
	scene_start(&s, FAKE_PART);
	stack.upc = s.upc;
	adoption = adoption_of(&s);
	assert_int_equal(ctl_restore_create(base, &stack, &r), 0);
	ctl_restore_proceed(r);
	assert_int_equal(ctl_adoption_n(adoption), FAKE_PART);
	assert_int_equal(ctl_restore_phase(r, &rc), CTL_RESTORE_WAITS);
	assert_int_equal(rc, -EAGAIN);
	ctl_restore_destroy(r);
	ctl_adoption_destroy(adoption);
	event_base_free(base);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_does_not_grow),
		cmocka_unit_test(it_may_end_in_the_middle),
		cmocka_unit_test(a_walk_that_is_cut_begins_anew),
		cmocka_unit_test(commands_are_answered_meanwhile),
		cmocka_unit_test(few_flows_take_no_turn),
	};

	return cmocka_run_group_tests(tests, scene_thread_start, scene_thread_stop);
}
