/* SPDX-License-Identifier: Apache-2.0 */
/* What the role, the messages and the disconnection of a peer may change of its bridge. */
#include "agent_lab.h"

#include <unistd.h>

#define ECHO_REPLY 3
#define GET_CONFIG_REPLY 8
#define VENDOR 4 /* also of the role replies of 1.0 */
#define ROLE_REPLY 25
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

/* SET_CONFIG from a slave sets the slave's miss_send_len, and leaves the bridge's fragment mode. */
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
	before = xlate_version(lab.stack.xlate);
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
	assert_in_range(xlate_version(lab.stack.xlate) - before, 1, 2);
	/* 30 s after the last such peer left, the pipeline stops to send misses. */
	before = xlate_version(lab.stack.xlate);
	ctl_agent_tick(lab.agent, clock_now_ns() + 20 * NS_PER_S);
	assert_int_equal(xlate_version(lab.stack.xlate), before);
	ctl_agent_tick(lab.agent, clock_now_ns() + 40 * NS_PER_S);
	assert_true(xlate_version(lab.stack.xlate) > before);
	agent_lab_close(&lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slave_configures_itself_alone),
		cmocka_unit_test(test_toggles_leave_megaflows_current),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
