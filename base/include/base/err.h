/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences that tell a person why something was refused, in buffers of the caller.
 *
 * A sentence that does not fit is shortened on purpose. Long words come first, as what a user gave is one
 * mostly: the longest keeps its beginning and gets "...", until the sentence fits. So the end, which says
 * what is accepted, stays. If that is not enough, the sentence ends after a whole word and " ...".
 *
 *     err_print(err, n_err, "action \"%s\": output or drop is accepted", text);
 *     action "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...": output or drop is accepted
 *
 * Cost: O(length) for a sentence that fits, O(length * long words) for another.
 *
 * Thread safety: pure. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

/* err:   NULL, or a buffer of n_err bytes; always terminated. No argument may point into it. */
void err_print(char *err, size_t n_err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void err_vprint(char *err, size_t n_err, const char *fmt, va_list args)
	__attribute__((format(printf, 3, 0)));
