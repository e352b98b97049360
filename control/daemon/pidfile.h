/* SPDX-License-Identifier: Apache-2.0 */
/* A locked file that holds the process ID. Thread safety: plain data. */
#pragma once

#include <stddef.h>

struct ctl_pidfile;

/* Creates and locks the file. Called after the last fork(). Returns 0, or -errno with 'err'; -EBUSY
 * if another process holds the lock, whose ID is in 'err'. */
int ctl_pidfile_create(const char *path, struct ctl_pidfile **out, char *err, size_t n_err);

/* Removes the file and its lock. NULL is allowed. */
void ctl_pidfile_destroy(struct ctl_pidfile *p);
