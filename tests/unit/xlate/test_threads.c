/* SPDX-License-Identifier: Apache-2.0 */
/* Translates while control changes everything: for the sanitizers, and for the guarantees of a
 * record. */
#include "lab.h"

#include <pthread.h>
#include <sched.h>

#define N_THREADS 2
#define N_ROUNDS 300

struct shared {
	struct lab lab;
	_Atomic bool stop;
	_Atomic unsigned int n_translated, n_pushed;
};

/* Each thread learns, looks up, keeps a record over a few rounds and pushes to it. */
static void *
translator(void *aux)
{
	struct flow_stats delta = {.packets = 1, .bytes = 60, .used_ns = LAB_NOW};
	struct flow_packed *megaflow = NULL;
	struct flow_match match;
	struct xlate_record *kept = NULL;
	struct shared *s = aux;

	rcu_thread_start();
	for (unsigned int i = 0; !s->stop; i++) {
		struct flow_key key = {
			.in_port = 11 + i % 5,
			.eth_src = {{2, 0, 0, 0, 0, (uint8_t)(i % 7)}},
			.eth_dst = {{2, 0, 0, 0, 0, (uint8_t)(i % 5)}},
			.eth_type = 0x0008,
		};
		struct xlate_in in = {.key = &key, .now_ns = LAB_NOW + i, .learn = true};
		struct xlate_out out;

		if (xlate_translate(s->lab.x, &in, &out))
			break;
		s->n_translated++;
		if (kept && xlate_record_current(s->lab.x, kept, megaflow)) {
			xlate_record_push(s->lab.x, kept, &delta);
			s->n_pushed++;
		}
		if (!kept || i % 8 == 0) {
			xlate_record_free(kept);
			kept = out.record;
			out.record = NULL;
			match = (struct flow_match){.key = key, .mask = out.mask};
			flow_match_canonicalize(&match);
			flow_packed_unref(megaflow);
			megaflow = flow_packed_new(&match);
		}
		xlate_out_free(&out);
		rcu_quiesce();
	}
	xlate_record_free(kept);
	flow_packed_unref(megaflow);
	rcu_thread_stop();
	return NULL;
}

static void
change(struct lab *lab, unsigned int i)
{
	assert_int_equal(lab_port(lab, "p5", 5, 15, XLATE_VLAN_TRUNK, 0), 0);
	lab_mod(lab, XLATE_ADD, "priority=9,in_port=3,actions=output:5,normal");
	assert_int_equal(xlate_port_del(lab->x, "p5", lab->err, sizeof lab->err), 0);
	lab_mod(lab, XLATE_DELETE, "in_port=3");
	xlate_expire(lab->x, LAB_NOW);
	if (i % 16 == 0)
		xlate_mac_flush(lab->x, lab->br);
	rcu_quiesce();
}

static void
test_changes_under_translation(void **state)
{
	pthread_t threads[N_THREADS];
	static struct shared s;
	struct xlate_out out;

	(void)state;
	lab_open(&s.lab, 4, 0);
	for (int i = 0; i < N_THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, translator, &s), 0);
	while (!s.n_translated)
		sched_yield();
	for (unsigned int i = 0; i < N_ROUNDS; i++)
		change(&s.lab, i);
	/* The bridge is deleted during translations; its ports then belong to none. */
	lab_translate(&s.lab, "in_port=1,ip", false, &out);
	assert_int_equal(xlate_bridge_del(s.lab.x, "br0", s.lab.err, sizeof s.lab.err), 0);
	assert_false(lab_current(&s.lab, &out));
	xlate_out_free(&out);
	s.stop = true;
	rcu_sleep();
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
	rcu_wake();
	lab_close(&s.lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_changes_under_translation)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
