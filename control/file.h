/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files. Thread safety: pure. */
#pragma once

#include <stddef.h>

#define CTL_FILE_BYTES_MAX (64u << 20)

/* Reads a file; '*text' is NUL-terminated and to be freed. Returns 0 or -errno; -EFBIG over
 * CTL_FILE_BYTES_MAX. */
int ctl_file_read(const char *path, char **text, size_t *n);
