/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/log_levels.h"

#include <base/err.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>

const char *const ctl_log_module_names[LOG_N_MODULES] = {
#define M(id, name) name,
	LOG_MODULES(M)
#undef M
};
const char *const ctl_log_level_names[CTL_N_LOG_LEVELS] = {"off", "err", "warn", "info", "dbg"};

static bool
listed(const char *const *names, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (!strcasecmp(names[i], word))
			return true;
	return false;
}

/* Reads words in any order: a level, a module, and "any", "file", "console" or "syslog". The latter
 * name destinations in Open vSwitch; here they are ignored, as the log has one destination. */
static int
spec_read(char *spec, const char **module, const char **level, char *err, size_t n_err)
{
	char *save;

	for (char *w = strtok_r(spec, ": ,", &save); w; w = strtok_r(NULL, ": ,", &save)) {
		if (listed(ctl_log_level_names, CTL_N_LOG_LEVELS, w))
			*level = w;
		else if (listed(ctl_log_module_names, LOG_N_MODULES, w))
			*module = w;
		else if (strcasecmp(w, "any") != 0 && strcasecmp(w, "file") != 0 &&
			 strcasecmp(w, "console") != 0 && strcasecmp(w, "syslog") != 0) {
			err_print(err, n_err,
				  "'%.40s' is neither a log level (off err warn info dbg) nor a "
				  "module (see vlog/list, or ANY); expected MODULE:ANY:LEVEL, "
				  "ANY:LEVEL or LEVEL",
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
	int rc;

	if (strlen(spec) >= sizeof copy) {
		err_print(err, n_err, "log levels: over %zu characters", sizeof copy - 1);
		return -EINVAL;
	}
	strcpy(copy, spec);
	rc = spec_read(copy, &module, &level, err, n_err);
	if (!rc && apply)
		rc = log_level_set(log, module, level);
	return rc;
}
