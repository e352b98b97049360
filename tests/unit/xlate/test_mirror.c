/* SPDX-License-Identifier: Apache-2.0 */
/* Mirrors: which packets are copied, where to, how often, and where they are counted. Ports
 * p1..p4 (datapath 11..14), trunks, and a10 (20), an access port of VLAN 10. */
#include "lab.h"

#include <xlate/mirror.h>

#include <arpa/inet.h>
#include <stdio.h>

#define A "dl_src=02:00:00:00:00:0a"
#define TO_B "dl_dst=02:00:00:00:00:0b"

static const char *const p1[] = {"p1", NULL}, *const p2[] = {"p2", NULL};

static int
setup(void **state)
{
	static struct lab lab;

	lab_open(&lab, 4, 0);
	assert_int_equal(lab_port(&lab, "a10", 20, 20, XLATE_VLAN_ACCESS, 10), 0);
	*state = &lab;
	return 0;
}

static int
teardown(void **state)
{
	lab_close(*state);
	return 0;
}

static int
try_add(struct lab *lab, const struct xlate_mirror *m)
{
	return xlate_mirror_add(lab->x, lab->br, m, lab->err, sizeof lab->err);
}

static void
add(struct lab *lab, const struct xlate_mirror *m)
{
	if (try_add(lab, m))
		fail_msg("%s", lab->err);
}

static void
del(struct lab *lab, const char *name)
{
	assert_int_equal(xlate_mirror_del(lab->x, lab->br, name, lab->err, sizeof lab->err), 0);
}

/* Ingress mirrors copy the packet before the actions change it, egress mirrors as it is sent. */
static void
test_as_received_and_as_sent(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab, "actions=mod_vlan_vid:5,output:2,output:3", NULL);
	add(lab, &(struct xlate_mirror){.name = "in", .src = p1, .output_port = "p4"});
	lab_expect(lab, "in_port=1,ip", false, "14,push_vlan(vid=5,pcp=0),12,13");
	lab_expect(lab, "in_port=3,ip", false, "push_vlan(vid=5,pcp=0),12");
	del(lab, "in");
	add(lab, &(struct xlate_mirror){.name = "out", .dst = p2, .output_port = "p4"});
	lab_expect(lab, "in_port=1,ip", false, "push_vlan(vid=5,pcp=0),12,14,13");
	del(lab, "out");
	lab_expect(lab, "in_port=1,ip", false, "push_vlan(vid=5,pcp=0),12,13");
}

static void
test_one_copy_to_a_place(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab, "actions=output:2,output:2", NULL);
	add(lab, &(struct xlate_mirror){.name = "a", .select_all = true, .output_port = "p4"});
	lab_expect(lab, "in_port=1,ip", false, "14,12,12");
	add(lab, &(struct xlate_mirror){.name = "b", .dst = p2, .output_port = "p4"});
	lab_expect(lab, "in_port=1,ip", false, "14,12,12");
	add(lab, &(struct xlate_mirror){.name = "c", .dst = p2, .output_port = "p3"});
	lab_expect(lab, "in_port=1,ip", false, "14,12,13,12");
}

static void
test_the_output_is_reserved(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab, "actions=NORMAL", NULL);
	lab_expect(lab, "in_port=4,ip," A "," TO_B, true, "11,12,13");
	add(lab, &(struct xlate_mirror){.name = "m", .src = p1, .output_port = "p4"});
	lab_expect(lab, "in_port=4,ip", false, "drop(reason=mirror-port)");
	lab_expect(lab, "in_port=2,ip", false, "11,13");
	lab_expect(lab, "in_port=1,ip", false, "14,12,13");
	/* A was learned behind p4. */
	lab_expect(lab, "in_port=2,ip,dl_dst=02:00:00:00:00:0a", false, "11,13");
}

static void
test_vlans(void **state)
{
	struct lab *lab = *state;
	struct xlate_out out;

	lab_rules(lab, "actions=output:2", NULL);
	add(lab,
	    &(struct xlate_mirror){.name = "v", .src = p1, .vlans = {1 << 5}, .output_port = "p4"});
	lab_expect(lab, "in_port=1,ip,dl_vlan=5,dl_vlan_pcp=3", false, "14,12");
	lab_expect(lab, "in_port=1,ip,dl_vlan=6", false, "12");
	lab_expect(lab, "in_port=1,ip", false, "12");
	lab_translate(lab, "in_port=1,ip,dl_vlan=6", false, &out);
	assert_int_equal(ntohs(out.mask.vlan[0].tci) & 0xfff, 0xfff);
	xlate_out_free(&out);
}

static void
test_to_a_vlan(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab, "actions=output:2", NULL);
	add(lab, &(struct xlate_mirror){.name = "r", .src = p1, .output_vlan = 10});
	lab_expect(lab, "in_port=1,ip," TO_B, false,
		   "20,push_vlan(vid=10,pcp=0),11,12,13,14,pop_vlan,12");
	lab_expect(lab, "in_port=1,ip,dl_vlan=10," TO_B, false, "12");
	lab_expect(lab, "in_port=1,ip,dl_dst=01:80:c2:00:00:00", false, "12");
}

static void
test_snaplen(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab, "actions=output:2", NULL);
	add(lab,
	    &(struct xlate_mirror){.name = "s", .src = p1, .output_port = "p4", .snaplen = 64});
	lab_expect(lab, "in_port=1,ip", false, "trunc(64),14,12");
}

/* A mirror counts the packets it sent by the record, even after its deletion. A change makes
 * records stale. */
static int
count_of(const struct xlate_mirror *m, const struct flow_stats *count, void *aux)
{
	uint64_t *n = aux;

	n[m->name[0] - 'a'] = count->packets;
	return 0;
}

static void
test_counts_and_changes(void **state)
{
	struct lab *lab = *state;
	struct flow_stats delta = {.packets = 3, .bytes = 180};
	uint64_t n[2] = {9, 9};
	struct xlate_out out;

	lab_rules(lab, "actions=output:2,output:2", NULL);
	add(lab, &(struct xlate_mirror){.name = "a", .select_all = true, .output_port = "p4"});
	add(lab, &(struct xlate_mirror){.name = "b", .src = p2, .output_port = "p4"});
	lab_translate(lab, "in_port=1,ip", false, &out);
	assert_true(lab_current(lab, &out));
	xlate_record_push(lab->x, out.record, &delta);
	xlate_mirror_each(lab->br, count_of, n);
	assert_int_equal(n[0], 3);
	assert_int_equal(n[1], 0);
	del(lab, "a");
	assert_false(lab_current(lab, &out));
	xlate_record_push(lab->x, out.record, &delta);
	xlate_out_free(&out);
	lab_translate(lab, "in_port=1,ip", false, &out);
	add(lab, &(struct xlate_mirror){.name = "a", .src = p1, .output_port = "p4"});
	assert_false(lab_current(lab, &out));
	xlate_out_free(&out);
	xlate_mirror_each(lab->br, count_of, n);
	assert_int_equal(n[0], 0);
}

static void
expect_refused(struct lab *lab, const struct xlate_mirror *m, int error, const char *words)
{
	assert_int_equal(try_add(lab, m), error);
	if (!strstr(lab->err, words))
		fail_msg("%s", lab->err);
}

static void
test_refusals(void **state)
{
	struct lab *lab = *state;
	struct xlate_mirror m = {.name = "m"};

	expect_refused(lab, &m, -EINVAL, "output-port, or output-vlan");
	m.output_port = "p4";
	expect_refused(lab, &m, -EINVAL, "selects no port");
	m.src = p1;
	m.snaplen = 13;
	expect_refused(lab, &m, -EINVAL, "snaplen 13: expected 14 to 65535");
	m.snaplen = 0;
	m.output_vlan = 5;
	expect_refused(lab, &m, -EINVAL, "exclude each other");
	m.output_vlan = 0;
	add(lab, &m);
	expect_refused(lab, &m, -EEXIST, "exists");
	assert_int_equal(xlate_mirror_del(lab->x, lab->br, "n", lab->err, sizeof lab->err),
			 -ENOENT);
	for (unsigned int i = 1; i < XLATE_MIRRORS_MAX; i++) {
		char name[16];

		snprintf(name, sizeof name, "m%u", i);
		m.name = name;
		add(lab, &m);
	}
	m.name = "one-more";
	expect_refused(lab, &m, -ENOSPC, "has 32 mirrors");
}

/* Each copy to a VLAN is sent to every port, where each other mirror sees it; each mirror sends
 * once. */
static void
test_mirrors_of_mirrors(void **state)
{
	struct lab *lab = *state;
	struct xlate_out out;

	lab_rules(lab, "actions=output:2", NULL);
	for (uint16_t i = 0; i < XLATE_MIRRORS_MAX; i++) {
		char name[16];

		snprintf(name, sizeof name, "m%u", i);
		add(lab, &(struct xlate_mirror){
				 .name = name, .select_all = true, .output_vlan = 100 + i});
	}
	lab_translate(lab, "in_port=1,ip", false, &out);
	assert_in_range(out.actions.n, XLATE_MIRRORS_MAX * 4, XLATE_MIRRORS_MAX * 10);
	xlate_out_free(&out);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_as_received_and_as_sent),
		T(test_one_copy_to_a_place),
		T(test_the_output_is_reserved),
		T(test_vlans),
		T(test_to_a_vlan),
		T(test_snaplen),
		T(test_mirrors_of_mirrors),
		T(test_counts_and_changes),
		T(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
