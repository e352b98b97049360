/* SPDX-License-Identifier: Apache-2.0 */
/* Log levels, in the words of ovs-appctl vlog/set. */
#include "commands.h"
#include "vlog.h"

#include <base/err.h>

#include <ctype.h>
#include <errno.h>
#include <string.h>

static const char *const modules[] = {
#define M(id, name) name,
	LOG_MODULES(M)
#undef M
};
static const char *const levels[] = {"off", "err", "warn", "info", "dbg"};

static bool
listed(const char *const *names, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (!strcasecmp(names[i], word))
			return true;
	return false;
}

/* Words may stand in any order: a level, modules, and "any", "file", "console" or "syslog" for the
 * destination, of which there is one. */
static int
spec_read(char *spec, const char **module, const char **level, char *err, size_t n_err)
{
	char *save;

	for (char *w = strtok_r(spec, ": ,", &save); w; w = strtok_r(NULL, ": ,", &save)) {
		if (listed(levels, sizeof levels / sizeof levels[0], w))
			*level = w;
		else if (listed(modules, sizeof modules / sizeof modules[0], w))
			*module = w;
		else if (strcasecmp(w, "any") != 0 && strcasecmp(w, "file") != 0 &&
			 strcasecmp(w, "console") != 0 && strcasecmp(w, "syslog") != 0) {
			err_print(err, n_err,
				  "'%.40s' is no log level (off err warn info dbg) and no module "
				  "(see vlog/list, or ANY); accepted: MODULE:ANY:LEVEL, ANY:LEVEL, "
				  "LEVEL",
				  w);
			return -EINVAL;
		}
	}
	return 0;
}

int
ctl_vlog_apply(struct log *log, const char *spec, bool apply, char *err, size_t n_err)
{
	const char *module = "ANY", *level = "dbg";
	char copy[128];
	int error;

	if (strlen(spec) >= sizeof copy) {
		err_print(err, n_err, "log levels: over %zu characters", sizeof copy - 1);
		return -EINVAL;
	}
	strcpy(copy, spec);
	error = spec_read(copy, &module, &level, err, n_err);
	if (!error && apply)
		error = log_level_set(log, module, level);
	return error;
}

int
ctl_vlog_set(struct ctl_call *c)
{
	int error = 0;

	for (unsigned int pass = 0; pass < 2; pass++)
		for (unsigned int i = 0; !error && i < c->argc; i++)
			error = ctl_vlog_apply(c->stack->log, c->argv[i], pass == 1, c->err,
					       sizeof c->err);
	return error;
}

static const char *
level_now(const struct log *log, enum log_module module)
{
	int level = LOG_LEVEL_DBG;

	while (level > LOG_LEVEL_OFF && !log_enabled(log, module, (enum log_level)level))
		level--;
	return levels[level];
}

int
ctl_vlog_list(struct ctl_call *c)
{
	uint64_t n_lost = log_n_lost(c->stack->log);
	json_t *list;

	if (!c->json) {
		fprintf(c->out, "           file\n           ------\n");
		log_levels_print(c->stack->log, c->out);
		fprintf(c->out, "lines lost: %llu\nlines suppressed: %llu\n",
			(unsigned long long)n_lost,
			(unsigned long long)log_n_suppressed(c->stack->log));
		return 0;
	}
	list = json_object();
	for (int i = 0; i < LOG_N_MODULES; i++)
		json_object_set_new(list, modules[i],
				    json_string(level_now(c->stack->log, (enum log_module)i)));
	return ctl_call_json(
		c, json_pack("{s:o, s:I}", "levels", list, "lines_lost", (json_int_t)n_lost));
}
