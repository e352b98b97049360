/* SPDX-License-Identifier: Apache-2.0 */
/* Random megaflows, compiled and inserted by the driver, and random packets: where the emulated ConnectX sends them and
 * as what, against a scan of the megaflows with the software path's match, parser and edits.
 *
 * Megaflows may overlap. Each marks its packets in the source MAC, so the one that a packet hit is known: it has to
 * cover the packet, and no megaflow of a better priority that the driver expresses exactly covers it.
 *
 *   test_mlx5_verdicts [PACKETS [SEED]]     of each of four devices; 10000 and 1 by default */
#include "rig.h"
#include "support/compose.h"
#include "support/effort.h"
#include "support/random_match.h"
#include <flow/action.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#define RULES_MAX 60
#define PACKETS_OF_SCENE 1000
#define PAYLOAD 20
#define HEADROOM 16
#define FRAME_MAX 512
#define COPIES_MAX (3 * RIG_PORTS)
/* The driver reuses readings that are so old. */
#define STALE_MS 110

struct rule {
	struct flow_match match;
	struct flow_actions actions;
	struct nic_rule *rule; /* NULL: refused, or removed */
	struct nic_counter *counter;
	unsigned int prio;
	bool narrowed; /* hardware may leave packets to software */
	struct nic_count expected;
};

struct scene {
	struct rig *rig;
	struct rng *rng;
	struct flow_key bases[RULES_MAX];
	struct rule rules[RULES_MAX];
	unsigned n_refused, n_hits, n_misses, n_copied;
	unsigned refused_for[NIC_N_REASONS];
};

static unsigned n_packets = EFFORT(10000);
static uint64_t seed = 1;

static void
mark_add(struct scene *s, unsigned i)
{
	struct flow_value value = flow_value_from_u64(0x020000000000 + i), mask;

	flow_field_ones(&flow_fields[FLOW_FIELD_ETH_SRC], &mask);
	assert_int_equal(
		flow_actions_add_set(&s->rules[i].actions, FLOW_FIELD_ETH_SRC, &value, &mask), 0);
}

static void
random_set(struct scene *s, struct rule *r)
{
	static const uint8_t fields[] = {
		FLOW_FIELD_ETH_DST,  FLOW_FIELD_NW_SRC,	  FLOW_FIELD_NW_DST,  FLOW_FIELD_IPV6_SRC,
		FLOW_FIELD_IPV6_DST, FLOW_FIELD_IP_DSCP,  FLOW_FIELD_NW_TTL,  FLOW_FIELD_TCP_SRC,
		FLOW_FIELD_UDP_DST,  FLOW_FIELD_VLAN_VID, FLOW_FIELD_TCP_DST, FLOW_FIELD_UDP_SRC};
	const struct flow_field *f = &flow_fields[fields[rng_below(s->rng, sizeof(fields))]];
	struct flow_value value, mask;

	for (size_t i = 0; i < sizeof(value.b); i++)
		value.b[i] = (uint8_t)rng_u32(s->rng);
	flow_field_ones(f, &mask);
	/* A part of the field, of several runs. */
	if (f->maskable && !rng_below(s->rng, 4))
		for (size_t i = 0; i < sizeof(mask.b); i++)
			mask.b[i] &= (uint8_t)rng_u32(s->rng);
	flow_actions_add_set(&r->actions, (enum flow_field_id)(f - flow_fields), &value, &mask);
}

/* One output of two, else several: most to different ports, in any order. */
static void
outputs_make(struct scene *s, struct rule *r)
{
	unsigned n = rng_below(s->rng, 2) ? 1 : 2 + rng_below(s->rng, RIG_PORTS - 1);
	unsigned first = rng_below(s->rng, RIG_PORTS), step = rng_below(s->rng, 2) ? 1 : 3;

	for (unsigned k = 0; k < n; k++) {
		flow_actions_add_output(&r->actions, (first + k * step) % RIG_PORTS);
		if (!rng_below(s->rng, 32))
			flow_actions_add_output(&r->actions, first);
		if (!rng_below(s->rng, 32))
			random_set(s, r);
	}
}

static void
actions_make(struct scene *s, unsigned i)
{
	struct rule *r = &s->rules[i];
	bool tagged = r->match.key.vlan[0].tci & htons(FLOW_VLAN_CFI);

	flow_actions_init(&r->actions);
	if (!rng_below(s->rng, 8))
		return;
	mark_add(s, i);
	if (tagged && !rng_below(s->rng, 2))
		flow_actions_add(&r->actions, &(struct flow_action){.type = FLOW_ACTION_POP_VLAN});
	for (unsigned n = rng_below(s->rng, 3); n > 0; n--)
		random_set(s, r);
	if (!rng_below(s->rng, 4))
		flow_actions_add(
			&r->actions,
			&(struct flow_action){
				.type = FLOW_ACTION_PUSH_VLAN,
				.vlan = {.tpid = htons(rng_below(s->rng, 2) ? ETHERTYPE_VLAN
									    : 0x88a8),
					 .tci = htons((uint16_t)rng_below(s->rng, 4096))}});
	outputs_make(s, r);
}

static bool
is_address(enum flow_field_id id)
{
	return id == FLOW_FIELD_NW_SRC || id == FLOW_FIELD_NW_DST || id == FLOW_FIELD_IPV6_SRC ||
	       id == FLOW_FIELD_IPV6_DST;
}

/* docs/mlx5.md lists where a rule takes less than the megaflow. */
static bool
is_narrowed(const struct rule *r)
{
	const struct flow_match *m = &r->match;

	for (unsigned i = 0; i < r->actions.n && !(m->mask.nw_frag & FLOW_FRAG_ANY); i++)
		if (r->actions.a[i].type == FLOW_ACTION_SET &&
		    is_address((enum flow_field_id)r->actions.a[i].set.field))
			return true;
	for (int i = 0; i < FLOW_VLANS; i++)
		if (m->key.vlan[i].tci & htons(FLOW_VLAN_CFI) && !m->mask.vlan[i].tpid)
			return true;
	if (m->key.eth_type == htons(ETHERTYPE_IPV6) && m->mask.nw_proto && !m->mask.nw_frag)
		return true;
	return (m->mask.nw_frag & FLOW_FRAG_LATER) && !(m->mask.nw_frag & FLOW_FRAG_ANY);
}

/* Most random matches have bits that no device takes: fields without a place are left out of three of four. */
static void
match_make(struct scene *s, const struct flow_key *base, struct flow_match *m)
{
	random_match(s->rng, base, m);
	if (!rng_below(s->rng, 4))
		return;
	m->mask.in_port = UINT32_MAX;
	m->mask.eth_type = UINT16_MAX;
	m->mask.nw_proto = rng_below(s->rng, 3) ? UINT8_MAX : 0;
	memset(m->mask.mpls, 0, sizeof(m->mask.mpls));
	memset(&m->mask.arp_sha, 0,
	       offsetof(struct flow_key, tp_src) - offsetof(struct flow_key, arp_sha));
	if (base->nw_proto != IPPROTO_TCP && base->nw_proto != IPPROTO_UDP)
		m->mask.tp_src = m->mask.tp_dst = 0;
	m->mask.tcp_flags &= htons(0x1ff);
	if (rng_below(s->rng, 2))
		m->mask.nw_frag = base->nw_frag ? 0 : FLOW_FRAG_ANY | FLOW_FRAG_LATER;
	for (int i = 0; i < FLOW_VLANS; i++)
		if (m->mask.vlan[i].tci || m->mask.vlan[i].tpid) {
			m->mask.vlan[i].tci |= htons(FLOW_VLAN_CFI);
			m->mask.vlan[i].tpid = rng_below(s->rng, 4) ? UINT16_MAX : 0;
		}
	m->key = *base;
	flow_match_canonicalize(m);
}

static void
rule_make(struct scene *s, unsigned i)
{
	struct rule *r = &s->rules[i];
	struct nic *nic = s->rig->nic;
	struct nic_refusal why;

	memset(r, 0, sizeof(*r));
	match_make(s, &s->bases[rng_below(s->rng, RULES_MAX)], &r->match);
	r->prio = rng_below(s->rng, 2);
	actions_make(s, i);
	r->narrowed = is_narrowed(r);
	assert_int_equal(nic->class->counter_new(nic, &r->counter), 0);
	if (nic->class->compile(nic, &r->match, &r->actions, r->prio, r->counter, &r->rule, &why)) {
		s->n_refused++;
		s->refused_for[why.reason]++;
		r->rule = NULL;
	} else if (rig_insert(s->rig, r->rule, &why)) {
		/* Equal matches alone are refused by the device. */
		if (why.reason != NIC_REASON_RULE)
			fail_msg("insert: %s %s", nic_reason_names[why.reason], why.detail);
		nic->class->rule_free(nic, r->rule);
		r->rule = NULL;
	}
}

static void
rule_remove(struct scene *s, struct rule *r)
{
	if (!r->rule)
		return;
	assert_int_equal(rig_remove(s->rig, r->rule), 0);
	s->rig->nic->class->rule_free(s->rig->nic, r->rule);
	r->rule = NULL;
}

struct sent {
	unsigned n;
	struct {
		uint16_t vport;
		size_t length;
		uint8_t bytes[FRAME_MAX];
	} copies[COPIES_MAX];
};

/* What software makes of a packet under a rule. */
static void
expect(const struct rule *r, const uint8_t *bytes, size_t length, uint32_t in_port,
       struct sent *out)
{
	uint8_t room[HEADROOM + FRAME_MAX];
	struct flow_buffer buf = {room + HEADROOM, length, HEADROOM, 0};
	struct flow_offsets ofs;
	struct flow_key key;

	memset(&key, 0, sizeof(key));
	key.in_port = in_port;
	assert_true(length <= FRAME_MAX);
	memcpy(buf.data, bytes, length);
	out->n = 0;
	flow_parse(buf.data, length, &key, &ofs);
	for (unsigned i = 0; i < r->actions.n; i++) {
		const struct flow_action *a = &r->actions.a[i];

		if (a->type == FLOW_ACTION_OUTPUT) {
			assert_true(out->n < COPIES_MAX && buf.n <= FRAME_MAX);
			out->copies[out->n].vport = rig_vport(a->port);
			out->copies[out->n].length = buf.n;
			memcpy(out->copies[out->n++].bytes, buf.data, buf.n);
		} else {
			assert_int_equal(flow_edit(a, &buf, &key, &ofs), 0);
		}
	}
}

static bool
has_copy(const struct emu_verdict *v, uint16_t vport, const uint8_t *bytes, size_t length)
{
	for (unsigned i = 0; i < v->n_copies; i++)
		if (v->copies[i].vport == vport && v->copies[i].length == length &&
		    !memcmp(v->copies[i].bytes, bytes, length))
			return true;
	return false;
}

/* The driver makes no two copies for a port: as many that are all there are the same. */
static bool
is_as_expected(const struct emu_verdict *v, const struct sent *want)
{
	if (v->end != (want->n ? EMU_END_VPORT : EMU_END_DROP) || v->n_copies != want->n)
		return false;
	for (unsigned i = 0; i < want->n; i++)
		if (!has_copy(v, want->copies[i].vport, want->copies[i].bytes,
			      want->copies[i].length))
			return false;
	return true;
}

static void
show(const char *name, const uint8_t *bytes, size_t length)
{
	print_message("%s %zu:", name, length);
	for (size_t i = 0; i < length; i++)
		print_message(" %02x", bytes[i]);
	print_message("\n");
}

/* The rule that took the packet: one that covers it, and does what was done. */
static struct rule *
hit_find(struct scene *s, const struct flow_key *key, const uint8_t *bytes, size_t length,
	 const struct emu_verdict *v)
{
	struct rule *found = NULL;
	struct sent want;

	for (unsigned i = 0; i < RULES_MAX; i++) {
		struct rule *r = &s->rules[i];

		if (!r->rule || !flow_match_covers(&r->match, key))
			continue;
		expect(r, bytes, length, key->in_port, &want);
		if (is_as_expected(v, &want) && (!found || r->prio < found->prio))
			found = r;
	}
	return found;
}

static void
check_better(struct scene *s, const struct flow_key *key, const struct rule *hit)
{
	for (unsigned i = 0; i < RULES_MAX; i++) {
		struct rule *r = &s->rules[i];

		if (r->rule && !r->narrowed && (!hit || r->prio < hit->prio) &&
		    flow_match_covers(&r->match, key))
			fail_msg("rule %u of priority %u covers the packet, but %s", i, r->prio,
				 hit ? "another took it" : "none took it");
	}
}

static void
one_packet(struct scene *s)
{
	const struct flow_key *base = &s->bases[rng_below(s->rng, RULES_MAX)];
	uint8_t bytes[EMU_PACKET_MAX];
	struct flow_key key, parsed;
	struct flow_offsets ofs;
	struct emu_verdict v;
	struct rule *hit = NULL;

	random_key_near(s->rng, 0, base, &key);
	if (rng_below(s->rng, 2))
		key = *base;
	int length = packet_compose(&key, PAYLOAD, bytes, sizeof(bytes));

	assert_true(length > 0);
	memset(&parsed, 0, sizeof(parsed));
	parsed.in_port = key.in_port;
	flow_parse(bytes, (size_t)length, &parsed, &ofs);
	assert_int_equal(
		emu_walk(EMU_ROOT_TABLE, rig_vport(key.in_port), bytes, (size_t)length, &v), 0);
	if (v.n_counted) {
		hit = hit_find(s, &parsed, bytes, (size_t)length, &v);
		if (!hit) {
			show("packet", bytes, (size_t)length);
			for (unsigned i = 0; i < v.n_copies; i++)
				show("sent", v.copies[i].bytes, v.copies[i].length);
			fail_msg("from port %u: end %u, %u copies (%s): no rule of this packet",
				 key.in_port, v.end, v.n_copies, v.why ? v.why : "");
			return;
		}
		hit->expected.packets++;
		hit->expected.bytes += (uint64_t)length;
		s->n_hits++;
		s->n_copied += v.n_copies > 1;
	} else {
		assert_int_equal(v.n_copies, 1);
		assert_true(has_copy(&v, 0, bytes, (size_t)length));
		s->n_misses++;
	}
	check_better(s, &parsed, hit);
}

/* Counts are those of all packets, also of rules that were removed. Rules that drop are alike, so their counts are
 * compared as a sum. */
static void
counts_check(struct scene *s)
{
	struct nic *nic = s->rig->nic;
	struct nic_count dropped = {0}, dropped_want = {0};

	nanosleep(&(struct timespec){.tv_nsec = STALE_MS * 1000000L}, NULL);
	for (unsigned i = 0; i < RULES_MAX; i++) {
		struct rule *r = &s->rules[i];
		struct nic_count now;

		assert_int_equal(nic->class->counters_read(nic, &r->counter, 1, &now), 0);
		if (!r->actions.n) {
			dropped.packets += now.packets;
			dropped_want.packets += r->expected.packets;
			continue;
		}
		assert_int_equal(now.packets, r->expected.packets);
		assert_int_equal(now.bytes, r->expected.bytes);
	}
	assert_int_equal(dropped.packets, dropped_want.packets);
}

static void
scene_run(struct scene *s, unsigned n)
{
	for (unsigned i = 0; i < RULES_MAX; i++)
		random_key(s->rng, 0, &s->bases[i]);
	for (unsigned i = 0; i < RULES_MAX; i++)
		rule_make(s, i);
	for (unsigned i = 0; i < n; i++) {
		for (unsigned r = 0; r < RULES_MAX && i == n / 2; r += 2)
			rule_remove(s, &s->rules[r]);
		one_packet(s);
	}
	counts_check(s);
	for (unsigned i = 0; i < RULES_MAX; i++) {
		rule_remove(s, &s->rules[i]);
		s->rig->nic->class->counter_free(s->rig->nic, s->rules[i].counter);
		flow_actions_free(&s->rules[i].actions);
	}
}

static void
of_config(const struct emu_config *config)
{
	struct rng rng = {seed};
	struct rig rig;
	struct scene *s = calloc(1, sizeof(*s));
	unsigned n_scenes = 0;

	assert_non_null(s);
	s->rig = &rig;
	s->rng = &rng;
	rig_start(&rig, config);
	for (unsigned n = 0; n < n_packets; n += PACKETS_OF_SCENE, n_scenes++)
		scene_run(s, PACKETS_OF_SCENE);
	print_message("format %u%s: %u hits, %u of them copied, %u misses; %u of %u megaflows "
		      "refused\n",
		      config->format, config->metadata ? " with metadata" : "", s->n_hits,
		      s->n_copied, s->n_misses, s->n_refused, n_scenes * RULES_MAX);
	for (unsigned i = 0; i < NIC_N_REASONS; i++)
		if (s->refused_for[i])
			print_message("  %s: %u\n", nic_reason_names[i], s->refused_for[i]);
	assert_true(s->n_hits > n_packets / 5);
	assert_true(s->n_copied > n_packets / 20);
	rig_stop(&rig);
	free(s);
}

#define TEST(name, f, m)                                                                           \
	static void name(void **state)                                                             \
	{                                                                                          \
		(void)state;                                                                       \
		of_config(                                                                         \
			&(struct emu_config){.format = f, .n_vports = RIG_PORTS, .metadata = m});  \
	}

TEST(format_0, 0, false)
TEST(format_0_with_metadata, 0, true)
TEST(format_1, 1, false)
TEST(format_1_with_metadata, 1, true)

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(format_0), cmocka_unit_test(format_0_with_metadata),
		cmocka_unit_test(format_1), cmocka_unit_test(format_1_with_metadata)};

	if (argc > 1)
		n_packets = (unsigned)strtoul(argv[1], NULL, 10);
	if (argc > 2)
		seed = strtoull(argv[2], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
