/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/buffer.h"

#include <arpa/inet.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define MIN_ALLOC 256

void
ofp_buffer_free(struct ofp_buffer *b)
{
	free(b->data);
	*b = OFP_BUFFER_INIT;
}

void
ofp_buffer_truncate(struct ofp_buffer *b, size_t n)
{
	b->n = n < b->n ? n : b->n;
	b->failed = false;
}

/* Returns room for 'n' bytes at the end, or NULL. */
static uint8_t *
extend(struct ofp_buffer *b, size_t n)
{
	if (b->failed)
		return NULL;
	if (b->n_alloc - b->n < n) {
		size_t want = b->n_alloc * 2 > b->n + n ? b->n_alloc * 2 : b->n + n + MIN_ALLOC;
		uint8_t *more = realloc(b->data, want);

		if (!more) {
			b->failed = true;
			return NULL;
		}
		b->data = more;
		b->n_alloc = want;
	}
	b->n += n;
	return b->data + b->n - n;
}

void
ofp_put(struct ofp_buffer *b, const void *bytes, size_t n)
{
	uint8_t *p = n ? extend(b, n) : NULL;

	if (p)
		memcpy(p, bytes, n);
}

void
ofp_put_zeros(struct ofp_buffer *b, size_t n)
{
	uint8_t *p = n ? extend(b, n) : NULL;

	if (p)
		memset(p, 0, n);
}

void
ofp_put_u8(struct ofp_buffer *b, uint8_t v)
{
	ofp_put(b, &v, sizeof v);
}

void
ofp_put_u16(struct ofp_buffer *b, uint16_t v)
{
	v = htons(v);
	ofp_put(b, &v, sizeof v);
}

void
ofp_put_u32(struct ofp_buffer *b, uint32_t v)
{
	v = htonl(v);
	ofp_put(b, &v, sizeof v);
}

void
ofp_put_u64(struct ofp_buffer *b, uint64_t v)
{
	v = htobe64(v);
	ofp_put(b, &v, sizeof v);
}

void
ofp_put_text(struct ofp_buffer *b, const char *text, size_t n)
{
	size_t n_text = strnlen(text, n - 1);

	ofp_put(b, text, n_text);
	ofp_put_zeros(b, n - n_text);
}

void
ofp_put_pad8(struct ofp_buffer *b, size_t from)
{
	ofp_put_zeros(b, (8 - (b->n - from) % 8) % 8);
}

void
ofp_set_u16(struct ofp_buffer *b, size_t at, uint16_t v)
{
	v = htons(v);
	if (!b->failed)
		memcpy(b->data + at, &v, sizeof v);
}
