/* SPDX-License-Identifier: Apache-2.0 */
/* Names of bridges, ports and mirrors.
 *
 * Thread safety: pure. */
#pragma once

#include <stddef.h>

#define NAME_BYTES 64

/* Checks a name that flow texts can refer to. 'what' is "bridge", "port", "mirror" or "table". Returns 0, or
 * -EINVAL with 'err'. */
int name_check(const char *what, const char *name, char *err, size_t n_err);
