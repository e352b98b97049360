/* SPDX-License-Identifier: Apache-2.0 */
/* Full tables: refusal, eviction, whole bundles, vacancy. */
#include "lab.h"

#include <stdio.h>
#include <string.h>

#include <xlate/rule.h>

struct full {
	struct lab lab;
	char text[1024];
};

static void
on_rule_event(void *aux, struct xlate_bridge *br, enum xlate_rule_event event,
	      const struct xlate_rule_view *rule)
{
	struct full *t = aux;
	size_t n = strlen(t->text);

	(void)br;
	if (event == XLATE_RULE_EVICTED)
		snprintf(t->text + n, sizeof t->text - n, "evicted:%llu ",
			 (unsigned long long)rule->cookie);
}

static void
on_table_event(void *aux, struct xlate_bridge *br, uint8_t table, enum xlate_table_event event)
{
	struct full *t = aux;
	size_t n = strlen(t->text);

	(void)br;
	snprintf(t->text + n, sizeof t->text - n, "%s:%u ",
		 event == XLATE_TABLE_VACANCY_DOWN ? "down" : "up", table);
}

static void
configure(struct full *t, struct xlate_table_config config)
{
	if (xlate_table_configure(t->lab.x, t->lab.br, 1, &config, NULL, t->lab.err,
				  sizeof t->lab.err))
		fail_msg("%s", t->lab.err);
}

static void
open_lab(struct full *t, struct xlate_table_config config)
{
	const struct xlate_rule_sink sink = {
		.aux = t, .on_rule_event = on_rule_event, .on_table_event = on_table_event};

	memset(t, 0, sizeof *t);
	lab_open(&t->lab, 3, 0);
	lab_rules(&t->lab, NULL);
	xlate_rule_sink_set(t->lab.x, &sink);
	configure(t, config);
}

static void
expect(struct full *t, const char *want)
{
	assert_string_equal(t->text, want);
	t->text[0] = '\0';
}

static int
apply(struct full *t, size_t n, const char *const *texts)
{
	struct xlate_flow_mod fms[16];
	int rc;

	for (size_t i = 0; i < n; i++)
		assert_int_equal(xlate_flow_mod_parse(t->lab.br, texts[i], XLATE_ADD, &fms[i],
						      t->lab.err, sizeof t->lab.err),
				 0);
	rc = xlate_flow_mods_apply(t->lab.x, t->lab.br, fms, n, NULL, t->lab.err,
				   sizeof t->lab.err);
	for (size_t i = 0; i < n; i++)
		xlate_flow_mod_free(&fms[i]);
	return rc;
}

static int
add(struct full *t, const char *text)
{
	return apply(t, 1, &text);
}

static struct xlate_table_state
state_of(struct full *t, unsigned int n_flows)
{
	struct xlate_table_state state;
	struct xlate_table_stats stats;

	xlate_table_stats(t->lab.br, 1, &stats);
	assert_int_equal(stats.n_rules, n_flows);
	xlate_table_state(t->lab.br, 1, &state);
	return state;
}

static void
test_full_table_refuses(void **state)
{
	struct full t;

	(void)state;
	open_lab(&t, (struct xlate_table_config){.flow_limit = 2});
	assert_int_equal(add(&t, "table=1,priority=1,idle_timeout=9,actions=drop"), 0);
	assert_int_equal(add(&t, "table=1,priority=2,actions=drop"), 0);
	assert_int_equal(add(&t, "table=1,priority=3,actions=drop"), -ENOSPC);
	assert_string_equal(t.lab.err, "table 1: is full; its limit is 2 flows");
	assert_int_equal(add(&t, "table=1,priority=2,actions=output:1"), 0);
	assert_int_equal(add(&t, "table=2,priority=3,actions=drop"), 0);
	assert_int_equal(state_of(&t, 2).n_rejected, 1);
	expect(&t, "");
	lab_close(&t.lab);
}

static void
test_eviction_order(void **state)
{
	struct full t;

	(void)state;
	open_lab(&t, (struct xlate_table_config){.flow_limit = 4, .evict = true});
	assert_int_equal(add(&t, "table=1,priority=1,cookie=1,actions=drop"), 0);
	assert_int_equal(
		add(&t, "table=1,priority=2,cookie=2,importance=5,idle_timeout=10,actions=drop"),
		0);
	assert_int_equal(
		add(&t, "table=1,priority=3,cookie=3,importance=4,hard_timeout=90,actions=drop"),
		0);
	assert_int_equal(
		add(&t, "table=1,priority=4,cookie=4,importance=4,idle_timeout=60,actions=drop"),
		0);
	assert_int_equal(add(&t, "table=1,priority=5,cookie=5,actions=drop"), 0);
	expect(&t, "evicted:4 ");
	assert_int_equal(add(&t, "table=1,priority=6,cookie=6,actions=drop"), 0);
	expect(&t, "evicted:3 ");
	assert_int_equal(add(&t, "table=1,priority=7,cookie=7,actions=drop"), 0);
	expect(&t, "evicted:2 ");
	assert_int_equal(add(&t, "table=1,priority=8,cookie=8,actions=drop"), -ENOSPC);
	expect(&t, "");
	assert_int_equal(state_of(&t, 4).n_evicted, 3);
	lab_close(&t.lab);
}

/* Rules evicted by a change that fails are restored, and may be evicted later. */
static void
test_all_or_nothing(void **state)
{
	static const char *const three[] = {"table=1,priority=5,actions=drop",
					    "table=1,priority=6,actions=drop",
					    "table=1,priority=7,actions=drop"};
	struct full t;

	(void)state;
	open_lab(&t, (struct xlate_table_config){.flow_limit = 2, .evict_of = true});
	assert_int_equal(add(&t, "table=1,priority=1,cookie=1,idle_timeout=9,actions=drop"), 0);
	assert_int_equal(add(&t, "table=1,priority=2,cookie=2,idle_timeout=8,actions=drop"), 0);
	assert_int_equal(apply(&t, 3, three), -ENOSPC);
	expect(&t, "");
	assert_int_equal(state_of(&t, 2).n_evicted, 0);
	assert_int_equal(state_of(&t, 2).n_rejected, 1);
	assert_int_equal(apply(&t, 2, three), 0);
	expect(&t, "evicted:1 evicted:2 ");
	lab_close(&t.lab);
}

static void
test_lower_limit_evicts(void **state)
{
	struct full t;

	(void)state;
	open_lab(&t, (struct xlate_table_config){.flow_limit = XLATE_TABLE_NO_LIMIT});
	assert_int_equal(add(&t, "table=1,priority=1,cookie=1,idle_timeout=9,actions=drop"), 0);
	assert_int_equal(add(&t, "table=1,priority=2,cookie=2,actions=drop"), 0);
	assert_int_equal(add(&t, "table=1,priority=3,cookie=3,actions=drop"), 0);
	configure(&t, (struct xlate_table_config){.flow_limit = 1});
	assert_int_equal(state_of(&t, 3).n_evicted, 0);
	configure(&t, (struct xlate_table_config){.flow_limit = 1, .evict = true});
	expect(&t, "evicted:1 ");
	assert_int_equal(state_of(&t, 2).n_evicted, 1);
	lab_close(&t.lab);
}

static void
test_vacancy(void **state)
{
	struct full t;

	(void)state;
	open_lab(&t, (struct xlate_table_config){.flow_limit = 4,
						 .vacancy_events = true,
						 .vacancy_down = 30,
						 .vacancy_up = 60});
	assert_int_equal(add(&t, "table=1,priority=1,actions=drop"), 0);
	assert_int_equal(add(&t, "table=1,priority=2,actions=drop"), 0);
	expect(&t, "");
	assert_int_equal(add(&t, "table=1,priority=3,actions=drop"), 0);
	expect(&t, "down:1 ");
	assert_int_equal(add(&t, "table=1,priority=4,actions=drop"), 0);
	expect(&t, "");
	assert_int_equal(state_of(&t, 4).vacancy, 0);
	lab_mod(&t.lab, XLATE_DELETE, "table=1");
	expect(&t, "up:1 ");
	lab_close(&t.lab);
}

static void
test_refused_configurations(void **state)
{
	static const struct {
		struct xlate_table_config config;
		const char *why;
	} cases[] = {
		{{.flow_limit = 0}, "flow-limit: 0 is not accepted; expected 1.., or none"},
		{{.flow_limit = 1, .vacancy_down = 9, .vacancy_up = 8},
		 "vacancy: 9,8: expected two percentages, the lower one first"},
	};
	struct full t;

	(void)state;
	open_lab(&t, (struct xlate_table_config){.flow_limit = 7});
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(xlate_table_configure(t.lab.x, t.lab.br, 1, &cases[i].config, NULL,
						       t.lab.err, sizeof t.lab.err),
				 -EINVAL);
		assert_string_equal(t.lab.err, cases[i].why);
	}
	assert_int_equal(state_of(&t, 0).config.flow_limit, 7);
	lab_close(&t.lab);
}

#define PRIORITIES 24
#define LIMIT 8

/* A table without a heap: the value of the rule at each priority; 0: no rule. */
struct twin {
	uint64_t worth[PRIORITIES];
	unsigned int n;
};

#define FOR_EVER UINT64_MAX

static bool
twin_add(struct twin *w, unsigned int priority, uint64_t worth)
{
	unsigned int victim = 0;

	if (!w->worth[priority] && w->n == LIMIT) {
		for (unsigned int i = 1; i < PRIORITIES; i++)
			if (w->worth[i] && (!w->worth[victim] || w->worth[i] < w->worth[victim]))
				victim = i;
		if (w->worth[victim] == FOR_EVER)
			return false;
		w->worth[victim] = 0;
		w->n--;
	}
	w->n += !w->worth[priority];
	w->worth[priority] = worth;
	return true;
}

static int
see(const struct xlate_rule_view *rule, void *aux)
{
	const struct twin *w = aux;

	assert_true(w->worth[rule->priority]);
	return 0;
}

/* Rules of different timeouts are added, one or several at a time, and deleted; the table equals
 * the twin. */
static void
test_random_tables(void **state)
{
	uint32_t seed = 1;
	struct twin w = {0};
	struct full t;

	(void)state;
	open_lab(&t, (struct xlate_table_config){.flow_limit = LIMIT, .evict = true});
	for (unsigned int step = 0; step < 4000; step++) {
		char texts[4][128];
		const char *list[4];
		struct twin next = w;
		size_t n = 1 + step % 4;
		bool fits = true;

		for (size_t i = 0; i < n; i++) {
			/* All timeouts differ, by whole seconds. */
			unsigned int timeout = 1 + (4 * step + (unsigned int)i) * 7919 % 60013;
			unsigned int priority, importance;

			seed = seed * 1103515245 + 12345;
			priority = 1 + (seed >> 16) % (PRIORITIES - 1);
			importance = (seed >> 24) % 3;
			if ((seed >> 20) % 3 == 0)
				timeout = 0;
			snprintf(texts[i], sizeof texts[i],
				 "table=1,priority=%u,importance=%u,hard_timeout=%u,actions=drop",
				 priority, importance, timeout);
			list[i] = texts[i];
			fits = fits &&
			       twin_add(&next, priority,
					timeout ? (uint64_t)importance << 32 | timeout : FOR_EVER);
		}
		assert_int_equal(apply(&t, n, list), fits ? 0 : -ENOSPC);
		if (fits)
			w = next;
		if (step % 3 == 0) {
			unsigned int removed = 1 + step / 3 % (PRIORITIES - 1);

			snprintf(texts[0], sizeof texts[0], "table=1,priority=%u", removed);
			lab_mod(&t.lab, XLATE_DELETE_STRICT, texts[0]);
			w.n -= w.worth[removed] > 0;
			w.worth[removed] = 0;
		}
		state_of(&t, w.n);
		xlate_rule_each(t.lab.br, NULL, see, &w);
		t.text[0] = '\0';
		if (step % 64 == 0)
			rcu_quiesce();
	}
	lab_close(&t.lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full_table_refuses),
		cmocka_unit_test(test_eviction_order),
		cmocka_unit_test(test_all_or_nothing),
		cmocka_unit_test(test_lower_limit_evicts),
		cmocka_unit_test(test_vacancy),
		cmocka_unit_test(test_random_tables),
		cmocka_unit_test(test_refused_configurations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
