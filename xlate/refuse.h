/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the sentence that says why a text or a change is refused.
 *
 * Thread safety: pure. */
#pragma once

#include <stddef.h>

/* Returns -EINVAL. 'err' may be NULL. */
int refuse(char *err, size_t n_err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
