/* SPDX-License-Identifier: Apache-2.0 */
#include "connection/hello.h"

#include <stdio.h>
#include <string.h>

#define HEADER_BYTES 8
#define OFFENDING_BYTES 64
#define ELEMENT_BITMAP 1
#define HELLO_FAILED 0 /* error type; code 0: no compatible version */
#define BAD_REQUEST 1  /* error type; code 0: bad version */

static uint8_t
highest(uint32_t versions)
{
	return versions ? (uint8_t)(31 - __builtin_clz(versions)) : 0;
}

static void
put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void
put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

static uint32_t
get32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

void
ofp_hello_make(uint32_t versions, uint8_t *out)
{
	memset(out, 0, OFP_HELLO_BYTES);
	out[0] = highest(versions);
	put16(out + 2, OFP_HELLO_BYTES);
	put32(out + 4, 1);
	put16(out + HEADER_BYTES, ELEMENT_BITMAP);
	put16(out + HEADER_BYTES + 2, 8);
	put32(out + HEADER_BYTES + 4, versions);
}

/* Returns the first word of the version bitmap, or 0 if there is none. */
static uint32_t
bitmap_find(const uint8_t *msg, size_t n)
{
	size_t at = HEADER_BYTES;

	while (n - at >= 4) {
		size_t type = (size_t)msg[at] << 8 | msg[at + 1];
		size_t len = (size_t)msg[at + 2] << 8 | msg[at + 3];

		if (len < 4 || len > n - at)
			return 0;
		if (type == ELEMENT_BITMAP && len >= 8)
			return get32(msg + at + 4);
		len = (len + 7) / 8 * 8;
		if (len > n - at)
			return 0;
		at += len;
	}
	return 0;
}

uint8_t
ofp_hello_agree(uint32_t versions, const uint8_t *msg, size_t n)
{
	uint32_t theirs = bitmap_find(msg, n);

	if (theirs)
		return highest(versions & theirs);
	if (msg[0] >= highest(versions))
		return highest(versions);
	return versions >> msg[0] & 1 ? msg[0] : 0;
}

size_t
ofp_hello_refuse(uint32_t versions, const uint8_t *msg, uint8_t *out)
{
	uint8_t ours = highest(versions);
	int n;

	memset(out, 0, 12);
	out[0] = ours < msg[0] ? ours : msg[0];
	out[1] = OFP_MSG_ERROR;
	memcpy(out + 4, msg + 4, 4);
	put16(out + 8, HELLO_FAILED);
	n = snprintf((char *)out + 12, OFFENDING_BYTES, "expected a version of bitmap 0x%x",
		     (unsigned int)versions);
	put16(out + 2, 12 + (size_t)n);
	return 12 + (size_t)n;
}

size_t
ofp_hello_bad_version(uint8_t version, const uint8_t *msg, size_t n, uint8_t *out)
{
	size_t n_data = n < OFFENDING_BYTES ? n : OFFENDING_BYTES;

	memset(out, 0, 12);
	out[0] = version;
	out[1] = OFP_MSG_ERROR;
	put16(out + 2, 12 + n_data);
	memcpy(out + 4, msg + 4, 4);
	put16(out + 8, BAD_REQUEST);
	memcpy(out + 12, msg, n_data);
	return 12 + n_data;
}
