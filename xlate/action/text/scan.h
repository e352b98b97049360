/* SPDX-License-Identifier: Apache-2.0 */
/* Where words of flows, groups and actions end.
 *
 * Thread safety: pure. */
#pragma once

#include <stddef.h>

/* Length up to one of the characters 'ends', or to the end of the text. Those within parentheses,
 * brackets or quotes do not count. */
size_t scan_until(const char *text, const char *ends);

/* Length of the quoted text that 'text' begins with; 0: it begins with none. */
size_t scan_quoted(const char *text);
