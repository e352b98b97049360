/* SPDX-License-Identifier: Apache-2.0 */
/* DPDK's environment abstraction layer (EAL): its arguments and its log.
 *
 * Thread safety: control only. */
#pragma once

#include "config/config.h"
#include "util/words.h"

#include <base/log.h>

/* Builds the arguments of EAL: defaults, then those of the configuration, then 'extra' (may be
 * NULL), which is the command line's. Defaults are left out where an argument replaces them: no
 * telemetry, no PCI scan, huge pages without files if 'huge', else 1 GiB of normal pages, and a
 * main thread that may run on any CPU. Returns 0, -ENOMEM, or -EINVAL for a quote that is not
 * closed, with 'err'. */
int ctl_eal_words(const struct ctl_config *c, const char *extra, bool huge, struct ctl_words *out,
		  char *err, size_t n_err);

/* Initialises EAL, whose messages are written to 'log'. Once per process. Returns 0, or -errno
 * with 'err'. */
int ctl_eal_start(const struct ctl_config *c, const char *extra, struct log *log, char *err,
		  size_t n_err);
void ctl_eal_stop(void);
