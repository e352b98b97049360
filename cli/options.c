/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <stdlib.h>
#include <string.h>

static enum cli_options_outcome
wrong(FILE *err, const char *what, const char *word)
{
	fprintf(err, "tandem: %s%s; see tandem --help\n", what, word);
	return CLI_OPTIONS_WRONG;
}

/* Parses the options before the command. '*at' receives the index of the command. */
static enum cli_options_outcome
globals_take(int argc, char **argv, int *at, struct cli_options *o, FILE *out, FILE *err)
{
	for (; *at < argc && argv[*at][0] == '-'; ++*at) {
		const char *a = argv[*at];

		if (!strcmp(a, "-h") || !strcmp(a, "--help")) {
			cli_help_print(out);
			return CLI_OPTIONS_DONE;
		}
		if (!strcmp(a, "--version")) {
			fprintf(out, "tandem (Tandem) %s\n", TANDEM_VERSION);
			return CLI_OPTIONS_DONE;
		}
		if (!strcmp(a, "--json"))
			o->json = true;
		else if (!strncmp(a, "--rundir=", 9))
			o->rundir = a + 9;
		else if (strcmp(a, "-d") != 0 && strcmp(a, "--rundir") != 0)
			return wrong(err, "unknown option ", a);
		else if (++*at == argc)
			return wrong(err, "no directory after ", a);
		else
			o->rundir = argv[*at];
	}
	return CLI_OPTIONS_RUN;
}

/* Parses the arguments after the command's words. --help and --json may be anywhere; the rest is
 * stored unchanged. */
static enum cli_options_outcome
arguments_take(int argc, char **argv, struct cli_options *o, FILE *out, FILE *err)
{
	for (int i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
			cli_command_help_print(o->command, out);
			return CLI_OPTIONS_DONE;
		}
		if (!strcmp(argv[i], "--json"))
			o->json = true;
		else if (o->argc == CLI_ARGS_MAX)
			return wrong(err, "too many arguments at ", argv[i]);
		else
			o->argv[o->argc++] = argv[i];
	}
	if (o->argc >= o->command->method->min && o->argc <= o->command->method->max)
		return CLI_OPTIONS_RUN;
	fprintf(err, "tandem: %s: %s\nusage: tandem %s %s\n", o->command->words,
		o->argc < o->command->method->min ? "arguments are missing" : "too many arguments",
		o->command->words, o->command->method->usage);
	return CLI_OPTIONS_WRONG;
}

static enum cli_options_outcome
wrong_of(const struct cli_options *o, FILE *err, const char *what, const char *word)
{
	fprintf(err, "tandem: %s: %s%s; see tandem --help\n", o->command->words, what, word);
	return CLI_OPTIONS_WRONG;
}

/* Parses the options of watch and top. */
static enum cli_options_outcome
sampling_take(struct cli_options *o, FILE *err)
{
	unsigned int i = 0;

	while (i < o->argc) {
		bool interval = !strcmp(o->argv[i], "--interval");
		char *end = NULL;
		double value;

		if (o->command->kind == CLI_TOP && !strcmp(o->argv[i], "--once")) {
			o->n_times = 1;
			i++;
			continue;
		}
		if (!interval && strcmp(o->argv[i], "--count") != 0)
			return wrong_of(o, err, "unknown option ", o->argv[i]);
		if (i + 1 == o->argc)
			return wrong_of(o, err, "no number after ", o->argv[i]);
		value = strtod(o->argv[i + 1], &end);
		if (*end || end == o->argv[i + 1] || !(value >= 0.1 && value <= 1e9))
			return wrong_of(o, err, "not a number 0.1..1e9: ", o->argv[i + 1]);
		if (interval)
			o->interval_s = value;
		else
			o->n_times = (unsigned int)value;
		i += 2;
	}
	return CLI_OPTIONS_RUN;
}

static enum cli_options_outcome
command_take(int argc, char **argv, struct cli_options *o, FILE *out, FILE *err)
{
	enum cli_options_outcome outcome;
	int n_words;

	o->command = cli_command_find(argc, argv, &n_words);
	if (!o->command) {
		fprintf(err, "tandem: unknown command '%s%s%s'; expected one of:\n", argv[0],
			argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
		if (!cli_commands_print(argv[0], err))
			cli_commands_print("", err);
		return CLI_OPTIONS_WRONG;
	}
	outcome = arguments_take(argc - n_words, argv + n_words, o, out, err);
	if (outcome == CLI_OPTIONS_RUN &&
	    (o->command->kind == CLI_WATCH || o->command->kind == CLI_TOP))
		outcome = sampling_take(o, err);
	return outcome;
}

enum cli_options_outcome
cli_options_parse(int argc, char **argv, struct cli_options *o, FILE *out, FILE *err)
{
	enum cli_options_outcome outcome;
	int at = 1;

	*o = (struct cli_options){.rundir = "/run/tandem", .interval_s = 1};
	outcome = globals_take(argc, argv, &at, o, out, err);
	if (outcome != CLI_OPTIONS_RUN)
		return outcome;
	if (at == argc) {
		cli_help_print(err);
		return CLI_OPTIONS_WRONG;
	}
	if (at + 1 < argc && (!strcmp(argv[at + 1], "--help") || !strcmp(argv[at + 1], "-h")) &&
	    cli_command_find(1, argv + at, &(int){0}) == NULL) {
		cli_commands_print(argv[at], out);
		return CLI_OPTIONS_DONE;
	}
	return command_take(argc - at, argv + at, o, out, err);
}
