/* SPDX-License-Identifier: Apache-2.0 */
/* Random changes of flows and groups against a twin that is an array. A change is applied to a
 * copy of the twin, which replaces it on success. Each member must be accepted or refused as by
 * the twin. After each change tables, groups and translations must equal the twin's. */
#include "lab.h"

#include <xlate/change.h>

#include <stdio.h>
#include <string.h>

#define N_CHANGES 4000
#define MEMBERS_MAX 12
#define N_TABLES 3
#define N_PRIORITIES 3
#define N_MATCHES 4
#define N_GROUPS 4
#define N_PACKETS 4

static const char *const matches[N_MATCHES] = {"", "in_port=1", "ip", "in_port=1,ip"};
static const char *const packets[N_PACKETS] = {"in_port=1,ip", "in_port=1,arp", "in_port=5,ip",
					       "in_port=5,arp"};
/* Bit per match: the matches that it covers; the matches of each packet. */
static const unsigned int covers[N_MATCHES] = {0xf, 0xa, 0xc, 0x8};
static const unsigned int takes[N_PACKETS] = {0xf, 0x3, 0x5, 0x1};

enum kind { DROP, OUTPUT, GROUP, NEXT, N_KINDS };

struct action {
	enum kind kind;
	unsigned int number; /* port 2..4, group 1..N_GROUPS */
};

struct slot {
	bool there;
	uint64_t cookie;
	struct action action;
};

struct twin {
	struct slot slot[N_TABLES][N_PRIORITIES][N_MATCHES];
	unsigned int group[N_GROUPS + 1]; /* the port that the group sends to; 0: no such group */
};

struct model {
	struct lab lab;
	struct twin twin;
	uint64_t random, next_cookie;
	unsigned int n_committed, n_aborted, n_refused;
};

static unsigned int
below(struct model *m, unsigned int n)
{
	m->random = m->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned int)(m->random >> 33) % n;
}

static struct action
random_action(struct model *m, unsigned int table)
{
	struct action a = {.kind = (enum kind)below(m, table + 1 < N_TABLES ? N_KINDS : NEXT)};

	a.number = a.kind == GROUP ? 1 + below(m, N_GROUPS) : 2 + below(m, 3);
	return a;
}

static void
action_text(const struct action *a, unsigned int table, char *text, size_t n)
{
	switch (a->kind) {
	case OUTPUT:
		snprintf(text, n, "output:%u", a->number);
		break;
	case GROUP:
		snprintf(text, n, "group:%u", a->number);
		break;
	case NEXT:
		snprintf(text, n, "resubmit(,%u)", table + 1);
		break;
	default:
		snprintf(text, n, "drop");
	}
}

struct member {
	bool is_group;
	enum xlate_command flow;
	enum xlate_group_command group;
	unsigned int table, priority, match, id, port;
	bool check_overlap;
	uint64_t cookie;
	struct action action;
};

static struct member
random_member(struct model *m)
{
	static const enum xlate_group_command groups[] = {XLATE_GROUP_ADD, XLATE_GROUP_ADD,
							  XLATE_GROUP_ADD_OR_MODIFY,
							  XLATE_GROUP_MODIFY, XLATE_GROUP_DELETE};
	struct member mm = {
		.is_group = below(m, 3) == 0,
		.flow = below(m, 2) ? XLATE_ADD : (enum xlate_command)below(m, 5),
		.group = groups[below(m, 5)],
		.table = below(m, N_TABLES),
		.priority = below(m, N_PRIORITIES),
		.match = below(m, N_MATCHES),
		.id = 1 + below(m, N_GROUPS),
		.port = 2 + below(m, 3),
		.check_overlap = below(m, 8) == 0,
		.cookie = ++m->next_cookie,
	};

	mm.action = random_action(m, mm.table);
	return mm;
}

/* The twin. */

static int
twin_group(struct twin *t, const struct member *m)
{
	unsigned int *port = &t->group[m->id];

	if (m->group == XLATE_GROUP_ADD && *port)
		return -EEXIST;
	if (m->group == XLATE_GROUP_MODIFY && !*port)
		return -ENOENT;
	*port = m->group == XLATE_GROUP_DELETE ? 0 : m->port;
	for (unsigned int i = 0; !*port && i < N_TABLES * N_PRIORITIES * N_MATCHES; i++) {
		struct slot *s = &t->slot[0][0][0] + i;

		if (s->action.kind == GROUP && s->action.number == m->id)
			s->there = false;
	}
	return 0;
}

static bool
twin_overlaps(const struct twin *t, const struct member *m)
{
	for (unsigned int i = 0; i < N_MATCHES; i++)
		if (t->slot[m->table][m->priority][i].there)
			return true;
	return false;
}

static int
twin_add(struct twin *t, const struct member *m)
{
	struct slot *s = &t->slot[m->table][m->priority][m->match];

	if (!s->there && m->check_overlap && twin_overlaps(t, m))
		return -EEXIST;
	*s = (struct slot){.there = true, .cookie = m->cookie, .action = m->action};
	return 0;
}

static int
twin_flow(struct twin *t, const struct member *m)
{
	bool strict = m->flow == XLATE_MODIFY_STRICT || m->flow == XLATE_DELETE_STRICT;
	bool deletes = m->flow == XLATE_DELETE || m->flow == XLATE_DELETE_STRICT;

	if (!deletes && m->action.kind == GROUP && !t->group[m->action.number])
		return -ENOENT;
	if (m->flow == XLATE_ADD)
		return twin_add(t, m);
	for (unsigned int p = 0; p < N_PRIORITIES; p++) {
		for (unsigned int i = 0; i < N_MATCHES; i++) {
			struct slot *s = &t->slot[m->table][p][i];
			bool meant = strict ? p == m->priority && i == m->match
					    : covers[m->match] >> i & 1;

			if (!meant || !s->there)
				continue;
			if (deletes)
				s->there = false;
			else
				s->action = m->action;
		}
	}
	return 0;
}

/* Returns the output of a packet in a table: a datapath port; 0: none; -1: two rules of one
 * priority match. */
static int
twin_packet(const struct twin *t, unsigned int table, unsigned int packet)
{
	for (unsigned int p = N_PRIORITIES; p-- > 0;) {
		const struct slot *hit = NULL;

		for (unsigned int i = 0; i < N_MATCHES; i++) {
			const struct slot *s = &t->slot[table][p][i];

			if (!s->there || !(takes[packet] >> i & 1))
				continue;
			if (hit)
				return -1;
			hit = s;
		}
		if (!hit)
			continue;
		if (hit->action.kind == NEXT)
			return twin_packet(t, table + 1, packet);
		if (hit->action.kind == GROUP)
			return (int)t->group[hit->action.number] + 10;
		return hit->action.kind == OUTPUT ? (int)hit->action.number + 10 : 0;
	}
	return 0;
}

/* The tables. */

static int
apply_group(struct model *m, struct xlate_change *c, const struct member *mm)
{
	struct xlate_group_mod gm;
	char text[128];
	int rc;

	if (mm->group == XLATE_GROUP_DELETE)
		snprintf(text, sizeof text, "group_id=%u", mm->id);
	else
		snprintf(text, sizeof text, "group_id=%u,type=all,bucket=actions=output:%u", mm->id,
			 mm->port);
	if (xlate_group_mod_parse(m->lab.br, text, mm->group, &gm, m->lab.err, sizeof m->lab.err))
		fail_msg("%s: %s", text, m->lab.err);
	rc = xlate_change_group(c, &gm, m->lab.err, sizeof m->lab.err);
	xlate_group_mod_free(&gm);
	return rc;
}

static int
apply_flow(struct model *m, struct xlate_change *c, const struct member *mm)
{
	bool deletes = mm->flow == XLATE_DELETE || mm->flow == XLATE_DELETE_STRICT;
	struct xlate_flow_mod fm;
	char text[256], actions[64] = "", head[64] = "";
	int rc;

	action_text(&mm->action, mm->table, actions, sizeof actions);
	if (mm->flow == XLATE_ADD)
		snprintf(head, sizeof head, "cookie=%llu,%s", (unsigned long long)mm->cookie,
			 mm->check_overlap ? "check_overlap," : "");
	if (mm->flow != XLATE_DELETE)
		snprintf(head + strlen(head), sizeof head - strlen(head), "priority=%u,",
			 mm->priority);
	snprintf(text, sizeof text, "table=%u,%s%s%s%s", mm->table, head, matches[mm->match],
		 deletes ? "" : ",actions=", deletes ? "" : actions);
	if (xlate_flow_mod_parse(m->lab.br, text, mm->flow, &fm, m->lab.err, sizeof m->lab.err))
		fail_msg("%s: %s", text, m->lab.err);
	rc = xlate_change_flow(c, &fm, m->lab.err, sizeof m->lab.err);
	xlate_flow_mod_free(&fm);
	return rc;
}

static unsigned int
match_index(const struct xlate_match *m)
{
	return (m->mask.in_port.number ? 1 : 0) + (m->mask.flow.eth_type ? 2 : 0);
}

struct dump {
	const struct model *m;
	unsigned int n;
};

static int
rule_compare(const struct xlate_rule_view *r, void *aux)
{
	struct dump *d = aux;
	const struct slot *s = &d->m->twin.slot[r->table][r->priority][match_index(r->match)];
	char want[64], *got;
	size_t n;
	FILE *out = open_memstream(&got, &n);

	xlate_actions_print(d->m->lab.br, r->actions, out);
	fclose(out);
	action_text(&s->action, r->table, want, sizeof want);
	if (!s->there || s->cookie != r->cookie || strcmp(want, got) != 0)
		fail_msg("table %u priority %u: %s, cookie %llu; twin %s%s, cookie %llu", r->table,
			 r->priority, got, (unsigned long long)r->cookie, s->there ? "" : "no ",
			 want, (unsigned long long)s->cookie);
	free(got);
	d->n++;
	return 0;
}

static int
group_compare(const struct xlate_group_view *g, void *aux)
{
	struct dump *d = aux;

	assert_true(d->m->twin.group[g->config->id]);
	d->n++;
	return 0;
}

static void
compare_dumps(struct model *m)
{
	struct dump rules = {.m = m}, groups = {.m = m};
	unsigned int n_rules = 0, n_groups = 0;

	xlate_rule_each(m->lab.br, NULL, rule_compare, &rules);
	xlate_group_each(m->lab.br, XLATE_GROUP_EVERY, group_compare, &groups);
	for (unsigned int i = 0; i < N_TABLES * N_PRIORITIES * N_MATCHES; i++)
		n_rules += (&m->twin.slot[0][0][0] + i)->there;
	for (unsigned int i = 1; i <= N_GROUPS; i++)
		n_groups += m->twin.group[i] != 0;
	assert_int_equal(rules.n, n_rules);
	assert_int_equal(groups.n, n_groups);
}

static void
compare_packets(struct model *m)
{
	for (unsigned int i = 0; i < N_PACKETS; i++) {
		int port = twin_packet(&m->twin, 0, i);
		char want[16] = "drop", *got;

		if (port < 0)
			continue;
		if (port)
			snprintf(want, sizeof want, "%d", port);
		got = lab_actions(&m->lab, packets[i], false);
		if (strcmp(got, want) != 0)
			fail_msg("%s: %s, twin %s", packets[i], got, want);
		free(got);
	}
}

static void
random_change(struct model *m)
{
	unsigned int n = 1 + below(m, MEMBERS_MAX);
	struct twin copy = m->twin;
	struct xlate_change *c;
	int rc = 0;

	assert_int_equal(xlate_change_begin(m->lab.x, m->lab.br, &c), 0);
	for (unsigned int i = 0; i < n && !rc; i++) {
		struct member mm = random_member(m);
		int want = mm.is_group ? twin_group(&copy, &mm) : twin_flow(&copy, &mm);

		rc = mm.is_group ? apply_group(m, c, &mm) : apply_flow(m, c, &mm);
		assert_int_equal(rc, want);
	}
	if (rc || below(m, 8) == 0) {
		xlate_change_abort(c);
		m->n_aborted++;
		m->n_refused += rc != 0;
	} else {
		xlate_change_commit(c, NULL);
		m->twin = copy;
		m->n_committed++;
	}
	rcu_quiesce();
}

static void
test_random_changes(void **state)
{
	static struct model m = {.random = 20};

	(void)state;
	lab_open(&m.lab, 5, 0);
	lab_mod(&m.lab, XLATE_DELETE, "");
	for (unsigned int i = 0; i < N_CHANGES; i++) {
		random_change(&m);
		compare_dumps(&m);
		if (i % 4 == 0)
			compare_packets(&m);
	}
	print_message("%u committed, %u taken back, %u of them refused\n", m.n_committed,
		      m.n_aborted, m.n_refused);
	assert_true(m.n_committed > N_CHANGES / 8 && m.n_refused > N_CHANGES / 8);
	lab_close(&m.lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_changes)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
