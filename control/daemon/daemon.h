/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/: the process: options, EAL, composition, start and stop. No other room includes it.
 *
 * Everything around the stack: run directory, log file, event loop, signals, control socket.
 *
 * Thread safety: the main thread. */
#pragma once

#include "config/config.h"
#include "daemon/options.h"

struct ctl_daemon;

/* Starts everything up to the point where ctl_daemon_run() can serve requests. Returns 0, or -errno
 * with everything undone and the reason in 'err'. 'options' and 'config' are borrowed. */
int ctl_daemon_create(const struct ctl_options *options, const struct ctl_config *config,
		      struct ctl_daemon **out, char *err, size_t n_err);

/* Returns the file descriptor of the log. */
int ctl_daemon_log_fd(const struct ctl_daemon *d);

/* Serves until SIGTERM, SIGINT or the exit command. */
void ctl_daemon_run(struct ctl_daemon *d);
void ctl_daemon_destroy(struct ctl_daemon *d);
