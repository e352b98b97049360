/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"

#include <string.h>

/* The methods of the daemon, from the daemon's own table. */
enum {
#define COMMAND(id, method, usage, min, max, run, alone, help) M_##id,
#include <command/commands.def>
};

static const struct cli_method methods[] = {
#define COMMAND(id, method, usage, min, max, run, alone, help) {method, usage, min, max, help},
#include <command/commands.def>
};

/* Methods for which this program takes other arguments than the daemon, or does more. */
static const struct cli_method audit = {
	"audit", "", 0, 0,
	"check that every packet is counted exactly once (exit status 1 if not)"};
static const struct cli_method daemon_exit = {"exit", "[--keep|--cleanup]", 0, 1,
					      "stop the daemon, and wait until it has stopped"};
static const struct cli_method flow_load = {"flow/load", "BRIDGE FILE|- [--replace]", 2, 3,
					    "apply the flow changes of a file, all or none"};
static const struct cli_method watch = {
	"watch/sample", "[--interval SECONDS] [--count N]", 0, 4,
	"show rates by path, and megaflows by placement, each second"};

static const struct cli_method top = {
	"top/sample", "[--interval SECONDS] [--count N] [--once]", 0, 5,
	"show which ports cost the most time of workers and handlers"};

const struct cli_command cli_commands[] = {
	{"bridge add", &methods[M_BRIDGE_ADD], CLI_PLAIN,
	 "A new bridge has one flow, priority=0 actions=NORMAL, until a controller is named.\n"
	 "  tandem bridge add br0\n"},
	{"bridge del", &methods[M_BRIDGE_DEL], CLI_PLAIN, "  tandem bridge del br0\n"},
	{"bridge list", &methods[M_BRIDGE_LIST], CLI_PLAIN, "  tandem bridge list\n"},
	{"bridge set", &methods[M_BRIDGE_SET], CLI_PLAIN,
	 "fail-mode: how the bridge forwards without a controller.\n"
	 "  auto        the default: a learning switch if it has no controllers; if none of them\n"
	 "              has answered for three probes, its flows stay in force\n"
	 "  secure      without controllers, forwards nothing; otherwise like auto\n"
	 "  standalone  like auto, but if no controller has answered for three probes, it is a\n"
	 "              learning switch, and its flows are suspended until one answers\n"
	 "All flows are replaced if a bridge without controllers becomes or stops being a\n"
	 "learning switch.\n"
	 "fragments: treatment of IP fragments, as in ovs-ofctl set-frags. normal, the default:\n"
	 "all fragments match with ports 0; nx-match: later fragments match so; drop: all are\n"
	 "dropped.\n"
	 "forward-bpdu: true: NORMAL forwards frames to addresses such as those of STP, LLDP and\n"
	 "CDP; false, the default: it drops them.\n"
	 "local: true: the bridge is an interface of its host with the bridge's name, OpenFlow\n"
	 "port LOCAL (65534), which takes one of DPDK's devices; false, the default: it is not.\n"
	 "  tandem bridge set br0 fail-mode=standalone fragments=nx-match\n"
	 "  tandem bridge set br0 local=true\n"},
	{"bridge show", &methods[M_BRIDGE_SHOW], CLI_PLAIN,
	 "\"standalone\": the bridge is a learning switch now, since fail-mode is standalone.\n"
	 "  tandem bridge show br0\n"},
	{"controller set", &methods[M_CONTROLLER_SET], CLI_PLAIN,
	 "TARGET: tcp:IP[:PORT], ssl:IP[:PORT] or unix:PATH to connect to, with retries;\n"
	 "ptcp:[PORT][:IP], pssl:[PORT][:IP] or punix:RUNDIR/NAME to listen at. The default PORT\n"
	 "is 6653.\n"
	 "If the bridge had no controllers, all its flows are removed.\n"
	 "  tandem controller set br0 tcp:192.0.2.1:6653 ptcp:6654:127.0.0.1\n"},
	{"controller del", &methods[M_CONTROLLER_DEL], CLI_PLAIN,
	 "If no controller is left, all flows are removed; unless fail-mode is secure, the\n"
	 "bridge becomes a learning switch.\n"
	 "  tandem controller del br0\n"},
	{"controller show", &methods[M_CONTROLLER_SHOW], CLI_PLAIN,
	 "  tandem controller show br0\n"},
	{"controller counters", &methods[M_CONTROLLER_COUNTERS], CLI_PLAIN,
	 "  tandem controller counters br0\n"},
	{"port add", &methods[M_PORT_ADD], CLI_PLAIN,
	 "DEVARGS creates a DPDK device, or names one that exists (a representor). net_netdev\n"
	 "uses a network interface of the kernel, or makes one (tap=NAME); net_af_packet is\n"
	 "another name for it. id is the OpenFlow port number; tag makes an access port, trunks\n"
	 "a trunk port of these VLANs only; with vlan-mode native-tagged or native-untagged, tag\n"
	 "is the VLAN of untagged frames of a trunk. config takes the words of tandem port set.\n"
	 "mtu is 68..9216, by default the device's own; n-rxq is the number of receive queues of\n"
	 "a NIC or a TAP, by default one for each worker; n-rxd and n-txd are the descriptors of\n"
	 "each queue, by default 512. tso says whether checksums and segments are left to the\n"
	 "device; by default to interfaces of the kernel and guests, not to NICs. Two patch ports\n"
	 "that name each other join their bridges: what is sent to one\n"
	 "arrives at the other. They have no device. With the kernel's datapath, type=internal\n"
	 "makes an interface, and type=vxlan, geneve or gre a tunnel port, which sends to remote\n"
	 "with the key, and receives what comes from there; flow is for what flows set as\n"
	 "tun_dst, tun_src and tun_id. The names of Open vSwitch (options:remote_ip=IP) are\n"
	 "taken too.\n"
	 "  tandem port add br0 p1 dev=net_netdev0,iface=veth0 id=1\n"
	 "  tandem port add br0 vm7 dev=net_netdev7,tap=vm7 tag=10\n"
	 "  tandem port add br0 p2 dev=net_netdev1,iface=eth1 tag=1 trunks=10,20 "
	 "vlan-mode=native-untagged\n"
	 "  tandem port add br0 to-br1 type=patch peer=to-br0\n"
	 "  tandem port add br0 v5 type=vxlan remote=10.1.0.2 key=5\n"},
	{"port del", &methods[M_PORT_DEL], CLI_PLAIN,
	 "With BRIDGE: only if the port is one of that bridge.\n"
	 "  tandem port del p1\n"
	 "  tandem port del br0 p1\n"},
	{"port list", &methods[M_PORT_LIST], CLI_PLAIN, "  tandem port list br0\n"},
	{"port set", &methods[M_PORT_SET], CLI_PLAIN,
	 "WORD, as in ovs-ofctl mod-port; the second word of a line undoes the first:\n"
	 "  down | up                    drops packets from and to the port; sets the link of its\n"
	 "                               device down if the device can do so\n"
	 "  no-receive | receive         drops received packets, except spanning tree frames\n"
	 "  no-receive-stp | receive-stp drops received spanning tree frames\n"
	 "  no-flood | flood             FLOOD, and NORMAL when it floods, skip the port\n"
	 "  no-forward | forward         drops packets to the port\n"
	 "  no-packet-in | packet-in     does not send packets that match no flow to controllers\n"
	 "  no-stp | stp                 stored and shown, without effect (no spanning tree)\n"
	 "  mtu=N                        68..9216: the device is stopped for some milliseconds\n"
	 "  tso=BOOL                     as in tandem port add, in the same way; not for guests\n"
	 "Returns when no packet is treated by the older configuration, on either path.\n"
	 "  tandem port set vm7 no-flood no-packet-in\n"
	 "  tandem port set vm7 down\n"
	 "  tandem port set vm7 mtu=9000\n"},
	{"port show", &methods[M_PORT_SHOW], CLI_PLAIN, "  tandem port show vm7\n"},
	{"port stats", &methods[M_PORT_STATS], CLI_PLAIN, "  tandem port stats p1\n"},
	{"flow add", &methods[M_FLOW_ADD], CLI_PLAIN,
	 "Returns when no packet is treated by the older policy, on either path.\n"
	 "  tandem flow add br0 'priority=100,tcp,in_port=1,tp_dst=80,actions=output:2'\n"},
	{"flow del", &methods[M_FLOW_DEL], CLI_PLAIN,
	 "  tandem flow del br0 'tcp,tp_dst=80'\n"
	 "  tandem flow del br0 'priority=100,tcp,in_port=1,tp_dst=80' --strict\n"},
	{"flow mod", &methods[M_FLOW_MOD], CLI_PLAIN,
	 "  tandem flow mod br0 'tcp,tp_dst=80,actions=drop'\n"},
	{"flow dump", &methods[M_FLOW_DUMP], CLI_PLAIN,
	 "--no-stats: the form that loads back.\n"
	 "  tandem flow dump br0 table=1\n"
	 "  tandem flow dump br0 --no-stats > br0.flows\n"},
	{"flow load", &flow_load, CLI_LOAD,
	 "A line adds a flow, or begins with add, modify, modify_strict, delete or\n"
	 "delete_strict; '#' begins a comment. --replace: removes all other flows.\n"
	 "  tandem flow load br0 tenants.flows --replace\n"
	 "  grep -v tp_dst=80 br0.flows | tandem flow load br0 -\n"},
	{"group add", &methods[M_GROUP_ADD], CLI_PLAIN,
	 "Returns when no packet is treated by the older policy, on either path.\n"
	 "  tandem group add br0 'group_id=1,type=select,bucket=output:1,bucket=output:2'\n"},
	{"group mod", &methods[M_GROUP_MOD], CLI_PLAIN,
	 "  tandem group mod br0 'group_id=1,type=all,bucket=output:3'\n"},
	{"group insert-buckets", &methods[M_GROUP_INSERT_BUCKETS], CLI_PLAIN,
	 "  tandem group insert-buckets br0 "
	 "'group_id=1,command_bucket_id=last,bucket=bucket_id:7,output:4'\n"},
	{"group remove-buckets", &methods[M_GROUP_REMOVE_BUCKETS], CLI_PLAIN,
	 "  tandem group remove-buckets br0 'group_id=1,command_bucket_id=7'\n"},
	{"group del", &methods[M_GROUP_DEL], CLI_PLAIN, "  tandem group del br0 group_id=1\n"},
	{"group dump", &methods[M_GROUP_DUMP], CLI_PLAIN,
	 "--stats: counters of each group and bucket.\n"
	 "  tandem group dump br0 --stats\n"},
	{"ct dump", &methods[M_CT_DUMP], CLI_PLAIN,
	 "Those of the daemon's network namespace, also of its host. TUPLE: ct_nw_src=A, "
	 "ct_nw_dst=A,\n"
	 "ct_ipv6_src=A, ct_ipv6_dst=A, ct_nw_proto=N, ct_tp_src=N, ct_tp_dst=N, icmp_id=N, "
	 "icmp_type=N,\n"
	 "icmp_code=N, separated by commas; what is not given, or 0, may have any value. "
	 "REPLY-TUPLE is\n"
	 "that of the replies; '' stands for any TUPLE. With a tuple, the zone is 0 unless given.\n"
	 "-s also shows in how many seconds a connection is forgotten.\n"
	 "  tandem ct dump -s zone=5\n"
	 "  tandem ct dump ct_nw_src=10.0.0.1,ct_nw_proto=6,ct_tp_dst=80\n"},
	{"ct flush", &methods[M_CT_FLUSH], CLI_PLAIN,
	 "Those that ct dump shows with the same words.\n"
	 "  tandem ct flush zone=5\n"
	 "  tandem ct flush ct_nw_src=10.0.0.1,ct_nw_proto=6,ct_tp_dst=80\n"
	 "  tandem ct flush '' ct_nw_dst=192.0.2.9\n"},
	{"ct limit", &methods[M_CT_LIMIT], CLI_PLAIN,
	 "A packet whose ct(commit) would exceed the limit of its zone is dropped. 0: no limit, as "
	 "at first.\n"
	 "Zones without a limit have the default. del removes the limits of zones; show has all "
	 "zones with\n"
	 "a limit, or those named.\n"
	 "  tandem ct limit set default=100000 zone=5,limit=1000\n"
	 "  tandem ct limit del zone=5\n"
	 "  tandem ct limit show\n"},
	{"ct timeout", &methods[M_CT_TIMEOUT], CLI_PLAIN,
	 "Connections that ct(commit) makes in the zone from then on have these timeouts; set "
	 "replaces all\n"
	 "of the zone, and those that it does not name are the kernel's. A changed value applies "
	 "to "
	 "them too.\n"
	 "KEY: tcp_syn_sent, tcp_syn_recv, tcp_established, tcp_fin_wait, tcp_close_wait, "
	 "tcp_last_ack,\n"
	 "tcp_time_wait, tcp_close, tcp_syn_sent2, tcp_retransmit, tcp_unack, udp_single, "
	 "udp_multiple,\n"
	 "icmp_first. SECONDS: 1..2147483. Others of Open vSwitch (udp_first, icmp_reply) are "
	 "refused: the\n"
	 "kernel does not have them.\n"
	 "show has the values in effect. removing: parts that flows still have; retries: removals "
	 "refused.\n"
	 "  tandem ct timeout set 5 udp_single=10 tcp_established=3600\n"
	 "  tandem ct timeout del 5\n"
	 "  tandem ct timeout show\n"},
	{"meter add", &methods[M_METER_ADD], CLI_PLAIN,
	 "  tandem meter add br0 'meter=1,kbps,bands=type=drop,rate=10000'\n"},
	{"meter mod", &methods[M_METER_MOD], CLI_PLAIN,
	 "Resets the meter's counters.\n"
	 "  tandem meter mod br0 'meter=1,pktps,bands=type=drop,rate=1000'\n"},
	{"meter del", &methods[M_METER_DEL], CLI_PLAIN, "  tandem meter del br0 meter=1\n"},
	{"meter dump", &methods[M_METER_DUMP], CLI_PLAIN,
	 "--stats: counters of each meter and band.\n"
	 "  tandem meter dump br0 --stats\n"},
	{"mirror add", &methods[M_MIRROR_ADD], CLI_PLAIN,
	 "Copies packets that arrive at select-src as received, and packets sent to select-dst\n"
	 "as sent, but each packet only once; select-all selects both for every port. The output\n"
	 "port carries mirrored packets alone. snaplen: maximal length of a copy, in bytes.\n"
	 "  tandem mirror add br0 all select-all output-port=mon\n"
	 "  tandem mirror add br0 web select-src=vm7 select-vlan=10 output-port=mon snaplen=128\n"
	 "  tandem mirror add br0 far select-dst=vm7 output-vlan=999\n"},
	{"mirror del", &methods[M_MIRROR_DEL], CLI_PLAIN, "  tandem mirror del br0 all\n"},
	{"mirror show", &methods[M_MIRROR_SHOW], CLI_PLAIN, "  tandem mirror show br0\n"},
	{"table set", &methods[M_TABLE_SET], CLI_PLAIN,
	 "WORD:\n"
	 "  flow-limit=N | flow-limit=none  maximal number of flows; a full table refuses more\n"
	 "  evict | noevict                 instead, it removes a flow with a timeout: of those\n"
	 "                                  with the lowest importance, the first to expire\n"
	 "  vacancy:LOW,HIGH | novacancy    report to controllers (OpenFlow 1.4) when the vacancy\n"
	 "                                  falls below LOW percent or rises above HIGH percent\n"
	 "  name=NAME | name=               name shown to controllers\n"
	 "  tandem table set br0 7 flow-limit=1000 evict\n"
	 "  tandem table set br0 7 vacancy:20,40\n"},
	{"table show", &methods[M_TABLE_SHOW], CLI_PLAIN,
	 "Without TABLE: the tables in use. EVICTED: flows removed to make room. REJECTED:\n"
	 "additions that a full table refused. VACANCY: percent:LOW,HIGH.\n"
	 "  tandem table show br0\n"
	 "  tandem table show br0 7 --json\n"},
	{"megaflow dump", &methods[M_MEGAFLOW_DUMP], CLI_PLAIN,
	 "-m: also wildcards, state, and counts by path.\n"
	 "  tandem megaflow dump type=sw\n"},
	{"offload show", &methods[M_OFFLOAD_SHOW], CLI_PLAIN, "  tandem offload show\n"},
	{"offload stats", &methods[M_OFFLOAD_STATS], CLI_PLAIN, "  tandem offload stats --json\n"},
	{"offload reasons", &methods[M_OFFLOAD_REASONS], CLI_PLAIN,
	 "-m: per port.\n"
	 "  tandem offload reasons -m\n"},
	{"offload why", &methods[M_OFFLOAD_WHY], CLI_PLAIN,
	 "  tandem offload why ufid:01234567-89ab-cdef-0123-456789abcdef\n"},
	{"upcall show", &methods[M_UPCALL_SHOW], CLI_PLAIN, "  tandem upcall show\n"},
	{"upcall set", &methods[M_UPCALL_SET], CLI_PLAIN,
	 "  tandem upcall set handlers 2 revalidators 2\n"},
	{"fdb show", &methods[M_FDB_SHOW], CLI_PLAIN, "  tandem fdb show br0\n"},
	{"fdb flush", &methods[M_FDB_FLUSH], CLI_PLAIN, "  tandem fdb flush br0\n"},
	{"trace", &methods[M_OFPROTO_TRACE], CLI_PLAIN,
	 "--ct: traces as for a datapath with connection tracking; reports whether this one has\n"
	 "it.\n"
	 "--ct-next: the same, with the ct_state after the next ct action (trk,new if not\n"
	 "given).\n"
	 "  tandem trace br0 in_port=1,tcp,nw_dst=10.0.0.1,tp_dst=80\n"
	 "  tandem trace br0 in_port=1,tcp --ct-next trk,new --ct-next trk,est\n"},
	{"audit", &audit, CLI_AUDIT,
	 "With the kernel's datapath it also compares megaflows and ports with the kernel's, and\n"
	 "prints what to do about a difference (docs/kernel.md).\n"
	 "  tandem audit\n"},
	{"watch", &watch, CLI_WATCH, "  tandem watch --interval 1 --count 20\n"},
	{"top", &top, CLI_TOP,
	 "WORKER%, HANDLER%: the part of the time of one worker and of one handler that the port\n"
	 "took; the ports are in order of their sum. WORKER% is without packets that handlers "
	 "gave\n"
	 "back to be sent. MASKS: distinct masks of its megaflows, on\n"
	 "which the cost of a lookup depends. DROP/S: for any reason, also in the device. In a\n"
	 "terminal the table is shown again each second. --once: prints one table.\n"
	 "  tandem top --once --interval 5\n"},
	{"worker show", &methods[M_WORKER_SHOW], CLI_PLAIN,
	 "The poll threads, then their receive queues. LOAD% (time spent on packets), MPPS and\n"
	 "CYCLES/PKT: over the last ten seconds. RECEIVE READ LOOKUP EXECUTE SEND: cycles of each\n"
	 "packet in the stages of a burst, measured for one burst in 61. The rest: since the\n"
	 "daemon started. --json adds the counters from which ratios are computed.\n"
	 "  tandem worker show\n"},
	{"barrier", &methods[M_BARRIER], CLI_PLAIN, "  tandem barrier\n"},
	{"vlog set", &methods[M_VLOG_SET], CLI_PLAIN,
	 "SPEC: MODULE:LEVEL, ANY:LEVEL or LEVEL; LEVEL: off err warn info dbg.\n"
	 "  tandem vlog set offload:dbg\n"},
	{"vlog list", &methods[M_VLOG_LIST], CLI_PLAIN, "  tandem vlog list\n"},
	{"daemon set", &methods[M_DAEMON_SET], CLI_PLAIN,
	 "flow-restore-wait=false: the tables are restored. The daemon, which was started with\n"
	 "flow-restore-wait, enters the megaflows that the datapath has, takes packets, and "
	 "connects\n"
	 "to controllers.\n"
	 "  tandem daemon set flow-restore-wait=false\n"},
	{"daemon show", &methods[M_DAEMON_SHOW], CLI_PLAIN,
	 "clients: of the control socket. accept_failed: how often connections could not be\n"
	 "accepted and had to wait for a second. log_lines_suppressed: lines left out, since\n"
	 "many like them were logged before.\n"
	 "  tandem daemon show\n"},
	{"version", &methods[M_VERSION], CLI_PLAIN, "  tandem version\n"},
	{"exit", &daemon_exit, CLI_EXIT,
	 "--keep: the kernel's datapath forwards on by its megaflows, which the next daemon "
	 "enters.\n"
	 "--cleanup: it is deleted, also with keep-datapath.\n"
	 "  tandem -d /run/tandem exit\n"
	 "  tandem exit --keep\n"},
};
const unsigned int cli_n_commands = sizeof cli_commands / sizeof cli_commands[0];

/* Returns the number of words of 'name' if argv begins with all of them, else 0. */
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
		fprintf(out, "  %-16s %s\n", c->words, c->method->help);
		n_found++;
	}
	return n_found;
}

void
cli_help_print(FILE *out)
{
	fprintf(out, "tandem: the command line of tandemd, the virtual switch\n"
		     "usage: tandem [-d RUNDIR] [--json] COMMAND [ARGUMENT]...\n\n"
		     "  -d, --rundir RUNDIR  the daemon's run directory (/run/tandem)\n"
		     "  --json               results as JSON\n"
		     "  -h, --help           this text; after a command, its help\n"
		     "  --version            the version of this program\n\n");
	cli_commands_print("", out);
	fprintf(out,
		"\nExit status: 0 success, 1 the daemon refused or does not run, 2 wrong usage.\n");
}

void
cli_command_help_print(const struct cli_command *c, FILE *out)
{
	fprintf(out, "tandem %s: %s\nusage: tandem [-d RUNDIR] [--json] %s%s%s\n", c->words,
		c->method->help, c->words, c->method->usage[0] ? " " : "", c->method->usage);
	if (c->more[0])
		fprintf(out, "\n%s", c->more);
}
