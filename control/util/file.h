/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files. Thread safety: pure. */
#pragma once

#include <stddef.h>

/* Room for over 3,000,000 flows in text; a device file that never ends is noticed at this size. */
#define CTL_FILE_BYTES_MAX (256u << 20)

/* Reads a file. '*text' is NUL-terminated, and freed by the caller; NULL on error.
 * Returns 0 or -errno; -EFBIG when the file has more than CTL_FILE_BYTES_MAX bytes. */
int ctl_file_read(const char *path, char **text, size_t *n);
