/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands, and what commands say to wrong arguments. Only the tables of flows, and an
 * offload without devices, exist here: a command that goes further than it may finds no datapath. */
#include <command.h>

#include <base/rcu.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct lab {
	struct ctl_stack stack;
	unsigned int n_stops;
};

static void
stop(void *aux)
{
	struct lab *lab = aux;

	lab->n_stops++;
}

static int
setup(void **state)
{
	struct xlate_config xc = {.seed = 1};
	struct xlate_port port = {.name = "p9", .ofp_port = 9, .dp_port = 1};
	struct lab *lab = calloc(1, sizeof *lab);
	char err[FLOW_ERR_BYTES];

	rcu_thread_start();
	assert_int_equal(log_create(stderr, &lab->stack.log), 0);
	assert_int_equal(xlate_create(&xc, &lab->stack.xlate), 0);
	assert_int_equal(ofl_create(&(struct ofl_config){.disabled = true}, &lab->stack.ofl), 0);
	assert_int_equal(xlate_bridge_add(lab->stack.xlate, "br0", err, sizeof err), 0);
	assert_int_equal(xlate_port_add(lab->stack.xlate,
					xlate_bridge_find(lab->stack.xlate, "br0"), &port, NULL,
					err, sizeof err),
			 0);
	lab->stack.stop = stop;
	lab->stack.aux = lab;
	*state = lab;
	return 0;
}

static int
teardown(void **state)
{
	struct lab *lab = *state;

	ofl_destroy(lab->stack.ofl);
	xlate_destroy(lab->stack.xlate);
	log_destroy(lab->stack.log);
	free(lab);
	rcu_drain();
	rcu_thread_stop();
	return 0;
}

static struct ctl_rpc_reply
call(struct lab *lab, const char *line)
{
	struct ctl_rpc_reply reply = {0};
	json_t *params = json_array();
	char copy[512], *save, *method, *w;

	snprintf(copy, sizeof copy, "%s", line);
	method = strtok_r(copy, " ", &save);
	while ((w = strtok_r(NULL, " ", &save)))
		json_array_append_new(params, json_string(w));
	ctl_command_run(&lab->stack, method, params, &reply);
	json_decref(params);
	return reply;
}

static void
expect_error(struct lab *lab, const char *line, const char *part)
{
	struct ctl_rpc_reply r = call(lab, line);

	if (!r.error)
		fail_msg("'%s' was accepted", line);
	if (!strstr(r.error, part))
		fail_msg("'%s': '%s' does not say '%s'", line, r.error, part);
	free(r.error);
	free(r.result);
}

static void
expect_result(struct lab *lab, const char *line, const char *part)
{
	struct ctl_rpc_reply r = call(lab, line);

	if (r.error)
		fail_msg("'%s': %s", line, r.error);
	if (!strstr(r.result, part))
		fail_msg("'%s': '%s' lacks '%s'", line, r.result, part);
	free(r.result);
}

static void
table_is_in_order(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ctl_n_commands; i++) {
		assert_true(ctl_commands[i].min <= ctl_commands[i].max);
		assert_ptr_equal(ctl_command_find(ctl_commands[i].name), &ctl_commands[i]);
		if (i > 0)
			assert_true(strcmp(ctl_commands[i - 1].name, ctl_commands[i].name) < 0);
	}
}

/* Every command refuses one argument too few and one too many, and says how it is used. */
static void
counts_arguments(void **state)
{
	for (unsigned int i = 0; i < ctl_n_commands; i++) {
		const struct ctl_command *cmd = &ctl_commands[i];
		char line[512];
		int n = snprintf(line, sizeof line, "%s", cmd->name);

		for (unsigned int a = 0; a <= cmd->max; a++)
			n += snprintf(line + n, sizeof line - (size_t)n, " x");
		expect_error(*state, line, "usage: ");
		if (cmd->min > 0)
			expect_error(*state, cmd->name, "missing");
	}
	expect_error(*state, "no/such", "\"no/such\" is not a valid command");
}

static void
says_what_is_wrong(void **state)
{
	static const char *const lines[][2] = {
		{"bridge/add br0", "br0"},
		{"bridge/del br1", "no bridge br1"},
		{"flow/add br1 actions=drop", "no bridge br1"},
		{"flow/add br0 priority=x,actions=drop", "priority"},
		{"flow/add br0 --strict", "--strict"},
		{"flow/mod br0 actions=drop --loose", "--loose"},
		{"flow/load br0 tp_dst=80,actions=drop", "line 1"},
		{"flow/dump br0 table=x", "table"},
		{"port/add br0 p id=1", "no device"},
		{"port/add br0 p dev=", "no device"},
		{"port/add br1 p dev=d", "no bridge br1"},
		{"port/add br0 p dev=d id=0", "1..65279"},
		{"port/add br0 p dev=d tag=4096", "1..4095"},
		{"port/add br0 p dev=d trunks=1,", "0..4095"},
		{"port/add br0 p dev=d tag=1 trunks=1", "one of them"},
		{"port/add br0 p dev=d vlan=1", "trunks=VLAN"},
		{"port/del p", "no port p"},
		{"port/stats p", "no port p"},
		{"port/list br1", "no bridge br1"},
		{"fdb/show br1", "no bridge br1"},
		{"megaflow/dump type=gpu", "accepted: all hw sw partial"},
		{"megaflow/dump -x", "accepted: -m"},
		{"dpctl/dump-flows filter=nonsense=1", "nonsense"},
		{"dpctl/show system@x", "no datapath system@x"},
		{"offload/why xyz", "no flow identifier"},
		{"offload/reasons -x", "accepted: -m"},
		{"ofproto/trace br1 tcp", "no bridge br1"},
		{"vlog/set noise", "accepted: MODULE:ANY:LEVEL"},
		{"exit now", "--cleanup"},
	};

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		expect_error(*state, lines[i][0], lines[i][1]);
}

static void
answers_in_both_forms(void **state)
{
	struct lab *lab = *state;

	expect_result(lab, "list-commands", "flow/add");
	expect_result(lab, "list-commands --json", "\"name\": \"flow/add\"");
	expect_result(lab, "version", "tandemd (Tandem) ");
	expect_result(lab, "bridge/list", "br0");
	expect_result(lab, "bridge/list --json", "\"name\": \"br0\"");
	expect_result(lab, "flow/dump br0", "actions=NORMAL");
	expect_result(lab, "flow/dump br0 --json", "\"actions\": \"NORMAL\"");
	expect_result(lab, "fdb/show br0", " port  VLAN  MAC                Age\n");
	expect_result(lab, "ofproto/trace br0 in_port=9", "Datapath actions:");
	expect_result(lab, "ofproto/trace br0 in_port=9", "\nOffload: no, offload-disabled; what");
	expect_result(lab, "ofproto/trace --json br0 in_port=9", "\"offloaded\": false");
	expect_result(lab, "vlog/set xlate:ANY:dbg", "");
	expect_result(lab, "vlog/list --json", "\"xlate\": \"dbg\"");
	expect_result(lab, "vlog/set --json ANY:err", "{}");
	expect_result(lab, "vlog/list --json", "\"xlate\": \"err\"");
	assert_int_equal(lab->n_stops, 0);
	expect_result(lab, "exit", "");
	assert_int_equal(lab->n_stops, 1);
}

/* The first of two bad specifications must not be applied when the second is refused. */
static void
applies_levels_all_or_none(void **state)
{
	expect_result(*state, "vlog/set info", "");
	expect_error(*state, "vlog/set upcall:dbg noise", "noise");
	expect_result(*state, "vlog/list --json", "\"upcall\": \"info\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_in_order),
		cmocka_unit_test(counts_arguments),
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(answers_in_both_forms),
		cmocka_unit_test(applies_levels_all_or_none),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
