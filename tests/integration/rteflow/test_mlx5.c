/* SPDX-License-Identifier: Apache-2.0 */
/* The rte_flow driver over a device that behaves like mlx5: detection, reasons of refusals, and
 * clean-up.
 *
 * argv[1]: librte_net_nicsim.so. */
#include "nicsim_rig.h"

#include <base/clock.h>
#include <base/rcu.h>
#include <flow/text.h>
#include <offload/ofl.h>
#include <rteflow/rteflow.h>

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PORT_UPLINK 10
#define PORT_VF 11
#define N_ICMP 1000

static struct nicsim_rig rig;
static struct nic *nic;

static void
ports_del(void)
{
	if (!nic)
		return;
	assert_false(nic->class->port_del(nic, PORT_UPLINK));
	assert_true(nic->class->port_del(nic, PORT_VF));
	nic = NULL;
}

struct rule {
	struct nic_rule *rule;
	struct nic_counter *counter;
};

static void
rule_free(struct rule *r)
{
	if (r->rule)
		nic->class->rule_free(nic, r->rule);
	nic->class->counter_free(nic, r->counter);
}

static int
event(enum nic_event_type type, const struct rule *r, struct nic_refusal *why)
{
	struct nic_event e;

	nic->class->flush(nic);
	assert_int_equal(nic->class->poll(nic, &e, 1), 1);
	assert_int_equal(e.type, type);
	assert_ptr_equal(e.rule, r->rule);
	*why = e.why;
	return e.error;
}

/* Inserts a rule. Returns 0; or a negative error with the reason in 'why', and nothing of the
 * rule remains. */
static int
rule_put(const char *match, const char *actions, struct rule *r, struct nic_refusal *why)
{
	struct flow_actions acts;
	struct flow_match m;
	char err[FLOW_ERR_BYTES];
	int rc;

	memset(r, 0, sizeof *r);
	memset(why, 0, sizeof *why);
	flow_actions_init(&acts);
	if (flow_match_parse_dp(match, NULL, &m, err, sizeof err) ||
	    flow_actions_parse_dp(actions, NULL, &acts, err, sizeof err))
		fail_msg("%s", err);
	assert_int_equal(nic->class->counter_new(nic, &r->counter), 0);
	rc = nic->class->compile(nic, &m, &acts, 0, r->counter, &r->rule, why);
	flow_actions_free(&acts);
	if (!rc) {
		assert_int_equal(nic->class->insert(nic, r->rule), 0);
		rc = event(NIC_INSERTED, r, why);
	}
	if (rc)
		rule_free(r);
	return rc;
}

static void
rule_take(struct rule *r)
{
	struct nic_refusal why;

	assert_int_equal(nic->class->remove(nic, r->rule), 0);
	assert_int_equal(event(NIC_REMOVED, r, &why), 0);
	rule_free(r);
}

static bool
has(const uint64_t bits[2], unsigned int i)
{
	return bits[i / 64] >> (i % 64) & 1;
}

static void
test_capabilities(void **state)
{
	const struct nic_caps *caps = nic->class->caps(nic);

	(void)state;
	assert_true(caps->transfer && caps->shared_counter);
	assert_true(caps->counter_stale_ns > 1000000000);
	assert_true(has(caps->fields, FLOW_FIELD_VLAN_VID));
	assert_false(has(caps->fields, FLOW_FIELD_INNER_VLAN_TCI));
	assert_false(has(caps->fields, FLOW_FIELD_SCTP_SRC));
	assert_true(has(caps->set_fields, FLOW_FIELD_VLAN_VID));
	assert_false(has(caps->set_fields, FLOW_FIELD_VLAN_PCP));
	assert_true(caps->actions >> FLOW_ACTION_PUSH_VLAN & 1);
	assert_true(caps->actions >> FLOW_ACTION_POP_VLAN & 1);
}

#define TAGGED "in_port(10),eth_type(0x8100),vlan(vid=%u),encap(eth_type(0x0800),ipv4(frag=no))"

#define ICMP                                                                                       \
	"in_port(10),eth_type(0x8100),vlan(vid=%u),encap(eth_type(0x0800),"                        \
	"ipv4(proto=1,frag=no),icmp(type=%u))"

/* The device returns ENOMEM without a cause both for a rule that it never accepts and for any
 * rule when its table is full. */
static void
test_full_is_distinct_from_refused(void **state)
{
	struct rule rules[NICSIM_RIG_CAPACITY], r;
	struct nic_refusal why;
	char match[200], icmp[200];

	(void)state;
	snprintf(icmp, sizeof icmp, ICMP, 1, 8);
	assert_int_equal(rule_put(icmp, "11", &r, &why), -ENOMEM);
	assert_int_equal(why.reason, NIC_REASON_INSERT_FAILED);
	assert_string_equal(why.detail, "cannot create matcher");
	assert_int_equal(nicsim_rig_show(&rig, "rules"), 0);
	for (unsigned int i = 0; i < NICSIM_RIG_CAPACITY; i++) {
		snprintf(match, sizeof match, TAGGED, i);
		assert_int_equal(rule_put(match, "11", &rules[i], &why), 0);
	}
	snprintf(match, sizeof match, TAGGED, 99);
	assert_int_equal(rule_put(match, "11", &r, &why), -ENOMEM);
	assert_int_equal(why.reason, NIC_REASON_TABLE_FULL);
	assert_int_equal(rule_put(icmp, "11", &r, &why), -ENOMEM);
	assert_int_equal(why.reason, NIC_REASON_TABLE_FULL);
	assert_int_equal(rule_put("in_port(10),eth_type(0x8100),vlan(vid=1),encap(eth_type(0x86dd),"
				  "ipv6(frag=no))",
				  "11", &r, &why),
			 -ENOMEM);
	assert_int_equal(why.reason, NIC_REASON_TABLE_FULL);
	rule_take(&rules[0]);
	assert_int_equal(rule_put("in_port(10),eth_type(0x8100),vlan(vid=1),encap(eth_type(0x86dd),"
				  "ipv6(frag=no))",
				  "11", &rules[0], &why),
			 0);
	for (unsigned int i = 0; i < NICSIM_RIG_CAPACITY; i++)
		rule_take(&rules[i]);
	assert_int_equal(nicsim_rig_show(&rig, "rules"), 0);
}

/* The refusal of a value does not refuse other values. */
static void
test_value_is_refused_alone(void **state)
{
	struct nic_refusal why;
	struct rule r;
	char match[200];

	(void)state;
	snprintf(match, sizeof match, TAGGED, 1);
	assert_int_not_equal(rule_put(match, "set(vlan(vid=4095/0xfff)),11", &r, &why), 0);
	assert_int_equal(why.reason, NIC_REASON_ACTION);
	assert_int_equal(why.field, FLOW_FIELD_VLAN_VID);
	assert_int_equal(rule_put(match, "set(vlan(vid=7/0xfff)),11", &r, &why), 0);
	rule_take(&r);
}

/* One guard serves all rules of a port that need it, and is removed with the last. */
static void
test_guard(void **state)
{
	struct nic_refusal why;
	struct rule a, b, tagged;
	char match[200];

	(void)state;
	snprintf(match, sizeof match, TAGGED, 1);
	assert_int_equal(rule_put(match, "11", &tagged, &why), 0);
	assert_int_equal(nicsim_rig_show(&rig, "rules"), 1);
	assert_int_equal(rule_put("in_port(10),vlan(cfi=0),eth_type(0x0800)", "11", &a, &why), 0);
	assert_int_equal(nicsim_rig_show(&rig, "rules"), 3);
	assert_int_equal(rule_put("in_port(10),vlan(cfi=0),eth_type(0x0806)", "11", &b, &why), 0);
	assert_int_equal(nicsim_rig_show(&rig, "rules"), 4);
	rule_take(&a);
	assert_int_equal(nicsim_rig_show(&rig, "rules"), 3);
	rule_take(&b);
	assert_int_equal(nicsim_rig_show(&rig, "rules"), 1);
	rule_take(&tagged);
	assert_int_equal(nicsim_rig_show(&rig, "rules"), 0);
}

/* The stop of the proxy removed the rules and the guard: no older handle is used. */
static void
test_stop_leaves_nothing(void **state)
{
	struct nic_refusal why;
	struct nic_event e;
	struct rule r;

	(void)state;
	assert_int_equal(rule_put("in_port(10),vlan(cfi=0),eth_type(0x0800)", "11", &r, &why), 0);
	nic->class->forget(nic);
	assert_int_equal(rte_eth_dev_stop(rig.uplink), 0);
	assert_int_equal(nic->class->poll(nic, &e, 1), 1);
	assert_int_equal(e.type, NIC_LOST);
	assert_int_equal(nicsim_rig_show(&rig, "rules"), 0);
	assert_int_equal(rte_eth_dev_start(rig.uplink), 0);
	rule_free(&r);
	assert_int_equal(rule_put("in_port(10),vlan(cfi=0),eth_type(0x0800)", "11", &r, &why), 0);
	assert_int_equal(nicsim_rig_show(&rig, "rules"), 2);
	rule_take(&r);
	assert_int_equal(nicsim_rig_show(&rig, "rules"), 0);
	assert_int_equal(nicsim_rig_show(&rig, "stale"), 0);
}

/* Through offload: of a thousand flows that match ICMP types, only those in flight before the
 * device's first answer are tried, and other flows are still offloaded. Must be last, since
 * offload keeps the ports. */
static void
test_refusals_are_remembered(void **state)
{
	static const struct nic_class *const classes[] = {&rteflow_class, NULL};
	const struct ofl_config config = {.counter_interval_ns = 1000 * NS_PER_MS};
	uint64_t unfit = nicsim_rig_show(&rig, "unfit");
	static struct ofl_flow *flows[N_ICMP + 1];
	struct ofl_flow_info info;
	struct nic_refusal why;
	struct ofl *o;

	(void)state;
	ports_del();
	assert_int_equal(ofl_create(&config, &o), 0);
	assert_int_equal(ofl_port_add(o, PORT_UPLINK, rig.uplink, classes, &why), 0);
	assert_int_equal(ofl_port_add(o, PORT_VF, rig.vf[0], classes, &why), 0);
	for (unsigned int i = 0; i <= N_ICMP; i++) {
		struct flow_actions acts;
		struct flow_match m;
		struct flow_packed *packed;
		char match[200], err[FLOW_ERR_BYTES];

		snprintf(match, sizeof match, i < N_ICMP ? ICMP : TAGGED, i, i % 200);
		flow_actions_init(&acts);
		assert_int_equal(flow_match_parse_dp(match, NULL, &m, err, sizeof err), 0);
		assert_int_equal(flow_actions_parse_dp("11", NULL, &acts, err, sizeof err), 0);
		packed = flow_packed_new(&m);
		assert_int_equal(ofl_flow_new(o, packed, &acts, &flows[i]), 0);
		flow_packed_unref(packed);
		flow_actions_free(&acts);
	}
	for (unsigned int i = 0; i < 50; i++)
		ofl_step(o, clock_now_ns());
	assert_in_range(nicsim_rig_show(&rig, "unfit") - unfit, 1, 80);
	ofl_flow_info(flows[N_ICMP], &info);
	assert_int_equal(info.placement, OFL_HARDWARE);
	ofl_flow_info(flows[N_ICMP - 1], &info);
	assert_int_equal(info.refusal.reason, NIC_REASON_INSERT_FAILED);
	for (unsigned int i = 0; i <= N_ICMP; i++)
		ofl_flow_free(flows[i]);
	ofl_destroy(o);
	assert_int_equal(nicsim_rig_show(&rig, "rules"), 0);
	assert_int_equal(nicsim_rig_show(&rig, "stale"), 0);
}

static int
start(void **state)
{
	struct nic_refusal why;

	(void)state;
	rcu_thread_start();
	if (nicsim_rig_start(&rig, "personality=mlx5"))
		return -1;
	assert_int_equal(rteflow_class.port_add(NULL, 0, PORT_UPLINK, rig.uplink, NULL, &nic, &why),
			 0);
	assert_int_equal(rteflow_class.port_add(&nic, 1, PORT_VF, rig.vf[0], NULL, &nic, &why), 0);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	ports_del();
	nicsim_rig_stop(&rig);
	rcu_drain();
	rcu_thread_stop();
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_capabilities),
		cmocka_unit_test(test_full_is_distinct_from_refused),
		cmocka_unit_test(test_value_is_refused_alone),
		cmocka_unit_test(test_guard),
		cmocka_unit_test(test_stop_leaves_nothing),
		cmocka_unit_test(test_refusals_are_remembered),
	};

	if (argc != 2)
		return 2;
	rig.driver = argv[1];
	return cmocka_run_group_tests(tests, start, stop);
}
