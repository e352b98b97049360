/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of tandem: maps words to methods of the daemon.
 *
 * Thread safety: constant data and pure functions. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

enum cli_kind {
	CLI_PLAIN,
	CLI_LOAD,  /* the argument after the bridge is a file, whose text is sent */
	CLI_AUDIT, /* the daemon's error is the report */
	CLI_EXIT,  /* ends when the daemon closes the connection */
	CLI_WATCH, /* sends a request for each sample */
	CLI_TOP,   /* the same */
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

/* Finds the command whose words begin the arguments. '*n_words' receives the number of its words.
 * Returns NULL if no command matches. */
const struct cli_command *cli_command_find(int argc, char *const *argv, int *n_words);

/* Print the help of tandem, and that of a command. */
void cli_help_print(FILE *out);
void cli_command_help_print(const struct cli_command *c, FILE *out);

/* Lists the commands whose first word is 'word' ("": all). Returns how many it printed. */
unsigned int cli_commands_print(const char *word, FILE *out);
