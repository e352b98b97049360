/* SPDX-License-Identifier: Apache-2.0 */
#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

size_t
hex_bytes(const char *hex, uint8_t out[HEX_BYTES_MAX])
{
	size_t n = 0;

	for (; *hex; hex++) {
		unsigned int b;

		if (*hex == ' ')
			continue;
		assert_true(n < HEX_BYTES_MAX);
		assert_int_equal(sscanf(hex, "%2x", &b), 1);
		out[n++] = (uint8_t)b;
		hex++;
	}
	return n;
}

int
hex_decode(const struct ofp_context *ctx, const char *hex, struct ofp_message *m,
	   struct ofp_error *err)
{
	uint8_t stack[HEX_BYTES_MAX], *bytes;
	size_t n = hex_bytes(hex, stack);
	int rc;

	/* A buffer of the exact size, so that a sanitizer detects a read past the end. */
	bytes = malloc(n);
	assert_non_null(bytes);
	memcpy(bytes, stack, n);
	if (n >= OFP_HEADER_BYTES && !bytes[2] && !bytes[3]) {
		bytes[2] = (uint8_t)(n >> 8);
		bytes[3] = (uint8_t)n;
	}
	rc = ofp_decode(ctx, bytes, n, m, err);
	free(bytes);
	return rc;
}
