/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the sentence that explains why a text or a change is refused.
 *
 * Thread safety: pure. */
#pragma once

#include <errno.h>
#include <stddef.h>

/* Writes the sentence and evaluates to -EINVAL, visibly for compiler and analyser. 'err' may be
 * NULL. */
#define refuse(...) (refuse_explain(__VA_ARGS__), -EINVAL)
void refuse_explain(char *err, size_t n_err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
