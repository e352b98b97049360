/* SPDX-License-Identifier: Apache-2.0 */
/* Random tables, their megaflows, random changes. While xlate_record_current() returns true, the
 * megaflow's packet and others of it must be translated to the same actions. It should seldom
 * return false if they are. A megaflow that was current and that the sieve does not catch must
 * be current. */
#include "random.h"

#include <base/rcu.h>
#include <support/effort.h>
#include <xlate/group.h>
#include <xlate/sieve.h>

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define N_SETS EFFORT(150)
#define N_SLOTS 12
#define N_FLOWS 60
#define N_CHANGES 60
#define N_MUTANTS 2
#define N_OVERFLOW 1100
#define TEXT_BYTES 1024

struct flow {
	struct flow_key key;
	struct flow_match match;
	struct flow_packed *packed; /* of 'match' */
	struct xlate_out out;
	struct xlate_digest digest;
	bool was_current; /* was current at the sieve's advance before the last, and not caught since */
};

struct model {
	struct xlate *x;
	struct xlate_bridge *br;
	uint64_t seed;
	bool conjunctions;
	struct flow flows[N_FLOWS];
	struct xlate_sieve *sieve;
	uint64_t n_judged, n_touched, n_needless, n_mutants, n_passed, n_caught;
};

static void
add_port(struct model *m, const char *name, uint16_t ofp, uint32_t dp, enum xlate_vlan_mode mode,
	 uint16_t tag)
{
	struct xlate_port port = {
		.name = name, .ofp_port = ofp, .dp_port = dp, .vlan_mode = mode, .tag = tag};
	char err[FLOW_ERR_BYTES];

	assert_int_equal(xlate_port_add(m->x, m->br, &port, NULL, err, sizeof err), 0);
}

static void
add_groups(struct model *m)
{
	char text[2048], err[FLOW_ERR_BYTES];
	struct rng r = {7};

	for (unsigned int id = 1; id <= MODEL_GROUPS; id++) {
		struct xlate_group_mod gm;

		random_group(&r, id, text, sizeof text);
		assert_int_equal(
			xlate_group_mod_parse(m->br, text, XLATE_GROUP_ADD, &gm, err, sizeof err),
			0);
		assert_int_equal(xlate_group_mods_apply(m->x, m->br, &gm, 1, NULL, err, sizeof err),
				 0);
		xlate_group_mod_free(&gm);
	}
}

static int
setup(void **state)
{
	static struct model m;

	rcu_thread_start();
	*state = &m;
	return 0;
}

static void
start(struct model *m)
{
	struct xlate_config config = {.seed = 42};
	char err[FLOW_ERR_BYTES];

	assert_int_equal(xlate_create(&config, &m->x), 0);
	assert_int_equal(xlate_bridge_add(m->x, "br0", err, sizeof err), 0);
	m->br = xlate_bridge_find(m->x, "br0");
	add_port(m, "p1", 1, 11, XLATE_VLAN_TRUNK, 0);
	add_port(m, "p2", 2, 12, XLATE_VLAN_TRUNK, 0);
	add_port(m, "a10", 20, 20, XLATE_VLAN_ACCESS, 10);
	add_port(m, "a20", 30, 30, XLATE_VLAN_ACCESS, 20);
	add_port(m, "n20", 41, 41, XLATE_VLAN_NATIVE_TAGGED, 20);
	add_port(m, "u10", 42, 42, XLATE_VLAN_NATIVE_UNTAGGED, 10);
	add_groups(m);
}

static int
teardown(void **state)
{
	(void)state;
	rcu_drain();
	rcu_thread_stop();
	return 0;
}

static bool
parsed(struct model *m, enum xlate_command command, const char *text, struct xlate_flow_mod *out)
{
	char err[FLOW_ERR_BYTES];

	return !xlate_flow_mod_parse(m->br, text, command, out, err, sizeof err);
}

/* Makes a rule of the slot in the table. Each slot has its own priority, since overlapping rules
 * of one priority are in no order. */
static bool
slot_rule(struct model *m, struct rng *r, unsigned int table, unsigned int slot,
	  enum xlate_command command, struct xlate_flow_mod *out)
{
	char rule[TEXT_BYTES], text[TEXT_BYTES + 64];

	random_rule(r, table, 2 * (slot + 1), rule, sizeof rule);
	if (!m->conjunctions && strstr(rule, "conjunction("))
		return false;
	if (command == XLATE_ADD)
		snprintf(text, sizeof text, "cookie=%u,%s", 1 + table * N_SLOTS + slot, rule);
	else
		snprintf(text, sizeof text, "cookie=%u/-1,table=%u,%s", 1 + table * N_SLOTS + slot,
			 table, strstr(rule, "actions="));
	return parsed(m, command, text, out);
}

static void
apply(struct model *m, struct xlate_flow_mod *fms, size_t n)
{
	char err[FLOW_ERR_BYTES];

	/* A modification may not suit the match of the rule that it finds. */
	xlate_flow_mods_apply(m->x, m->br, fms, n, NULL, err, sizeof err);
	for (size_t i = 0; i < n; i++)
		xlate_flow_mod_free(&fms[i]);
}

/* Changes one slot: removes its rule, replaces it, or changes its actions. */
static size_t
change_slot(struct model *m, struct rng *r, struct xlate_flow_mod *out)
{
	unsigned int table = rng_below(r, MODEL_TABLES), slot = rng_below(r, N_SLOTS);
	char text[64];
	size_t n = 0;

	if (!rng_below(r, 3))
		return slot_rule(m, r, table, slot, XLATE_MODIFY, out);
	snprintf(text, sizeof text, "cookie=%u/-1", 1 + table * N_SLOTS + slot);
	assert_true(parsed(m, XLATE_DELETE, text, &out[n++]));
	if (rng_below(r, 4))
		n += slot_rule(m, r, table, slot, XLATE_ADD, &out[n]);
	return n;
}

/* Learns through NORMAL, if the tables lead there. */
static void
learn(struct model *m, struct rng *r)
{
	struct flow_key key;
	struct xlate_in in = {.key = &key, .now_ns = 1, .learn = true};
	struct xlate_out out;

	random_packet(r, &key);
	assert_int_equal(xlate_translate(m->x, &in, &out), 0);
	xlate_out_free(&out);
	if (!rng_below(r, 20))
		xlate_mac_flush(m->x, m->br);
}

static void
change_group(struct model *m, struct rng *r)
{
	struct xlate_group_mod gm;
	char text[2048], err[FLOW_ERR_BYTES];

	random_group(r, 1 + rng_below(r, MODEL_GROUPS), text, sizeof text);
	assert_int_equal(
		xlate_group_mod_parse(m->br, text, XLATE_GROUP_MODIFY, &gm, err, sizeof err), 0);
	/* It may be refused, since it may send to itself. */
	xlate_group_mods_apply(m->x, m->br, &gm, 1, NULL, err, sizeof err);
	xlate_group_mod_free(&gm);
}

/* Adds or removes a port that no megaflow uses, sets one up or down, or changes the fragment
 * mode. */
static void
change_ports(struct model *m, struct rng *r)
{
	static const uint32_t dp_ports[] = {11, 12, 20, 30};
	char err[FLOW_ERR_BYTES];

	if (rng_below(r, 4)) {
		xlate_port_live_set(m->x, dp_ports[rng_below(r, 4)], rng_below(r, 2));
	} else if (rng_below(r, 2)) {
		if (xlate_port_del(m->x, "extra", err, sizeof err))
			add_port(m, "extra", 40, 40, XLATE_VLAN_TRUNK, 0);
	} else {
		assert_int_equal(xlate_fragments_set(m->x, m->br,
						     rng_below(r, 2) ? XLATE_FRAGMENTS_NX_MATCH
								     : XLATE_FRAGMENTS_NORMAL),
				 0);
	}
}

static void
change(struct model *m, struct rng *r)
{
	struct xlate_flow_mod fms[6];
	size_t n = 0;

	if (!rng_below(r, 8)) {
		change_group(m, r);
		return;
	}
	if (!rng_below(r, 12)) {
		change_ports(m, r);
		return;
	}

	if (!rng_below(r, 3)) {
		learn(m, r);
		return;
	}

	for (unsigned int i = 1 + rng_below(r, 3); i > 0; i--)
		n += change_slot(m, r, &fms[n]);
	apply(m, fms, n);
}

/* Makes more changes than a table remembers, in one batch or one by one; few affect a packet. */
static void
overflow(struct model *m, struct rng *r, bool at_once)
{
	static struct xlate_flow_mod fms[N_OVERFLOW];
	char text[64];

	for (size_t i = change_slot(m, r, fms); i < N_OVERFLOW; i++) {
		snprintf(text, sizeof text, "table=%zu,priority=300,in_port=77,actions=output:%zu",
			 i % MODEL_TABLES, 1 + i % 2);
		assert_true(parsed(m, XLATE_ADD, text, &fms[i]));
	}
	for (size_t i = 0; !at_once && i < N_OVERFLOW; i++)
		apply(m, &fms[i], 1);
	if (at_once)
		apply(m, fms, N_OVERFLOW);
}

static void
make_tables(struct model *m, struct rng *r)
{
	static const char *const last[] = {"table=0,priority=0,actions=output:1,goto_table:1",
					   "table=3,priority=0,actions=output:2"};
	struct xlate_flow_mod fm;

	m->conjunctions = rng_below(r, 2);
	assert_true(parsed(m, XLATE_DELETE, "", &fm));
	apply(m, &fm, 1);
	for (unsigned int i = 0; i < MODEL_TABLES * N_SLOTS; i++)
		if (slot_rule(m, r, i / N_SLOTS, i % N_SLOTS, XLATE_ADD, &fm))
			apply(m, &fm, 1);
	for (size_t i = 0; i < sizeof last / sizeof *last; i++) {
		assert_true(parsed(m, XLATE_ADD, last[i], &fm));
		apply(m, &fm, 1);
	}
}

static void
translate(struct model *m, const struct flow_key *key, struct xlate_out *out)
{
	struct xlate_in in = {.key = key, .now_ns = 1};

	assert_int_equal(xlate_translate(m->x, &in, out), 0);
}

static void
flow_make(struct model *m, struct flow *f)
{
	translate(m, &f->key, &f->out);
	f->match.key = f->key;
	f->match.mask = f->out.mask;
	flow_match_canonicalize(&f->match);
	f->packed = flow_packed_new(&f->match);
	xlate_digest_make(f->out.record, f->packed, &f->digest);
	f->was_current = false;
}

static void
flows_make(struct model *m, struct rng *r)
{
	for (unsigned int i = 0; i < N_FLOWS; i++) {
		do {
			random_packet(r, &m->flows[i].key);
		} while (m->flows[i].key.in_port != 11 && m->flows[i].key.in_port != 20);
		flow_make(m, &m->flows[i]);
	}
}

static void
print_rules(struct model *m, const struct flow *f, const struct flow_key *key)
{
	struct flow_match packet = {.key = *key};
	struct xlate_in in = {.key = key, .now_ns = 1, .trace = stderr};
	struct xlate_out out;

	memset(&packet.mask, 0xff, sizeof packet.mask);
	flow_match_print_dp(&packet, NULL, false, stderr);
	fputs("\nwas: ", stderr);
	flow_match_print_dp(&f->match, NULL, false, stderr);
	flow_actions_print_dp(&f->out.actions, NULL, stderr);
	fputs("\n", stderr);
	if (!xlate_translate(m->x, &in, &out)) {
		fputs("now: ", stderr);
		flow_actions_print_dp(&out.actions, NULL, stderr);
		fputs("\n", stderr);
		xlate_out_free(&out);
	}
}

/* Returns true if the packet is translated to the megaflow's actions. */
static bool
same(struct model *m, const struct flow *f, const struct flow_key *key)
{
	struct xlate_out now;
	bool yes;

	translate(m, key, &now);
	yes = flow_actions_equal(&f->out.actions, &now.actions);
	xlate_out_free(&now);
	return yes;
}

static void
check(struct model *m, const struct flow *f, const struct flow_key *key)
{
	if (same(m, f, key))
		return;
	print_rules(m, f, key);
	fail_msg("seed %" PRIu64 ": said to be current, but treated otherwise", m->seed);
}

/* Makes another packet of the megaflow; false if that fails. */
static bool
mutate(struct rng *r, const struct flow *f, struct flow_key *out)
{
	struct flow_key other;

	for (unsigned int i = 0; i < 20; i++) {
		random_packet(r, &other);
		if (other.eth_type == f->key.eth_type && other.nw_frag == f->key.nw_frag)
			break;
	}
	for (size_t i = 0; i < FLOW_KEY_WORDS; i++)
		flow_key_words_mut(out)[i] =
			flow_key_words(&f->match.key)[i] |
			(flow_key_words(&other)[i] & ~flow_key_words(&f->match.mask)[i]);
	normalise(out);
	return flow_match_covers(&f->match, out);
}

static void
judge(struct model *m, struct rng *r, struct flow *f)
{
	struct flow_key mutant;

	if (!f->out.record)
		return;
	m->n_judged++;
	if (f->was_current)
		xlate_sieve_passed(m->sieve, f->out.record);
	if (xlate_record_current(m->x, f->out.record, f->packed)) {
		f->was_current = true;
		check(m, f, &f->key);
		for (unsigned int i = 0; i < N_MUTANTS; i++) {
			if (!mutate(r, f, &mutant))
				continue;
			check(m, f, &mutant);
			m->n_mutants++;
		}
		return;
	}
	if (f->was_current) {
		print_rules(m, f, &f->key);
		fail_msg("seed %" PRIu64 ": passed the sieve, but is not current", m->seed);
	}
	m->n_touched++;
	m->n_needless += same(m, f, &f->key);
	xlate_out_free(&f->out);
	flow_packed_unref(f->packed);
	flow_make(m, f);
}

static void
sift(struct model *m)
{
	xlate_sieve_advance(m->sieve);
	for (unsigned int i = 0; i < N_FLOWS; i++) {
		struct flow *f = &m->flows[i];
		bool caught = xlate_sieve_catches(m->sieve, &f->digest.kind, &f->digest.own);

		m->n_passed += f->was_current && !caught;
		m->n_caught += f->was_current && caught;
		f->was_current &= !caught;
	}
}

static void
test_current_means_current(void **state)
{
	struct model *m = *state;

	for (m->seed = 1; m->seed <= N_SETS; m->seed++) {
		struct rng r = {m->seed << 32};

		start(m);
		make_tables(m, &r);
		flows_make(m, &r);
		assert_int_equal(xlate_sieve_create(m->x, &m->sieve), 0);
		for (unsigned int i = 0; i < N_CHANGES; i++) {
			change(m, &r);
			if (i % 30 == 29)
				overflow(m, &r, i > 30);
			sift(m);
			for (unsigned int k = 0; k < N_FLOWS; k++)
				if (rng_below(&r, 2))
					judge(m, &r, &m->flows[k]);
			rcu_quiesce();
		}
		for (unsigned int k = 0; k < N_FLOWS; k++) {
			xlate_out_free(&m->flows[k].out);
			flow_packed_unref(m->flows[k].packed);
		}
		xlate_sieve_destroy(m->sieve);
		xlate_destroy(m->x);
	}
	print_message("%" PRIu64 " judged, %" PRIu64 " touched (%.1f%%), of these %" PRIu64
		      " needlessly; %" PRIu64
		      " other packets of current megaflows; of current ones the"
		      " sieve let pass %" PRIu64 " and caught %" PRIu64 "\n",
		      m->n_judged, m->n_touched, 100.0 * (double)m->n_touched / (double)m->n_judged,
		      m->n_needless, m->n_mutants, m->n_passed, m->n_caught);
	assert_true(m->n_mutants > m->n_judged / 2);
	assert_true(m->n_touched > m->n_judged / 50);
	assert_true(m->n_touched < m->n_judged / 2);
	assert_true(m->n_passed > m->n_caught / 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_current_means_current, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
