/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"

#include <base/err.h>

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#define ARGS_MAX 64
#define RESULT_BYTES_MAX (256u << 20)

const struct ctl_command ctl_commands[] = {
	{"audit", "", 0, 0, ctl_audit, "check that every packet is counted exactly once"},
	{"barrier", "", 0, 0, ctl_barrier, "wait until no packet is treated by older policy"},
	{"bridge/add", "BRIDGE", 1, 1, ctl_bridge_add, "add a bridge"},
	{"bridge/del", "BRIDGE", 1, 1, ctl_bridge_del, "remove a bridge and its ports"},
	{"bridge/list", "", 0, 0, ctl_bridge_list, "list bridges"},
	{"bridge/set", "BRIDGE KEY=VALUE...", 2, 4, ctl_bridge_set, "configure a bridge"},
	{"bridge/show", "BRIDGE", 1, 1, ctl_bridge_show, "show what is set of a bridge"},
	{"controller/counters", "[BRIDGE]", 0, 1, ctl_controller_counters,
	 "count what befell OpenFlow connections"},
	{"controller/del", "BRIDGE [TARGET]...", 1, 17, ctl_controller_del,
	 "let go of controllers: these, or all"},
	{"controller/set", "BRIDGE TARGET...", 2, 17, ctl_controller_set,
	 "name the OpenFlow controllers of a bridge"},
	{"controller/show", "[BRIDGE]", 0, 1, ctl_controller_show,
	 "show controllers and OpenFlow connections"},
	{"daemon/show", "", 0, 0, ctl_daemon_show,
	 "show clients, file descriptors and the log of the daemon"},
	{"dpctl/dump-flows", "[-m] [--names] [netdev@tandem] [type=TYPE] [filter=FLOW]", 0, 5,
	 ctl_dpctl_dump_flows, "dump megaflows"},
	{"dpctl/show", "[netdev@tandem]", 0, 1, ctl_dpctl_show, "show the datapath and its ports"},
	{"exit", "", 0, 1, ctl_exit, "stop the daemon"},
	{"fdb/flush", "[BRIDGE]", 0, 1, ctl_fdb_flush, "forget learned MAC addresses"},
	{"fdb/show", "BRIDGE", 1, 1, ctl_fdb_show, "show learned MAC addresses"},
	{"flow/add", "BRIDGE FLOW", 2, 2, ctl_flow_add, "add a flow"},
	{"flow/del", "BRIDGE [FLOW] [--strict]", 1, 3, ctl_flow_del, "remove flows"},
	{"flow/dump", "BRIDGE [FLOW] [--no-stats]", 1, 3, ctl_flow_dump, "dump flows"},
	{"flow/load", "BRIDGE TEXT [--replace]", 2, 3, ctl_flow_load,
	 "change flows by lines of text, all or none"},
	{"flow/mod", "BRIDGE FLOW [--strict]", 2, 3, ctl_flow_mod, "change flows' actions"},
	{"group/add", "BRIDGE GROUP", 2, 2, ctl_group_add, "add a group"},
	{"group/del", "BRIDGE [GROUP]", 1, 2, ctl_group_del, "remove groups with their flows"},
	{"group/dump", "BRIDGE [--stats]", 1, 2, ctl_group_dump, "dump groups"},
	{"group/insert-buckets", "BRIDGE GROUP", 2, 2, ctl_group_insert, "add buckets to a group"},
	{"group/mod", "BRIDGE GROUP", 2, 2, ctl_group_mod, "change a group"},
	{"group/remove-buckets", "BRIDGE GROUP", 2, 2, ctl_group_remove,
	 "take buckets out of a group"},
	{"list-commands", "", 0, 0, ctl_list_commands, "list commands"},
	{"megaflow/dump", "[type=hw|sw|partial|all] [-m]", 0, 2, ctl_megaflow_dump,
	 "dump megaflows with placement"},
	{"meter/add", "BRIDGE METER", 2, 2, ctl_meter_add, "add a meter"},
	{"meter/del", "BRIDGE [METER]", 1, 2, ctl_meter_del, "remove meters with their flows"},
	{"meter/dump", "BRIDGE [--stats]", 1, 2, ctl_meter_dump, "dump meters"},
	{"meter/mod", "BRIDGE METER", 2, 2, ctl_meter_mod, "change a meter"},
	{"mirror/add",
	 "BRIDGE NAME [select-all] [select-src=PORT,..] [select-dst=PORT,..] [select-vlan=VLAN,..] "
	 "output-port=PORT|output-vlan=VLAN [snaplen=BYTES]",
	 3, 8, ctl_mirror_add_run, "copy packets to a port or a VLAN"},
	{"mirror/del", "BRIDGE NAME", 2, 2, ctl_mirror_del, "remove a mirror"},
	{"mirror/show", "[BRIDGE]", 0, 1, ctl_mirror_show, "show mirrors and what they counted"},
	{"offload/reasons", "[-m]", 0, 1, ctl_offload_reasons,
	 "count megaflows in software by reason"},
	{"offload/show", "", 0, 0, ctl_offload_show, "show what each port's device takes"},
	{"offload/stats", "", 0, 0, ctl_offload_stats, "show offload counters"},
	{"offload/why", "UFID", 1, 1, ctl_offload_why, "explain a megaflow's placement"},
	{"ofproto/trace", "BRIDGE FLOW [--ct] [--ct-next FLAGS]...", 2, 32, ctl_trace,
	 "explain what happens to a packet, and whether it would be offloaded"},
	{"port/add",
	 "BRIDGE NAME dev=DEVARGS [id=N] [tag=VLAN] [trunks=VLAN,..] [config=WORD,..] [mtu=N] "
	 "[n-rxq=N] [n-rxd=N] [n-txd=N]",
	 3, 11, ctl_port_add_run, "add a port"},
	{"port/del", "[BRIDGE] NAME", 1, 2, ctl_port_del, "remove a port"},
	{"port/list", "[BRIDGE]", 0, 1, ctl_port_list, "list ports"},
	{"port/set", "NAME WORD...", 2, 9, ctl_port_set, "configure a port"},
	{"port/show", "NAME", 1, 1, ctl_port_show, "show all that is known of a port"},
	{"port/stats", "[NAME]", 0, 1, ctl_port_stats, "show ports' counters"},
	{"revalidator/purge", "", 0, 0, ctl_revalidator_purge, "take every megaflow out"},
	{"revalidator/wait", "", 0, 0, ctl_revalidator_wait, "wait for a whole sweep"},
	{"table/set", "BRIDGE TABLE WORD...", 3, 8, ctl_table_set, "configure a flow table"},
	{"table/show", "BRIDGE [TABLE]", 1, 2, ctl_table_show,
	 "show how full flow tables are, and what is set of them"},
	{"upcall/set", "[handlers N] [revalidators N] [flow-limit N] [pause|resume]", 1, 7,
	 ctl_upcall_set, "change upcall threads, limit, or pause"},
	{"upcall/show", "", 0, 0, ctl_upcall_show, "show megaflow and upcall totals"},
	{"version", "", 0, 0, ctl_version, "show the version"},
	{"vlog/list", "", 0, 0, ctl_vlog_list, "show log levels"},
	{"vlog/set", "SPEC", 1, 8, ctl_vlog_set, "set log levels"},
	{"watch/sample", "", 0, 0, ctl_watch_sample, "totals for watching, as JSON"},
	{"worker/show", "", 0, 0, ctl_worker_show, "show what each poll thread does"},
};
const unsigned int ctl_n_commands = sizeof ctl_commands / sizeof ctl_commands[0];

const struct ctl_command *
ctl_command_find(const char *method)
{
	for (unsigned int i = 0; i < ctl_n_commands; i++)
		if (!strcmp(ctl_commands[i].name, method))
			return &ctl_commands[i];
	return NULL;
}

int
ctl_fail(struct ctl_call *c, int error, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	err_vprint(c->err, sizeof c->err, fmt, args);
	va_end(args);
	return error;
}

int
ctl_call_bridge(struct ctl_call *c, const char *name, struct xlate_bridge **br)
{
	*br = xlate_bridge_find(c->stack->xlate, name);
	return *br ? 0 : ctl_fail(c, -ENOENT, "there is no bridge %s", name);
}

int
ctl_call_json(struct ctl_call *c, json_t *value)
{
	int error = value && !json_dumpf(value, c->out, JSON_INDENT(1)) ? 0 : -ENOMEM;

	json_decref(value);
	fputc('\n', c->out);
	return error;
}

/* "--json" may stand anywhere; an option of a command comes through as an argument. */
static int
args_take(struct ctl_call *c, const json_t *params, const char **argv)
{
	size_t i;
	json_t *p;

	json_array_foreach (params, i, p) {
		const char *text = json_string_value(p);

		if (!strcmp(text, "--json"))
			c->json = true;
		else if (c->argc == ARGS_MAX)
			return ctl_fail(c, -E2BIG, "over %d arguments", ARGS_MAX);
		else
			argv[c->argc++] = text;
	}
	c->argv = argv;
	return 0;
}

static int
call_run(struct ctl_call *c, const char *method, const json_t *params)
{
	const struct ctl_command *cmd = ctl_command_find(method);
	const char *argv[ARGS_MAX];
	int error = args_take(c, params, argv);

	if (error)
		return error;
	if (!cmd)
		return ctl_fail(c, -ENOENT,
				"\"%.100s\" is not a valid command; list-commands lists those that "
				"are",
				method);
	if (c->argc < cmd->min || c->argc > cmd->max)
		return ctl_fail(c, -EINVAL, "\"%s\" takes %s%s; usage: %s %s", cmd->name,
				cmd->max ? "other arguments" : "no arguments",
				c->argc < cmd->min ? " (some are missing)" : "", cmd->name,
				cmd->usage);
	error = cmd->run(c);
	if (!error && c->json && ftell(c->out) == 0)
		fputs("{}\n", c->out);
	return error;
}

/* The text of the result becomes the error's when the command set none of its own. */
static void
reply_fill(struct ctl_call *c, const char *method, char *result, int error,
	   struct ctl_rpc_reply *reply)
{
	char *text;

	if (!error) {
		reply->result = result;
		return;
	}
	if (!c->err[0] && !(result && result[0]))
		ctl_fail(c, error, "%s: %s", method, strerror(-error));
	text = c->err[0] ? strdup(c->err) : NULL;
	if (text)
		free(result);
	reply->error = text ? text : result;
}

void
ctl_command_run(void *aux, const char *method, const json_t *params, struct ctl_rpc_reply *reply)
{
	struct ctl_call c = {.stack = aux};
	char *result = NULL;
	size_t n = 0;
	int error;

	c.out = open_memstream(&result, &n);
	if (!c.out) {
		reply->error = strdup("out of memory");
		return;
	}
	error = call_run(&c, method, params);
	if (fclose(c.out))
		error = ctl_fail(&c, -ENOMEM, "out of memory");
	else if (n > RESULT_BYTES_MAX)
		error = ctl_fail(&c, -EMSGSIZE, "the result is over 256 MiB; ask for less");
	reply_fill(&c, method, result, error, reply);
	if (reply->error)
		LOG_DBG(c.stack->log, CONTROL, "%s: %s", method, reply->error);
}
