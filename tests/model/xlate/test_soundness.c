/* SPDX-License-Identifier: Apache-2.0 */
/* Random tables, random packets. For each packet:
 * - its datapath actions have the same effect as a naive interpretation of the tables;
 * - every packet that agrees with it on the mask gets the same actions, and they have the same
 *   effect on that packet, too, as the naive interpretation. */
#include "naive.h"
#include "random.h"

#include <base/rcu.h>
#include <flow/parse.h>
#include <support/effort.h>

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define N_TABLE_SETS EFFORT(1500)
#define N_RULES 14
#define N_PACKETS 70
#define N_MUTANTS 3

struct model {
	struct xlate *x;
	struct xlate_bridge *br;
	struct naive_rules rules;
	uint64_t seed;
	uint64_t n_packets, n_mutants, n_mutants_lost, n_sent, n_refused, n_unsupported;
	uint64_t n_mask_bits;
};

static void
add_port(struct model *m, const char *name, uint16_t ofp, uint32_t dp, enum xlate_vlan_mode mode,
	 uint16_t tag, uint64_t trunks)
{
	struct xlate_port port = {.name = name,
				  .ofp_port = ofp,
				  .dp_port = dp,
				  .vlan_mode = mode,
				  .tag = tag,
				  .trunks = {trunks}};
	char err[FLOW_ERR_BYTES];

	assert_int_equal(xlate_port_add(m->x, m->br, &port, NULL, err, sizeof err), 0);
}

static int
setup(void **state)
{
	static struct model m;
	/* The twin neither recirculates nor parses below labels. */
	struct xlate_config config = {
		.seed = NAIVE_SEED,
		.dp_actions = ~(1u << FLOW_ACTION_RECIRC | 1u << FLOW_ACTION_COPY_TTL_OUT)};
	char err[FLOW_ERR_BYTES];

	rcu_thread_start();
	memset(&m, 0, sizeof m);
	assert_int_equal(xlate_create(&config, &m.x), 0);
	assert_int_equal(xlate_bridge_add(m.x, "br0", err, sizeof err), 0);
	m.br = xlate_bridge_find(m.x, "br0");
	add_port(&m, "p1", 1, 11, XLATE_VLAN_TRUNK, 0, 0);
	add_port(&m, "p2", 2, 12, XLATE_VLAN_TRUNK, 0, 0);
	add_port(&m, "a10", 20, 20, XLATE_VLAN_ACCESS, 10, 0);
	add_port(&m, "b10", 21, 21, XLATE_VLAN_ACCESS, 10, 0);
	add_port(&m, "a20", 30, 30, XLATE_VLAN_ACCESS, 20, 0);
	add_port(&m, "t10", 40, 40, XLATE_VLAN_TRUNK, 0, 1 | 1 << 10);
	add_port(&m, "n20", 41, 41, XLATE_VLAN_NATIVE_TAGGED, 20, 0);
	add_port(&m, "u10", 42, 42, XLATE_VLAN_NATIVE_UNTAGGED, 10, 1 << 20);
	*state = &m;
	return 0;
}

static int
teardown(void **state)
{
	struct model *m = *state;

	xlate_destroy(m->x);
	rcu_drain();
	rcu_thread_stop();
	return 0;
}

/* Returns false if the text is refused. */
static bool
mod(struct model *m, enum xlate_command command, const char *text)
{
	char err[FLOW_ERR_BYTES];
	struct xlate_flow_mod fm;

	if (xlate_flow_mod_parse(m->br, text, command, &fm, err, sizeof err))
		return false;
	if (xlate_flow_mods_apply(m->x, m->br, &fm, 1, NULL, err, sizeof err))
		fail_msg("seed %" PRIu64 ": %s: %s", m->seed, text, err);
	xlate_flow_mod_free(&fm);
	return true;
}

/* Learns addresses through tables with NORMAL alone. */
static void
learn_some(struct model *m, struct rng *r)
{
	mod(m, XLATE_DELETE, "");
	xlate_mac_flush(m->x, m->br);
	mod(m, XLATE_ADD, "actions=normal");
	for (int i = 0; i < 12; i++) {
		struct flow_key key;
		struct xlate_in in = {.key = &key, .now_ns = 1, .learn = true};
		struct xlate_out out;

		random_packet(r, &key);
		assert_int_equal(xlate_translate(m->x, &in, &out), 0);
		xlate_out_free(&out);
	}
}

static void
group_mod(struct model *m, enum xlate_group_command command, const char *text)
{
	char err[FLOW_ERR_BYTES];
	struct xlate_group_mod gm;

	if (xlate_group_mod_parse(m->br, text, command, &gm, err, sizeof err) ||
	    xlate_group_mods_apply(m->x, m->br, &gm, 1, NULL, err, sizeof err))
		fail_msg("seed %" PRIu64 ": %s: %s", m->seed, text, err);
	xlate_group_mod_free(&gm);
}

static void
make_groups(struct model *m, struct rng *r)
{
	static const struct {
		uint16_t ofp;
		uint32_t dp;
	} ports[] = {{1, 11}, {2, 12}, {20, 20}, {21, 21}, {30, 30}, {40, 40}};
	char text[2048];

	group_mod(m, XLATE_GROUP_DELETE, "");
	for (unsigned int id = 1; id <= MODEL_GROUPS; id++) {
		random_group(r, id, text, sizeof text);
		group_mod(m, XLATE_GROUP_ADD, text);
	}
	m->rules.down = 0;
	for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
		bool live = rng_below(r, 4);

		xlate_port_live_set(m->x, ports[i].dp, live);
		m->rules.down |= (uint64_t)!live << ports[i].ofp;
	}
}

static void
make_tables(struct model *m, struct rng *r)
{
	char text[1024];

	learn_some(m, r);
	mod(m, XLATE_DELETE, "");
	make_groups(m, r);
	assert_int_equal(xlate_fragments_set(m->x, m->br, rng_below(r, XLATE_N_FRAGMENTS)), 0);
	for (unsigned int n = 0; n < N_RULES;) {
		random_rule(r, rng_below(r, MODEL_TABLES), 2 * (n + 1), text, sizeof text);
		if (mod(m, XLATE_ADD, text))
			n++;
		else
			m->n_refused++;
	}
	/* Rules that match everything, so that few packets miss. */
	assert_true(mod(m, XLATE_ADD, "table=0,priority=0,actions=normal,goto_table:1"));
	assert_true(mod(m, XLATE_ADD, "table=3,priority=0,actions=output:2,normal"));
	naive_rules_load(m->br, &m->rules);
}

static int
print_rule(const struct xlate_rule_view *rule, void *aux)
{
	struct model *m = aux;

	xlate_rule_print(m->br, rule, false, 0, stderr);
	fputc('\n', stderr);
	return 0;
}

static int
print_group(const struct xlate_group_view *group, void *aux)
{
	(void)aux;
	xlate_group_print(group->config, true, stderr);
	fputc('\n', stderr);
	return 0;
}

static void
print_treatment(const char *title, const struct treatment *t)
{
	fprintf(stderr, "%s: %u copies, reason %s\n", title, t->n, flow_drop_names[t->why]);
	for (unsigned int i = 0; i < t->n && i < 20; i++) {
		struct flow_match m = {.key = t->copies[i].key};

		memset(&m.mask, 0xff, sizeof m.mask);
		fprintf(stderr, "  %" PRIu64 ": ", t->copies[i].port);
		flow_match_print_of(&m, NULL, stderr);
		fputc('\n', stderr);
	}
}

static void
print_translation(struct model *m, const struct flow_key *key)
{
	struct flow_match match = {.key = *key};
	struct xlate_in in = {.key = key, .now_ns = 1, .trace = stderr};
	struct xlate_out out;

	memset(&match.mask, 0xff, sizeof match.mask);
	flow_match_print_dp(&match, NULL, true, stderr);
	if (xlate_translate(m->x, &in, &out))
		return;
	match.mask = out.mask;
	flow_match_canonicalize(&match);
	fputs("megaflow: ", stderr);
	flow_match_print_dp(&match, NULL, false, stderr);
	fputs("\nactions: ", stderr);
	flow_actions_print_dp(&out.actions, NULL, stderr);
	fputs("\n\n", stderr);
	xlate_out_free(&out);
}

static void
print_model(struct model *m, const char *what)
{
	fprintf(stderr, "seed %" PRIu64 ": %s\n", m->seed, what);
	fprintf(stderr, "ports down: %#" PRIx64 "\n", m->rules.down);
	xlate_group_each(m->br, XLATE_GROUP_EVERY, print_group, m);
	xlate_rule_each(m->br, NULL, print_rule, m);
	fputc('\n', stderr);
}

/* Compares the treatments. Action lists are bounded, the naive interpretation is not; and only
 * the latter can undo labels. */
static void
check_treatment(struct model *m, const struct flow_key *key, const struct xlate_out *out)
{
	static struct treatment wanted, got;

	if (out->drop == FLOW_DROP_TOO_MANY_ACTIONS)
		return;
	if (out->drop == FLOW_DROP_UNSUPPORTED) {
		m->n_unsupported++;
		return;
	}
	naive_pipeline(m->x, m->br, &m->rules, key, &wanted);
	naive_execute(&out->actions, key, &got);
	m->n_sent += got.n;
	if (treatment_equal(&wanted, &got))
		return;
	print_model(m, "the actions treat the packet otherwise than the tables");
	print_translation(m, key);
	print_treatment("wanted", &wanted);
	print_treatment("got", &got);
	fail_msg("seed %" PRIu64, m->seed);
}

static bool
agrees(const struct flow_key *a, const struct flow_key *b, const struct flow_key *mask)
{
	for (size_t i = 0; i < FLOW_KEY_WORDS; i++)
		if ((flow_key_words(a)[i] ^ flow_key_words(b)[i]) & flow_key_words(mask)[i])
			return false;
	return true;
}

/* Makes another packet of the megaflow: bits outside the mask are from another packet, or
 * flipped at random. */
static bool
mutate(struct model *m, struct rng *r, const struct flow_key *key, const struct flow_key *mask,
       struct flow_key *out)
{
	struct flow_key other, can;
	bool flip = rng_below(r, 2);

	for (unsigned int tries = 0; tries < 50; tries++) {
		random_packet(r, &other);
		if (other.eth_type == key->eth_type && other.nw_frag == key->nw_frag)
			break;
	}
	flow_key_meaningful(key, &can);
	memset(can.vlan, 0, sizeof can.vlan);
	memset(can.mpls, 0, sizeof can.mpls);
	for (size_t i = 0; i < FLOW_KEY_WORDS; i++) {
		uint64_t noise = (uint64_t)rng_u32(r) << 32 | rng_u32(r);
		uint64_t k = flow_key_words(key)[i], mk = flow_key_words(mask)[i];
		uint64_t o = flip ? k ^ (noise & noise >> 7 & flow_key_words(&can)[i])
				  : flow_key_words(&other)[i];

		flow_key_words_mut(out)[i] = (k & mk) | (o & ~mk);
	}
	normalise(out);
	m->n_mutants_lost += !agrees(out, key, mask);
	return agrees(out, key, mask);
}

static void
check_mutants(struct model *m, struct rng *r, const struct flow_key *key,
	      const struct xlate_out *out)
{
	for (unsigned int i = 0; i < N_MUTANTS; i++) {
		struct flow_key mutant;
		struct xlate_in in = {.key = &mutant, .now_ns = 1};
		struct xlate_out other;

		if (!mutate(m, r, key, &out->mask, &mutant))
			continue;
		assert_int_equal(xlate_translate(m->x, &in, &other), 0);
		m->n_mutants++;
		if (!flow_actions_equal(&out->actions, &other.actions)) {
			print_model(m, "two packets of one megaflow are treated differently");
			print_translation(m, key);
			print_translation(m, &mutant);
			fail_msg("seed %" PRIu64, m->seed);
		}
		check_treatment(m, &mutant, &other);
		xlate_out_free(&other);
	}
}

static void
check_packet(struct model *m, struct rng *r)
{
	struct flow_key key;
	struct xlate_in in = {.key = &key, .now_ns = 1};
	struct xlate_out out;

	random_packet(r, &key);
	assert_int_equal(xlate_translate(m->x, &in, &out), 0);
	m->n_packets++;
	for (size_t i = 0; i < FLOW_KEY_WORDS; i++)
		m->n_mask_bits += (unsigned int)__builtin_popcountll(flow_key_words(&out.mask)[i]);
	check_treatment(m, &key, &out);
	check_mutants(m, r, &key, &out);
	if (out.record) {
		struct flow_match match = {.key = key, .mask = out.mask};
		struct flow_packed *megaflow;

		flow_match_canonicalize(&match);
		megaflow = flow_packed_new(&match);
		assert_true(xlate_record_current(m->x, out.record, megaflow));
		flow_packed_unref(megaflow);
	}
	xlate_out_free(&out);
}

static void
test_megaflows_are_sound(void **state)
{
	struct model *m = *state;

	for (m->seed = 1; m->seed <= N_TABLE_SETS; m->seed++) {
		struct rng r = {m->seed << 32};

		make_tables(m, &r);
		for (unsigned int i = 0; i < N_PACKETS; i++)
			check_packet(m, &r);
		rcu_quiesce();
	}
	print_message("%" PRIu64 " packets, %" PRIu64 " others of their megaflows, %" PRIu64
		      " copies, %" PRIu64 " mask bits on average, %" PRIu64 " texts refused\n",
		      m->n_packets, m->n_mutants, m->n_sent, m->n_mask_bits / m->n_packets,
		      m->n_refused);
	assert_true(m->n_packets >= N_TABLE_SETS * N_PACKETS * 95 / 100);
	/* Asserts that the model tests enough: mutants remain, packets are sent, rules are
	 * accepted. */
	assert_true(m->n_mutants > m->n_mutants_lost);
	assert_true(m->n_sent > m->n_packets);
	assert_true(m->n_unsupported < m->n_packets / 8);
	assert_true(m->n_refused < N_TABLE_SETS * N_RULES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_megaflows_are_sound, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
