/* SPDX-License-Identifier: Apache-2.0 */
#include "messages/message_ct.h"

#include "wire/property.h"

#include <string.h>

/* Properties of the message, and those nested in a tuple. */
enum { PROP_ORIG, PROP_REPLY, PROP_ZONE };
enum {
	TUPLE_SRC,
	TUPLE_DST,
	TUPLE_SRC_PORT,
	TUPLE_DST_PORT,
	TUPLE_ICMP_ID,
	TUPLE_ICMP_TYPE,
	TUPLE_ICMP_CODE,
};
#define NEST_PAD 4

/* The content of a property of 16 bits has 2 bytes of padding. */
#define U16_BYTES 4

static const struct field {
	uint16_t n, n_content; /* bytes */
	size_t ofs;
} fields[] = {
	[TUPLE_SRC] = {16, 16, offsetof(struct flow_tuple, src)},
	[TUPLE_DST] = {16, 16, offsetof(struct flow_tuple, dst)},
	[TUPLE_SRC_PORT] = {2, U16_BYTES, offsetof(struct flow_tuple, src_port)},
	[TUPLE_DST_PORT] = {2, U16_BYTES, offsetof(struct flow_tuple, dst_port)},
	[TUPLE_ICMP_ID] = {2, U16_BYTES, offsetof(struct flow_tuple, icmp_id)},
	[TUPLE_ICMP_TYPE] = {1, 1, offsetof(struct flow_tuple, icmp_type)},
	[TUPLE_ICMP_CODE] = {1, 1, offsetof(struct flow_tuple, icmp_code)},
};
#define N_FIELDS (sizeof fields / sizeof *fields)

static uint8_t
version_of(const struct flow_ip6 *ip)
{
	if (ofp_all_zero(ip->b, sizeof ip->b))
		return 0;
	return flow_ip6_is_v4(ip) ? 4 : 6;
}

static int
version_take(struct flow_tuple *t, struct ofp_error *err)
{
	uint8_t src = version_of(&t->src), dst = version_of(&t->dst);

	if (src && dst && src != dst)
		return ofp_refuse(err, OFP_E_BP_BAD_VALUE,
				  "ct_flush: an address of IPv%u beside one of IPv%u", src, dst);
	t->ip_version = src ? src : dst;
	return 0;
}

static int
read_tuple(const struct ofp_property *nest, struct flow_tuple *t, struct ofp_error *err)
{
	struct ofp_cursor c = {nest->p, nest->n};
	struct ofp_property p;
	int rc;

	if (!ofp_pull(&c, NEST_PAD))
		return ofp_refuse(err, OFP_E_BP_BAD_LEN, "ct_flush: a tuple of %zu bytes", nest->n);
	while (c.n) {
		rc = ofp_property_pull(&c, &p, err);
		if (rc)
			return rc;
		if (p.type >= N_FIELDS)
			return ofp_property_refuse(&p, "ct_flush: tuple", err);
		if (p.n != fields[p.type].n_content)
			return ofp_refuse(err, OFP_E_BP_BAD_LEN,
					  "ct_flush: tuple: property %u of %zu bytes; expected %u",
					  p.type, p.n, fields[p.type].n_content);
		memcpy((char *)t + fields[p.type].ofs, p.p, fields[p.type].n);
	}
	return version_take(t, err);
}

static int
read_property(const struct ofp_property *p, struct flow_connection_filter *f, struct ofp_error *err)
{
	switch (p->type) {
	case PROP_ORIG:
		return read_tuple(p, &f->orig, err);
	case PROP_REPLY:
		return read_tuple(p, &f->reply, err);
	case PROP_ZONE:
		if (p->n != U16_BYTES)
			return ofp_refuse(err, OFP_E_BP_BAD_LEN,
					  "ct_flush: a zone of %zu bytes; expected %d", p->n,
					  U16_BYTES);
		f->has_zone = true;
		f->zone = ofp_get_u16(p->p);
		return 0;
	}
	return ofp_property_refuse(p, "ct_flush", err);
}

/* A protocol, and 7 bytes; then properties. With a tuple and without a zone, zone 0 is meant. */
int
ofp_read_ct_flush(struct ofp_reader *r)
{
	static const struct flow_tuple any;
	struct flow_connection_filter *f = &r->m->connections;
	const uint8_t *head = ofp_pull(&r->body, 8);
	struct ofp_property p;
	int rc = 0;

	while (!rc && r->body.n) {
		rc = ofp_property_pull(&r->body, &p, r->err);
		if (!rc)
			rc = read_property(&p, f, r->err);
	}
	f->orig.proto = f->reply.proto = head[0];
	f->has_zone |= memcmp(&f->orig, &any, sizeof any) || memcmp(&f->reply, &any, sizeof any);
	return rc;
}

int
ofp_read_ct_flush_zone(struct ofp_reader *r)
{
	if (!ofp_all_zero(r->body.p, 6))
		return ofp_refuse(r->err, OFP_E_BR_EPERM,
				  "ct_flush_zone: the first 6 bytes are not 0");
	r->m->connections.has_zone = true;
	r->m->connections.zone = ofp_get_u16(r->body.p + 6);
	return 0;
}

static void
put_tuple(struct ofp_buffer *b, uint16_t type, const struct flow_tuple *t)
{
	size_t start = b->n;

	ofp_put_u16(b, type);
	ofp_put_u16(b, 0);
	ofp_put_zeros(b, NEST_PAD);
	for (size_t i = 0; i < N_FIELDS; i++) {
		const uint8_t *value = (const uint8_t *)t + fields[i].ofs;
		size_t from = b->n;

		if (ofp_all_zero(value, fields[i].n))
			continue;
		ofp_put_u16(b, (uint16_t)i);
		ofp_put_u16(b, (uint16_t)(4 + fields[i].n_content));
		ofp_put(b, value, fields[i].n);
		ofp_put_pad8(b, from);
	}
	ofp_set_u16(b, start + 2, (uint16_t)(b->n - start));
}

void
ofp_put_ct_flush(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	const struct flow_connection_filter *f = &m->connections;

	(void)version;
	ofp_put_u8(b, f->orig.proto);
	ofp_put_zeros(b, 7);
	put_tuple(b, PROP_ORIG, &f->orig);
	put_tuple(b, PROP_REPLY, &f->reply);
	if (!f->has_zone)
		return;
	ofp_put_u16(b, PROP_ZONE);
	ofp_put_u16(b, 4 + U16_BYTES);
	ofp_put_u16(b, f->zone);
	ofp_put_zeros(b, 2);
}
