/* SPDX-License-Identifier: Apache-2.0 */
/* Each firmware command, method and work request fails in turn, and the device as a whole: whatever fails, each request
 * has its result, nothing crashes or is left, counts stay, and a rule can be inserted once the device works again. */
#include "lives.h"
#include "rig.h"
#include "support/effort.h"
#include <errno.h>
#include <fault.h>
#include <flow/text.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#define N_RULES 24

/* One life: ports, rules with rewrites, pushes and destination arrays, their replacement and removal. */
struct life {
	struct rig rig;
	struct nic_counter *counters[N_RULES];
	struct nic_rule *rules[N_RULES];
	bool in[N_RULES]; /* in the device, as far as it was reported */
	unsigned n_failed, n_lost, n_inserted;
	bool opened;
};

static void
rule_text(unsigned i, char *match, char *actions, size_t n)
{
	static const char *const outputs[] = {"2", "2,3", "0,2,3", "2", "1,2"};

	snprintf(match, n, "in_port(1),eth(dst=02:00:00:00:00:%02x)", i);
	if (i % 3)
		snprintf(actions, n, "set(eth(src=02:00:00:00:01:%02x)),push_vlan(vid=%u,pcp=0),%s",
			 i % 4, 1 + i % 2, outputs[i % 5]);
	else
		snprintf(actions, n, "%s", outputs[i % 5]);
}

static int
rule_compile(struct life *l, unsigned i)
{
	char match[100], actions[100], err[200];
	struct flow_actions acts;
	struct nic_refusal why;
	struct flow_match m;

	rule_text(i, match, actions, sizeof(match));
	flow_actions_init(&acts);
	assert_int_equal(flow_match_parse_dp(match, NULL, &m, err, sizeof(err)), 0);
	assert_int_equal(flow_actions_parse_dp(actions, NULL, &acts, err, sizeof(err)), 0);
	int rc = l->rig.nic->class->compile(l->rig.nic, &m, &acts, i % 2, l->counters[i],
					    &l->rules[i], &why);

	flow_actions_free(&acts);
	if (rc)
		l->rules[i] = NULL;
	return rc;
}

static void
on_event(struct life *l, const struct nic_event *e)
{
	unsigned i = 0;

	if (e->type == NIC_LOST) {
		memset(l->in, 0, sizeof(l->in));
		l->n_lost++;
		return;
	}
	while (i < N_RULES && l->rules[i] != e->rule)
		i++;
	assert_true(i < N_RULES);
	if (e->type == NIC_INSERTED) {
		l->in[i] = !e->error;
		l->n_failed += e->error != 0;
		l->n_inserted += !e->error;
		assert_true(!e->error || e->why.reason != NIC_REASON_NONE);
	} else if (!e->error) {
		l->in[i] = false;
	}
}

/* Takes all events. Each request has had one. */
static void
flush(struct life *l, unsigned n_requests)
{
	struct nic_event event;
	unsigned n = 0;

	l->rig.nic->class->flush(l->rig.nic);
	while (rig_poll(&l->rig, &event)) {
		n += event.type != NIC_LOST;
		on_event(l, &event);
	}
	assert_int_equal(n, n_requests);
}

static void
life_insert(struct life *l)
{
	unsigned n = 0;

	/* Outputs to a port that was not added are refused. */
	for (unsigned i = 0; i < N_RULES; i++) {
		if (!rule_compile(l, i)) {
			assert_int_equal(l->rig.nic->class->insert(l->rig.nic, l->rules[i]), 0);
			n++;
		}
		if (i % 8 == 7) {
			flush(l, n);
			n = 0;
		}
	}
}

static void
life_remove(struct life *l)
{
	struct nic *nic = l->rig.nic;

	for (unsigned i = 0; i < N_RULES; i++) {
		if (!l->rules[i])
			continue;
		/* Of a rule that was lost too. */
		assert_int_equal(nic->class->remove(nic, l->rules[i]), 0);
		flush(l, 1);
		assert_false(l->in[i]);
		nic->class->rule_free(nic, l->rules[i]);
		l->rules[i] = NULL;
	}
}

static void
life_read(struct life *l)
{
	struct nic_count counts[N_RULES];
	struct nic *nic = l->rig.nic;
	int rc = nic->class->counters_read(nic, l->counters, N_RULES, counts);

	assert_true(!rc || rc == -EIO);
}

static bool
life_open(struct life *l, unsigned format, const struct fault *f)
{
	struct nic_refusal why = {0};

	memset(l, 0, sizeof(*l));
	assert_int_equal(emu_start(&(struct emu_config){.format = format, .n_vports = RIG_PORTS}),
			 0);
	lives_arm(f);
	for (uint32_t port = 0; port < RIG_PORTS; port++)
		if (rig_port_add(&l->rig, port, &why)) {
			assert_true(why.reason != NIC_REASON_NONE);
			l->n_failed++;
		}
	l->opened = l->rig.nic;
	return l->opened;
}

/* Ports that were not added may be removed too. Behind a queue in error objects are left, and freed with their
 * context. */
static void
life_close(struct life *l, bool may_leave)
{
	struct emu_counts counts;

	for (uint32_t port = 0; port < RIG_PORTS && l->rig.nic; port++)
		if (l->rig.nic->class->port_del(l->rig.nic, port))
			l->rig.nic = NULL;
	emu_counts(&counts);
	assert_int_equal(counts.contexts, 0);
	if (!may_leave)
		assert_int_equal(counts.leaked, 0);
	for (int kind = 0; kind < EMU_N_KINDS; kind++)
		assert_int_equal(counts.objects[kind], 0);
	emu_stop();
}

/* Once nothing fails any more a rule is inserted, unless the device is gone for good. The first attempt may find a queue
 * in error: a write of a barrier failed, and no other call followed. */
static void
life_again(struct life *l)
{
	struct nic *nic = l->rig.nic;

	emu_faults_clear();
	for (unsigned i = 0; i < 2 && !l->in[0]; i++) {
		if (l->rules[0])
			nic->class->rule_free(nic, l->rules[0]);
		if (rule_compile(l, 0))
			return;
		assert_int_equal(nic->class->insert(nic, l->rules[0]), 0);
		flush(l, 1);
	}
	assert_true(l->in[0]);
	life_remove(l);
}

static void
life_run(struct life *l)
{
	for (unsigned i = 0; i < N_RULES; i++)
		assert_int_equal(l->rig.nic->class->counter_new(l->rig.nic, &l->counters[i]), 0);
	life_insert(l);
	life_read(l);
	life_remove(l);
	life_again(l);
	for (unsigned i = 0; i < N_RULES; i++)
		l->rig.nic->class->counter_free(l->rig.nic, l->counters[i]);
}

/* Returns how much of a life failed. */
static unsigned
life(unsigned format, const struct fault *f, struct emu_counts *counts)
{
	struct life l;

	if (life_open(&l, format, f))
		life_run(&l);
	emu_counts(counts);
	emu_faults_clear();
	life_close(&l, f->kind == WORK || f->leaves);
	if (f->kind == NOTHING)
		assert_int_equal(l.n_inserted, N_RULES + 1);
	return l.n_failed + l.n_lost;
}

static void
nothing_fails(void **state)
{
	(void)state;
	struct emu_counts counts;

	for (unsigned format = 0; format < 2; format++)
		assert_int_equal(life(format, &(struct fault){NOTHING}, &counts), 0);
}

static void
each_command_fails(void **state)
{
	(void)state;
	lives_of_commands(life, EFFORT(8) == 8 ? 1 : 4);
}

/* Of a destination array: its entry, group and table. The library reports nothing, and its memory of what stays is
 * lost, which a sanitizer would report. */
static void
each_destruction_fails(void **state)
{
	(void)state;
#ifdef EFFORT_IS_SANITIZED
	skip();
#endif
	static const uint16_t opcodes[] = {0x938, 0x934, 0x931};
	struct emu_counts counts;
	unsigned n_lives = 0;

	for (unsigned i = 0; i < sizeof(opcodes) / sizeof(opcodes[0]); i++) {
		struct fault f = {COMMAND, .opcode = opcodes[i], .leaves = true};

		do {
			life(n_lives++ % 2, &f, &counts);
			f.after++;
		} while (counts.refused);
	}
	print_message("%u lives\n", n_lives);
	/* Each array of a life, and the end. */
	assert_true(n_lives >= 3 * 4);
}

static void
each_method_fails(void **state)
{
	(void)state;
	lives_of_methods(life);
}

/* The queue is in error: everything is lost, and made again. */
static void
each_work_request_fails(void **state)
{
	(void)state;
	lives_of_work(life, 64);
}

/* Every rule is lost once, and no other is taken. */
static void
the_device_fails(void **state)
{
	(void)state;
	struct life l;

	assert_true(life_open(&l, 1, &(struct fault){NOTHING}));
	for (unsigned i = 0; i < N_RULES; i++)
		assert_int_equal(l.rig.nic->class->counter_new(l.rig.nic, &l.counters[i]), 0);
	life_insert(&l);
	assert_int_equal(l.n_inserted, N_RULES);
	emu_raise_fatal();
	for (unsigned ms = 0; ms < 5000 && !l.n_lost; ms++) {
		usleep(1000);
		flush(&l, 0);
	}
	assert_int_equal(l.n_lost, 1);
	life_read(&l);
	life_remove(&l);
	assert_int_equal(rule_compile(&l, 0), -EOPNOTSUPP);
	for (unsigned i = 0; i < N_RULES; i++)
		l.rig.nic->class->counter_free(l.rig.nic, l.counters[i]);
	life_close(&l, false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_fails),	   cmocka_unit_test(each_command_fails),
		cmocka_unit_test(each_destruction_fails),  cmocka_unit_test(each_method_fails),
		cmocka_unit_test(each_work_request_fails), cmocka_unit_test(the_device_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
