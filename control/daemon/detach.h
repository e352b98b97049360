/* SPDX-License-Identifier: Apache-2.0 */
/* Leaving the terminal, in two steps: the parent waits until the child serves.
 *
 * Thread safety: before any thread is made. */
#pragma once

#include <stddef.h>

/* Returns in the child only: 0 and a descriptor for ctl_detach_ready(), or -errno in the parent when
 * there is no child. The parent exits with 0 when the child is ready, with the child's status or 1
 * when it is not to be. */
int ctl_detach_start(int *ready_fd);

/* Lets the parent go, and puts 'log_fd' in place of standard error, nothing in place of the rest. */
void ctl_detach_ready(int ready_fd, int log_fd);
