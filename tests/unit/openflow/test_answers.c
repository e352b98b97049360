/* SPDX-License-Identifier: Apache-2.0 */
/* Multipart requests of every kind, for a small bridge and one a hundred times as large. The
 * work of a turn and the memory held for a peer do not grow. The first rules that a flow monitor
 * reports are those that exist, while rules change. */
#include "agent_lab.h"

#include <xlate/group.h>
#include <xlate/meter.h>

#include <support/effort.h>

#include <malloc.h>
#include <stdio.h>

#define MULTIPART_REPLY 19
#define TURNS_MAX 100000
/* Limit of one turn's bytes: a part, one more entry, and headers. */
#define TURN_BYTES_MAX ((60u << 10) + (64u << 10) + 4096)
/* Limit of the bytes held for a peer that reads nothing: OFP_CONN_ANSWER, a part, and the state
 * kept for the request. */
#define HELD_BYTES_MAX ((128u << 10) + TURN_BYTES_MAX + (256u << 10))
#define ROWS_A_TURN 512

struct kind {
	const char *name;
	enum ofp_stats stats;
	unsigned int n; /* rows of the small bridge; the large bridge has a hundred times as many */
	unsigned int passes; /* passes over the rows; a monitor takes more than one */
	bool matches;	     /* true if the answer contains the rows */
};

static const struct kind kinds[] = {
	{"flows", OFP_STATS_FLOW, 1000, 1, true},
	{"flows, none of them meant", OFP_STATS_FLOW, 1000, 1, false},
	{"aggregate", OFP_STATS_AGGREGATE, 1000, 1, false},
	{"monitor", OFP_STATS_FLOW_MONITOR, 1000, 1, true},
	{"monitors that see nothing", OFP_STATS_FLOW_MONITOR, 1000, 64, false},
	{"groups", OFP_STATS_GROUP, 1000, 1, true},
	{"group descriptions", OFP_STATS_GROUP_DESC, 1000, 1, true},
	{"meters", OFP_STATS_METER, 50, 1, true},
	{"meter configurations", OFP_STATS_METER_CONFIG, 50, 1, true},
};

#define N_KINDS (sizeof kinds / sizeof kinds[0])

static void
groups_fill(struct agent_lab *lab, unsigned int n)
{
	struct xlate_group_mod *gms = calloc(n, sizeof *gms);
	char text[64];

	for (unsigned int i = 0; i < n; i++) {
		snprintf(text, sizeof text, "group_id=%u,type=all,bucket=output:1", i + 1);
		assert_int_equal(xlate_group_mod_parse(lab->br, text, XLATE_GROUP_ADD, &gms[i],
						       lab->err, sizeof lab->err),
				 0);
	}
	assert_int_equal(xlate_group_mods_apply(lab->modules.xlate, lab->br, gms, n, NULL, lab->err,
						sizeof lab->err),
			 0);
	for (unsigned int i = 0; i < n; i++)
		xlate_group_mod_free(&gms[i]);
	free(gms);
}

static void
meters_fill(struct agent_lab *lab, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		struct xlate_meter_mod mm;
		char text[64];

		snprintf(text, sizeof text, "meter=%u,kbps,bands=type=drop,rate=%u", i + 1, i + 1);
		assert_int_equal(xlate_meter_mod_parse(text, XLATE_METER_ADD, &mm, lab->err,
						       sizeof lab->err),
				 0);
		assert_int_equal(xlate_meter_mod_apply(lab->modules.xlate, lab->br, &mm, NULL,
						       lab->err, sizeof lab->err),
				 0);
		if (i % 100 == 0)
			rcu_quiesce();
	}
}

static void
fill(struct agent_lab *lab, const struct kind *k, unsigned int n)
{
	switch (k->stats) {
	case OFP_STATS_GROUP:
	case OFP_STATS_GROUP_DESC:
		groups_fill(lab, n);
		return;
	case OFP_STATS_METER:
	case OFP_STATS_METER_CONFIG:
		meters_fill(lab, n);
		return;
	default:
		agent_lab_rules(lab, 1, n);
	}
}

static void
request_send(struct agent_client *c, const struct kind *k)
{
	struct ofp_monitor monitors[64];
	struct ofp_message m = {.type = OFP_MULTIPART_REQUEST, .xid = 5};
	struct ofp_multipart *mp = &m.multipart;

	*mp = (struct ofp_multipart){.kind = k->stats,
				     .port = XLATE_PORT_NONE,
				     .queue = OFP_QUEUE_ALL,
				     .group = XLATE_GROUP_EVERY,
				     .meter = XLATE_METER_EVERY,
				     .table = XLATE_TABLE_ALL,
				     .filter = {.command = XLATE_DELETE,
						.table = XLATE_TABLE_ALL,
						.out_port = k->matches ? XLATE_PORT_NONE : 7}};
	if (k->stats == OFP_STATS_FLOW_MONITOR) {
		for (unsigned int i = 0; i < k->passes; i++)
			monitors[i] = (struct ofp_monitor){
				.id = i,
				.flags = OFP_MONITOR_INITIAL | OFP_MONITOR_ADD |
					 OFP_MONITOR_INSTRUCTIONS,
				.out_port = k->matches ? XLATE_PORT_NONE : 7,
				.out_group = XLATE_GROUP_ANY,
				.table = XLATE_TABLE_ALL};
		mp->monitors = monitors;
		mp->n_monitors = k->passes;
	}
	agent_client_send(c, &m);
}

/* Cost of an answer. */
struct measure {
	size_t n_bytes, turn_bytes_max, held_bytes;
	unsigned int n_turns;
};

static size_t
allocated(void)
{
	return mallinfo2().uordblks;
}

static bool
is_last(const uint8_t *m)
{
	return m[1] == MULTIPART_REPLY && !(m[11] & 1);
}

/* Reads a whole answer and measures the bytes of each turn. */
static void
answer_read(struct agent_lab *lab, const struct kind *k, struct measure *out)
{
	struct agent_client c;
	bool done = false;

	agent_client_open(lab, OFP_VERSION_14, &c);
	request_send(&c, k);
	while (!done && out->n_turns < TURNS_MAX) {
		const uint8_t *m;
		size_t n, n_read;

		agent_lab_turn(lab);
		n_read = agent_client_read(&c);
		out->n_turns++;
		out->n_bytes += n_read;
		if (n_read > out->turn_bytes_max)
			out->turn_bytes_max = n_read;
		while ((m = agent_client_take(&c, &n)) != NULL) {
			assert_int_equal(m[1], MULTIPART_REPLY);
			done = is_last(m);
		}
	}
	assert_true(done);
	agent_client_close(&c);
	agent_lab_turn(lab);
}

/* Measures the most bytes that are held for a peer that reads nothing. */
static void
answer_hold(struct agent_lab *lab, const struct kind *k, struct measure *out)
{
	struct agent_client c;
	size_t before;

	agent_client_open(lab, OFP_VERSION_14, &c);
	before = allocated();
	request_send(&c, k);
	for (unsigned int i = 0; i < 300; i++) {
		size_t now;

		agent_lab_turn(lab);
		now = allocated();
		if (now > before + out->held_bytes)
			out->held_bytes = now - before;
	}
	agent_client_close(&c);
	agent_lab_turn(lab);
}

static void
measure(const struct kind *k, unsigned int n, struct measure *out)
{
	struct agent_lab lab;

	*out = (struct measure){0};
	agent_lab_open(&lab);
	fill(&lab, k, n);
	rcu_drain();
	answer_hold(&lab, k, out);
	answer_read(&lab, k, out);
	agent_lab_close(&lab);
}

static void
test_bounds(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_KINDS; i++) {
		const struct kind *k = &kinds[i];
		unsigned int n = EFFORT(k->n), n_large = 100 * n;
		struct measure small, large;

		measure(k, n, &small);
		measure(k, n_large, &large);
		print_message("%s: %u and %u rows: %u and %u turns, %zu and %zu bytes in one at "
			      "most, %zu and %zu held\n",
			      k->name, n, n_large, small.n_turns, large.n_turns,
			      small.turn_bytes_max, large.turn_bytes_max, small.held_bytes,
			      large.held_bytes);
		assert_true(large.turn_bytes_max <= TURN_BYTES_MAX);
		assert_true(large.held_bytes <= HELD_BYTES_MAX);
		/* A turn visits at most ROWS_A_TURN rows. */
		assert_true(large.n_turns >= n_large / ROWS_A_TURN * k->passes);
		if (k->matches)
			assert_true(large.n_bytes > 80 * small.n_bytes);
	}
}

#define PLACES 2000
#define UPDATE_INITIAL 0
#define UPDATE_ADDED 1
#define UPDATE_REMOVED 2

/* The table as a controller rebuilds it from monitor updates: the cookie of each rule, by
 * priority; 0: no rule. */
struct replay {
	uint64_t cookie[PLACES];
	bool seen[PLACES];
	unsigned int n_initial, n_later;
};

static uint64_t
be(const uint8_t *p, unsigned int n)
{
	uint64_t value = 0;

	while (n--)
		value = value << 8 | *p++;
	return value;
}

static void
update_take(struct replay *r, const uint8_t *u)
{
	unsigned int event = (unsigned int)be(u + 2, 2), place = (unsigned int)be(u + 10, 2);
	uint64_t cookie = be(u + 16, 8);

	assert_true(place < PLACES);
	if (event == UPDATE_INITIAL)
		assert_false(r->seen[place]);
	if (event != UPDATE_INITIAL && event != UPDATE_ADDED)
		assert_true(r->cookie[place]);
	r->n_initial += event == UPDATE_INITIAL;
	r->n_later += event != UPDATE_INITIAL;
	r->seen[place] = event != UPDATE_REMOVED;
	r->cookie[place] = event == UPDATE_REMOVED ? 0 : cookie;
}

static bool
updates_take(struct agent_client *c, struct replay *r)
{
	const uint8_t *m;
	bool last = false;
	size_t n;

	while ((m = agent_client_take(c, &n)) != NULL) {
		assert_int_equal(m[1], MULTIPART_REPLY);
		for (size_t at = 16; at < n; at += be(m + at, 2))
			update_take(r, m + at);
		last |= is_last(m) && be(m + 4, 4) == 5;
	}
	return last;
}

struct table {
	uint64_t cookie[PLACES];
	unsigned int seed;
	uint64_t serial;
};

/* Adds, replaces, modifies or removes a rule. */
static void
table_change(struct agent_lab *lab, struct table *t)
{
	unsigned int place = (unsigned int)rand_r(&t->seed) % PLACES;
	char text[96];

	switch (rand_r(&t->seed) % 3) {
	case 0:
		t->cookie[place] = ++t->serial;
		snprintf(text, sizeof text, "cookie=%llu,table=%u,priority=%u,tcp,actions=output:1",
			 (unsigned long long)t->serial, place % 3, place);
		agent_lab_flow(lab, XLATE_ADD, text);
		return;
	case 1:
		if (t->cookie[place])
			t->cookie[place] = ++t->serial;
		snprintf(text, sizeof text, "cookie=%llu,table=%u,priority=%u,tcp,actions=output:2",
			 (unsigned long long)t->cookie[place], place % 3, place);
		if (t->cookie[place])
			agent_lab_flow(lab, XLATE_ADD, text);
		return;
	default:
		t->cookie[place] = 0;
		snprintf(text, sizeof text, "table=%u,priority=%u,tcp", place % 3, place);
		agent_lab_flow(lab, XLATE_DELETE_STRICT, text);
	}
}

/* Rules change in every turn while a monitor's first rules are reported. Replaying all updates
 * yields the table in its last state. */
static void
test_monitor_among_changes(void **state)
{
	const struct kind kind = {"monitor", OFP_STATS_FLOW_MONITOR, 0, 1, true};
	unsigned int n_during = 0;

	(void)state;
	/* The number of changes among the first rules depends on how the socket drains. */
	for (unsigned int run = 0; run < 10 || n_during <= 100; run++) {
		struct ofp_monitor mon = {.id = 1,
					  .flags = OFP_MONITOR_INITIAL | OFP_MONITOR_ADD |
						   OFP_MONITOR_REMOVED | OFP_MONITOR_MODIFY |
						   OFP_MONITOR_INSTRUCTIONS,
					  .out_port = XLATE_PORT_NONE,
					  .out_group = XLATE_GROUP_ANY,
					  .table = XLATE_TABLE_ALL};
		struct ofp_message m = {
			.type = OFP_MULTIPART_REQUEST,
			.xid = 5,
			.multipart = {.kind = kind.stats, .monitors = &mon, .n_monitors = 1}};
		struct replay *r = calloc(1, sizeof *r);
		struct table t = {.seed = run + 1};
		struct agent_client c;
		struct agent_lab lab;
		bool done = false;

		assert_true(run < 100);
		agent_lab_open(&lab);
		for (int i = 0; i < 3 * PLACES; i++)
			table_change(&lab, &t);
		agent_client_open(&lab, OFP_VERSION_14, &c);
		agent_client_send(&c, &m);
		while (!done) {
			for (int i = 0; i < 40; i++)
				table_change(&lab, &t);
			if (rand_r(&t.seed) % 3 == 0)
				rcu_drain();
			agent_lab_turn(&lab);
			agent_client_read(&c);
			done = updates_take(&c, r);
		}
		n_during += r->n_later;
		for (int i = 0; i < 40; i++)
			table_change(&lab, &t);
		agent_lab_turn(&lab);
		agent_client_read(&c);
		updates_take(&c, r);
		for (unsigned int i = 0; i < PLACES; i++)
			assert_int_equal(r->cookie[i], t.cookie[i]);
		assert_true(r->n_initial > PLACES / 4);
		agent_client_close(&c);
		agent_lab_close(&lab);
		free(r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_monitor_among_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
