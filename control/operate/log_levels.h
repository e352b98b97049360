/* SPDX-License-Identifier: Apache-2.0 */
/* Log levels in text form. Thread safety: any thread. */
#pragma once

#include <base/log.h>

#include <stdbool.h>
#include <stddef.h>

#define CTL_N_LOG_LEVELS 5

extern const char *const ctl_log_module_names[LOG_N_MODULES];
extern const char *const ctl_log_level_names[CTL_N_LOG_LEVELS]; /* by enum log_level */

/* Parses "MODULE:ANY:LEVEL", "ANY:LEVEL", "MODULE:LEVEL" or "LEVEL", and sets the level if 'apply';
 * else 'log' may be NULL. Returns 0, or -EINVAL with 'err', which has the accepted forms. */
int ctl_vlog_apply(struct log *log, const char *spec, bool apply, char *err, size_t n_err);
