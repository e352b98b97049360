/* SPDX-License-Identifier: Apache-2.0 */
#include "action/text/scan.h"

#include <string.h>

size_t
scan_quoted(const char *text)
{
	size_t n = 1;

	if (*text != '"')
		return 0;
	while (text[n] && text[n] != '"')
		n += text[n] == '\\' && text[n + 1] ? 2 : 1;
	return text[n] ? n + 1 : n;
}

size_t
scan_until(const char *text, const char *ends)
{
	int depth = 0;
	size_t n = 0;

	while (text[n] && (depth > 0 || !strchr(ends, text[n]))) {
		size_t n_quoted = scan_quoted(text + n);

		depth += (text[n] == '(' || text[n] == '[') - (text[n] == ')' || text[n] == ']');
		n += n_quoted ? n_quoted : 1;
	}
	return n;
}
