/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of tandem: which words mean which method of the daemon.
 *
 * Thread safety: constant data and pure functions. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

enum cli_kind {
	CLI_PLAIN,
	CLI_LOAD,  /* the argument after the bridge is a file: its text is sent */
	CLI_AUDIT, /* an error is the report */
	CLI_EXIT,  /* over when the daemon hangs up */
	CLI_WATCH, /* many requests */
};

/* A method of the daemon. */
struct cli_method {
	const char *name; /* "bridge/add" */
	const char *usage;
	unsigned int min, max; /* arguments */
	const char *help;      /* one line */
};

struct cli_command {
	const char *words; /* "bridge add" */
	const struct cli_method *method;
	enum cli_kind kind;
	const char *more; /* further lines, with examples; may be "" */
};

extern const struct cli_command cli_commands[];
extern const unsigned int cli_n_commands;

/* Finds the command that the words begin with; '*n_words' receives how many of them it takes.
 * NULL: none. */
const struct cli_command *cli_command_find(int argc, char *const *argv, int *n_words);

void cli_help_print(FILE *out);
void cli_command_help_print(const struct cli_command *c, FILE *out);

/* Lists the commands that begin with 'word', for who typed half a command. Returns how many. */
unsigned int cli_commands_print(const char *word, FILE *out);
