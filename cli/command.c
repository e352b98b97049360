/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"

#include <string.h>

const struct cli_command cli_commands[] = {
	{"bridge add", "bridge/add", "BRIDGE", 1, 1, CLI_PLAIN, "add a bridge",
	 "A new bridge has one flow, priority=0 actions=NORMAL, until a controller is named.\n"
	 "  tandem bridge add br0\n"},
	{"bridge del", "bridge/del", "BRIDGE", 1, 1, CLI_PLAIN,
	 "remove a bridge with its ports and flows", "  tandem bridge del br0\n"},
	{"bridge list", "bridge/list", "", 0, 0, CLI_PLAIN, "list bridges",
	 "  tandem bridge list\n"},
	{"bridge set", "bridge/set", "BRIDGE KEY=VALUE...", 2, 4, CLI_PLAIN, "configure a bridge",
	 "fail-mode: what the bridge does while no controller tells it what to do.\n"
	 "  auto        default: a learning switch if it has no controllers; if none of them has\n"
	 "              answered for three probes, its flows stay in force\n"
	 "  secure      forwards nothing without controllers; otherwise as auto\n"
	 "  standalone  as auto, but if no controller has answered for three probes, it is a\n"
	 "              learning switch, and its flows wait, until one does\n"
	 "A change that makes or ends a learning switch without controllers replaces all flows.\n"
	 "fragments: of IP, as ovs-ofctl set-frags has them. normal, as at first: tables find "
	 "ports\n"
	 "0 in every one; nx-match: in later ones; drop: they are dropped.\n"
	 "forward-bpdu: true: NORMAL forwards frames to addresses such as those of STP, LLDP and "
	 "CDP;\n"
	 "false, as at first: it drops them.\n"
	 "  tandem bridge set br0 fail-mode=standalone fragments=nx-match\n"},
	{"bridge show", "bridge/show", "BRIDGE", 1, 1, CLI_PLAIN, "show what is set of a bridge",
	 "\"standalone\": that fail mode is in force.\n"
	 "  tandem bridge show br0\n"},
	{"controller set", "controller/set", "BRIDGE TARGET...", 2, 17, CLI_PLAIN,
	 "name the OpenFlow controllers of a bridge",
	 "TARGET: tcp:IP[:PORT] ssl:IP[:PORT] unix:PATH is connected to again and again;\n"
	 "ptcp:[PORT][:IP] pssl:[PORT][:IP] punix:RUNDIR/NAME is listened at. PORT is 6653 unless\n"
	 "said.\n"
	 "If the bridge had no controllers, all its flows are removed.\n"
	 "  tandem controller set br0 tcp:192.0.2.1:6653 ptcp:6654:127.0.0.1\n"},
	{"controller del", "controller/del", "BRIDGE [TARGET]...", 1, 17, CLI_PLAIN,
	 "remove controllers: these, or all",
	 "With the last one all flows are removed; unless fail-mode is secure, the bridge is a\n"
	 "learning switch then.\n"
	 "  tandem controller del br0\n"},
	{"controller show", "controller/show", "[BRIDGE]", 0, 1, CLI_PLAIN,
	 "show controllers and OpenFlow connections", "  tandem controller show br0\n"},
	{"controller counters", "controller/counters", "[BRIDGE]", 0, 1, CLI_PLAIN,
	 "count what befell OpenFlow connections", "  tandem controller counters br0\n"},
	{"port add", "port/add",
	 "BRIDGE NAME dev=DEVARGS [id=N] [tag=VLAN] [trunks=VLAN,..] [vlan-mode=MODE] "
	 "[config=WORD,..] [mtu=N] [n-rxq=N] [n-rxd=N] [n-txd=N]",
	 3, 12, CLI_PLAIN, "add a port",
	 "DEVARGS makes a DPDK device, or names one that exists (a representor). net_netdev takes "
	 "any\n"
	 "network interface of the kernel, as does net_af_packet, another name of it. id is the "
	 "OpenFlow\n"
	 "port number; tag makes an access port, trunks a trunk port of these VLANs only; with "
	 "vlan-mode\n"
	 "native-tagged or native-untagged tag is the VLAN of untagged frames of a trunk. config\n"
	 "takes the words of tandem port set. mtu is 68..9216, the device's own by default; n-rxq "
	 "is\n"
	 "the number of receive queues of a NIC, one for each worker by default; n-rxd and n-txd "
	 "are\n"
	 "the descriptors of each queue, 512 by default.\n"
	 "  tandem port add br0 p1 dev=net_netdev0,iface=veth0 id=1\n"
	 "  tandem port add br0 vm7 dev=net_tap7,iface=vm7 tag=10\n"
	 "  tandem port add br0 p2 dev=net_netdev1,iface=eth1 tag=1 trunks=10,20 "
	 "vlan-mode=native-untagged\n"},
	{"port del", "port/del", "[BRIDGE] NAME", 1, 2, CLI_PLAIN, "remove a port",
	 "With BRIDGE: only if the port is one of that bridge.\n"
	 "  tandem port del p1\n"
	 "  tandem port del br0 p1\n"},
	{"port list", "port/list", "[BRIDGE]", 0, 1, CLI_PLAIN, "list ports",
	 "  tandem port list br0\n"},
	{"port set", "port/set", "NAME WORD...", 2, 9, CLI_PLAIN, "configure a port",
	 "WORD, as of ovs-ofctl mod-port; each has another that takes it back:\n"
	 "  down | up                    nothing is sent there, and what comes in is dropped; the\n"
	 "                               device's link goes down where the device can\n"
	 "  no-receive | receive         what comes in is dropped, but for spanning tree frames\n"
	 "  no-receive-stp | receive-stp these are dropped\n"
	 "  no-flood | flood             FLOOD, and NORMAL when it floods, leave the port out\n"
	 "  no-forward | forward         nothing is sent there\n"
	 "  no-packet-in | packet-in     packets that no flow matches are not told of\n"
	 "  no-stp | stp                 kept and shown, without effect: there is no spanning "
	 "tree\n"
	 "  mtu=N                        68..9216: the device stops for some milliseconds\n"
	 "Returns when no packet is treated by the older configuration, on either path.\n"
	 "  tandem port set vm7 no-flood no-packet-in\n"
	 "  tandem port set vm7 down\n"
	 "  tandem port set vm7 mtu=9000\n"},
	{"port show", "port/show", "NAME", 1, 1, CLI_PLAIN, "show all that is known of a port",
	 "  tandem port show vm7\n"},
	{"port stats", "port/stats", "[NAME]", 0, 1, CLI_PLAIN, "show ports' counters",
	 "  tandem port stats p1\n"},
	{"flow add", "flow/add", "BRIDGE FLOW", 2, 2, CLI_PLAIN, "add a flow (ovs-ofctl syntax)",
	 "Returns when no packet is treated by the older policy, on either path.\n"
	 "  tandem flow add br0 'priority=100,tcp,in_port=1,tp_dst=80,actions=output:2'\n"},
	{"flow del", "flow/del", "BRIDGE [FLOW] [--strict]", 1, 3, CLI_PLAIN,
	 "remove the flows that FLOW covers, or all",
	 "  tandem flow del br0 'tcp,tp_dst=80'\n"
	 "  tandem flow del br0 'priority=100,tcp,in_port=1,tp_dst=80' --strict\n"},
	{"flow mod", "flow/mod", "BRIDGE FLOW [--strict]", 2, 3, CLI_PLAIN,
	 "change the actions of the flows that FLOW covers",
	 "  tandem flow mod br0 'tcp,tp_dst=80,actions=drop'\n"},
	{"flow dump", "flow/dump", "BRIDGE [FLOW] [--no-stats]", 1, 3, CLI_PLAIN, "dump flows",
	 "--no-stats: the form that loads back.\n"
	 "  tandem flow dump br0 table=1\n"
	 "  tandem flow dump br0 --no-stats > br0.flows\n"},
	{"flow load", "flow/load", "BRIDGE FILE|- [--replace]", 2, 3, CLI_LOAD,
	 "change flows by the lines of a file, all or none",
	 "A line is a flow to add, or begins with add, modify, modify_strict, delete or\n"
	 "delete_strict; '#' begins a comment. --replace: these are all the flows there will be.\n"
	 "  tandem flow load br0 tenants.flows --replace\n"
	 "  grep -v tp_dst=80 br0.flows | tandem flow load br0 -\n"},
	{"group add", "group/add", "BRIDGE GROUP", 2, 2, CLI_PLAIN,
	 "add a group (ovs-ofctl syntax)",
	 "Returns when no packet is treated by the older policy, on either path.\n"
	 "  tandem group add br0 'group_id=1,type=select,bucket=output:1,bucket=output:2'\n"},
	{"group mod", "group/mod", "BRIDGE GROUP", 2, 2, CLI_PLAIN, "change a group",
	 "  tandem group mod br0 'group_id=1,type=all,bucket=output:3'\n"},
	{"group insert-buckets", "group/insert-buckets", "BRIDGE GROUP", 2, 2, CLI_PLAIN,
	 "add buckets to a group",
	 "  tandem group insert-buckets br0 "
	 "'group_id=1,command_bucket_id=last,bucket=bucket_id:7,output:4'\n"},
	{"group remove-buckets", "group/remove-buckets", "BRIDGE GROUP", 2, 2, CLI_PLAIN,
	 "take buckets out of a group",
	 "  tandem group remove-buckets br0 'group_id=1,command_bucket_id=7'\n"},
	{"group del", "group/del", "BRIDGE [GROUP]", 1, 2, CLI_PLAIN,
	 "remove a group, or all, with the flows that send to them",
	 "  tandem group del br0 group_id=1\n"},
	{"group dump", "group/dump", "BRIDGE [--stats]", 1, 2, CLI_PLAIN, "dump groups",
	 "--stats: what each group and bucket counted.\n"
	 "  tandem group dump br0 --stats\n"},
	{"meter add", "meter/add", "BRIDGE METER", 2, 2, CLI_PLAIN,
	 "add a meter (ovs-ofctl syntax)",
	 "  tandem meter add br0 'meter=1,kbps,bands=type=drop,rate=10000'\n"},
	{"meter mod", "meter/mod", "BRIDGE METER", 2, 2, CLI_PLAIN, "change a meter",
	 "Its counts begin anew.\n"
	 "  tandem meter mod br0 'meter=1,pktps,bands=type=drop,rate=1000'\n"},
	{"meter del", "meter/del", "BRIDGE [METER]", 1, 2, CLI_PLAIN,
	 "remove a meter, or all, with the flows that it meters",
	 "  tandem meter del br0 meter=1\n"},
	{"meter dump", "meter/dump", "BRIDGE [--stats]", 1, 2, CLI_PLAIN, "dump meters",
	 "--stats: what each meter and band counted.\n"
	 "  tandem meter dump br0 --stats\n"},
	{"mirror add", "mirror/add",
	 "BRIDGE NAME [select-all] [select-src=PORT,..] [select-dst=PORT,..] [select-vlan=VLAN,..] "
	 "output-port=PORT|output-vlan=VLAN [snaplen=BYTES]",
	 3, 8, CLI_PLAIN, "copy packets to a port or a VLAN",
	 "What comes in at select-src is copied as it comes, what goes out at select-dst as it\n"
	 "goes, once at most; select-all is both, of every port. The output port is for the "
	 "mirror\n"
	 "alone. snaplen: bytes of each copy.\n"
	 "  tandem mirror add br0 all select-all output-port=mon\n"
	 "  tandem mirror add br0 web select-src=vm7 select-vlan=10 output-port=mon snaplen=128\n"
	 "  tandem mirror add br0 far select-dst=vm7 output-vlan=999\n"},
	{"mirror del", "mirror/del", "BRIDGE NAME", 2, 2, CLI_PLAIN, "remove a mirror",
	 "  tandem mirror del br0 all\n"},
	{"mirror show", "mirror/show", "[BRIDGE]", 0, 1, CLI_PLAIN,
	 "show mirrors and what they counted", "  tandem mirror show br0\n"},
	{"table set", "table/set", "BRIDGE TABLE WORD...", 3, 8, CLI_PLAIN,
	 "configure a flow table",
	 "WORD:\n"
	 "  flow-limit=N | flow-limit=none  the most flows that it holds; one more is refused,\n"
	 "                                  unless\n"
	 "  evict | noevict                 of the flows with a timeout, the one of the lowest\n"
	 "                                  importance goes, and of these the first to expire\n"
	 "  vacancy:LOW,HIGH | novacancy    tell controllers (OpenFlow 1.4) when the vacancy, in\n"
	 "                                  percent, falls below LOW, and when it rises above "
	 "HIGH\n"
	 "  name=NAME | name=               what controllers see as its name\n"
	 "  tandem table set br0 7 flow-limit=1000 evict\n"
	 "  tandem table set br0 7 vacancy:20,40\n"},
	{"table show", "table/show", "BRIDGE [TABLE]", 1, 2, CLI_PLAIN,
	 "show how full flow tables are, and what is set of them",
	 "Without TABLE: those that are in use. EVICTED, REJECTED: flows that went to make room,\n"
	 "and additions that a full table refused. VACANCY: percent:LOW,HIGH.\n"
	 "  tandem table show br0\n"
	 "  tandem table show br0 7 --json\n"},
	{"megaflow dump", "megaflow/dump", "[type=hw|sw|partial|all] [-m]", 0, 2, CLI_PLAIN,
	 "dump megaflows with their placement",
	 "-m: also wildcards, state, and counts by path.\n"
	 "  tandem megaflow dump type=sw\n"},
	{"offload show", "offload/show", "", 0, 0, CLI_PLAIN,
	 "show what each port's device takes, and how much it holds", "  tandem offload show\n"},
	{"offload stats", "offload/stats", "", 0, 0, CLI_PLAIN, "show offload counters",
	 "  tandem offload stats --json\n"},
	{"offload reasons", "offload/reasons", "[-m]", 0, 1, CLI_PLAIN,
	 "count megaflows in software by reason",
	 "-m: per port.\n"
	 "  tandem offload reasons -m\n"},
	{"offload why", "offload/why", "UFID", 1, 1, CLI_PLAIN,
	 "explain where a megaflow is, and why",
	 "  tandem offload why ufid:01234567-89ab-cdef-0123-456789abcdef\n"},
	{"upcall show", "upcall/show", "", 0, 0, CLI_PLAIN, "show megaflow and upcall totals",
	 "  tandem upcall show\n"},
	{"upcall set", "upcall/set", "[handlers N] [revalidators N] [flow-limit N] [pause|resume]",
	 1, 7, CLI_PLAIN, "change upcall threads, limit, or pause",
	 "  tandem upcall set handlers 2 revalidators 2\n"},
	{"fdb show", "fdb/show", "BRIDGE", 1, 1, CLI_PLAIN, "show learned MAC addresses",
	 "  tandem fdb show br0\n"},
	{"fdb flush", "fdb/flush", "[BRIDGE]", 0, 1, CLI_PLAIN, "forget learned MAC addresses",
	 "  tandem fdb flush br0\n"},
	{"trace", "ofproto/trace", "BRIDGE FLOW [--ct] [--ct-next FLAGS]...", 2, 32, CLI_PLAIN,
	 "explain what happens to a packet, and whether its megaflow would be offloaded",
	 "--ct: as for a datapath with connection tracking; says whether this one has it.\n"
	 "--ct-next: the same, and the ct_state of the next time (trk,new without it).\n"
	 "  tandem trace br0 in_port=1,tcp,nw_dst=10.0.0.1,tp_dst=80\n"
	 "  tandem trace br0 in_port=1,tcp --ct-next trk,new --ct-next trk,est\n"},
	{"audit", "audit", "", 0, 0, CLI_AUDIT,
	 "check that every packet is counted exactly once (exit status 1: not)",
	 "  tandem audit\n"},
	{"watch", "watch/sample", "[--interval SECONDS] [--count N]", 0, 4, CLI_WATCH,
	 "show rates by path, and megaflows by placement, each second",
	 "  tandem watch --interval 1 --count 20\n"},
	{"worker show", "worker/show", "", 0, 0, CLI_PLAIN,
	 "show what each poll thread does: packets, cycles, lookups",
	 "Totals since the daemon started; with --json also what they are made of.\n"
	 "  tandem worker show\n"},
	{"barrier", "barrier", "", 0, 0, CLI_PLAIN,
	 "wait until no packet is treated by older policy", "  tandem barrier\n"},
	{"vlog set", "vlog/set", "SPEC", 1, 8, CLI_PLAIN, "set log levels",
	 "SPEC: MODULE:LEVEL, ANY:LEVEL or LEVEL; LEVEL: off err warn info dbg.\n"
	 "  tandem vlog set offload:dbg\n"},
	{"vlog list", "vlog/list", "", 0, 0, CLI_PLAIN, "show log levels", "  tandem vlog list\n"},
	{"daemon show", "daemon/show", "", 0, 0, CLI_PLAIN,
	 "show clients, file descriptors and the log of the daemon",
	 "clients: of the control socket. accept_failed: connections that waited for a second, as\n"
	 "they could not be accepted. log_lines_suppressed: there were too many like them.\n"
	 "  tandem daemon show\n"},
	{"version", "version", "", 0, 0, CLI_PLAIN, "show the daemon's version",
	 "  tandem version\n"},
	{"exit", "exit", "", 0, 0, CLI_EXIT, "stop the daemon; returns when it is gone",
	 "  tandem -d /run/tandem exit\n"},
};
const unsigned int cli_n_commands = sizeof cli_commands / sizeof cli_commands[0];

/* Returns how many words of 'name' stand at the start of argv, all of them, or 0. */
static int
words_match(const char *name, int argc, char *const *argv)
{
	int n_words = 0;

	while (*name) {
		size_t n = strcspn(name, " ");

		if (n_words == argc || strlen(argv[n_words]) != n ||
		    strncmp(argv[n_words], name, n) != 0)
			return 0;
		n_words++;
		name += n + (name[n] == ' ');
	}
	return n_words;
}

const struct cli_command *
cli_command_find(int argc, char *const *argv, int *n_words)
{
	for (unsigned int i = 0; i < cli_n_commands; i++) {
		*n_words = words_match(cli_commands[i].words, argc, argv);
		if (*n_words)
			return &cli_commands[i];
	}
	return NULL;
}

unsigned int
cli_commands_print(const char *word, FILE *out)
{
	size_t n = strlen(word);
	unsigned int n_found = 0;

	for (unsigned int i = 0; i < cli_n_commands; i++) {
		const struct cli_command *c = &cli_commands[i];

		if (strncmp(c->words, word, n) != 0 || (n && c->words[n] && c->words[n] != ' '))
			continue;
		fprintf(out, "  %-16s %s\n", c->words, c->help);
		n_found++;
	}
	return n_found;
}

void
cli_help_print(FILE *out)
{
	fprintf(out, "tandem: asks and tells tandemd, the virtual switch\n"
		     "usage: tandem [-d RUNDIR] [--json] COMMAND [ARGUMENT]...\n\n"
		     "  -d, --rundir RUNDIR  the daemon's run directory (/run/tandem)\n"
		     "  --json               results as JSON\n"
		     "  -h, --help           this text; after a command, about it\n"
		     "  --version            the version of this program\n\n");
	cli_commands_print("", out);
	fprintf(out,
		"\nExit status: 0 done, 1 the daemon says no or is not there, 2 wrong usage.\n");
}

void
cli_command_help_print(const struct cli_command *c, FILE *out)
{
	fprintf(out, "tandem %s: %s\nusage: tandem [-d RUNDIR] [--json] %s%s%s\n", c->words,
		c->help, c->words, c->usage[0] ? " " : "", c->usage);
	if (c->more[0])
		fprintf(out, "\n%s", c->more);
}
