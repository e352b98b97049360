/* SPDX-License-Identifier: Apache-2.0 */
#include "action/number.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool
parse(const char *text, int base, uint64_t max, uint64_t *out)
{
	char *end;

	if (!isdigit((unsigned char)text[*text == '-']))
		return false;
	errno = 0;

	unsigned long long v = strtoull(text, &end, base);

	if (errno || *end || v > max)
		return false;
	*out = v;
	return true;
}

bool
number_parse_u64(const char *text, uint64_t max, uint64_t *out)
{
	return parse(text, 0, max, out);
}

bool
number_parse_table(const char *text, uint64_t max, uint64_t *out)
{
	return parse(text, strncmp(text, "0x", 2) ? 10 : 16, max, out);
}
