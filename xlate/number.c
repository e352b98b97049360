/* SPDX-License-Identifier: Apache-2.0 */
#include "number.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

bool
number_parse_u64(const char *text, uint64_t max, uint64_t *out)
{
	char *end;

	if (!isdigit((unsigned char)text[*text == '-']))
		return false;
	errno = 0;

	unsigned long long v = strtoull(text, &end, 0);

	if (errno || *end || v > max)
		return false;
	*out = v;
	return true;
}
