/* SPDX-License-Identifier: Apache-2.0 */
/* A growing buffer for the encoding of messages.
 *
 * Byte order: ofp_put_uN() takes host integers and writes network byte order.
 * Errors: without memory 'failed' is set and stays set, and later bytes are lost. So callers need
 * to check it only once, at the end. Offsets stay valid while the buffer grows; pointers do not.
 * Thread safety: none; one writer. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ofp_buffer {
	uint8_t *data; /* owned */
	size_t n, n_alloc;
	bool failed;
};

#define OFP_BUFFER_INIT ((struct ofp_buffer){0})

void ofp_buffer_free(struct ofp_buffer *b);

/* Drops the bytes from 'n' on, keeps the memory and clears 'failed'. */
void ofp_buffer_truncate(struct ofp_buffer *b, size_t n);

void ofp_put(struct ofp_buffer *b, const void *bytes, size_t n);
void ofp_put_zeros(struct ofp_buffer *b, size_t n);
void ofp_put_u8(struct ofp_buffer *b, uint8_t v);
void ofp_put_u16(struct ofp_buffer *b, uint16_t v);
void ofp_put_u32(struct ofp_buffer *b, uint32_t v);
void ofp_put_u64(struct ofp_buffer *b, uint64_t v);

/* Writes 'text', cut or padded with zeros to 'n' bytes; the last byte is always 0. */
void ofp_put_text(struct ofp_buffer *b, const char *text, size_t n);

/* Writes zeros until 'n - from' is a multiple of 8. */
void ofp_put_pad8(struct ofp_buffer *b, size_t from);

/* Overwrites the 16 bits at offset 'at'. */
void ofp_set_u16(struct ofp_buffer *b, size_t at, uint16_t v);
