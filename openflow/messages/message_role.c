/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of a connection: roles, wanted asynchronous messages, bundles. */
#include "messages/message_role.h"

#include "messages/codec.h"
#include "messages/message.h"
#include "wire/property.h"

#include <stdlib.h>
#include <string.h>

int
ofp_read_role(struct ofp_reader *r)
{
	uint32_t role = ofp_get_u32(r->body.p);

	if (role > OFP_ROLE_SLAVE)
		return ofp_refuse(r->err, OFP_E_RR_BAD_ROLE, "role: %u; expected 0..%d", role,
				  OFP_ROLE_SLAVE);
	r->m->role.role = (enum ofp_role)role;
	r->m->role.generation = ofp_get_u64(r->body.p + 8);
	r->m->role.has_generation = role == OFP_ROLE_MASTER || role == OFP_ROLE_SLAVE;
	return 0;
}

/* Nicira's role request: 0 is the role "equal". */
int
ofp_read_role_nicira(struct ofp_reader *r)
{
	uint32_t role = ofp_get_u32(r->body.p);

	if (role > OFP_ROLE_SLAVE - OFP_ROLE_EQUAL)
		return ofp_refuse(r->err, OFP_E_RR_BAD_ROLE, "role: %u; expected 0..%d", role,
				  OFP_ROLE_SLAVE - OFP_ROLE_EQUAL);
	r->m->role.nicira = true;
	r->m->role.role = (enum ofp_role)(role + OFP_ROLE_EQUAL);
	return 0;
}

void
ofp_put_role(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	(void)version;
	ofp_put_u32(b, (uint32_t)m->role.role);
	ofp_put_zeros(b, 4);
	ofp_put_u64(b, m->role.has_generation || m->type == OFP_ROLE_REQUEST ? m->role.generation
									     : UINT64_MAX);
}

void
ofp_put_role_nicira(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	(void)version;
	ofp_put_u32(b, m->role.role == OFP_ROLE_NOCHANGE ? 0
							 : (uint32_t)m->role.role - OFP_ROLE_EQUAL);
}

void
ofp_put_role_status(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	(void)version;
	ofp_put_u32(b, (uint32_t)m->role.role);
	ofp_put_u8(b, (uint8_t)m->role.reason);
	ofp_put_zeros(b, 3);
	ofp_put_u64(b, m->role.has_generation ? m->role.generation : UINT64_MAX);
}

void
ofp_put_requestforward(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	if (ofp_encode(m->forward, version, b))
		b->failed = true;
}

/* Returns the bits that a version has for a kind. */
static uint32_t
known_bits(unsigned int kind, uint8_t version)
{
	static const uint32_t known[OFP_N_ASYNC] = {
		[OFP_ASYNC_PACKET_IN] = 0x3f,	 [OFP_ASYNC_PORT_STATUS] = 7,
		[OFP_ASYNC_FLOW_REMOVED] = 0x3f, [OFP_ASYNC_ROLE_STATUS] = 7,
		[OFP_ASYNC_TABLE_STATUS] = 0x18, [OFP_ASYNC_REQUESTFORWARD] = 3,
	};

	return kind == OFP_ASYNC_PACKET_IN && version < OFP_VERSION_14 ? 7 : known[kind];
}

/* Before 1.4, one reason (ACTION) stands for several of 1.4. */
static uint32_t
widen(unsigned int kind, uint8_t version, uint32_t mask)
{
	if (kind != OFP_ASYNC_PACKET_IN || version >= OFP_VERSION_14 ||
	    !(mask & 1u << OFP_REASON_ACTION))
		return mask;
	return mask | 1u << OFP_REASON_ACTION_SET | 1u << OFP_REASON_GROUP |
	       1u << OFP_REASON_PACKET_OUT;
}

/* 1.3 has three kinds, each with a mask for master and one for slave. Unknown bits are ignored. */
static int
read_masks(struct ofp_reader *r)
{
	for (unsigned int i = 0; i < 3; i++) {
		uint32_t known = known_bits(i, r->version);
		uint32_t master = ofp_get_u32(r->body.p + 8 * i) & known;
		uint32_t slave = ofp_get_u32(r->body.p + 8 * i + 4) & known;

		r->m->async.master[i] = widen(i, r->version, master);
		r->m->async.slave[i] = widen(i, r->version, slave);
	}
	r->m->async.sets_master = r->m->async.sets_slave = 7;
	return 0;
}

int
ofp_read_async13(struct ofp_reader *r)
{
	return read_masks(r);
}

int
ofp_read_async_nicira(struct ofp_reader *r)
{
	r->m->async.nicira = true;
	return read_masks(r);
}

void
ofp_put_async13(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	(void)version;
	for (int i = 0; i < 3; i++) {
		uint32_t known = i == OFP_ASYNC_PACKET_IN     ? 7
				 : i == OFP_ASYNC_PORT_STATUS ? 7
							      : 0xf;

		ofp_put_u32(b, m->async.master[i] & known);
		ofp_put_u32(b, m->async.slave[i] & known);
	}
}

void
ofp_put_async_nicira(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	ofp_put_async13(b, m, version);
}

static int
read_async_property(struct ofp_reader *r, const struct ofp_property *prop)
{
	struct ofp_async *a = &r->m->async;
	unsigned int i = prop->type / 2;
	uint32_t mask;

	if (i >= OFP_N_ASYNC)
		return ofp_refuse(r->err, OFP_E_AC_UNSUPPORTED,
				  "set_async: property %u; expected 0..%d", prop->type,
				  2 * OFP_N_ASYNC - 1);
	if (prop->n != 4)
		return ofp_refuse(r->err, OFP_E_BP_BAD_LEN,
				  "set_async: a property of %zu bytes; expected 8", prop->n + 4);
	mask = ofp_get_u32(prop->p);
	if (mask & ~known_bits(i, r->version))
		return ofp_refuse(r->err, OFP_E_AC_INVALID,
				  "set_async: property %u: mask 0x%x; expected bits of 0x%x",
				  prop->type, mask, known_bits(i, r->version));
	mask = widen(i, r->version, mask);
	if (prop->type % 2) {
		a->master[i] = mask;
		a->sets_master |= (uint8_t)(1u << i);
	} else {
		a->slave[i] = mask;
		a->sets_slave |= (uint8_t)(1u << i);
	}
	return 0;
}

/* Reads properties, which are in pairs: slave, master. */
int
ofp_read_async14(struct ofp_reader *r)
{
	while (r->body.n) {
		struct ofp_property prop;
		int rc = ofp_property_pull(&r->body, &prop, r->err);

		if (!rc)
			rc = read_async_property(r, &prop);
		if (rc)
			return rc;
	}
	return 0;
}

static void
put_mask(struct ofp_buffer *b, unsigned int type, uint32_t mask)
{
	ofp_put_u16(b, (uint16_t)type);
	ofp_put_u16(b, 8);
	ofp_put_u32(b, mask);
}

void
ofp_put_async14(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	bool all = m->type == OFP_GET_ASYNC_REPLY;

	for (unsigned int i = 0; i < OFP_N_ASYNC; i++) {
		uint32_t known = known_bits(i, version);

		if (all || m->async.sets_slave & 1u << i)
			put_mask(b, 2 * i, m->async.slave[i] & known);
		if (all || m->async.sets_master & 1u << i)
			put_mask(b, 2 * i + 1, m->async.master[i] & known);
	}
}

static int
check_bundle_flags(struct ofp_reader *r, uint16_t flags)
{
	if (flags & ~(OFP_BUNDLE_ATOMIC | OFP_BUNDLE_ORDERED))
		return ofp_refuse(r->err, OFP_E_BF_BAD_FLAGS,
				  "bundle: flags 0x%x; expected bits of 0x%x", flags,
				  OFP_BUNDLE_ATOMIC | OFP_BUNDLE_ORDERED);
	return 0;
}

int
ofp_read_bundle_control(struct ofp_reader *r)
{
	const uint8_t *p = ofp_take(&r->body, 8);
	uint16_t control = ofp_get_u16(p + 4);

	if (control > OFP_BUNDLE_DISCARD_REPLY)
		return ofp_refuse(r->err, OFP_E_BF_BAD_TYPE, "bundle: control %u; expected 0..%d",
				  control, OFP_BUNDLE_DISCARD_REPLY);
	r->m->bundle.id = ofp_get_u32(p);
	r->m->bundle.control = (enum ofp_bundle_control)control;
	r->m->bundle.flags = ofp_get_u16(p + 6);
	if (r->body.n) {
		struct ofp_property prop;
		int rc = ofp_property_pull(&r->body, &prop, r->err);

		return rc ? rc : ofp_property_refuse(&prop, "bundle", r->err);
	}
	return check_bundle_flags(r, r->m->bundle.flags);
}

void
ofp_put_bundle_control(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	(void)version;
	ofp_put_u32(b, m->bundle.id);
	ofp_put_u16(b, (uint16_t)m->bundle.control);
	ofp_put_u16(b, m->bundle.flags);
}

static bool
may_be_bundled(enum ofp_type type)
{
	return type == OFP_FLOW_MOD || type == OFP_GROUP_MOD || type == OFP_PORT_MOD ||
	       type == OFP_PACKET_OUT;
}

/* Returns whether a type may be in a bundle: by its number, so that bundles cannot nest. */
static bool
is_bundled_code(uint8_t code)
{
	return code == 13 || code == 14 || code == 15 || code == 16;
}

static int
read_member(struct ofp_reader *r)
{
	struct ofp_bundle *bundle = &r->m->bundle;
	int rc;

	bundle->message = calloc(1, sizeof *bundle->message);
	if (!bundle->message)
		return -ENOMEM;
	rc = ofp_decode(r->ctx, bundle->bytes, bundle->n_bytes, bundle->message, r->err);
	if (rc)
		return rc;
	if (!may_be_bundled(bundle->message->type))
		return ofp_refuse(r->err, OFP_E_BF_MSG_UNSUP, "bundle: a %s cannot be a member",
				  ofp_type_name(bundle->message->type));
	if (bundle->message->xid != r->m->xid)
		return ofp_refuse(r->err, OFP_E_BF_MSG_BAD_XID,
				  "bundle: a member has xid 0x%x; expected 0x%x",
				  bundle->message->xid, r->m->xid);
	return 0;
}

int
ofp_read_bundle_add(struct ofp_reader *r)
{
	struct ofp_bundle *bundle = &r->m->bundle;
	const uint8_t *p = ofp_take(&r->body, 8);
	struct ofp_cursor inner = r->body;
	int rc;

	bundle->id = ofp_get_u32(p);
	bundle->flags = ofp_get_u16(p + 6);
	rc = check_bundle_flags(r, bundle->flags);
	if (rc)
		return rc;
	inner.n = ofp_get_u16(r->body.p + 2);
	if (inner.n < OFP_HEADER_BYTES || inner.n > r->body.n)
		return ofp_refuse(r->err, OFP_E_BF_MSG_BAD_LEN,
				  "bundle: a member's length is %zu, but %zu bytes are left",
				  inner.n, r->body.n);
	if (inner.p[0] != r->version || !is_bundled_code(inner.p[1]))
		return ofp_refuse(
			r->err, OFP_E_BF_MSG_UNSUP,
			"bundle: a message of type %u, version 0x%02x, cannot be a member",
			inner.p[1], inner.p[0]);
	rc = ofp_own_bytes(&inner, &bundle->bytes, &bundle->n_bytes);
	return rc ? rc : read_member(r);
}

void
ofp_put_bundle_add(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	(void)version;
	ofp_put_u32(b, m->bundle.id);
	ofp_put_zeros(b, 2);
	ofp_put_u16(b, m->bundle.flags);
	ofp_put(b, m->bundle.bytes, m->bundle.n_bytes);
}
