/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/options.h"

#include <base/number.h>

#include <getopt.h>
#include <stdint.h>
#include <string.h>

enum {
	OPT_DAEMON = 256,
	OPT_DATAPATH,
	OPT_RUNDIR,
	OPT_EAL,
	OPT_LOG_FILE,
	OPT_LOG_LEVEL,
	OPT_PIDFILE,
	OPT_WORKERS,
	OPT_NO_OFFLOAD,
	OPT_KEEP_DATAPATH,
	OPT_FLOW_RESTORE_WAIT,
	OPT_VERSION
};

static const struct option longs[] = {
	{"daemon", no_argument, NULL, OPT_DAEMON},
	{"config", required_argument, NULL, 'c'},
	{"datapath", required_argument, NULL, OPT_DATAPATH},
	{"keep-datapath", no_argument, NULL, OPT_KEEP_DATAPATH},
	{"flow-restore-wait", no_argument, NULL, OPT_FLOW_RESTORE_WAIT},
	{"rundir", required_argument, NULL, OPT_RUNDIR},
	{"eal", required_argument, NULL, OPT_EAL},
	{"log-file", required_argument, NULL, OPT_LOG_FILE},
	{"log-level", required_argument, NULL, OPT_LOG_LEVEL},
	{"pidfile", required_argument, NULL, OPT_PIDFILE},
	{"workers", required_argument, NULL, OPT_WORKERS},
	{"no-offload", no_argument, NULL, OPT_NO_OFFLOAD},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, OPT_VERSION},
	{NULL, 0, NULL, 0},
};

static const char help[] =
	"tandemd: a virtual switch that offloads flows to a SmartNIC\n"
	"usage: tandemd [OPTION]...\n"
	"\n"
	"  -c, --config FILE  configuration (YAML): log, dpdk, workers, upcall, offload, bridges\n"
	"  --datapath TYPE    software, kernel or kernel:NAME: who forwards (software)\n"
	"  --keep-datapath    leave the kernel's datapath with its ports and flows when it stops\n"
	"  --flow-restore-wait\n"
	"                     touch no flow and take no packet until tandem daemon set\n"
	"                     flow-restore-wait=false\n"
	"  --rundir DIR       of the control socket and the pid file (" CTL_RUNDIR_DEFAULT ")\n"
	"  --daemon           detach when ready; exit status 1 if it cannot start\n"
	"  --pidfile FILE     also write the process ID to FILE\n"
	"  --log-file FILE    log to FILE (standard error; detached: RUNDIR/tandemd.log)\n"
	"  --log-level SPEC   off, err, warn, info, dbg, or MODULE:LEVEL\n"
	"  --workers N        poll threads, 1..16\n"
	"  --no-offload       do not use hardware: all flows stay in software\n"
	"  --eal \"ARGS\"       further arguments of DPDK's EAL, quoted as in a shell\n"
	"  -h, --help         this text\n"
	"  --version          the version\n"
	"\n"
	"Signals: TERM and INT stop it cleanly; HUP reopens the log file.\n"
	"Control it with tandem(1) or ovs-appctl -t RUNDIR/tandemd.ctl.\n";

static bool
option_take(struct ctl_options *o, int opt, const char *arg, FILE *err)
{
	uint64_t n;

	switch (opt) {
	case 'c':
		o->config = arg;
		return true;
	case OPT_DAEMON:
		o->detach = true;
		return true;
	case OPT_DATAPATH:
		o->datapath = arg;
		return true;
	case OPT_RUNDIR:
		o->rundir = arg;
		return true;
	case OPT_EAL:
		o->eal = arg;
		return true;
	case OPT_LOG_FILE:
		o->log_file = arg;
		return true;
	case OPT_LOG_LEVEL:
		o->log_level = arg;
		return true;
	case OPT_PIDFILE:
		o->pidfile = arg;
		return true;
	case OPT_KEEP_DATAPATH:
		o->keep_datapath = true;
		return true;
	case OPT_FLOW_RESTORE_WAIT:
		o->flow_restore_wait = true;
		return true;
	case OPT_NO_OFFLOAD:
		o->no_offload = true;
		return true;
	case OPT_WORKERS:
		if (!number_parse(arg, strlen(arg), 1, 16, &n)) {
			o->n_workers = (unsigned int)n;
			return true;
		}
		fprintf(err, "tandemd: --workers: '%s' is not a number 1..16\n", arg);
		return false;
	default:
		fprintf(err, "tandemd: see tandemd --help\n");
		return false;
	}
}

enum ctl_options_outcome
ctl_options_parse(int argc, char **argv, struct ctl_options *o, FILE *out, FILE *err)
{
	int opt;

	*o = (struct ctl_options){.rundir = CTL_RUNDIR_DEFAULT};
	optind = 1;
	while ((opt = getopt_long(argc, argv, "c:h", longs, NULL)) >= 0) {
		if (opt == 'h') {
			fputs(help, out);
			return CTL_OPTIONS_DONE;
		}
		if (opt == OPT_VERSION) {
			fprintf(out, "tandemd (Tandem) %s\n", TANDEM_VERSION);
			return CTL_OPTIONS_DONE;
		}
		if (!option_take(o, opt, optarg, err))
			return CTL_OPTIONS_WRONG;
	}
	if (optind < argc) {
		fprintf(err, "tandemd: '%s' is one argument too many; see tandemd --help\n",
			argv[optind]);
		return CTL_OPTIONS_WRONG;
	}
	return CTL_OPTIONS_RUN;
}
