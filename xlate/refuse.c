/* SPDX-License-Identifier: Apache-2.0 */
#include "refuse.h"

#include <stdarg.h>
#include <stdio.h>

void
refusal_write(char *err, size_t n_err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (err && n_err)
		vsnprintf(err, n_err, fmt, args);
	va_end(args);
}
