/* SPDX-License-Identifier: Apache-2.0 */
#include "action/refuse.h"

#include <base/err.h>

#include <stdarg.h>

void
refuse_explain(char *err, size_t n_err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	err_vprint(err, n_err, fmt, args);
	va_end(args);
}
