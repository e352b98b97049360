/* SPDX-License-Identifier: Apache-2.0 */
/* Reading of whole files. Thread safety: pure. */
#pragma once

#include <stddef.h>

/* Enough for 3,000,000 flows in text. The bound also ends the reading of endless device files. */
#define CTL_FILE_BYTES_MAX (256u << 20)

/* Reads a file. '*text' is NUL-terminated and freed by the caller; NULL on error. Returns 0 or
 * -errno; -EFBIG if the file is longer than CTL_FILE_BYTES_MAX bytes. */
int ctl_file_read(const char *path, char **text, size_t *n);
