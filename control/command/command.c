/* SPDX-License-Identifier: Apache-2.0 */
#include "command/command.h"

#include "command/commands.h"

#include <string.h>

const struct ctl_command ctl_commands[] = {
	{"audit", "", 0, 0, ctl_audit, "check that every packet is counted exactly once"},
	{"barrier", "", 0, 0, ctl_barrier, "wait until no packet is treated by older policy"},
	{"bridge/add", "BRIDGE", 1, 1, ctl_bridge_add, "add a bridge", true},
	{"bridge/del", "BRIDGE", 1, 1, ctl_bridge_del, "remove a bridge and its ports", true},
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
	 "BRIDGE NAME dev=DEVARGS [id=N] [tag=VLAN] [trunks=VLAN,..] [vlan-mode=MODE] "
	 "[config=WORD,..] [mtu=N] [n-rxq=N] [n-rxd=N] [n-txd=N]",
	 3, 12, ctl_port_add_run, "add a port", true},
	{"port/del", "[BRIDGE] NAME", 1, 2, ctl_port_del, "remove a port", true},
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

void
ctl_command_run(void *aux, const char *method, json_t *params, struct ctl_rpc_request *r)
{
	ctl_call_begin(aux, ctl_command_find(method), method, params, r);
}

int
ctl_list_commands(struct ctl_call *c)
{
	json_t *list = c->json ? json_array() : NULL;

	if (!c->json)
		fprintf(c->out, "The available commands are:\n");
	for (unsigned int i = 0; i < ctl_n_commands; i++) {
		const struct ctl_command *cmd = &ctl_commands[i];

		if (c->json)
			json_array_append_new(list,
					      json_pack("{ss ss ss}", "name", cmd->name, "usage",
							cmd->usage, "help", cmd->help));
		else
			fprintf(c->out, "  %-20s %s\n", cmd->name, cmd->usage);
	}
	return c->json ? ctl_call_json(c, list) : 0;
}
