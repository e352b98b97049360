/* SPDX-License-Identifier: Apache-2.0 */
/* Which megaflows are checked after a change: few unaffected ones, all stale ones. */
#include "lab.h"

#include <arpa/inet.h>
#include <xlate/meter.h>
#include <xlate/mirror.h>
#include <xlate/sieve.h>

#define N_FLOWS 1000
#define N_GROUPS 100

struct flow {
	struct flow_packed *match;
	struct xlate_out out;
	struct xlate_digest digest;
};

struct sieve_lab {
	struct lab lab;
	struct xlate_bridge *other;
	struct xlate_sieve *sieve;
	struct flow flow[N_FLOWS];
};

static void
must(struct lab *lab, int rc)
{
	if (rc)
		fail_msg("%s", lab->err);
}

static void
add_port(struct lab *lab, struct xlate_bridge *br, const char *name, uint16_t number, uint32_t dp)
{
	struct xlate_port port = {
		.name = name, .ofp_port = number, .dp_port = dp, .vlan_mode = XLATE_VLAN_TRUNK};

	must(lab, xlate_port_add(lab->x, br, &port, NULL, lab->err, sizeof lab->err));
}

static void
other_group(struct lab *lab, struct xlate_bridge *br, enum xlate_group_command command,
	    const char *text)
{
	struct xlate_group_mod gm;

	must(lab, xlate_group_mod_parse(br, text, command, &gm, lab->err, sizeof lab->err));
	must(lab, xlate_group_mods_apply(lab->x, br, &gm, 1, NULL, lab->err, sizeof lab->err));
	xlate_group_mod_free(&gm);
}

/* Makes megaflow i: packets to port i. */
static void
flow_make(struct sieve_lab *l, unsigned int i)
{
	struct flow *f = &l->flow[i];
	struct flow_match match;

	match.key = lab_key(&l->lab, "in_port=1,udp");
	match.key.tp_dst = htons((uint16_t)i);
	lab_translate_key(&l->lab, &match.key, &f->out);
	match.mask = f->out.mask;
	flow_match_canonicalize(&match);
	f->match = flow_packed_new(&match);
	xlate_digest_make(f->out.record, f->match, &f->digest);
}

/* Adds rules: packets to port i use group i % N_GROUPS + 1; those below 10 depend on the state
 * of port 2 first. */
static void
fill(struct sieve_lab *l)
{
	char text[160];

	lab_mod(&l->lab, XLATE_DELETE, "");
	for (unsigned int i = 1; i <= N_GROUPS; i++) {
		snprintf(text, sizeof text, "group_id=%u,type=all,bucket=output:2", i);
		must(&l->lab, lab_group(&l->lab, XLATE_GROUP_ADD, text));
	}
	for (unsigned int i = 0; i < N_FLOWS; i++) {
		snprintf(text, sizeof text, "udp,tp_dst=%u,actions=%sgroup:%u", i,
			 i < 10 ? "bundle(eth_src,0,active_backup,ofport,slaves:2,3)," : "",
			 i % N_GROUPS + 1);
		lab_mod(&l->lab, XLATE_ADD, text);
	}
}

static int
setup(void **state)
{
	struct sieve_lab *l = calloc(1, sizeof *l);

	assert_non_null(l);
	lab_open(&l->lab, 4, 0);
	must(&l->lab, xlate_bridge_add(l->lab.x, "other", l->lab.err, sizeof l->lab.err));
	l->other = xlate_bridge_find(l->lab.x, "other");
	add_port(&l->lab, l->other, "o1", 1, 91);
	add_port(&l->lab, l->other, "o2", 2, 92);
	fill(l);
	for (unsigned int i = 0; i < N_FLOWS; i++)
		flow_make(l, i);
	assert_int_equal(xlate_sieve_create(l->lab.x, &l->sieve), 0);
	xlate_sieve_advance(l->sieve);
	*state = l;
	return 0;
}

static int
teardown(void **state)
{
	struct sieve_lab *l = *state;

	for (unsigned int i = 0; i < N_FLOWS; i++) {
		xlate_out_free(&l->flow[i].out);
		flow_packed_unref(l->flow[i].match);
	}
	xlate_sieve_destroy(l->sieve);
	lab_close(&l->lab);
	free(l);
	return 0;
}

/* Returns how many megaflows the sieve catches for the changes since the last call; asserts that
 * all stale ones are among them. */
static unsigned int
n_caught(struct sieve_lab *l)
{
	unsigned int n = 0;

	xlate_sieve_advance(l->sieve);
	for (unsigned int i = 0; i < N_FLOWS; i++) {
		struct flow *f = &l->flow[i];
		bool caught = xlate_sieve_catches(l->sieve, &f->digest.kind, &f->digest.own);

		n += caught;
		if (xlate_record_current(l->lab.x, f->out.record, f->match)) {
			xlate_sieve_passed(l->sieve, f->out.record);
			continue;
		}
		assert_true(caught);
		xlate_out_free(&f->out);
		flow_packed_unref(f->match);
		flow_make(l, i);
	}
	return n;
}

static void
test_other_bridges(void **state)
{
	struct sieve_lab *l = *state;
	struct xlate *x = l->lab.x;
	char *err = l->lab.err;
	const size_t n_err = sizeof l->lab.err;

	add_port(&l->lab, l->other, "o3", 3, 93);
	assert_int_equal(n_caught(l), 0);
	xlate_port_live_set(x, 92, false);
	must(&l->lab,
	     xlate_port_config_set(x, "o2", XLATE_CONFIG_DOWN, XLATE_CONFIG_DOWN, err, n_err));
	must(&l->lab, xlate_port_del(x, "o2", err, n_err));
	assert_int_equal(xlate_fragments_set(x, l->other, XLATE_FRAGMENTS_DROP), 0);
	assert_int_equal(xlate_standalone_set(x, l->other, true), 0);
	must(&l->lab,
	     xlate_mirror_add(
		     x, l->other,
		     &(struct xlate_mirror){.name = "m", .select_all = true, .output_port = "o3"},
		     err, n_err));
	assert_int_equal(n_caught(l), 0);
	/* A group or table of another bridge may share a bit with one here. */
	other_group(&l->lab, l->other, XLATE_GROUP_ADD, "group_id=7,type=all,bucket=output:1");
	assert_in_range(n_caught(l), 0, 2 * N_FLOWS / N_GROUPS + 10);
}

static void
test_groups(void **state)
{
	struct sieve_lab *l = *state;

	must(&l->lab,
	     lab_group(&l->lab, XLATE_GROUP_MODIFY, "group_id=5,type=all,bucket=output:3"));
	assert_in_range(n_caught(l), N_FLOWS / N_GROUPS, 2 * N_FLOWS / N_GROUPS + 10);
	must(&l->lab,
	     lab_group(&l->lab, XLATE_GROUP_ADD, "group_id=1000,type=all,bucket=output:3"));
	assert_in_range(n_caught(l), 0, 2 * N_FLOWS / N_GROUPS + 10);
	assert_int_equal(n_caught(l), 0);
}

static void
test_ports(void **state)
{
	struct sieve_lab *l = *state;

	xlate_port_live_set(l->lab.x, 12, false);
	assert_in_range(n_caught(l), 10, 10 + 2 * N_FLOWS / N_GROUPS);
	add_port(&l->lab, l->lab.br, "p9", 9, 99);
	assert_int_equal(n_caught(l), N_FLOWS);
	assert_int_equal(n_caught(l), 0);
}

static int
no_meter(void *aux, uint32_t dp_meter, const struct flow_meter *rates)
{
	(void)aux;
	(void)dp_meter;
	(void)rates;
	return 0;
}

static void
no_meter_del(void *aux, uint32_t dp_meter)
{
	(void)aux;
	(void)dp_meter;
}

static const struct xlate_meter_sink sink = {.set = no_meter, .del = no_meter_del};

/* Megaflows do not contain the rates of meters. */
static void
test_meters(void **state)
{
	struct xlate_meter_mod mm = {.command = XLATE_METER_ADD, .config = {.id = 1}};
	struct sieve_lab *l = *state;

	xlate_meter_sink_set(l->lab.x, &sink);
	must(&l->lab,
	     xlate_meter_mod_apply(l->lab.x, l->lab.br, &mm, NULL, l->lab.err, sizeof l->lab.err));
	assert_int_equal(n_caught(l), 0);
}

static void
test_a_bridge_is_deleted(void **state)
{
	struct sieve_lab *l = *state;

	must(&l->lab, xlate_bridge_del(l->lab.x, "other", l->lab.err, sizeof l->lab.err));
	assert_int_equal(n_caught(l), N_FLOWS);
}

/* A megaflow of a port without a bridge is caught when the port is added to one, even a new
 * bridge. */
static void
test_no_bridge(void **state)
{
	struct sieve_lab *l = *state;
	static const struct flow_packed none;
	struct xlate_digest digest;

	xlate_digest_make(NULL, &none, &digest);
	assert_int_equal(n_caught(l), 0);
	assert_false(xlate_sieve_catches(l->sieve, &digest.kind, &digest.own));
	must(&l->lab, xlate_bridge_add(l->lab.x, "new", l->lab.err, sizeof l->lab.err));
	add_port(&l->lab, xlate_bridge_find(l->lab.x, "new"), "n1", 1, 101);
	assert_int_equal(n_caught(l), 0);
	assert_true(xlate_sieve_catches(l->sieve, &digest.kind, &digest.own));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_other_bridges),	     T(test_groups),	T(test_ports), T(test_meters),
		T(test_a_bridge_is_deleted), T(test_no_bridge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
