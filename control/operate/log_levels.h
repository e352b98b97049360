/* SPDX-License-Identifier: Apache-2.0 */
/* Log levels from text. Thread safety: any thread. */
#pragma once

#include <base/log.h>

#include <stdbool.h>
#include <stddef.h>

#define CTL_N_LOG_LEVELS 5

extern const char *const ctl_log_module_names[LOG_N_MODULES];
extern const char *const ctl_log_level_names[CTL_N_LOG_LEVELS]; /* by enum log_level */

/* Reads "MODULE:ANY:LEVEL", "ANY:LEVEL", "MODULE:LEVEL" or "LEVEL", and with 'apply' sets it.
 * -EINVAL with 'err' that says what is accepted. */
int ctl_vlog_apply(struct log *log, const char *spec, bool apply, char *err, size_t n_err);
