/* SPDX-License-Identifier: Apache-2.0 */
/* wire/: the vocabulary of OpenFlow and its bytes: structures, buffers, errors, properties. It does
 * not know any single kind of field, action or message, nor sockets.
 *
 * Bounded reading of bytes in network order, and refusal of messages.
 *
 * Thread safety: pure. */
#pragma once

#include "wire/error.h"

#include <errno.h>

#define OFP_NICIRA 0x00002320u
#define OFP_ONF 0x4f4e4600u

struct ofp_cursor {
	const uint8_t *p;
	size_t n;
};

static inline uint16_t
ofp_get_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
ofp_get_u32(const uint8_t *p)
{
	return (uint32_t)ofp_get_u16(p) << 16 | ofp_get_u16(p + 2);
}

static inline uint64_t
ofp_get_u64(const uint8_t *p)
{
	return (uint64_t)ofp_get_u32(p) << 32 | ofp_get_u32(p + 4);
}

/* Takes 'n' bytes. Returns NULL if there are fewer. */
static inline const uint8_t *
ofp_pull(struct ofp_cursor *c, size_t n)
{
	const uint8_t *p = c->p;

	if (c->n < n)
		return NULL;
	c->p += n;
	c->n -= n;
	return p;
}

/* Takes 'n' bytes that are known to exist. */
static inline const uint8_t *
ofp_take(struct ofp_cursor *c, size_t n)
{
	const uint8_t *p = c->p;

	c->p += n;
	c->n -= n;
	return p;
}

/* Returns true if all 'n' bytes are 0. */
bool ofp_all_zero(const uint8_t *p, size_t n);

/* Sets code and text. Its value is -EINVAL, visibly for compiler and analyser. */
#define ofp_refuse(...) (ofp_refusal_write(__VA_ARGS__), -EINVAL)
void ofp_refusal_write(struct ofp_error *err, enum ofp_error_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Converts a port number of 1.1 and later. 'code' is the error for numbers without a 16-bit form.
 * Returns 0 or -EINVAL. */
int ofp_port_from32(uint32_t wide, enum ofp_error_code code, uint16_t *port, struct ofp_error *err);
uint32_t ofp_port_to32(uint16_t port);

/* Copies the rest of 'c' to memory that is owned by a message. Returns 0 or -ENOMEM. */
int ofp_own_bytes(const struct ofp_cursor *c, uint8_t **out, size_t *n);
