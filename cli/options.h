/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of tandem. Thread safety: pure, except that it prints. */
#pragma once

#include "command.h"

#define CLI_ARGS_MAX 64

struct cli_options {
	const char *rundir;
	bool json;
	const struct cli_command *command;
	const char *argv[CLI_ARGS_MAX]; /* arguments after the command's words; borrowed */
	unsigned int argc;
	double interval_s;    /* of watch and top */
	unsigned int n_times; /* of watch and top; 0: no limit */
};

enum cli_options_outcome { CLI_OPTIONS_RUN, CLI_OPTIONS_DONE, CLI_OPTIONS_WRONG };

/* Parses the command line. Returns CLI_OPTIONS_DONE after help or the version was printed to 'out',
 * CLI_OPTIONS_WRONG after an error was printed to 'err'. */
enum cli_options_outcome cli_options_parse(int argc, char **argv, struct cli_options *o, FILE *out,
					   FILE *err);
