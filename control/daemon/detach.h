/* SPDX-License-Identifier: Apache-2.0 */
/* Detaching from the terminal in two steps. The parent process waits until the child is ready.
 *
 * Thread safety: called before any thread is created. */
#pragma once

#include <stddef.h>

/* Forks. Returns 0 in the child, with a descriptor for ctl_detach_ready(), or -errno in the parent
 * if no child could be created. Otherwise the parent does not return: it exits with 0 once the
 * child is ready, or with the child's status, or 1, if the child ends before. */
int ctl_detach_start(int *ready_fd);

/* Redirects standard error to 'log_fd', standard input and output to /dev/null, and reports to the
 * parent that the child is ready. */
void ctl_detach_ready(int ready_fd, int log_fd);
