/* SPDX-License-Identifier: Apache-2.0 */
/* Error messages for people, written to buffers of the caller.
 *
 * A message that does not fit is shortened on purpose. Long words are shortened first, as they are
 * mostly user input: the longest word keeps its beginning and gets "...", until the message fits.
 * So the end of the message, which gives the accepted values, stays. If that is not enough, the
 * message ends after a whole word and " ...".
 *
 *     err_print(err, n_err, "action \"%s\": output or drop is accepted", text);
 *     action "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...": output or drop is accepted
 *
 * Cost: O(length) for a message that fits, O(length * long words) for another.
 *
 * Thread safety: pure. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

/* Write a message. err: NULL, or a buffer of n_err bytes; always terminated. No argument
 * may point into it. */
void err_print(char *err, size_t n_err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void err_vprint(char *err, size_t n_err, const char *fmt, va_list args)
	__attribute__((format(printf, 3, 0)));
