/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands, and their errors for wrong arguments. The lab has flow tables and an
 * offload without devices, but no datapath: a command that needs more fails. */
#include <command/command.h>

#include <base/rcu.h>

#include <errno.h>
#include <malloc.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct lab {
	struct ctl_stack stack;
	struct event_base *base;
	struct ctl_commands *commands;
	struct ctl_rpc *rpc;
	int fd; /* connection to the control socket's server */
	unsigned int n_stops;
};

/* The answer to a command; one member is set. */
struct reply {
	char *result, *error;
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
	int fds[2];
	char err[FLOW_ERR_BYTES];

	signal(SIGPIPE, SIG_IGN);
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
	assert_int_equal(ofl_start(lab->stack.ofl), 0);
	lab->base = event_base_new();
	assert_int_equal(loop_completions_create(lab->base, &lab->stack.completions), 0);
	assert_int_equal(ctl_commands_create(lab->base, &lab->stack, &lab->commands), 0);
	assert_int_equal(ctl_rpc_create(lab->base, ctl_command_run, lab->commands, lab->stack.log,
					&lab->rpc),
			 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(ctl_rpc_client_add(lab->rpc, fds[1]), 0);
	lab->fd = fds[0];
	*state = lab;
	return 0;
}

static int
teardown(void **state)
{
	struct lab *lab = *state;

	ctl_rpc_destroy(lab->rpc);
	ctl_commands_destroy(lab->commands);
	loop_completions_destroy(lab->stack.completions);
	event_base_free(lab->base);
	close(lab->fd);
	ofl_stop(lab->stack.ofl);
	ofl_destroy(lab->stack.ofl);
	xlate_destroy(lab->stack.xlate);
	log_destroy(lab->stack.log);
	free(lab);
	rcu_drain();
	rcu_thread_stop();
	return 0;
}

static size_t
receive(void *buf, size_t n, void *aux)
{
	const struct lab *lab = aux;
	ssize_t got;

	while ((got = recv(lab->fd, buf, n, MSG_DONTWAIT)) < 0 && errno == EAGAIN) {
		rcu_sleep();
		event_base_loop(lab->base, EVLOOP_ONCE);
		rcu_wake();
	}
	return got < 0 ? (size_t)-1 : (size_t)got;
}

static char *
text_take(const json_t *reply, const char *key)
{
	const char *text = json_string_value(json_object_get(reply, key));

	return text ? strdup(text) : NULL;
}

static int
put(const char *text, size_t n, void *aux)
{
	const struct lab *lab = aux;

	return send(lab->fd, text, n, 0) == (ssize_t)n ? 0 : -1;
}

static struct reply
call(struct lab *lab, const char *line)
{
	struct reply out;
	json_t *request, *reply;
	json_t *params = json_array();
	char copy[512], *save, *method, *w;

	snprintf(copy, sizeof copy, "%s", line);
	method = strtok_r(copy, " ", &save);
	while ((w = strtok_r(NULL, " ", &save)))
		json_array_append_new(params, json_string(w));
	request = json_pack("{ss so si}", "method", method, "params", params, "id", 1);
	assert_int_equal(json_dump_callback(request, put, lab, 0), 0);
	reply = json_load_callback(receive, lab, JSON_DISABLE_EOF_CHECK, NULL);
	assert_non_null(reply);
	out = (struct reply){.result = text_take(reply, "result"),
			     .error = text_take(reply, "error")};
	json_decref(request);
	json_decref(reply);
	return out;
}

static void
expect_error(struct lab *lab, const char *line, const char *part)
{
	struct reply r = call(lab, line);

	if (!r.error) {
		fail_msg("'%s' was accepted", line);
		free(r.result);
		return;
	}
	if (!strstr(r.error, part))
		fail_msg("'%s': '%s' does not say '%s'", line, r.error, part);
	free(r.error);
	free(r.result);
}

static void
expect_result(struct lab *lab, const char *line, const char *part)
{
	struct reply r = call(lab, line);

	if (r.error) {
		fail_msg("'%s': %s", line, r.error);
		free(r.error);
		free(r.result);
		return;
	}
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

/* Every command refuses one argument too few and one too many, and prints its usage. */
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
reports_what_is_wrong(void **state)
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
		{"port/add br0 p dev=d vlan-mode=access tag=1 trunks=1", "one of them"},
		{"port/add br0 p dev=d vlan-mode=trunk tag=1", "one of them"},
		{"port/add br0 p dev=d tag=1 vlan-mode=trunk", "one of them"},
		{"port/add br0 p dev=d vlan-mode=access", "access needs"},
		{"port/add br0 p dev=d vlan-mode=native-tagged trunks=1", "native-tagged needs"},
		{"port/add br0 p dev=d vlan-mode=dot1q-tunnel tag=1", "native-untagged"},
		{"port/add br0 p dev=d vlan=1", "trunks=VLAN"},
		{"port/add br0 p type=vxlan", "without a remote"},
		{"port/add br0 p type=vxlan remote=h key=1", "remote: 'h'; expected an IPv4 or"},
		{"port/add br0 p type=vxlan remote=0.0.0.0", "remote: '0.0.0.0'; expected"},
		{"port/add br0 p type=vxlan remote=flow options:local_ip=x",
		 "local: 'x'; expected"},
		{"port/add br0 p type=vxlan remote=fd00::1 local=1.2.3.4", "IPv4 and IPv6"},
		{"port/add br0 p type=vxlan remote=flow key=0x1000000", "0x1000000 has more than"},
		{"port/add br0 p type=gre remote=flow key=x",
		 "key: 'x'; expected a number, or flow"},
		{"port/add br0 p type=gre remote=flow tos=3", "tos: '3'; expected a multiple of 4"},
		{"port/add br0 p type=gre remote=flow ttl=0", "ttl: '0'; expected a number 1..255"},
		{"port/add br0 p type=gre remote=flow csum=1", "csum: '1'; expected true or false"},
		{"port/add br0 p type=gre remote=flow udp-port=1", "expected type=vxlan or geneve"},
		{"port/add br0 p dev=d remote=1.2.3.4", "expected type=vxlan, geneve or gre"},
		{"port/del p", "no port p"},
		{"port/stats p", "no port p"},
		{"port/list br1", "no bridge br1"},
		{"fdb/show br1", "no bridge br1"},
		{"megaflow/dump type=gpu", "expected all, hw, sw or partial"},
		{"megaflow/dump -x", "expected -m"},
		{"dpctl/dump-flows filter=nonsense=1", "nonsense"},
		{"dpctl/show system@x", "no datapath system@x"},
		{"offload/why xyz", "not a flow identifier"},
		{"offload/reasons -x", "expected -m"},
		{"ofproto/trace br1 tcp", "no bridge br1"},
		{"vlog/set noise", "expected MODULE:ANY:LEVEL"},
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
	expect_result(lab, "ofproto/trace br0 in_port=9",
		      "\nOffload: no, offload-disabled; advice: ");
	expect_result(lab, "ofproto/trace --json br0 in_port=9", "\"offloaded\": false");
	expect_result(lab, "vlog/set xlate:ANY:dbg", "");
	expect_result(lab, "vlog/list --json", "\"xlate\": \"dbg\"");
	expect_result(lab, "vlog/set --json ANY:err", "{}");
	expect_result(lab, "vlog/list --json", "\"xlate\": \"err\"");
	assert_int_equal(lab->n_stops, 0);
	expect_result(lab, "exit", "");
	assert_int_equal(lab->n_stops, 1);
}

/* If the second specification is bad, the first must not be applied. */
static void
applies_levels_all_or_none(void **state)
{
	expect_result(*state, "vlog/set info", "");
	expect_error(*state, "vlog/set upcall:dbg noise", "noise");
	expect_result(*state, "vlog/list --json", "\"upcall\": \"info\"");
}

#define HELD_BYTES_MAX (4 * CTL_PIECE_BYTES)

static void
rules_add(struct lab *lab, unsigned int n)
{
	struct xlate_bridge *br = xlate_bridge_find(lab->stack.xlate, "br0");
	struct xlate_flow_mod *fms = calloc(n, sizeof *fms);
	char text[128], err[FLOW_ERR_BYTES];

	for (unsigned int i = 0; i < n; i++) {
		snprintf(text, sizeof text,
			 "table=3,cookie=%u,dl_dst=02:00:00:%02x:%02x:%02x,"
			 "actions=drop",
			 i, i >> 16, i >> 8 & 0xff, i & 0xff);
		assert_int_equal(
			xlate_flow_mod_parse(br, text, XLATE_ADD, &fms[i], err, sizeof err), 0);
	}
	assert_int_equal(xlate_flow_mods_apply(lab->stack.xlate, br, fms, n, NULL, err, sizeof err),
			 0);
	for (unsigned int i = 0; i < n; i++)
		xlate_flow_mod_free(&fms[i]);
	free(fms);
	rcu_drain();
}

static void
turn(struct lab *lab)
{
	rcu_sleep();
	event_base_loop(lab->base, EVLOOP_NONBLOCK);
	rcu_wake();
}

/* Returns the most memory that the daemon holds for a dump while its client reads nothing. */
static size_t
held_bytes(struct lab *lab, const char *request)
{
	size_t before, most = 0;

	assert_int_equal(send(lab->fd, request, strlen(request), 0), strlen(request));
	before = mallinfo2().uordblks;
	for (int i = 0; i < 300; i++) {
		size_t now;

		turn(lab);
		now = mallinfo2().uordblks;
		most = now > before + most ? now - before : most;
	}
	return most;
}

/* Reads the rest of the answer into '*rows'. Returns how many turns it took. */
static unsigned int
dump_read(struct lab *lab, json_t **rows)
{
	char *text = NULL, buf[65536];
	size_t n_text = 0;
	FILE *f = open_memstream(&text, &n_text);
	unsigned int n_turns = 0;
	json_t *reply = NULL;

	while (!reply) {
		size_t n_read = 0;
		ssize_t n;

		turn(lab);
		n_turns++;
		while ((n = recv(lab->fd, buf, sizeof buf, MSG_DONTWAIT)) > 0) {
			fwrite(buf, 1, (size_t)n, f);
			n_read += (size_t)n;
		}
		assert_true(n_read < HELD_BYTES_MAX);
		fflush(f);
		if (n_text > 15 && !strcmp(text + n_text - 15, "\",\"error\":null}"))
			reply = json_loads(text, 0, NULL);
	}
	*rows = json_loads(json_string_value(json_object_get(reply, "result")), 0, NULL);
	json_decref(reply);
	fclose(f);
	free(text);
	return n_turns;
}

/* Dumps of 1,000 and of 100,000 rules: the work of a turn and the memory held are the same. */
static void
dumps_by_pieces(void **state)
{
	static const char request[] = "{\"method\":\"flow/dump\",\"params\":[\"br0\",\"table=3\","
				      "\"--json\"],\"id\":1}";
	struct lab *lab = *state;

	for (unsigned int n = 1000; n <= 100000; n *= 100) {
		bool *seen = calloc(n, sizeof *seen);
		unsigned int n_turns;
		size_t held, i;
		json_t *rows, *row;

		rules_add(lab, n);
		held = held_bytes(lab, request);
		n_turns = dump_read(lab, &rows);
		print_message("%u rules: %u turns, %zu bytes held\n", n, n_turns, held);
		assert_int_equal(json_array_size(rows), n);
		json_array_foreach (rows, i, row) {
			json_int_t cookie = json_integer_value(json_object_get(row, "cookie"));

			assert_in_range(cookie, 0, n - 1);
			assert_false(seen[cookie]);
			seen[cookie] = true;
		}
		assert_true(n_turns >= n / CTL_PIECE_ROWS);
		assert_true(held < HELD_BYTES_MAX);
		json_decref(rows);
		free(seen);
	}
}

/* A client disconnects, and a bridge is deleted, in the middle of a dump. */
static void
dumps_end_early(void **state)
{
	static const char request[] = "{\"method\":\"flow/dump\",\"params\":[\"br0\"],\"id\":1}";
	struct lab *lab = *state;
	int fds[2];

	rules_add(lab, 20000);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		assert_int_equal(ctl_rpc_client_add(lab->rpc, fds[1]), 0);
		assert_int_equal(send(fds[0], request, strlen(request), 0), strlen(request));
		for (int k = 0; k < 3; k++)
			turn(lab);
		if (i)
			ctl_commands_dumps_end(lab->commands,
					       xlate_bridge_find(lab->stack.xlate, "br0"));
		else
			close(fds[0]);
		for (int k = 0; k < 20; k++) {
			char buf[65536];

			turn(lab);
			while (i && recv(fds[0], buf, sizeof buf, MSG_DONTWAIT) > 0)
				;
		}
		assert_int_equal(ctl_rpc_n_clients(lab->rpc), 1);
	}
	close(fds[0]);
	expect_result(lab, "bridge/list", "br0");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_in_order),
		cmocka_unit_test(counts_arguments),
		cmocka_unit_test(reports_what_is_wrong),
		cmocka_unit_test(answers_in_both_forms),
		cmocka_unit_test(applies_levels_all_or_none),
		cmocka_unit_test(dumps_by_pieces),
		cmocka_unit_test(dumps_end_early),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
