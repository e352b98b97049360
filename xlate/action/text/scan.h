/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the ends of words in flows, groups and actions.
 *
 * Thread safety: pure. */
#pragma once

#include <stddef.h>

/* Returns the length up to one of the characters 'ends', or to the end of the text. Characters
 * within parentheses, brackets or quotes do not end it. */
size_t scan_until(const char *text, const char *ends);

/* Returns the length of the quoted text at the start of 'text', or 0 if there is none. */
size_t scan_quoted(const char *text);
