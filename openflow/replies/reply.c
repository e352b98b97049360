/* SPDX-License-Identifier: Apache-2.0 */
#include "replies/reply.h"

#include "messages/multipart_numbers.h"
#include "wire/wire.h"

#include <string.h>

#define TYPE_REPLY_10 17
#define TYPE_REPLY 19
#define FLAGS_AT (OFP_HEADER_BYTES + 2)
#define HEADER_BYTES_MAX 24
#define NS_PER_S 1000000000ull

/* Returns the length of a reply's header, including an experimenter's. */
static size_t
header_bytes(const struct ofp_reply *r)
{
	return OFP_HEADER_BYTES + (r->version > OFP_VERSION_10 ? 8u : 4u) +
	       (!r->experimenter	      ? 0u
		: r->version > OFP_VERSION_10 ? 8u
					      : 12u);
}

static void
put_header(struct ofp_reply *r)
{
	struct ofp_buffer *b = r->out;
	struct ofp_multipart_number number;

	ofp_multipart_number(r->kind, r->experimenter, r->version, &number);
	ofp_put_u8(b, r->version);
	ofp_put_u8(b, r->version > OFP_VERSION_10 ? TYPE_REPLY : TYPE_REPLY_10);
	ofp_put_u16(b, 0);
	ofp_put_u32(b, r->xid);
	ofp_put_u16(b, r->experimenter ? OFP_MULTIPART_EXPERIMENTER : (uint16_t)number.code);
	ofp_put_u16(b, 0);
	ofp_put_zeros(b, r->version > OFP_VERSION_10 ? 4 : 0);
	if (r->experimenter) {
		ofp_put_u32(b, number.experimenter);
		ofp_put_u32(b, number.code);
		ofp_put_zeros(b, r->version > OFP_VERSION_10 ? 0 : 4);
	}
}

void
ofp_reply_start(struct ofp_reply *r, const struct ofp_multipart *request, uint8_t version,
		uint32_t xid, struct ofp_buffer *out)
{
	struct ofp_multipart_number number;

	*r = (struct ofp_reply){
		.out = out,
		.first = out->n,
		.start = out->n,
		.version = version,
		.kind = request->kind,
		.experimenter = request->experimenter,
		.xid = xid,
	};
	if (!ofp_multipart_number(r->kind, r->experimenter, version, &number))
		r->rc = -EOPNOTSUPP;
	put_header(r);
}

int
ofp_reply_end(struct ofp_reply *r)
{
	if (!r->rc && r->out->failed)
		r->rc = -ENOMEM;
	if (r->rc)
		ofp_buffer_truncate(r->out, r->first);
	else
		ofp_set_u16(r->out, r->start + 2, (uint16_t)(r->out->n - r->start));
	return r->rc;
}

int
ofp_reply_end_part(struct ofp_reply *r)
{
	bool empty = r->out->n == r->start + header_bytes(r);
	int rc = ofp_reply_end(r);

	if (!rc && empty)
		ofp_buffer_truncate(r->out, r->start);
	else if (!rc)
		ofp_set_u16(r->out, r->start + FLAGS_AT, OFP_MULTIPART_MORE);
	return rc;
}

size_t
ofp_entry_start(struct ofp_reply *r)
{
	return r->out->n;
}

/* Inserts a new header before the entry, which is the last thing in the buffer. */
static void
split(struct ofp_reply *r, size_t start)
{
	struct ofp_buffer *b = r->out;
	size_t n_entry = b->n - start, n_header = header_bytes(r);
	uint8_t header[HEADER_BYTES_MAX];

	put_header(r);
	if (b->failed)
		return;
	memcpy(header, b->data + b->n - n_header, n_header);
	memmove(b->data + start + n_header, b->data + start, n_entry);
	memcpy(b->data + start, header, n_header);
	ofp_set_u16(b, r->start + 2, (uint16_t)(start - r->start));
	ofp_set_u16(b, r->start + FLAGS_AT, OFP_MULTIPART_MORE);
	r->start = start;
}

void
ofp_entry_end(struct ofp_reply *r, size_t start)
{
	if (r->out->failed)
		return;
	if (header_bytes(r) + r->out->n - start > UINT16_MAX)
		r->rc = -EMSGSIZE;
	else if (r->out->n - r->start > UINT16_MAX)
		split(r, start);
}

void
ofp_put_duration(struct ofp_buffer *b, uint64_t ns)
{
	ofp_put_u32(b, ns == UINT64_MAX ? UINT32_MAX : (uint32_t)(ns / NS_PER_S));
	ofp_put_u32(b, ns == UINT64_MAX ? UINT32_MAX : (uint32_t)(ns % NS_PER_S));
}

void
ofp_reply_desc(struct ofp_reply *r, const struct ofp_desc *d)
{
	ofp_put_text(r->out, d->manufacturer, 256);
	ofp_put_text(r->out, d->hardware, 256);
	ofp_put_text(r->out, d->software, 256);
	ofp_put_text(r->out, d->serial, 32);
	ofp_put_text(r->out, d->datapath, 256);
}
