/* SPDX-License-Identifier: Apache-2.0 */
/* Cursors over rules that are added, changed and removed between steps, against a record of the
 * rules. */
#include "lab.h"

#include <stdio.h>
#include <string.h>

#define RULES 64 /* a place for each, by table 0..3 and priority */
#define TABLES 4

/* A walk in progress: the rules present from its start, and the visits of each place. */
struct walk {
	struct xlate_rule_cursor *cur;
	bool throughout[RULES];
	unsigned int visits[RULES];
	unsigned int last_table;
};

struct world {
	struct lab lab;
	bool there[RULES];
	struct walk walk[3];
	unsigned int seed, n_ended;
};

static unsigned int
draw(struct world *w, unsigned int n)
{
	return (unsigned int)rand_r(&w->seed) % n;
}

static void
mod(struct world *w, enum xlate_command command, unsigned int place, const char *actions)
{
	char text[128];

	snprintf(text, sizeof text, "table=%u,priority=%u,tcp%s", place % TABLES,
		 place / TABLES + 1, actions);
	lab_mod(&w->lab, command, text);
}

/* Adds, replaces, modifies or removes a rule; removed rules leave their classifiers with a later
 * change. */
static void
change(struct world *w)
{
	unsigned int place = draw(w, RULES);

	switch (draw(w, 3)) {
	case 0:
		mod(w, XLATE_ADD, place, ",actions=output:1");
		w->there[place] = true;
		return;
	case 1:
		mod(w, XLATE_MODIFY_STRICT, place, ",actions=output:2");
		return;
	default:
		mod(w, XLATE_DELETE_STRICT, place, "");
		w->there[place] = false;
	}
	for (size_t i = 0; i < sizeof w->walk / sizeof w->walk[0]; i++)
		w->walk[i].throughout[place] = false;
}

static int
visit(const struct xlate_rule_view *rule, void *aux)
{
	struct walk *walk = aux;

	walk->visits[(rule->priority - 1u) * TABLES + rule->table]++;
	assert_true(rule->table >= walk->last_table);
	walk->last_table = rule->table;
	return 0;
}

static void
begin(struct world *w, struct walk *walk)
{
	memset(walk, 0, sizeof *walk);
	memcpy(walk->throughout, w->there, sizeof w->there);
	assert_int_equal(xlate_rule_cursor_open(w->lab.br, NULL, &walk->cur), 0);
}

/* A removed and added rule may be visited again at another place; each rule that stays, once. */
static void
step(struct world *w, struct walk *walk)
{
	if (xlate_rule_cursor_step(walk->cur, draw(w, 6), visit, walk))
		return;
	for (unsigned int i = 0; i < RULES; i++)
		if (walk->throughout[i])
			assert_int_equal(walk->visits[i], 1);
	xlate_rule_cursor_close(walk->cur);
	w->n_ended++;
	begin(w, walk);
}

static void
test_random(void **state)
{
	const size_t n_walks = sizeof((struct world *)0)->walk / sizeof(struct walk);
	struct world w = {.seed = 5};

	(void)state;
	lab_open(&w.lab, 2, 0);
	lab_rules(&w.lab, NULL);
	for (size_t i = 0; i < n_walks; i++)
		begin(&w, &w.walk[i]);
	for (int i = 0; i < 20000; i++) {
		change(&w);
		if (draw(&w, 20) == 0)
			rcu_drain();
		step(&w, &w.walk[draw(&w, n_walks)]);
	}
	assert_true(w.n_ended > 100);
	for (size_t i = 0; i < n_walks; i++)
		xlate_rule_cursor_close(w.walk[i].cur);
	lab_close(&w.lab);
}

static int
count(const struct xlate_rule_view *rule, void *aux)
{
	unsigned int *n = aux;

	(void)rule;
	++*n;
	return *n == 2;
}

/* A step visits a bounded number of rules, including those that the filter excludes; a callback
 * can end it after its rule. */
static void
test_filter_and_bounds(void **state)
{
	struct xlate_rule_cursor *cur;
	struct xlate_flow_mod filter;
	struct lab lab;
	unsigned int n = 0;

	(void)state;
	lab_open(&lab, 2, 0);
	lab_rules(&lab, "table=1,priority=1,tcp,actions=1", "table=2,priority=1,tcp,actions=1",
		  "table=2,priority=2,udp,actions=1", "table=2,priority=3,tcp,actions=1",
		  "table=2,priority=4,tcp,actions=1", NULL);
	assert_int_equal(xlate_flow_mod_parse(lab.br, "table=2,tcp", XLATE_DELETE, &filter, lab.err,
					      sizeof lab.err),
			 0);
	assert_int_equal(xlate_rule_cursor_open(lab.br, &filter, &cur), 0);
	assert_true(xlate_rule_cursor_step(cur, 2, count, &n));
	assert_int_equal(n, 1);
	assert_true(xlate_rule_cursor_step(cur, 10, count, &n));
	assert_int_equal(n, 2);
	assert_false(xlate_rule_cursor_step(cur, 10, count, &n));
	assert_int_equal(n, 3);
	xlate_rule_cursor_close(cur);
	lab_close(&lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_filter_and_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
