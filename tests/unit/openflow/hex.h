/* SPDX-License-Identifier: Apache-2.0 */
/* Messages in hexadecimal, for tables of refusals. Thread safety: pure. */
#pragma once

#include <messages/codec.h>

#define HEX_BYTES_MAX 1024

/* Decodes hexadecimal; blanks are skipped. Returns the number of bytes, at most HEX_BYTES_MAX. */
size_t hex_bytes(const char *hex, uint8_t out[HEX_BYTES_MAX]);

/* Decodes the message, whose length is set if it is given as 0. Returns and 'err' as ofp_decode(). */
int hex_decode(const struct ofp_context *ctx, const char *hex, struct ofp_message *m,
	       struct ofp_error *err);
