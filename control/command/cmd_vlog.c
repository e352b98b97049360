/* SPDX-License-Identifier: Apache-2.0 */
/* Commands vlog/..: log levels, with the words of ovs-appctl. */
#include "command/commands.h"
#include "operate/log_levels.h"

int
ctl_vlog_set(struct ctl_call *c)
{
	int rc = 0;

	for (unsigned int pass = 0; pass < 2; pass++)
		for (unsigned int i = 0; !rc && i < c->argc; i++)
			rc = ctl_vlog_apply(c->stack->log, c->argv[i], pass == 1, c->err,
					    sizeof c->err);
	return rc;
}

static const char *
level_now(const struct log *log, enum log_module module)
{
	int level = LOG_LEVEL_DBG;

	while (level > LOG_LEVEL_OFF && !log_enabled(log, module, (enum log_level)level))
		level--;
	return ctl_log_level_names[level];
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
		json_object_set_new(list, ctl_log_module_names[i],
				    json_string(level_now(c->stack->log, (enum log_module)i)));
	return ctl_call_json(
		c, json_pack("{s:o, s:I}", "levels", list, "lines_lost", (json_int_t)n_lost));
}
