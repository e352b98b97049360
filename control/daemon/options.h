/* SPDX-License-Identifier: Apache-2.0 */
/* tandemd's command line. Thread safety: pure, but for printing. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#define CTL_RUNDIR_DEFAULT "/run/tandem"

/* Strings are borrowed from argv; NULL where not given. */
struct ctl_options {
	const char *config, *rundir, *eal, *log_file, *log_level, *pidfile;
	unsigned int n_workers; /* 0: not given */
	bool detach, no_offload;
};

enum ctl_options_outcome { CTL_OPTIONS_RUN, CTL_OPTIONS_DONE, CTL_OPTIONS_WRONG };

/* DONE: --help or --version was printed to 'out'. WRONG: a sentence was printed to 'err'. */
enum ctl_options_outcome ctl_options_parse(int argc, char **argv, struct ctl_options *o, FILE *out,
					   FILE *err);
