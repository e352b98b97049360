/* SPDX-License-Identifier: Apache-2.0 */
/* Meters: their text, their changes, and the calls to the datapath. */
#include "lab.h"

#include <xlate/meter.h>

#include <string.h>

/* A datapath that records the calls. */
struct diary {
	char text[1024];
	int error;
};

static int
set(void *aux, uint32_t dp_meter, const struct flow_meter *rates)
{
	struct diary *d = aux;
	size_t n = strlen(d->text);

	if (!d->error)
		snprintf(d->text + n, sizeof d->text - n, "set %u %u;", dp_meter,
			 rates->band[0].rate);
	return d->error;
}

static void
del(void *aux, uint32_t dp_meter)
{
	struct diary *d = aux;
	size_t n = strlen(d->text);

	snprintf(d->text + n, sizeof d->text - n, "del %u;", dp_meter);
}

static int
stats(void *aux, uint32_t dp_meter, struct flow_meter_stats *out)
{
	(void)aux;
	*out = (struct flow_meter_stats){.in = {dp_meter * 10, 7}, .band = {{2, 3}, {4, 5}}};
	return 0;
}

static struct diary diary;

static int
setup(void **state)
{
	static const struct xlate_meter_sink sink = {
		.aux = &diary, .set = set, .del = del, .stats = stats};
	static struct lab lab;

	diary = (struct diary){0};
	lab_open(&lab, 4, 0);
	lab_mod(&lab, XLATE_DELETE, "");
	xlate_meter_sink_set(lab.x, &sink);
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
meter(struct lab *lab, enum xlate_meter_command command, const char *text)
{
	struct xlate_meter_mod mm;
	int rc = xlate_meter_mod_parse(text, command, &mm, lab->err, sizeof lab->err);

	return rc ? rc
		  : xlate_meter_mod_apply(lab->x, lab->br, &mm, NULL, lab->err, sizeof lab->err);
}

static int
print(const struct xlate_meter_view *m, void *aux)
{
	xlate_meter_print(m->config, aux);
	xlate_meter_stats_print(m, m->created_ns + 63 * NS_PER_MS, aux);
	return 0;
}

static void
expect_meters(struct lab *lab, const char *text)
{
	char *got = NULL;
	size_t n;
	FILE *out = open_memstream(&got, &n);

	assert_int_equal(xlate_meter_each(lab->br, XLATE_METER_EVERY, print, out), 0);
	fclose(out);
	assert_string_equal(got, text);
	free(got);
}

/* Same output as ovs-ofctl 3.1 for the same meters. */
static void
test_printed_as_ofctl_prints(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(meter(lab, XLATE_METER_ADD,
			       "meter=2,pktps,burst,stats,bands=type=drop,rate=10,burst_size=5,"
			       "type=dscp_remark,rate=20,burst_size=4,prec_level=2"),
			 0);
	assert_int_equal(meter(lab, XLATE_METER_ADD, "meter=1 kbps band=type=drop rate=1000"), 0);
	expect_meters(lab,
		      "meter=1 kbps bands=\n"
		      "type=drop rate=1000\n"
		      "meter:1 flow_count:0 packet_in_count:20 byte_in_count:7 duration:0.063s "
		      "bands:\n"
		      "0: packet_count:2 byte_count:3\n"
		      "meter=2 pktps burst stats bands=\n"
		      "type=drop rate=10 burst_size=5\n"
		      "type=dscp_remark rate=20 burst_size=4 prec_level=2\n"
		      "meter:2 flow_count:0 packet_in_count:10 byte_in_count:7 duration:0.063s "
		      "bands:\n"
		      "0: packet_count:2 byte_count:3\n"
		      "1: packet_count:4 byte_count:5\n");
}

static void
test_the_datapath_is_notified(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(meter(lab, XLATE_METER_ADD, "meter=7,kbps,band=type=drop,rate=1"), 0);
	assert_int_equal(meter(lab, XLATE_METER_ADD, "meter=5,kbps,band=type=drop,rate=2"), 0);
	lab_rules(lab, "arp,actions=meter:7,output:2", "ip,actions=meter:5,output:3",
		  "actions=output:4", NULL);
	lab_expect(lab, "in_port=1,arp", false, "meter(1),12");
	lab_expect(lab, "in_port=1,ip", false, "meter(2),13");
	assert_int_equal(meter(lab, XLATE_METER_MODIFY, "meter=7,kbps,band=type=drop,rate=3"), 0);
	lab_expect(lab, "in_port=1,arp", false, "meter(1),12");
	assert_int_equal(meter(lab, XLATE_METER_DELETE, "meter=7"), 0);
	lab_expect(lab, "in_port=1,arp", false, "14");
	assert_int_equal(meter(lab, XLATE_METER_ADD, "meter=7,kbps,band=type=drop,rate=4"), 0);
	assert_int_equal(meter(lab, XLATE_METER_DELETE, ""), 0);
	lab_expect(lab, "in_port=1,ip", false, "14");
	assert_string_equal(diary.text, "set 1 1;set 2 2;set 1 3;del 1;set 3 4;del 2;del 3;");
	assert_int_equal(meter(lab, XLATE_METER_ADD, "meter=9,kbps,band=type=drop,rate=4"), 0);
	diary.text[0] = '\0';
	assert_int_equal(xlate_bridge_del(lab->x, "br0", lab->err, sizeof lab->err), 0);
	assert_string_equal(diary.text, "del 4;");
}

/* The virtual meter of controllers applies to packets sent to controllers only. */
static void
test_virtual(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab, "ip,actions=controller,output:3", NULL);
	lab_expect(lab, "in_port=1,ip", false, "userspace(reason=controller,cookie=0x1),13");
	assert_int_equal(
		meter(lab, XLATE_METER_ADD, "meter=controller,pktps,band=type=drop,rate=10"), 0);
	assert_int_equal(meter(lab, XLATE_METER_ADD, "meter=slowpath,kbps,band=type=drop,rate=7"),
			 0);
	lab_expect(lab, "in_port=1,ip", false,
		   "userspace(reason=controller,cookie=0x1,meter=1),13");
	expect_meters(lab, "meter=slowpath kbps bands=\n"
			   "type=drop rate=7\n"
			   "meter:slowpath flow_count:0 packet_in_count:20 byte_in_count:7 "
			   "duration:0.063s bands:\n"
			   "0: packet_count:2 byte_count:3\n"
			   "meter=controller pktps bands=\n"
			   "type=drop rate=10\n"
			   "meter:controller flow_count:0 packet_in_count:10 byte_in_count:7 "
			   "duration:0.063s bands:\n"
			   "0: packet_count:2 byte_count:3\n");
	assert_int_equal(meter(lab, XLATE_METER_MODIFY,
			       "meter=controller,pktps,band=type=dscp_remark,rate=1,prec_level=1"),
			 -EOPNOTSUPP);
	assert_string_equal(lab->err,
			    "type: dscp_remark is not accepted for this meter; expected drop");
	assert_int_equal(meter(lab, XLATE_METER_DELETE, "meter=controller"), 0);
	lab_expect(lab, "in_port=1,ip", false, "userspace(reason=controller,cookie=0x1),13");
	assert_int_equal(meter(lab, XLATE_METER_DELETE, ""), 0);
	expect_meters(lab, "");
}

/* A meter may have changed the DSCP, so the value in the match is not used to omit a set. */
static void
test_a_set_after_a_remark_is_done(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(meter(lab, XLATE_METER_ADD,
			       "meter=1,kbps,band=type=dscp_remark,rate=1,prec_level=1"),
			 0);
	lab_rules(lab, "ip,nw_tos=40,actions=meter:1,mod_nw_tos:40,output:2", NULL);
	lab_expect(lab, "in_port=1,ip,nw_tos=40", false, "meter(1),set(ipv4(tos=0x28/0xfc)),12");
}

/* A meter applies to packets that the rest of the pipeline drops, and after the last output. */
static void
test_what_is_dropped_is_metered(void **state)
{
	struct lab *lab = *state;
	struct xlate_out out;

	assert_int_equal(meter(lab, XLATE_METER_ADD, "meter=7,kbps,band=type=drop,rate=1"), 0);
	lab_rules(lab, "arp,actions=meter:7", "ip,actions=meter:7,goto_table:1",
		  "table=1,udp,actions=drop", "table=1,sctp,actions=dec_ttl,push_vlan:0x8100",
		  "ipv6,actions=output:2,resubmit(,3)", "table=3,actions=meter:7",
		  "mpls,actions=meter:7,resubmit(,2),output:2", "table=2,actions=resubmit(,2)",
		  NULL);
	lab_expect(lab, "in_port=1,arp", false, "meter(1),drop");
	lab_expect(lab, "in_port=1,tcp", false, "meter(1),drop");
	lab_expect(lab, "in_port=1,udp", false, "meter(1),drop");
	lab_expect(lab, "in_port=1,sctp,nw_ttl=9", false, "meter(1),drop");
	lab_expect(lab, "in_port=1,ipv6", false, "12,meter(1)");
	lab_expect(lab, "in_port=1,mpls", false, "drop(reason=recursion-too-deep)");
	lab_translate(lab, "in_port=1,arp", false, &out);
	assert_int_equal(out.drop, FLOW_DROP_EXPLICIT);
	xlate_out_free(&out);
}

/* As many meters as an action list holds leave no room for the reason of the drop. */
static void
test_too_many_meters(void **state)
{
	struct lab *lab = *state;
	char *text = calloc(FLOW_ACTIONS_MAX + 1, sizeof "resubmit(,1),");

	assert_non_null(text);
	assert_int_equal(meter(lab, XLATE_METER_ADD, "meter=7,kbps,band=type=drop,rate=1"), 0);
	strcpy(text, "actions=");
	for (unsigned int i = 0; i < FLOW_ACTIONS_MAX; i++)
		strcat(text, i ? ",resubmit(,1)" : "resubmit(,1)");
	lab_rules(lab, text, "table=1,actions=meter:7", NULL);
	free(text);
	lab_expect(lab, "in_port=1,arp", false, "drop(reason=too-many-actions)");
}

static void
test_refused(void **state)
{
	static const char *const texts[] = {
		"meter=0,kbps,band=type=drop,rate=1",
		"meter=4294901761,kbps,band=type=drop,rate=1",
		"kbps,band=type=drop,rate=1",
		"meter=4,band=type=drop,rate=10",
		"meter=4,kbps,pktps,band=type=drop,rate=10",
		"meter=5,kbps,burst,bands=type=drop,rate=10",
		"meter=6,kbps,bands=type=drop,rate=10,burst_size=7",
		"meter=7,kbps",
		"meter=8,kbps,band=type=drop,rate=0",
		"meter=8,kbps,band=type=drop",
		"meter=9,kbps,stats,band=",
		"meter=9,kbps,band=rate=7",
		"meter=9,kbps,band=type=slow,rate=7",
		"meter=9,kbps,band=type=drop,rate=7,prec_level=1",
		"meter=9,kbps,band=type=dscp_remark,rate=7,prec_level=3",
		"meter=9,kbps,colour=red,band=type=drop,rate=7",
		"meter=all,kbps,band=type=drop,rate=7",
	};
	struct lab *lab = *state;
	struct xlate_flow_mod fm;

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		lab->err[0] = '\0';
		if (meter(lab, XLATE_METER_ADD, texts[i]) != -EINVAL || !lab->err[0])
			fail_msg("%s: \"%s\"", texts[i], lab->err);
	}
	assert_int_equal(meter(lab, XLATE_METER_MODIFY, "meter=1,kbps,band=type=drop,rate=1"),
			 -ENOENT);
	assert_int_equal(meter(lab, XLATE_METER_DELETE, "meter=1"), 0);
	diary.error = -ENOMEM;
	assert_int_equal(meter(lab, XLATE_METER_ADD, "meter=1,kbps,band=type=drop,rate=1"),
			 -ENOMEM);
	diary.error = 0;
	expect_meters(lab, "");
	assert_string_equal(diary.text, "");
	assert_int_equal(meter(lab, XLATE_METER_ADD, "meter=1,kbps,band=type=drop,rate=1"), 0);
	assert_int_equal(meter(lab, XLATE_METER_ADD, "meter=1,kbps,band=type=drop,rate=1"),
			 -EEXIST);
	assert_int_equal(xlate_flow_mod_parse(lab->br, "actions=meter:2,output:1", XLATE_ADD, &fm,
					      lab->err, sizeof lab->err),
			 0);
	assert_int_equal(
		xlate_flow_mods_apply(lab->x, lab->br, &fm, 1, NULL, lab->err, sizeof lab->err),
		-ENXIO);
	assert_string_equal(lab->err, "meter: 2 does not exist");
	xlate_flow_mod_free(&fm);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_printed_as_ofctl_prints),
		T(test_the_datapath_is_notified),
		T(test_virtual),
		T(test_a_set_after_a_remark_is_done),
		T(test_what_is_dropped_is_metered),
		T(test_too_many_meters),
		T(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
