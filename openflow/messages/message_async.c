/* SPDX-License-Identifier: Apache-2.0 */
/* Asynchronous messages of a switch: packet-ins and removals of rules. */
#include "messages/message_async.h"

#include "messages/message.h"

#include "fields/match10.h"
#include "wire/oxs.h"

#include <string.h>

#define NS_PER_S 1000000000ull

/* Returns the part of the match that is not in the packet's own bytes. A connection's fields keep the
 * EtherType, which they require. */
static struct xlate_match
pipeline_part(const struct xlate_match *m)
{
	struct xlate_match part = *m;
	size_t from = offsetof(struct flow_key, eth_dst);

	memset((uint8_t *)&part.key.flow + from, 0, sizeof part.key.flow - from);
	memset((uint8_t *)&part.mask.flow + from, 0, sizeof part.mask.flow - from);
	if (m->mask.flow.ct_state) {
		part.key.flow.eth_type = m->key.flow.eth_type;
		part.mask.flow.eth_type = m->mask.flow.eth_type;
	}
	return part;
}

static uint8_t
reason_in(enum ofp_packet_in_reason reason, uint8_t version)
{
	switch (reason) {
	case OFP_REASON_EXPLICIT_MISS:
		return version < OFP_VERSION_13 ? OFP_REASON_ACTION : OFP_REASON_NO_MATCH;
	case OFP_REASON_IMPLICIT_MISS:
		return OFP_REASON_NO_MATCH;
	default:
		return version < OFP_VERSION_14 && reason > OFP_REASON_INVALID_TTL
			       ? OFP_REASON_ACTION
			       : (uint8_t)reason;
	}
}

static void
put_head(struct ofp_buffer *b, const struct ofp_packet_in *pi, uint8_t version)
{
	ofp_put_u32(b, OFP_NO_BUFFER);
	ofp_put_u16(b, pi->total_bytes);
	ofp_put_u8(b, reason_in(pi->reason, version));
	ofp_put_u8(b, pi->table);
	ofp_put_u64(b, pi->cookie);
}

void
ofp_put_packet_in(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	const struct ofp_packet_in *pi = &m->packet_in;

	if (version == OFP_VERSION_10) {
		ofp_put_u32(b, OFP_NO_BUFFER);
		ofp_put_u16(b, pi->total_bytes);
		ofp_put_u16(b, (uint16_t)pi->match.key.in_port.number);
		ofp_put_u8(b, reason_in(pi->reason, version));
		ofp_put_u8(b, 0);
	} else {
		struct xlate_match part = pipeline_part(&pi->match);

		put_head(b, pi, version);
		ofp_oxm_match_put(b, &part, version);
		ofp_put_zeros(b, 2);
	}
	ofp_put(b, pi->data, pi->n_data);
}

void
ofp_put_packet_in_nxt(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	const struct ofp_packet_in *pi = &m->packet_in;
	struct xlate_match part = pipeline_part(&pi->match);
	size_t length, start;

	put_head(b, pi, version);
	length = b->n;
	ofp_put_zeros(b, 8);
	start = b->n;
	ofp_match_fields_put(b, &part, OFP_VERSION_10);
	ofp_set_u16(b, length, (uint16_t)(b->n - start));
	ofp_put_pad8(b, start);
	ofp_put_zeros(b, 2);
	ofp_put(b, pi->data, pi->n_data);
}

static void
put_property(struct ofp_buffer *b, uint16_t type, const void *p, size_t n)
{
	size_t start = b->n;

	ofp_put_u16(b, type);
	ofp_put_u16(b, (uint16_t)(4 + n));
	ofp_put(b, p, n);
	ofp_put_pad8(b, start);
}

enum {
	NXPINT_PACKET,
	NXPINT_FULL_LEN,
	NXPINT_BUFFER_ID,
	NXPINT_TABLE_ID,
	NXPINT_COOKIE,
	NXPINT_REASON,
	NXPINT_METADATA,
	NXPINT_USERDATA,
};

/* Writes the port as OXM in all versions, including 1.0, as Open vSwitch does. */
static void
put_in_port(struct ofp_buffer *b, struct xlate_match *m)
{
	const struct ofp_field *row = ofp_field_by_header(OFP_CLASS_BASIC, 0, 0, 4);
	struct flow_value value;

	flow_field_get(row->field, &m->key, &value);
	ofp_field_put(b, row, &value, NULL);
	m->mask.in_port.number = 0;
}

static void
put_metadata(struct ofp_buffer *b, const struct xlate_match *m, uint8_t version)
{
	struct xlate_match part = pipeline_part(m);
	size_t start = b->n;

	ofp_put_u16(b, NXPINT_METADATA);
	ofp_put_u16(b, 0);
	if (version == OFP_VERSION_10)
		put_in_port(b, &part);
	ofp_match_fields_put(b, &part, version);
	ofp_set_u16(b, start + 2, (uint16_t)(b->n - start));
	ofp_put_pad8(b, start);
}

void
ofp_put_packet_in_nxt2(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	const struct ofp_packet_in *pi = &m->packet_in;
	uint8_t reason = reason_in(pi->reason, version);

	put_property(b, NXPINT_PACKET, pi->data, pi->n_data);
	if (pi->total_bytes != pi->n_data) {
		ofp_put_u16(b, NXPINT_FULL_LEN);
		ofp_put_u16(b, 8);
		ofp_put_u32(b, pi->total_bytes);
	}
	put_property(b, NXPINT_TABLE_ID, &pi->table, 1);
	if (pi->cookie != UINT64_MAX) {
		ofp_put_u16(b, NXPINT_COOKIE);
		ofp_put_u16(b, 16);
		ofp_put_zeros(b, 4);
		ofp_put_u64(b, pi->cookie);
	}
	put_property(b, NXPINT_REASON, &reason, 1);
	put_metadata(b, &pi->match, version);
	if (pi->n_userdata)
		put_property(b, NXPINT_USERDATA, pi->userdata, pi->n_userdata);
}

static uint8_t
removed_in(enum ofp_removed_reason reason, uint8_t version)
{
	enum ofp_removed_reason last = version >= OFP_VERSION_14  ? OFP_REMOVED_EVICTION
				       : version > OFP_VERSION_10 ? OFP_REMOVED_GROUP_DELETE
								  : OFP_REMOVED_DELETE;

	return (uint8_t)(reason > last ? OFP_REMOVED_DELETE : reason);
}

static void
put_duration(struct ofp_buffer *b, uint64_t ns)
{
	ofp_put_u32(b, (uint32_t)(ns / NS_PER_S));
	ofp_put_u32(b, (uint32_t)(ns % NS_PER_S));
}

static void
put_removed10(struct ofp_buffer *b, const struct ofp_flow_removed *fr)
{
	ofp_match10_put(b, fr->match);
	ofp_put_u64(b, fr->cookie);
	ofp_put_u16(b, fr->priority);
	ofp_put_u8(b, removed_in(fr->reason, OFP_VERSION_10));
	ofp_put_u8(b, 0);
	put_duration(b, fr->duration_ns);
	ofp_put_u16(b, fr->idle_timeout_s);
	ofp_put_zeros(b, 2);
	ofp_put_u64(b, fr->packets);
	ofp_put_u64(b, fr->bytes);
}

static void
put_removed15(struct ofp_buffer *b, const struct ofp_flow_removed *fr)
{
	struct ofp_oxs stats = {.duration_ns = fr->duration_ns,
				.packets = fr->packets,
				.bytes = fr->bytes,
				.has_duration = true};

	ofp_put_u8(b, fr->table);
	ofp_put_u8(b, removed_in(fr->reason, OFP_VERSION_15));
	ofp_put_u16(b, fr->priority);
	ofp_put_u16(b, fr->idle_timeout_s);
	ofp_put_u16(b, fr->hard_timeout_s);
	ofp_put_u64(b, fr->cookie);
	ofp_oxm_match_put(b, fr->match, OFP_VERSION_15);
	ofp_oxs_put(b, &stats);
}

void
ofp_put_flow_removed(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	const struct ofp_flow_removed *fr = &m->flow_removed;

	if (version == OFP_VERSION_10) {
		put_removed10(b, fr);
		return;
	}
	if (version >= OFP_VERSION_15) {
		put_removed15(b, fr);
		return;
	}
	ofp_put_u64(b, fr->cookie);
	ofp_put_u16(b, fr->priority);
	ofp_put_u8(b, removed_in(fr->reason, version));
	ofp_put_u8(b, fr->table);
	put_duration(b, fr->duration_ns);
	ofp_put_u16(b, fr->idle_timeout_s);
	ofp_put_u16(b, fr->hard_timeout_s);
	ofp_put_u64(b, fr->packets);
	ofp_put_u64(b, fr->bytes);
	ofp_oxm_match_put(b, fr->match, version);
}

void
ofp_put_flow_removed_nxt(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	const struct ofp_flow_removed *fr = &m->flow_removed;
	size_t length, start;

	ofp_put_u64(b, fr->cookie);
	ofp_put_u16(b, fr->priority);
	ofp_put_u8(b, removed_in(fr->reason, version));
	ofp_put_u8(b, (uint8_t)(fr->table + 1));
	put_duration(b, fr->duration_ns);
	ofp_put_u16(b, fr->idle_timeout_s);
	length = b->n;
	ofp_put_u16(b, 0);
	ofp_put_u64(b, fr->packets);
	ofp_put_u64(b, fr->bytes);
	start = b->n;
	ofp_match_fields_put(b, fr->match, version);
	ofp_set_u16(b, length, (uint16_t)(b->n - start));
	ofp_put_pad8(b, start);
}
