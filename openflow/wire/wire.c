/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire.h"

#include <base/err.h>
#include <xlate/xlate.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
ofp_all_zero(const uint8_t *p, size_t n)
{
	return n == 0 || (!*p && !memcmp(p, p + 1, n - 1));
}

void
ofp_refusal_write(struct ofp_error *err, enum ofp_error_code code, const char *format, ...)
{
	va_list args;

	err->code = code;
	va_start(args, format);
	err_vprint(err->text, sizeof err->text, format, args);
	va_end(args);
}

int
ofp_port_from32(uint32_t wide, enum ofp_error_code code, uint16_t *port, struct ofp_error *err)
{
	if (xlate_port_narrow(wide, port))
		return ofp_refuse(err, code, "port 0x%x: expected 0..0x%x, or at least 0x%x", wide,
				  XLATE_PORT_MAX, XLATE_PORT32_FIRST_RESERVED);
	return 0;
}

uint32_t
ofp_port_to32(uint16_t port)
{
	return xlate_port_widen(port);
}

int
ofp_own_bytes(const struct ofp_cursor *c, uint8_t **out, size_t *n)
{
	*n = 0;
	if (!c->n)
		return 0;
	*out = malloc(c->n);
	if (!*out)
		return -ENOMEM;
	memcpy(*out, c->p, c->n);
	*n = c->n;
	return 0;
}
