/* SPDX-License-Identifier: Apache-2.0 */
/* A locked file with the process's number. Thread safety: plain data. */
#pragma once

#include <stddef.h>

struct ctl_pidfile;

/* -EBUSY: another process holds it; 'err' says which. Made after the last fork(). */
int ctl_pidfile_create(const char *path, struct ctl_pidfile **out, char *err, size_t n_err);

/* Removes the file. NULL is allowed. */
void ctl_pidfile_destroy(struct ctl_pidfile *p);
