/* SPDX-License-Identifier: Apache-2.0 */
#include <base/number.h>

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int
number_parse(const char *text, size_t n, uint64_t min, uint64_t max, uint64_t *out)
{
	char copy[24];
	char *end;
	unsigned long long value;
	bool hex;

	if (n == 0 || n >= sizeof copy || !isdigit((unsigned char)text[0]))
		return -EINVAL;
	memcpy(copy, text, n);
	copy[n] = '\0';
	hex = !strncmp(copy, "0x", 2) || !strncmp(copy, "0X", 2);
	errno = 0;
	value = strtoull(copy, &end, hex ? 16 : 10);
	if (errno || *end || value < min || value > max)
		return -EINVAL;
	*out = value;
	return 0;
}
