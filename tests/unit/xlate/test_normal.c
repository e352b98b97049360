/* SPDX-License-Identifier: Apache-2.0 */
/* NORMAL: learning, flooding, VLANs. Ports: p1, p2 trunks of all VLANs (11, 12), a10 and b10
 * access ports of VLAN 10 (20, 21), a20 of VLAN 20 (30), t10 a trunk of VLAN 10 only (40). */
#include "lab.h"

#define A "dl_src=02:00:00:00:00:0a"
#define B "dl_src=02:00:00:00:00:0b"
#define TO_A "dl_dst=02:00:00:00:00:0a"
#define TO_B "dl_dst=02:00:00:00:00:0b"
#define TO_ALL "dl_dst=ff:ff:ff:ff:ff:ff"

static int
setup(void **state)
{
	static struct lab lab;
	struct xlate_port trunk = {.name = "t10", .ofp_port = 40, .dp_port = 40};

	lab_open(&lab, 2, 0);
	assert_int_equal(lab_port(&lab, "a10", 20, 20, XLATE_VLAN_ACCESS, 10), 0);
	assert_int_equal(lab_port(&lab, "b10", 21, 21, XLATE_VLAN_ACCESS, 10), 0);
	assert_int_equal(lab_port(&lab, "a20", 30, 30, XLATE_VLAN_ACCESS, 20), 0);
	trunk.trunks[0] = 1 << 10;
	assert_int_equal(xlate_port_add(lab.x, lab.br, &trunk, NULL, lab.err, sizeof lab.err), 0);
	*state = &lab;
	return 0;
}

static int
teardown(void **state)
{
	lab_close(*state);
	return 0;
}

static void
test_flood_then_forward(void **state)
{
	struct lab *lab = *state;

	lab_expect(lab, "in_port=1,ip," A "," TO_B, true, "12");
	lab_expect(lab, "in_port=2,ip," B "," TO_A, true, "11");
	lab_expect(lab, "in_port=1,ip," A "," TO_B, true, "12");
	lab_expect(lab, "in_port=2,ip," A "," TO_B, false, "drop");
	lab_expect(lab, "in_port=1,ip," A "," TO_ALL, true, "12");
}

static void
test_vlan_of_access_ports(void **state)
{
	struct lab *lab = *state;

	/* Untagged copies first; then one push for all tagged ones. */
	lab_expect(lab, "in_port=20,ip," A "," TO_B, true, "21,push_vlan(vid=10,pcp=0),11,12,40");
	/* Tagged copies first, as received. */
	lab_expect(lab, "in_port=1,ip,dl_vlan=10,dl_vlan_pcp=3," B "," TO_ALL, true,
		   "12,40,pop_vlan,20,21");
	/* Learned in both directions. */
	lab_expect(lab, "in_port=20,ip," A "," TO_B, true, "push_vlan(vid=10,pcp=0),11");
	lab_expect(lab, "in_port=1,ip,dl_vlan=10,dl_vlan_pcp=3," B "," TO_A, true, "pop_vlan,20");
	lab_expect(lab, "in_port=21,ip," B "," TO_A, false, "20");
	/* Another VLAN has its own addresses. */
	lab_expect(lab, "in_port=1,ip,dl_vlan=20," B "," TO_A, false, "12,pop_vlan,30");
}

static void
test_a_second_tag_is_sent_to_trunks_only(void **state)
{
	struct lab *lab = *state;

	lab_expect(lab, "in_port=1,ip,dl_vlan=10,dl_vlan1=20," B "," TO_ALL, false, "12,40");
	lab_expect(lab, "in_port=1,ip,dl_vlan=10,dl_vlan1=0," B "," TO_ALL, false,
		   "12,40,pop_vlan,20,21");
	lab_expect(lab, "in_port=20,ip," A "," TO_B, true, "21,push_vlan(vid=10,pcp=0),11,12,40");
	lab_expect(lab, "in_port=1,ip,dl_vlan=10,dl_vlan1=20," B "," TO_A, false,
		   "drop(reason=vlan-policy)");
}

static be16
second_tag_consulted(struct lab *lab, const char *packet)
{
	struct xlate_out out;
	be16 tci;

	lab_translate(lab, packet, true, &out);
	tci = out.mask.vlan[1].tci;
	xlate_out_free(&out);
	return tci;
}

/* Only access ports depend on a second tag, so between trunks a megaflow covers packets with one
 * tag and with two. */
static void
test_a_second_tag_between_trunks(void **state)
{
	struct lab *lab = *state;

	assert_int_not_equal(second_tag_consulted(lab, "in_port=1,ip,dl_vlan=10," A "," TO_ALL), 0);
	lab_expect(lab, "in_port=2,ip,dl_vlan=10," B "," TO_ALL, true, "11,40,pop_vlan,20,21");
	assert_int_equal(second_tag_consulted(lab, "in_port=1,ip,dl_vlan=10," A "," TO_B), 0);
	lab_expect(lab, "in_port=21,ip," B "," TO_ALL, true, "20,push_vlan(vid=10,pcp=0),11,12,40");
	assert_int_not_equal(second_tag_consulted(lab, "in_port=1,ip,dl_vlan=10," A "," TO_B), 0);
}

static void
test_priority_tag_keeps_its_priority(void **state)
{
	lab_expect(*state, "in_port=20,ip,dl_vlan=0,dl_vlan_pcp=5," A "," TO_ALL, false,
		   "set(vlan(vid=10)),11,12,40,pop_vlan,21");
}

static void
test_admission(void **state)
{
	struct lab *lab = *state;

	lab_expect(lab, "in_port=20,ip,dl_vlan=10," A "," TO_B, true, "drop(reason=vlan-policy)");
	lab_expect(lab, "in_port=40,ip," A "," TO_B, true, "drop(reason=vlan-policy)");
	lab_expect(lab, "in_port=40,ip,dl_vlan=20," A "," TO_B, true, "drop(reason=vlan-policy)");
	/* These packets taught nothing. */
	lab_expect(lab, "in_port=21,ip," B "," TO_A, false, "20,push_vlan(vid=10,pcp=0),11,12,40");
}

static void
test_reserved_addresses(void **state)
{
	struct lab *lab = *state;

	lab_expect(lab, "in_port=1," A ",dl_dst=01:80:c2:00:00:0e", true,
		   "drop(reason=reserved-mac)");
	lab_expect(lab, "in_port=1," A ",dl_dst=01:80:c2:00:00:10", true, "12");
	lab_expect(lab, "in_port=1," A ",dl_dst=01:00:0c:cc:cc:cd", true,
		   "drop(reason=reserved-mac)");
	assert_false(xlate_forward_bpdu(lab->br));
	assert_int_equal(xlate_forward_bpdu_set(lab->x, lab->br, true), 0);
	assert_true(xlate_forward_bpdu(lab->br));
	lab_expect(lab, "in_port=1," A ",dl_dst=01:80:c2:00:00:0e", true, "12");
	lab_expect(lab, "in_port=1," A ",dl_dst=01:00:0c:cc:cc:cd", true, "12");
}

static int
count(const struct xlate_mac *m, void *aux)
{
	assert_int_equal(m->ofp_port, 1);
	assert_int_equal(m->vlan, 0);
	assert_int_equal(m->mac.b[5], 0x0a);
	++*(unsigned int *)aux;
	return 0;
}

static void
test_learning(void **state)
{
	struct lab *lab = *state;
	unsigned int n = 0;
	uint64_t version = xlate_version(lab->x);

	lab_expect(lab, "in_port=1,ip," A "," TO_B, false, "12");
	lab_expect(lab, "in_port=1,ip,dl_src=03:00:00:00:00:01," TO_B, true, "12");
	assert_int_equal(xlate_version(lab->x), version);
	lab_expect(lab, "in_port=1,ip," A "," TO_B, true, "12");
	assert_true(xlate_version(lab->x) > version);
	version = xlate_version(lab->x);
	lab_expect(lab, "in_port=1,ip," A "," TO_B, true, "12");
	assert_int_equal(xlate_version(lab->x), version);
	xlate_mac_each(lab->br, LAB_NOW, count, &n);
	assert_int_equal(n, 1);
	assert_int_equal(xlate_expire(lab->x, LAB_NOW + 301 * NS_PER_S), 0);
	assert_true(xlate_version(lab->x) > version);
	xlate_mac_each(lab->br, LAB_NOW, count, &n);
	assert_int_equal(n, 1);
}

static void
test_port_takes_its_addresses_along(void **state)
{
	struct lab *lab = *state;

	lab_expect(lab, "in_port=1,ip," A "," TO_B, true, "12");
	assert_int_equal(xlate_port_del(lab->x, "p1", lab->err, sizeof lab->err), 0);
	assert_int_equal(lab_port(lab, "p1", 1, 77, XLATE_VLAN_TRUNK, 0), 0);
	assert_int_equal(lab_port(lab, "p3", 3, 13, XLATE_VLAN_TRUNK, 0), 0);
	lab_expect(lab, "in_port=2,ip," B "," TO_A, true, "77,13");
}

static void
test_actions_after_normal_see_the_packet_as_before(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab, "in_port=1,actions=normal,output:12345,output:40", NULL);
	lab_expect(lab, "in_port=1,ip,dl_vlan=20,dl_vlan_pcp=3," A "," TO_ALL, false,
		   "12,pop_vlan,30,push_vlan(vid=20,pcp=3),40");
}

#define N_PORTS 1024

/* Adds a group with a bucket for each port but the packet's; each bucket sets another MAC
 * address. */
static void
add_fanout(struct lab *lab)
{
	char *text = malloc(80 * N_PORTS);
	size_t at = (size_t)sprintf(text, "group_id=1,type=all");

	for (unsigned int i = 1; i <= N_PORTS; i++) {
		if (i != 2)
			at += (size_t)sprintf(text + at,
					      ",bucket=mod_dl_dst:02:00:00:01:%02x:%02x,output:%u",
					      i >> 8, i & 0xff, i);
	}
	assert_int_equal(lab_group(lab, XLATE_GROUP_ADD, text), 0);
	free(text);
}

/* As many ports as the software path supports, every second in an access VLAN. */
static void
test_floods_reach_every_port(void **state)
{
	static const char *const floods[] = {"NORMAL", "FLOOD", "ALL",
					     "mod_dl_src:02:00:00:00:00:99,mod_vlan_vid:7,ALL",
					     "group:1"};
	struct lab *lab = *state;

	lab_close(lab);
	lab_open(lab, 1, 0);
	for (unsigned int i = 2; i <= N_PORTS; i++) {
		char name[16];

		snprintf(name, sizeof name, "p%u", i);
		assert_int_equal(lab_port(lab, name, (uint16_t)i, 10 + i,
					  i % 2 ? XLATE_VLAN_TRUNK : XLATE_VLAN_ACCESS,
					  i % 2 ? 0 : 10),
				 0);
	}
	add_fanout(lab);
	for (size_t i = 0; i < sizeof floods / sizeof floods[0]; i++) {
		unsigned int n_outputs = 0;
		struct xlate_out out;
		char text[64];

		snprintf(text, sizeof text, "actions=%s", floods[i]);
		lab_rules(lab, text, NULL);
		lab_translate(lab, "in_port=2,arp," A "," TO_ALL, false, &out);
		for (unsigned int k = 0; k < out.actions.n; k++)
			n_outputs += out.actions.a[k].type == FLOW_ACTION_OUTPUT;
		assert_int_equal(n_outputs, N_PORTS - 1);
		xlate_out_free(&out);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_flood_then_forward),
		T(test_vlan_of_access_ports),
		T(test_a_second_tag_is_sent_to_trunks_only),
		T(test_a_second_tag_between_trunks),
		T(test_priority_tag_keeps_its_priority),
		T(test_admission),
		T(test_reserved_addresses),
		T(test_learning),
		T(test_port_takes_its_addresses_along),
		T(test_actions_after_normal_see_the_packet_as_before),
		T(test_floods_reach_every_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
