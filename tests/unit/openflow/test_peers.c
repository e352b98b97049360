/* SPDX-License-Identifier: Apache-2.0 */
/* Effects of a peer's role, messages and disconnection on its bridge. */
#include "agent_lab.h"

#include <openflow/operator.h>
#include <unistd.h>

#define ERROR 1
#define ECHO_REPLY 3
#define GET_CONFIG_REPLY 8
#define VENDOR 4 /* also the type of role replies in OpenFlow 1.0 */
#define ROLE_REPLY 25
#define MULTIPART_REQUEST 18
#define MULTIPART_REPLY 19
#define BAD_MULTIPART "\0\1\0\2" /* type and code */
#define FRAGMENTS_DROP 1

static void
set_config(struct agent_lab *lab, struct agent_client *c, uint16_t flags, uint16_t miss_send_len)
{
	const uint8_t echo[] = {c->version, 2, 0, 8, 0, 0, 0, 9};
	struct ofp_message m = {.type = OFP_SET_CONFIG,
				.xid = 3,
				.config = {.flags = flags, .miss_send_len = miss_send_len}};
	size_t n;

	agent_client_send(c, &m);
	assert_int_equal(write(c->fd, echo, sizeof echo), sizeof echo);
	assert_non_null(agent_client_wait(lab, c, ECHO_REPLY, 20, &n));
}

static uint16_t
miss_send_len(struct agent_lab *lab, struct agent_client *c)
{
	struct ofp_message m = {.type = OFP_GET_CONFIG_REQUEST, .xid = 4};
	const uint8_t *reply;
	size_t n;

	agent_client_send(c, &m);
	reply = agent_client_wait(lab, c, GET_CONFIG_REPLY, 20, &n);
	assert_non_null(reply);
	return (uint16_t)(reply[10] << 8 | reply[11]);
}

static void
role_set(struct agent_lab *lab, struct agent_client *c, enum ofp_role role)
{
	struct ofp_message m = {.type = OFP_ROLE_REQUEST,
				.xid = 5,
				.role = {.role = role, .has_generation = true, .generation = 1}};
	size_t n;

	agent_client_send(c, &m);
	assert_non_null(agent_client_wait(
		lab, c, c->version == OFP_VERSION_10 ? VENDOR : ROLE_REPLY, 20, &n));
}

/* SET_CONFIG from a slave sets its own miss_send_len, and does not change the bridge's fragment
 * mode. */
static void
test_slave_configures_itself_alone(void **state)
{
	struct agent_client c;
	struct agent_lab lab;

	(void)state;
	agent_lab_open(&lab);
	agent_client_open(&lab, OFP_VERSION_13, &c);
	role_set(&lab, &c, OFP_ROLE_SLAVE);
	set_config(&lab, &c, FRAGMENTS_DROP, 77);
	assert_int_equal(xlate_fragments(lab.br), XLATE_FRAGMENTS_NORMAL);
	assert_int_equal(miss_send_len(&lab, &c), 77);
	role_set(&lab, &c, OFP_ROLE_EQUAL);
	set_config(&lab, &c, FRAGMENTS_DROP, 77);
	assert_int_equal(xlate_fragments(lab.br), XLATE_FRAGMENTS_DROP);
	agent_client_close(&c);
	agent_lab_close(&lab);
}

/* Each new version of the tables makes every megaflow of the bridge stale, so peers that toggle
 * miss_send_len, change their role or reconnect must not make one each time. */
static void
test_toggles_leave_megaflows_current(void **state)
{
	struct agent_client c;
	struct agent_lab lab;
	uint64_t before;

	(void)state;
	agent_lab_open(&lab);
	before = xlate_version(lab.modules.xlate);
	agent_client_open(&lab, OFP_VERSION_10, &c);
	for (int i = 0; i < 200; i++) {
		set_config(&lab, &c, 0, i % 2 ? 0 : 128);
		if (i % 10 == 0)
			role_set(&lab, &c, i % 20 ? OFP_ROLE_EQUAL : OFP_ROLE_SLAVE);
	}
	agent_client_close(&c);
	for (int i = 0; i < 200; i++) {
		agent_client_open(&lab, OFP_VERSION_10, &c);
		set_config(&lab, &c, 0, 128);
		agent_client_close(&c);
		agent_lab_turn(&lab);
		agent_lab_turn(&lab);
	}
	assert_in_range(xlate_version(lab.modules.xlate) - before, 1, 2);
	/* The pipeline stops sending misses 30 s after the last such peer disconnected. */
	before = xlate_version(lab.modules.xlate);
	agent_tick(lab.agent, clock_now_ns() + 20 * NS_PER_S);
	assert_int_equal(xlate_version(lab.modules.xlate), before);
	agent_tick(lab.agent, clock_now_ns() + 40 * NS_PER_S);
	assert_true(xlate_version(lab.modules.xlate) > before);
	agent_lab_close(&lab);
}

/* Requests 'n' monitors. Returns the type of the answer. */
static uint8_t
monitors_ask(struct agent_lab *lab, struct agent_client *c, unsigned int n)
{
	struct ofp_monitor monitors[64];
	struct ofp_message m = {.type = OFP_MULTIPART_REQUEST,
				.xid = 6,
				.multipart = {.kind = OFP_STATS_FLOW_MONITOR,
					      .monitors = monitors,
					      .n_monitors = n}};
	const uint8_t *reply = NULL;
	size_t n_reply;

	for (unsigned int i = 0; i < n; i++)
		monitors[i] = (struct ofp_monitor){.id = i,
						   .flags = OFP_MONITOR_ADD,
						   .out_port = XLATE_PORT_NONE,
						   .out_group = XLATE_GROUP_ANY,
						   .table = XLATE_TABLE_ALL};
	agent_client_send(c, &m);
	for (int i = 0; i < 50 && !reply; i++) {
		agent_lab_turn(lab);
		agent_client_read(c);
		reply = agent_client_take(c, &n_reply);
	}
	assert_non_null(reply);
	return reply[1];
}

/* Each change of a rule is checked against every monitor of the bridge, so all peers together
 * may have 256. */
static void
test_monitors_of_all_peers_are_bounded(void **state)
{
	struct agent_client c[5];
	struct agent_lab lab;

	(void)state;
	agent_lab_open(&lab);
	for (int i = 0; i < 5; i++)
		agent_client_open(&lab, OFP_VERSION_14, &c[i]);
	for (int i = 0; i < 4; i++)
		assert_int_equal(monitors_ask(&lab, &c[i], 64), MULTIPART_REPLY);
	assert_int_equal(monitors_ask(&lab, &c[4], 1), ERROR);
	agent_client_close(&c[2]);
	for (int i = 0; i < 5; i++)
		agent_lab_turn(&lab);
	assert_int_equal(monitors_ask(&lab, &c[4], 64), MULTIPART_REPLY);
	for (int i = 0; i < 5; i++)
		if (i != 2)
			agent_client_close(&c[i]);
	agent_lab_close(&lab);
}

/* Multipart types of OpenFlow 1.5 that are not supported are refused as such. */
static void
test_unknown_multiparts(void **state)
{
	struct agent_client c;
	struct agent_lab lab;

	(void)state;
	agent_lab_open(&lab);
	agent_client_open(&lab, OFP_VERSION_15, &c);
	for (uint8_t kind = 17; kind <= 19; kind++) {
		const uint8_t request[16] = {
			OFP_VERSION_15, MULTIPART_REQUEST, 0, 16, 0, 0, 0, kind, 0, kind};
		const uint8_t *reply;
		size_t n;

		assert_int_equal(write(c.fd, request, sizeof request), sizeof request);
		reply = agent_client_wait(&lab, &c, ERROR, 20, &n);
		assert_non_null(reply);
		assert_memory_equal(reply + 8, BAD_MULTIPART, 4);
	}
	agent_client_close(&c);
	agent_lab_close(&lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slave_configures_itself_alone),
		cmocka_unit_test(test_toggles_leave_megaflows_current),
		cmocka_unit_test(test_monitors_of_all_peers_are_bounded),
		cmocka_unit_test(test_unknown_multiparts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
