/* SPDX-License-Identifier: Apache-2.0 */
#include "invoke.h"

#include "client.h"
#include "top.h"
#include "watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define HEAD_EVERY 20

static void
result_print(const char *text)
{
	size_t n = strlen(text);

	fputs(text, stdout);
	if (n && text[n - 1] != '\n')
		fputc('\n', stdout);
}

/* Reads a file, or standard input for "-". Returns NULL after an error was printed. */
static char *
text_read(const char *path)
{
	bool is_stdin = !strcmp(path, "-");
	FILE *in = is_stdin ? stdin : fopen(path, "re");
	char buf[65536];
	char *text = NULL;
	size_t n, n_text = 0;
	FILE *out;

	if (!in) {
		fprintf(stderr, "tandem: %s: %s\n", path, strerror(errno));
		return NULL;
	}
	out = open_memstream(&text, &n_text);
	while (out && (n = fread(buf, 1, sizeof buf, in)) > 0)
		fwrite(buf, 1, n, out);
	if (!out || ferror(in) || fclose(out)) {
		fprintf(stderr, "tandem: %s: cannot be read\n", path);
		free(text);
		text = NULL;
	}
	if (!is_stdin)
		fclose(in);
	return text;
}

/* Returns the file argument of a load and its index; options may precede it. NULL for
 * other commands. */
static const char *
load_file(const struct cli_options *o, unsigned int *at)
{
	*at = 1;
	if (o->command->kind != CLI_LOAD)
		return NULL;
	while (*at + 1 < o->argc && !strncmp(o->argv[*at], "--", 2))
		++*at;
	return o->argv[*at];
}

static int
outcome_print(const struct cli_options *o, int rc, const char *text)
{
	unsigned int at;
	const char *file = load_file(o, &at);

	if (!file)
		file = "";
	else if (!strcmp(file, "-"))
		file = "standard input";
	if (!text)
		text = "out of memory";
	if (!rc)
		result_print(text);
	else if (rc == -EREMOTEIO && o->command->kind == CLI_AUDIT)
		result_print(text);
	else
		fprintf(stderr, "tandem: %s%s%.*s\n", file, file[0] ? ": " : "",
			(int)strcspn(text, "\n"), text);
	return rc ? 1 : 0;
}

static int
call_once(const struct cli_options *o, struct cli_client *client)
{
	const char *argv[CLI_ARGS_MAX + 1];
	unsigned int argc = o->argc;
	unsigned int at;
	char *file = NULL, *text = NULL;
	int rc, status;

	memcpy(argv, o->argv, argc * sizeof *argv);
	if (load_file(o, &at)) {
		file = text_read(o->argv[at]);
		if (!file)
			return 1;
		argv[at] = file;
	}
	if (o->json)
		argv[argc++] = "--json";
	rc = cli_client_call(client, o->command->method->name, argc, argv, &text);
	status = outcome_print(o, rc, text);
	if (status == 0 && o->command->kind == CLI_EXIT)
		cli_client_wait_end(client);
	free(text);
	free(file);
	return status;
}

/* Returns 0 and the sample, or the exit status after an error was printed. */
static int
sample_take(const struct cli_options *o, struct cli_client *client, json_t **sample)
{
	char *text = NULL;
	int rc = cli_client_call(client, o->command->method->name, 0, NULL, &text);

	*sample = rc ? NULL : json_loads(text, 0, NULL);
	if (rc)
		outcome_print(o, rc, text);
	else if (!*sample)
		fprintf(stderr, "tandem: the daemon's sample is not JSON\n");
	free(text);
	return *sample ? 0 : 1;
}

static void
interval_sleep(double s)
{
	struct timespec ts = {.tv_sec = (time_t)s};

	ts.tv_nsec = (long)((s - (double)ts.tv_sec) * 1e9);
	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

/* Prints as many ports as a terminal has lines for; to a file, all of them. */
static void
top_print(const struct cli_options *o, const json_t *before, const json_t *now)
{
	json_t *rows = cli_top_rows(before, now);
	struct winsize size;
	bool clear = o->n_times != 1 && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);

	if (o->json) {
		json_dumpf(rows, stdout, JSON_COMPACT);
		fputc('\n', stdout);
	} else {
		cli_top_print(rows, now, clear && size.ws_row > 4 ? size.ws_row - 3u : 0, clear,
			      stdout);
	}
	json_decref(rows);
}

static void
sample_print(const struct cli_options *o, const json_t *before, const json_t *now, unsigned int i)
{
	bool colour = isatty(STDOUT_FILENO);

	if (o->command->kind == CLI_TOP) {
		top_print(o, before, now);
	} else if (o->json) {
		json_dumpf(now, stdout, JSON_COMPACT);
		fputc('\n', stdout);
	} else {
		if (i % HEAD_EVERY == 1)
			cli_watch_head_print(colour, stdout);
		cli_watch_line_print(before, now, i, colour, stdout);
	}
	fflush(stdout);
}

/* Runs watch and top. */
static int
watch(const struct cli_options *o, struct cli_client *client)
{
	json_t *first, *before;
	int status = sample_take(o, client, &first);

	if (status)
		return status;
	before = json_incref(first);
	for (unsigned int i = 1; !status && (o->n_times == 0 || i <= o->n_times); i++) {
		json_t *now;

		interval_sleep(o->interval_s);
		status = sample_take(o, client, &now);
		if (status)
			break;
		sample_print(o, before, now, i);
		json_decref(before);
		before = now;
	}
	if (!status && !o->json && o->command->kind == CLI_WATCH)
		cli_watch_summary_print(first, before, stdout);
	json_decref(before);
	json_decref(first);
	return status;
}

int
cli_invoke(const struct cli_options *o)
{
	struct cli_client *client;
	char err[1024] = "out of memory";
	int status;

	if (cli_client_open(o->rundir, &client, err, sizeof err)) {
		fprintf(stderr, "tandem: %s\n", err);
		return 1;
	}
	if (o->command->kind == CLI_WATCH || o->command->kind == CLI_TOP)
		status = watch(o, client);
	else
		status = call_once(o, client);
	cli_client_close(client);
	return status;
}
