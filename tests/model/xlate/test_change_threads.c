/* SPDX-License-Identifier: Apache-2.0 */
/* Translations concurrent with changes of two tables and a group. Change K writes K in three
 * places. A translation must find the same K in all three, never an older one than before, and
 * never one of a change that was rolled back. */
#include "lab.h"

#include <xlate/change.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define N_THREADS 2
#define N_CHANGES 6000
#define TAKEN_BACK 0xff00

struct shared {
	struct lab lab;
	struct flow_key key;
	_Atomic bool stop;
	_Atomic unsigned int n_translated, n_wrong, n_older;
};

static char *
actions_of(struct shared *s)
{
	struct xlate_in in = {.key = &s->key, .now_ns = LAB_NOW};
	struct xlate_out out;
	char *text;
	size_t n;
	FILE *f;

	if (xlate_translate(s->lab.x, &in, &out))
		return NULL;
	f = open_memstream(&text, &n);
	flow_actions_print_dp(&out.actions, NULL, f);
	fclose(f);
	xlate_out_free(&out);
	return text;
}

/* Returns the number in the last two bytes of each of the addresses set; -1 if they differ. */
static int
number_of(const char *actions)
{
	const char *src = strstr(actions, "eth(src=02:00:00:00:");
	const char *dst = strstr(actions, "dst=02:00:00:00:");
	const char *ip = strstr(actions, "ipv4(src=10.0.");
	unsigned int a[2], b[2], c[2];

	if (!src || !dst || !ip || sscanf(src + 20, "%x:%x", &a[0], &a[1]) != 2 ||
	    sscanf(dst + 16, "%x:%x", &b[0], &b[1]) != 2 ||
	    sscanf(ip + 14, "%u.%u", &c[0], &c[1]) != 2)
		return -1;
	if (memcmp(a, b, sizeof a) != 0 || memcmp(a, c, sizeof a) != 0)
		return -1;
	return (int)(a[0] << 8 | a[1]);
}

static void *
translator(void *aux)
{
	struct shared *s = aux;
	int last = 0;

	rcu_thread_start();
	while (!s->stop) {
		char *actions = actions_of(s);
		int number = actions ? number_of(actions) : -1;

		if (number < 0 || number >= TAKEN_BACK) {
			if (!s->n_wrong++)
				fprintf(stderr, "translated to %s\n",
					actions ? actions : "nothing");
		} else if (number < last) {
			s->n_older++;
		} else {
			last = number;
		}
		s->n_translated++;
		free(actions);
		rcu_quiesce();
	}
	rcu_thread_stop();
	return NULL;
}

static void
flow_member(struct lab *lab, struct xlate_change *c, const char *text)
{
	struct xlate_flow_mod fm;

	if (xlate_flow_mod_parse(lab->br, text, XLATE_ADD, &fm, lab->err, sizeof lab->err) ||
	    xlate_change_flow(c, &fm, lab->err, sizeof lab->err))
		fail_msg("%s: %s", text, lab->err);
	xlate_flow_mod_free(&fm);
}

static void
group_member(struct lab *lab, struct xlate_change *c, enum xlate_group_command command,
	     const char *text)
{
	struct xlate_group_mod gm;

	if (xlate_group_mod_parse(lab->br, text, command, &gm, lab->err, sizeof lab->err) ||
	    xlate_change_group(c, &gm, lab->err, sizeof lab->err))
		fail_msg("%s: %s", text, lab->err);
	xlate_group_mod_free(&gm);
}

/* Adds and deletes groups in turn: one with an odd number, one with an even one, and one that is
 * only modified. */
static void
change(struct lab *lab, unsigned int i, unsigned int number, bool commit)
{
	unsigned int hi = number >> 8, lo = number & 0xff, group = i % 3 ? 1 + i % 3 : 2;
	struct xlate_change *c;
	char text[160];

	assert_int_equal(xlate_change_begin(lab->x, lab->br, &c), 0);
	snprintf(text, sizeof text,
		 "priority=1,actions=mod_dl_src:02:00:00:00:%02x:%02x,resubmit(,1)", hi, lo);
	flow_member(lab, c, text);
	snprintf(text, sizeof text,
		 "group_id=%u,type=all,bucket=actions=mod_dl_dst:02:00:00:00:%02x:%02x,output:2",
		 group, hi, lo);
	group_member(lab, c, XLATE_GROUP_ADD_OR_MODIFY, text);
	snprintf(text, sizeof text, "table=1,ip,actions=mod_nw_src:10.0.%u.%u,group:%u", hi, lo,
		 group);
	flow_member(lab, c, text);
	snprintf(text, sizeof text, "group_id=%u", group == 2 ? 3 : 2);
	group_member(lab, c, XLATE_GROUP_DELETE, text);
	if (commit)
		xlate_change_commit(c, NULL);
	else
		xlate_change_abort(c);
	rcu_quiesce();
}

static void
test_all_or_nothing(void **state)
{
	pthread_t threads[N_THREADS];
	static struct shared s;

	(void)state;
	lab_open(&s.lab, 4, 0);
	lab_mod(&s.lab, XLATE_DELETE, "");
	s.key = lab_key(&s.lab, "in_port=1,ip,nw_src=192.0.2.1,nw_dst=192.0.2.2,nw_ttl=64");
	change(&s.lab, 0, 1, true);
	for (int i = 0; i < N_THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, translator, &s), 0);
	for (unsigned int i = 1; i < N_CHANGES; i++) {
		change(&s.lab, i, i + 1, true);
		if (i % 4 == 0)
			change(&s.lab, i + 1, TAKEN_BACK + i % 256, false);
	}
	s.stop = true;
	rcu_sleep();
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
	rcu_wake();
	print_message("%u translations beside %d changes\n", s.n_translated, N_CHANGES);
	assert_int_equal(s.n_wrong, 0);
	assert_int_equal(s.n_older, 0);
	assert_true(s.n_translated > 0);
	lab_close(&s.lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_or_nothing)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
