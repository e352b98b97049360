/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"
#include <errno.h>
#include <flow/text.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#define STALE_NS 110000000 /* older readings are not used again */

uint16_t
rig_vport(uint32_t port)
{
	return port ? (uint16_t)port : EMU_WIRE;
}

/* Port 1 of the RDMA device is the wire, port n vport n - 1. */
int
rig_port_add(struct rig *rig, uint32_t port, struct nic_refusal *why)
{
	return mlxdr_class.port_add(&rig->nic, rig->nic ? 1 : 0, port,
				    (uint16_t)(port ? port + 1 : 1), NULL, &rig->nic, why);
}

void
rig_start(struct rig *rig, const struct emu_config *config)
{
	struct nic_refusal why = {0};

	memset(rig, 0, sizeof(*rig));
	assert_int_equal(emu_start(config), 0);
	for (uint32_t port = 0; port < RIG_PORTS; port++)
		if (rig_port_add(rig, port, &why))
			fail_msg("port %u: %s %s", port, nic_reason_names[why.reason], why.detail);
}

void
rig_stop(struct rig *rig)
{
	struct emu_counts counts;

	for (uint32_t port = 0; port < RIG_PORTS; port++)
		assert_int_equal(rig->nic->class->port_del(rig->nic, port), port + 1 == RIG_PORTS);
	emu_counts(&counts);
	assert_int_equal(counts.contexts, 0);
	assert_int_equal(counts.leaked, 0);
	for (int kind = 0; kind < EMU_N_KINDS; kind++)
		assert_int_equal(counts.objects[kind], 0);
	assert_int_equal(counts.steering_bytes, 0);
	emu_stop();
}

bool
rig_poll(struct rig *rig, struct nic_event *event)
{
	return rig->nic->class->poll(rig->nic, event, 1) == 1;
}

int
rig_insert(struct rig *rig, struct nic_rule *rule, struct nic_refusal *why)
{
	struct nic_event event;

	assert_int_equal(rig->nic->class->insert(rig->nic, rule), 0);
	rig->nic->class->flush(rig->nic);
	assert_true(rig_poll(rig, &event));
	assert_int_equal(event.type, NIC_INSERTED);
	assert_ptr_equal(event.rule, rule);
	*why = event.why;
	return event.error;
}

int
rig_remove(struct rig *rig, struct nic_rule *rule)
{
	struct nic_event event;

	assert_int_equal(rig->nic->class->remove(rig->nic, rule), 0);
	rig->nic->class->flush(rig->nic);
	assert_true(rig_poll(rig, &event));
	assert_int_equal(event.type, NIC_REMOVED);
	assert_ptr_equal(event.rule, rule);
	return event.error;
}

int
rig_compile(struct rig *rig, const char *match, const char *actions, unsigned prio,
	    struct nic_counter *counter, struct nic_rule **rule, struct nic_refusal *why)
{
	struct flow_actions acts;
	struct flow_match m;
	char err[200];

	flow_actions_init(&acts);
	if (flow_match_parse_dp(match, NULL, &m, err, sizeof(err)) ||
	    flow_actions_parse_dp(actions, NULL, &acts, err, sizeof(err)))
		fail_msg("%s", err);
	int rc = rig->nic->class->compile(rig->nic, &m, &acts, prio, counter, rule, why);

	flow_actions_free(&acts);
	return rc;
}

struct nic_rule *
rig_add(struct rig *rig, const char *match, const char *actions, unsigned prio,
	struct nic_counter *counter)
{
	struct nic_refusal why = {0};
	struct nic_rule *rule;

	if (rig_compile(rig, match, actions, prio, counter, &rule, &why) ||
	    rig_insert(rig, rule, &why))
		fail_msg("%s: %s %s", match, nic_reason_names[why.reason], why.detail);
	return rule;
}

void
rig_drop(struct rig *rig, struct nic_rule *rule)
{
	assert_int_equal(rig_remove(rig, rule), 0);
	rig->nic->class->rule_free(rig->nic, rule);
}

struct nic_counter *
rig_counter_new(struct rig *rig)
{
	struct nic_counter *counter;

	assert_int_equal(rig->nic->class->counter_new(rig->nic, &counter), 0);
	return counter;
}

struct nic_count
rig_read(struct rig *rig, struct nic_counter *counter)
{
	struct nic_count now;

	nanosleep(&(struct timespec){.tv_nsec = STALE_NS}, NULL);
	assert_int_equal(rig->nic->class->counters_read(rig->nic, &counter, 1, &now), 0);
	return now;
}
