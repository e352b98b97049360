/* SPDX-License-Identifier: Apache-2.0 */
/* ovs-ofctl as oracle of the messages a switch sends: it prints every message of every version
 * with the values that were encoded. */
#include "recorder.h"

#include <messages/codec.h>
#include <replies/reply.h>
#include <replies/reply_flow.h>
#include <replies/reply_group.h>
#include <replies/reply_port.h>
#include <replies/reply_table.h>
#include <replies/table_features.h>

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SKIPPED 77
#define NS_PER_S 1000000000ull
#define NOW_NS (100 * NS_PER_S)

static const uint8_t versions[] = {OFP_VERSION_10, OFP_VERSION_13, OFP_VERSION_14, OFP_VERSION_15};
#define N_VERSIONS (sizeof versions / sizeof versions[0])

static struct xlate *x;

static struct xlate_bridge *
bridge(void)
{
	return xlate_bridge_find(x, "br0");
}

static int
setup(void **state)
{
	struct xlate_config config = {.seed = 1};
	char err[256];

	(void)state;
	return xlate_create(&config, &x) || xlate_bridge_add(x, "br0", err, sizeof err);
}

static int
teardown(void **state)
{
	(void)state;
	xlate_destroy(x);
	return 0;
}

/* Prints the buffer, asserts that the text has each of the words (NULL last), and empties it. */
static void
expect(struct ofp_buffer *b, const char *const words[])
{
	char *text = recorder_print(b);
	bool bad = strstr(text, "decode error") || strstr(text, "***") || !*text;

	for (; *words; words++) {
		if (!strstr(text, *words))
			fprintf(stderr, "\"%s\" is missing\n", *words);
		bad |= !strstr(text, *words);
	}
	if (bad)
		fprintf(stderr, "%s\n", text);
	assert_false(bad);
	free(text);
	ofp_buffer_truncate(b, 0);
}

#define EXPECT(b, ...) expect(b, (const char *const[]){__VA_ARGS__, NULL})

static void
put(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	assert_int_equal(ofp_encode(m, version, b), 0);
}

static const struct ofp_port port = {
	.number = XLATE_PORT_LOCAL,
	.mac.b = {2, 0, 0, 0, 0, 1},
	.name = "br0",
	.config = XLATE_CONFIG_DOWN,
	.state = OFP_PORT_LINK_DOWN,
	.curr = OFP_LINK_10GB_FD | OFP_LINK_COPPER,
};

static void
messages(void **state)
{
	struct ofp_buffer b = OFP_BUFFER_INIT;
	struct ofp_port copy = port;

	(void)state;
	for (size_t i = 0; i < N_VERSIONS; i++) {
		uint8_t v = versions[i];
		struct ofp_message m = {
			.type = OFP_HELLO, .xid = 7, .hello.versions = OFP_VERSIONS};

		put(&b, &m, v);
		m = (struct ofp_message){.type = OFP_FEATURES_REPLY, .xid = 8};
		m.features = (struct ofp_features){.datapath_id = 0x1234,
						   .n_tables = 254,
						   .capabilities = OFP_CAP_FLOW_STATS,
						   .ports = &copy,
						   .n_ports = 1};
		put(&b, &m, v);
		m = (struct ofp_message){.type = OFP_GET_CONFIG_REPLY, .config.miss_send_len = 99};
		put(&b, &m, v);
		m = (struct ofp_message){.type = OFP_PORT_STATUS};
		m.port_status = (struct ofp_port_status){.reason = OFP_PORT_MODIFIED, .port = port};
		put(&b, &m, v);
		m = (struct ofp_message){.type = OFP_ROLE_REPLY};
		m.role = (struct ofp_role_msg){.nicira = v == OFP_VERSION_10,
					       .role = OFP_ROLE_MASTER};
		put(&b, &m, v);
		EXPECT(&b, "OFPT_HELLO", "0x01, 0x04, 0x05, 0x06", "dpid:0000000000001234",
		       "n_tables:254", "FLOW_STATS", "miss_send_len=99", "PORT_STATUS",
		       "MOD: LOCAL", "addr:02:00:00:00:00:01", "PORT_DOWN", "LINK_DOWN",
		       "10GB-FD COPPER", "role=primary");
	}
	ofp_buffer_free(&b);
}

static void
packets(void **state)
{
	static const uint8_t frame[64] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,
					  0,	0,    0,    0,	  1,	8,    0};
	struct ofp_buffer b = OFP_BUFFER_INIT;

	(void)state;
	for (size_t i = 0; i < N_VERSIONS; i++) {
		for (int f = 0; f < OFP_N_PACKET_IN_FORMATS; f++) {
			struct ofp_message m = {.type = OFP_PACKET_IN, .xid = 0};

			m.packet_in = (struct ofp_packet_in){.format = (enum ofp_packet_in_format)f,
							     .reason = OFP_REASON_ACTION,
							     .table = 3,
							     .cookie = 0x77,
							     .total_bytes = 64,
							     .data = frame,
							     .n_data = sizeof frame};
			m.packet_in.match.key.in_port.number = 5;
			m.packet_in.match.mask.in_port.number = UINT32_MAX;
			m.packet_in.match.key.reg[2] = htonl(9);
			m.packet_in.match.mask.reg[2] = UINT32_MAX;
			put(&b, &m, versions[i]);
			if (versions[i] == OFP_VERSION_10 && !f)
				EXPECT(&b, "PACKET_IN", "total_len=64", "in_port=5", "via action");
			else
				EXPECT(&b, "PACKET_IN", "total_len=64", "in_port=5", "via action",
				       "table_id=3", "cookie=0x77", "reg2=0x9");
		}
	}
	ofp_buffer_free(&b);
}

static void
rule_parse(const char *text, struct xlate_flow_mod *fm, struct xlate_rule_view *view)
{
	char err[256];

	assert_int_equal(xlate_flow_mod_parse(bridge(), text, XLATE_ADD, fm, err, sizeof err), 0);
	*view = (struct xlate_rule_view){
		.table = fm->table,
		.priority = fm->priority,
		.match = &fm->match,
		.actions = fm->actions,
		.cookie = fm->cookie,
		.idle_timeout_s = fm->idle_timeout_s,
		.send_flow_rem = fm->send_flow_rem,
		.no_packet_counts = fm->no_packet_counts,
		.no_byte_counts = fm->no_byte_counts,
		.importance = fm->importance,
		.created_ns = NOW_NS - 5 * NS_PER_S,
		.modified_ns = NOW_NS - 5 * NS_PER_S,
		.stats = {.packets = 11, .bytes = 1234},
	};
}

static void
rules(void **state)
{
	struct ofp_buffer b = OFP_BUFFER_INIT;
	struct xlate_rule_view view;
	struct xlate_flow_mod fm;

	(void)state;
	rule_parse("table=2,priority=9,cookie=0x55,idle_timeout=30,tcp,nw_dst=1.2.3.0/24,tp_dst=80,"
		   "actions=mod_dl_src:00:00:00:00:00:09,output:3",
		   &fm, &view);
	for (size_t i = 0; i < 2 * N_VERSIONS; i++) {
		struct ofp_multipart request = {.kind = OFP_STATS_FLOW,
						.experimenter = i >= N_VERSIONS};
		uint8_t v = versions[i % N_VERSIONS];
		struct ofp_message removed = {.type = OFP_FLOW_REMOVED};
		struct ofp_reply r;

		if (request.experimenter && v != OFP_VERSION_10)
			continue;
		ofp_reply_start(&r, &request, v, 3, &b);
		ofp_reply_flow(&r, &view, NOW_NS);
		assert_int_equal(ofp_reply_end(&r), 0);
		EXPECT(&b, "table=2", "duration=5", "n_packets=11", "n_bytes=1234", "cookie=0x55",
		       "idle_timeout=30",
		       "priority=9,tcp,nw_dst=1.2.3.0/24,tp_dst=80 actions=", "00:00:00:00:00:09",
		       "output:3");
		removed.flow_removed = (struct ofp_flow_removed){.nicira = request.experimenter,
								 .reason = OFP_REMOVED_HARD,
								 .match = &fm.match,
								 .table = 2,
								 .priority = 9,
								 .cookie = 0x55,
								 .duration_ns = 5 * NS_PER_S,
								 .idle_timeout_s = 30,
								 .packets = 11,
								 .bytes = 1234};
		put(&b, &removed, v);
		EXPECT(&b, "FLOW_REMOVED", "tcp,nw_dst=1.2.3.0/24,tp_dst=80 reason=hard",
		       "cookie:0x55", "duration5", "idle30", "pkts11", "bytes1234");
		request.kind = OFP_STATS_AGGREGATE;
		ofp_reply_start(&r, &request, v, 3, &b);
		ofp_reply_aggregate(&r, 21, 2100, 4);
		assert_int_equal(ofp_reply_end(&r), 0);
		EXPECT(&b, "packet_count=21 byte_count=2100 flow_count=4");
	}
	xlate_flow_mod_free(&fm);
	ofp_buffer_free(&b);
}

/* Far more entries than a message holds: all parts but the last have the "more" flag, and no
 * entry is lost. */
static void
split(void **state)
{
	struct ofp_buffer b = OFP_BUFFER_INIT;
	struct xlate_rule_view view;
	struct xlate_flow_mod fm;

	(void)state;
	rule_parse("ip,actions=output:3", &fm, &view);
	for (size_t i = 0; i < N_VERSIONS; i++) {
		struct ofp_multipart request = {.kind = OFP_STATS_FLOW};
		unsigned int n_messages = 0, n_more = 0;
		struct ofp_reply r;
		const char *at;
		char *text;

		ofp_reply_start(&r, &request, versions[i], 3, &b);
		for (int k = 0; k < 3000; k++) {
			view.cookie = 0x10000 + (unsigned int)k;
			ofp_reply_flow(&r, &view, NOW_NS);
		}
		assert_int_equal(ofp_reply_end(&r), 0);
		for (size_t n, o = 0; o < b.n; o += n, n_messages++) {
			n = ofp_get_u16(b.data + o + 2);
			assert_true(n && o + n <= b.n);
			n_more += b.data[o + 11] & 1;
		}
		assert_true(n_messages > 3 && n_more == n_messages - 1);
		text = recorder_print(&b);
		at = text;
		for (unsigned int k = 0; k < 3000; k++) {
			char cookie[32];

			snprintf(cookie, sizeof cookie, "cookie=0x%x,", 0x10000 + k);
			at = strstr(at, cookie);
			assert_non_null(at);
		}
		free(text);
		ofp_buffer_truncate(&b, 0);
	}
	xlate_flow_mod_free(&fm);
	ofp_buffer_free(&b);
}

static void
switch_parts(void **state)
{
	static const struct ofp_desc desc = {"maker", "hw", "sw", "sn", "dp"};
	struct ofp_table_stats table = {.table = 0,
					.name = "first",
					.max_entries = 1000,
					.active = 7,
					.lookups = 50,
					.matches = 40};
	struct ofp_port_stats stats = {.number = 4,
				       .rx_packets = 1,
				       .tx_packets = 2,
				       .rx_bytes = 3,
				       .tx_bytes = 4,
				       .collisions = UINT64_MAX,
				       .duration_ns = UINT64_MAX};
	struct ofp_buffer b = OFP_BUFFER_INIT;

	(void)state;
	for (size_t i = 0; i < N_VERSIONS; i++) {
		struct ofp_multipart request = {.kind = OFP_STATS_DESC};
		uint8_t v = versions[i];
		struct ofp_reply r;

		ofp_reply_start(&r, &request, v, 3, &b);
		ofp_reply_desc(&r, &desc);
		assert_int_equal(ofp_reply_end(&r), 0);
		request.kind = OFP_STATS_PORT;
		ofp_reply_start(&r, &request, v, 3, &b);
		ofp_reply_port(&r, &stats);
		assert_int_equal(ofp_reply_end(&r), 0);
		request.kind = OFP_STATS_PORT_DESC;
		ofp_reply_start(&r, &request, v, 3, &b);
		ofp_reply_port_desc(&r, &port);
		assert_int_equal(ofp_reply_end(&r), 0);
		EXPECT(&b, "Manufacturer: maker", "DP Description: dp", "rx pkts=1, bytes=3",
		       "tx pkts=2, bytes=4", "coll=?", "LOCAL(br0): addr:02:00:00:00:00:01");
		request.kind = OFP_STATS_TABLE;
		ofp_reply_start(&r, &request, v, 3, &b);
		ofp_reply_table(&r, &table);
		assert_int_equal(ofp_reply_end(&r), 0);
		EXPECT(&b, "active=7, lookup=50, matched=40");
		if (v == OFP_VERSION_10)
			continue;
		request.kind = OFP_STATS_TABLE_FEATURES;
		ofp_reply_start(&r, &request, v, 3, &b);
		ofp_reply_table_features(&r, &table);
		assert_int_equal(ofp_reply_end(&r), 0);
		EXPECT(&b, "(\"first\")", "max_entries=1000", "instructions:", "next tables: 1-253",
		       "eth_{src,dst}", "tcp_{src,dst,flags}");
	}
	ofp_buffer_free(&b);
}

static void
groups_and_meters(void **state)
{
	struct ofp_buffer b = OFP_BUFFER_INIT;
	struct xlate_group_mod gm;
	struct xlate_meter_mod mm;
	char err[256];

	(void)state;
	assert_int_equal(xlate_group_mod_parse(bridge(),
					       "group_id=5,type=select,bucket=weight:3,actions="
					       "output:1,bucket=weight:4,actions=output:2",
					       XLATE_GROUP_ADD, &gm, err, sizeof err),
			 0);
	assert_int_equal(xlate_meter_mod_parse("meter=9,kbps,burst,stats,bands=type=drop,rate=1000,"
					       "burst_size=100",
					       XLATE_METER_ADD, &mm, err, sizeof err),
			 0);
	for (size_t i = 1; i < N_VERSIONS; i++) {
		struct xlate_group_count counts[2] = {{1, 2}, {3, 4}};
		struct xlate_group_view group = {
			.config = &gm.config, .n_refs = 2, .count = {6, 600}, .bucket = counts};
		struct xlate_meter_view meter = {.config = &mm.config, .stats.in = {8, 800}};
		struct ofp_multipart request = {.kind = OFP_STATS_GROUP_DESC};
		uint8_t v = versions[i];
		struct ofp_reply r;

		ofp_reply_start(&r, &request, v, 3, &b);
		ofp_reply_group_desc(&r, &gm.config);
		assert_int_equal(ofp_reply_end(&r), 0);
		request.kind = OFP_STATS_GROUP;
		ofp_reply_start(&r, &request, v, 3, &b);
		ofp_reply_group(&r, &group, NOW_NS);
		assert_int_equal(ofp_reply_end(&r), 0);
		request.kind = OFP_STATS_GROUP_FEATURES;
		ofp_reply_start(&r, &request, v, 3, &b);
		ofp_reply_group_features(&r);
		assert_int_equal(ofp_reply_end(&r), 0);
		request.kind = OFP_STATS_METER_CONFIG;
		ofp_reply_start(&r, &request, v, 3, &b);
		ofp_reply_meter_config(&r, &mm.config);
		assert_int_equal(ofp_reply_end(&r), 0);
		request.kind = OFP_STATS_METER;
		ofp_reply_start(&r, &request, v, 3, &b);
		ofp_reply_meter(&r, &meter, NOW_NS);
		assert_int_equal(ofp_reply_end(&r), 0);
		request.kind = OFP_STATS_METER_FEATURES;
		ofp_reply_start(&r, &request, v, 3, &b);
		ofp_reply_meter_features(&r, 1000);
		assert_int_equal(ofp_reply_end(&r), 0);
		EXPECT(&b, "group_id=5,type=select", "weight:3", "weight:4", "ref_count=2",
		       "packet_count=6", "bucket1:packet_count=3", "Capabilities:  0xf",
		       "meter=9 kbps burst stats", "type=drop rate=1000 burst_size=100",
		       "packet_in_count:8", "max_meter:1000");
	}
	xlate_group_mod_free(&gm);
	ofp_buffer_free(&b);
}

static void
errors(void **state)
{
	uint8_t request[] = {0, 5, 0, 8, 0, 0, 0, 9};
	struct ofp_buffer b = OFP_BUFFER_INIT;

	(void)state;
	for (size_t i = 0; i < N_VERSIONS; i++) {
		for (int code = OFP_E_NONE + 1; code < OFP_N_ERRORS; code++) {
			struct ofp_error e = {.code = (enum ofp_error_code)code, .text = "why"};
			char *text;

			request[0] = versions[i];
			ofp_encode_error(&e, versions[i], request, sizeof request, &b);
			text = recorder_print(&b);
			if (strstr(text, "decode error") || !strstr(text, "OFPT_ERROR") ||
			    strstr(text, "unknown"))
				fail_msg("version %u, %s: %s", versions[i],
					 ofp_error_name((enum ofp_error_code)code), text);
			free(text);
			ofp_buffer_truncate(&b, 0);
			if (i)
				code += 3; /* every code in 1.0, a sample in the others */
		}
	}
	ofp_buffer_free(&b);
}

static void
updates(void **state)
{
	struct ofp_buffer b = OFP_BUFFER_INIT;
	struct xlate_rule_view view;
	struct xlate_flow_mod fm;

	(void)state;
	rule_parse("ip,cookie=0x55,actions=output:3", &fm, &view);
	for (size_t i = 0; i < N_VERSIONS; i++) {
		struct ofp_multipart request = {.kind = OFP_STATS_FLOW_MONITOR,
						.experimenter = versions[i] < OFP_VERSION_14};
		struct ofp_reply r;

		ofp_reply_start(&r, &request, versions[i], 0, &b);
		ofp_reply_update(&r, OFP_UPDATE_ADDED, &view, OFP_REMOVED_IDLE, true);
		ofp_reply_update(&r, OFP_UPDATE_REMOVED, &view, OFP_REMOVED_DELETE, false);
		ofp_reply_update_abbrev(&r, 0x1234);
		assert_int_equal(ofp_reply_end(&r), 0);
		EXPECT(&b, "event=ADDED", "ip actions=output:3", "reason=delete", "event=ABBREV",
		       "xid=0x1234");
	}
	xlate_flow_mod_free(&fm);
	ofp_buffer_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages),	cmocka_unit_test(packets),
		cmocka_unit_test(rules),	cmocka_unit_test(split),
		cmocka_unit_test(switch_parts), cmocka_unit_test(groups_and_meters),
		cmocka_unit_test(errors),	cmocka_unit_test(updates),
	};

	if (!recorder_has_ovs())
		return SKIPPED;
	return cmocka_run_group_tests(tests, setup, teardown);
}
