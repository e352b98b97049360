/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of tandemd. Thread safety: pure, except that it prints. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#define CTL_RUNDIR_DEFAULT "/run/tandem"

/* Strings are borrowed from argv; NULL if not given. */
struct ctl_options {
	const char *config, *datapath, *rundir, *eal, *log_file, *log_level, *pidfile;
	unsigned int n_workers; /* 0: not given */
	bool detach, no_offload, keep_datapath, flow_restore_wait;
};

enum ctl_options_outcome { CTL_OPTIONS_RUN, CTL_OPTIONS_DONE, CTL_OPTIONS_WRONG };

/* Parses the command line. Returns CTL_OPTIONS_DONE after --help or --version was printed to 'out',
 * CTL_OPTIONS_WRONG after an error was printed to 'err'. */
enum ctl_options_outcome ctl_options_parse(int argc, char **argv, struct ctl_options *o, FILE *out,
					   FILE *err);
