/* SPDX-License-Identifier: Apache-2.0 */
/* DPDK's environment: its arguments and its log.
 *
 * Thread safety: control only. */
#pragma once

#include "config/config.h"
#include "util/words.h"

#include <base/log.h>

/* Makes EAL's arguments of what the operator said ('extra', may be NULL, goes before the
 * configuration) and of defaults for the rest: no telemetry, files in memory only, no PCI scan,
 * huge pages when 'huge' says that there are enough, and a main thread that may run on any CPU.
 * -EINVAL with 'err' for a quote that is not closed. */
int ctl_eal_words(const struct ctl_config *c, const char *extra, bool huge, struct ctl_words *out,
		  char *err, size_t n_err);

/* Initialises EAL; its lines go to 'log'. Once per process. */
int ctl_eal_start(const struct ctl_config *c, const char *extra, struct log *log, char *err,
		  size_t n_err);
void ctl_eal_stop(void);
