/* SPDX-License-Identifier: Apache-2.0 */
#include "messages/codec.h"

#include "messages/message.h"
#include "messages/message_async.h"
#include "messages/message_ct.h"
#include "messages/message_flow.h"
#include "messages/message_group.h"
#include "messages/message_port.h"
#include "messages/message_role.h"
#include "messages/message_tlv.h"
#include "messages/multipart.h"
#include "messages/table_desc.h"

#include <stdlib.h>
#include <string.h>

#define TYPE_EXPERIMENTER 4
#define EXPERIMENTER_BYTES 8
#define V10 OFP_VERSION_10
#define V13 OFP_VERSION_13
#define V14 OFP_VERSION_14
#define V15 OFP_VERSION_15
#define NX OFP_NICIRA
#define ONF OFP_ONF
#define HELLO_VERSIONBITMAP 1

static int
read_nothing(struct ofp_reader *r)
{
	(void)r;
	return 0;
}

/* Skips unknown elements of a hello, as OpenFlow requires. */
static int
read_hello(struct ofp_reader *r)
{
	struct ofp_cursor c = r->body;

	r->m->hello.versions = r->version < 32 ? (2u << r->version) - 1 : UINT32_MAX;
	while (c.n >= 4) {
		size_t n = ofp_get_u16(c.p + 2);
		uint16_t type = ofp_get_u16(c.p);
		const uint8_t *p = n < 4 ? NULL : ofp_pull(&c, n);

		if (!p)
			break;
		if (type == HELLO_VERSIONBITMAP && n >= 8)
			r->m->hello.versions = ofp_get_u32(p + 4);
		ofp_pull(&c, (8 - n % 8) % 8);
	}
	return 0;
}

static void
put_hello(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	(void)version;
	ofp_put_u16(b, HELLO_VERSIONBITMAP);
	ofp_put_u16(b, 8);
	ofp_put_u32(b, m->hello.versions);
}

static int
read_error(struct ofp_reader *r)
{
	r->m->error.type = ofp_get_u16(r->body.p);
	r->m->error.code = ofp_get_u16(r->body.p + 2);
	return 0;
}

static int
read_echo(struct ofp_reader *r)
{
	return ofp_own_bytes(&r->body, &r->m->echo.data, &r->m->echo.n_data);
}

static void
put_echo(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	(void)version;
	ofp_put(b, m->echo.data, m->echo.n_data);
}

static int
read_config(struct ofp_reader *r)
{
	unsigned int accepted =
		OFP_CONFIG_FRAG | (r->version < V13 ? OFP_CONFIG_INVALID_TTL_TO_CONTROLLER : 0);

	r->m->config.flags = ofp_get_u16(r->body.p);
	r->m->config.miss_send_len = ofp_get_u16(r->body.p + 2);
	if (r->m->config.flags & ~accepted)
		return ofp_refuse(r->err, OFP_E_SC_BAD_FLAGS,
				  "set_config: flags 0x%x; expected bits of 0x%x",
				  r->m->config.flags, accepted);
	return 0;
}

static void
put_config(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	(void)version;
	ofp_put_u16(b, m->config.flags);
	ofp_put_u16(b, m->config.miss_send_len);
}

static int
read_queue_config(struct ofp_reader *r)
{
	if (r->version > V10)
		return ofp_port_from32(ofp_get_u32(r->body.p), OFP_E_QO_BAD_PORT, &r->m->queue_port,
				       r->err);
	r->m->queue_port = ofp_get_u16(r->body.p);
	return 0;
}

/* Writes the common beginning of request and reply; a reply has no queues. */
static void
put_queue_config(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	bool reply = m->type == OFP_QUEUE_CONFIG_REPLY;

	if (version > V10)
		ofp_put_u32(b, ofp_port_to32(m->queue_port));
	else
		ofp_put_u16(b, m->queue_port);
	ofp_put_zeros(b, version > V10 ? 4 : reply ? 6 : 2);
}

static int
read_flow_format(struct ofp_reader *r)
{
	uint32_t format = ofp_get_u32(r->body.p);

	if (format != 0 && format != 2)
		return ofp_refuse(r->err, OFP_E_BR_EPERM,
				  "flow format: %u; expected 0 (OpenFlow 1.0) or 2 (NXM)", format);
	r->m->nxm = format == 2;
	return 0;
}

static void
put_flow_format(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	(void)version;
	ofp_put_u32(b, m->nxm ? 2 : 0);
}

static int
read_table_id(struct ofp_reader *r)
{
	r->m->flow_mod_table_id = r->body.p[0];
	return 0;
}

static void
put_table_id(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	(void)version;
	ofp_put_u8(b, m->flow_mod_table_id);
	ofp_put_zeros(b, 7);
}

static int
read_packet_in_format(struct ofp_reader *r)
{
	uint32_t format = ofp_get_u32(r->body.p);

	if (format >= OFP_N_PACKET_IN_FORMATS)
		return ofp_refuse(r->err, OFP_E_BR_EPERM, "packet-in format: %u; expected 0..%d",
				  format, OFP_N_PACKET_IN_FORMATS - 1);
	r->m->packet_in_format = format;
	return 0;
}

static void
put_packet_in_format(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	(void)version;
	ofp_put_u32(b, (uint32_t)m->packet_in_format);
}

static int
read_controller_id(struct ofp_reader *r)
{
	r->m->controller_id = ofp_get_u16(r->body.p + 6);
	return 0;
}

static void
put_controller_id(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	(void)version;
	ofp_put_zeros(b, 6);
	ofp_put_u16(b, m->controller_id);
}

static int
read_monitor_cancel(struct ofp_reader *r)
{
	r->m->monitor_id = ofp_get_u32(r->body.p);
	return 0;
}

static void
put_monitor_cancel(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	(void)version;
	ofp_put_u32(b, m->monitor_id);
}

/* To write, the first row of a type and version is used; the message decides whether
 * Nicira's form is. */
/* clang-format off */
static const struct ofp_kind kinds[] = {
	{OFP_HELLO, 0, 0, 0, 0, 0, true, read_hello, put_hello},
	{OFP_ERROR, 0, 1, 0, 0, 4, true, read_error, NULL},
	{OFP_ECHO_REQUEST, 0, 2, 0, 0, 0, true, read_echo, put_echo},
	{OFP_ECHO_REPLY, 0, 3, 0, 0, 0, true, read_echo, put_echo},
	{OFP_FEATURES_REQUEST, 0, 5, V10, 0, 0, false, read_nothing, NULL},
	{OFP_FEATURES_REPLY, 0, 6, V10, 0, 0, true, NULL, ofp_put_features},
	{OFP_GET_CONFIG_REQUEST, 0, 7, V10, 0, 0, false, read_nothing, NULL},
	{OFP_GET_CONFIG_REPLY, 0, 8, V10, 0, 0, true, NULL, put_config},
	{OFP_SET_CONFIG, 0, 9, V10, 0, 4, false, read_config, put_config},
	{OFP_PACKET_IN, 0, 10, V10, 0, 0, true, NULL, ofp_put_packet_in},
	{OFP_PACKET_IN, NX, 17, V10, 0, 0, true, NULL, ofp_put_packet_in_nxt},
	{OFP_PACKET_IN, NX, 30, V10, 0, 0, true, NULL, ofp_put_packet_in_nxt2},
	{OFP_FLOW_REMOVED, 0, 11, V10, 0, 0, true, NULL, ofp_put_flow_removed},
	{OFP_FLOW_REMOVED, NX, 14, V10, V10, 0, true, NULL, ofp_put_flow_removed_nxt},
	{OFP_PORT_STATUS, 0, 12, V10, 0, 0, true, NULL, ofp_put_port_status},
	{OFP_TABLE_STATUS, 0, 31, V14, 0, 0, true, NULL, ofp_put_table_status},
	{OFP_PACKET_OUT, 0, 13, V10, V10, 8, true, ofp_read_packet_out10, ofp_put_packet_out10},
	{OFP_PACKET_OUT, 0, 13, V13, V14, 16, true, ofp_read_packet_out, ofp_put_packet_out},
	{OFP_PACKET_OUT, 0, 13, V15, 0, 8, true, ofp_read_packet_out15, ofp_put_packet_out15},
	{OFP_FLOW_MOD, 0, 14, V10, V10, 64, true, ofp_read_flow_mod10, ofp_put_flow_mod10},
	{OFP_FLOW_MOD, NX, 13, V10, V10, 32, true, ofp_read_flow_mod_nxm, ofp_put_flow_mod_nxm},
	{OFP_FLOW_MOD, 0, 14, V13, 0, 40, true, ofp_read_flow_mod, ofp_put_flow_mod},
	{OFP_GROUP_MOD, 0, 15, V13, V14, 8, true, ofp_read_group_mod, ofp_put_group_mod},
	{OFP_GROUP_MOD, 0, 15, V15, 0, 16, true, ofp_read_group_mod15, ofp_put_group_mod},
	{OFP_GROUP_MOD, NX, 31, V10, V10, 16, true, ofp_read_group_mod15, ofp_put_group_mod},
	{OFP_PORT_MOD, 0, 15, V10, V10, 24, false, ofp_read_port_mod10, ofp_put_port_mod},
	{OFP_PORT_MOD, 0, 16, V13, V13, 32, false, ofp_read_port_mod13, ofp_put_port_mod},
	{OFP_PORT_MOD, 0, 16, V14, 0, 24, true, ofp_read_port_mod14, ofp_put_port_mod},
	{OFP_TABLE_MOD, 0, 17, V13, 0, 8, true, ofp_read_table_mod, ofp_put_table_mod},
	{OFP_METER_MOD, 0, 29, V13, 0, 8, true, ofp_read_meter_mod, ofp_put_meter_mod},
	{OFP_MULTIPART_REQUEST, 0, 16, V10, V10, 4, true, ofp_read_multipart, ofp_put_multipart},
	{OFP_MULTIPART_REQUEST, 0, 18, V13, 0, 8, true, ofp_read_multipart, ofp_put_multipart},
	{OFP_BARRIER_REQUEST, 0, 18, V10, V10, 0, false, read_nothing, NULL},
	{OFP_BARRIER_REQUEST, 0, 20, V13, 0, 0, false, read_nothing, NULL},
	{OFP_BARRIER_REPLY, 0, 19, V10, V10, 0, false, NULL, NULL},
	{OFP_BARRIER_REPLY, 0, 21, V13, 0, 0, false, NULL, NULL},
	{OFP_QUEUE_CONFIG_REQUEST, 0, 20, V10, V10, 4, false, read_queue_config, put_queue_config},
	{OFP_QUEUE_CONFIG_REQUEST, 0, 22, V13, V13, 8, false, read_queue_config, put_queue_config},
	{OFP_QUEUE_CONFIG_REPLY, 0, 21, V10, V10, 0, true, NULL, put_queue_config},
	{OFP_QUEUE_CONFIG_REPLY, 0, 23, V13, V13, 0, true, NULL, put_queue_config},
	{OFP_ROLE_REQUEST, 0, 24, V13, 0, 16, false, ofp_read_role, ofp_put_role},
	{OFP_ROLE_REQUEST, NX, 10, V10, 0, 4, false, ofp_read_role_nicira, ofp_put_role_nicira},
	{OFP_ROLE_REPLY, 0, 25, V13, 0, 0, true, NULL, ofp_put_role},
	{OFP_ROLE_REPLY, NX, 11, V10, 0, 0, true, NULL, ofp_put_role_nicira},
	{OFP_ROLE_STATUS, 0, 30, V14, 0, 0, true, NULL, ofp_put_role_status},
	{OFP_ROLE_STATUS, ONF, 1911, V13, V13, 0, true, NULL, ofp_put_role_status},
	{OFP_REQUESTFORWARD, 0, 32, V14, 0, 0, true, NULL, ofp_put_requestforward},
	{OFP_REQUESTFORWARD, ONF, 2350, V13, V13, 0, true, NULL, ofp_put_requestforward},
	{OFP_REQUESTFORWARD, NX, 132, V10, V10, 0, true, NULL, ofp_put_requestforward},
	{OFP_GET_ASYNC_REQUEST, 0, 26, V13, 0, 0, false, read_nothing, NULL},
	{OFP_GET_ASYNC_REPLY, 0, 27, V13, V13, 0, true, NULL, ofp_put_async13},
	{OFP_GET_ASYNC_REPLY, 0, 27, V14, 0, 0, true, NULL, ofp_put_async14},
	{OFP_SET_ASYNC, 0, 28, V13, V13, 24, false, ofp_read_async13, ofp_put_async13},
	{OFP_SET_ASYNC, 0, 28, V14, 0, 0, true, ofp_read_async14, ofp_put_async14},
	{OFP_SET_ASYNC, NX, 19, V10, 0, 24, false, ofp_read_async_nicira, ofp_put_async_nicira},
	{OFP_SET_ASYNC, NX, 27, V10, V13, 0, true, ofp_read_async14, NULL},
	{OFP_BUNDLE_CONTROL, 0, 33, V14, 0, 8, true, ofp_read_bundle_control,
		ofp_put_bundle_control},
	{OFP_BUNDLE_CONTROL, ONF, 2300, V13, V13, 8, true, ofp_read_bundle_control,
		ofp_put_bundle_control},
	{OFP_BUNDLE_ADD, 0, 34, V14, 0, 16, true, ofp_read_bundle_add, ofp_put_bundle_add},
	{OFP_BUNDLE_ADD, ONF, 2301, V13, V13, 16, true, ofp_read_bundle_add, ofp_put_bundle_add},
	{OFP_SET_FLOW_FORMAT, NX, 12, V10, V10, 4, false, read_flow_format, put_flow_format},
	{OFP_SET_FLOW_MOD_TABLE_ID, NX, 15, V10, 0, 8, false, read_table_id, put_table_id},
	{OFP_SET_PACKET_IN_FORMAT, NX, 16, V10, 0, 4, false, read_packet_in_format,
		put_packet_in_format},
	{OFP_SET_CONTROLLER_ID, NX, 20, V10, 0, 8, false, read_controller_id, put_controller_id},
	{OFP_CT_FLUSH, NX, 32, V10, 0, 8, true, ofp_read_ct_flush, ofp_put_ct_flush},
	{OFP_CT_FLUSH, NX, 29, V10, 0, 8, false, ofp_read_ct_flush_zone, NULL},
	{OFP_TLV_TABLE_MOD, NX, 24, V10, 0, 8, true, ofp_read_tlv_mod, ofp_put_tlv_mod},
	{OFP_TLV_TABLE_REQUEST, NX, 25, V10, 0, 0, false, read_nothing, NULL},
	{OFP_TLV_TABLE_REPLY, NX, 26, V10, 0, 0, true, NULL, ofp_put_tlv_reply},
	{OFP_FLOW_MONITOR_CANCEL, NX, 21, V10, V10, 4, false, read_monitor_cancel,
		put_monitor_cancel},
	{OFP_FLOW_MONITOR_CANCEL, ONF, 1870, V13, V13, 4, false, read_monitor_cancel,
		put_monitor_cancel},
};
/* clang-format on */
#define N_KINDS (sizeof kinds / sizeof kinds[0])

static const char *const type_names[OFP_N_TYPES] = {
	[OFP_HELLO] = "hello",
	[OFP_ERROR] = "error",
	[OFP_ECHO_REQUEST] = "echo_request",
	[OFP_ECHO_REPLY] = "echo_reply",
	[OFP_FEATURES_REQUEST] = "features_request",
	[OFP_FEATURES_REPLY] = "features_reply",
	[OFP_GET_CONFIG_REQUEST] = "get_config_request",
	[OFP_GET_CONFIG_REPLY] = "get_config_reply",
	[OFP_SET_CONFIG] = "set_config",
	[OFP_PACKET_IN] = "packet_in",
	[OFP_FLOW_REMOVED] = "flow_removed",
	[OFP_PORT_STATUS] = "port_status",
	[OFP_TABLE_STATUS] = "table_status",
	[OFP_PACKET_OUT] = "packet_out",
	[OFP_FLOW_MOD] = "flow_mod",
	[OFP_GROUP_MOD] = "group_mod",
	[OFP_PORT_MOD] = "port_mod",
	[OFP_TABLE_MOD] = "table_mod",
	[OFP_METER_MOD] = "meter_mod",
	[OFP_MULTIPART_REQUEST] = "multipart_request",
	[OFP_BARRIER_REQUEST] = "barrier_request",
	[OFP_BARRIER_REPLY] = "barrier_reply",
	[OFP_QUEUE_CONFIG_REQUEST] = "queue_config_request",
	[OFP_QUEUE_CONFIG_REPLY] = "queue_config_reply",
	[OFP_ROLE_REQUEST] = "role_request",
	[OFP_ROLE_REPLY] = "role_reply",
	[OFP_ROLE_STATUS] = "role_status",
	[OFP_REQUESTFORWARD] = "requestforward",
	[OFP_GET_ASYNC_REQUEST] = "get_async_request",
	[OFP_GET_ASYNC_REPLY] = "get_async_reply",
	[OFP_SET_ASYNC] = "set_async",
	[OFP_BUNDLE_CONTROL] = "bundle_control",
	[OFP_BUNDLE_ADD] = "bundle_add",
	[OFP_SET_FLOW_FORMAT] = "set_flow_format",
	[OFP_SET_FLOW_MOD_TABLE_ID] = "set_flow_mod_table_id",
	[OFP_SET_PACKET_IN_FORMAT] = "set_packet_in_format",
	[OFP_SET_CONTROLLER_ID] = "set_controller_id",
	[OFP_FLOW_MONITOR_CANCEL] = "flow_monitor_cancel",
	[OFP_CT_FLUSH] = "ct_flush",
	[OFP_TLV_TABLE_MOD] = "tlv_table_mod",
	[OFP_TLV_TABLE_REQUEST] = "tlv_table_request",
	[OFP_TLV_TABLE_REPLY] = "tlv_table_reply",
};

const char *
ofp_type_name(enum ofp_type type)
{
	return type_names[type];
}

static bool
is_of_version(const struct ofp_kind *k, uint8_t version)
{
	return version >= k->first && (!k->last || version <= k->last);
}

static const struct ofp_kind *
find_by_code(uint32_t experimenter, uint32_t code, uint8_t version)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		if (kinds[i].experimenter == experimenter && kinds[i].code == code &&
		    is_of_version(&kinds[i], version))
			return &kinds[i];
	}
	return NULL;
}

static int
find_experimenter(struct ofp_reader *r, const struct ofp_kind **kind)
{
	const uint8_t *p = ofp_pull(&r->body, EXPERIMENTER_BYTES);

	if (!p)
		return ofp_refuse(r->err, OFP_E_BR_BAD_LEN,
				  "experimenter: the message is too short for its header");
	if (ofp_get_u32(p) != NX && ofp_get_u32(p) != ONF)
		return ofp_refuse(r->err, OFP_E_BR_BAD_EXPERIMENTER,
				  "experimenter: 0x%x; expected 0x%x or 0x%x", ofp_get_u32(p), NX,
				  ONF);
	*kind = find_by_code(ofp_get_u32(p), ofp_get_u32(p + 4), r->version);
	if (!*kind || !(*kind)->read)
		return ofp_refuse(r->err, OFP_E_BR_BAD_EXP_TYPE,
				  "experimenter: 0x%x: message %u is not supported", ofp_get_u32(p),
				  ofp_get_u32(p + 4));
	return 0;
}

static int
find_standard(struct ofp_reader *r, uint8_t code, const struct ofp_kind **kind)
{
	*kind = find_by_code(0, code, r->version);
	if (!*kind || !(*kind)->read)
		return ofp_refuse(r->err, OFP_E_BR_BAD_TYPE,
				  "message: type %u is not accepted in version 0x%02x", code,
				  r->version);
	return 0;
}

static int
check_header(const struct ofp_context *ctx, const uint8_t *bytes, size_t n, struct ofp_error *err)
{
	if (n < OFP_HEADER_BYTES || ofp_get_u16(bytes + 2) != n)
		return ofp_refuse(err, OFP_E_BR_BAD_LEN,
				  "message: %zu bytes, but its header gives %u", n,
				  n < OFP_HEADER_BYTES ? 0 : ofp_get_u16(bytes + 2));
	if (bytes[1] <= 3 || !ctx->version || bytes[0] == ctx->version)
		return 0;
	return ofp_refuse(err, OFP_E_BR_BAD_VERSION,
			  "message: version 0x%02x; expected 0x%02x, the version of the connection",
			  bytes[0], ctx->version);
}

int
ofp_decode(const struct ofp_context *ctx, const uint8_t *bytes, size_t n, struct ofp_message *out,
	   struct ofp_error *err)
{
	struct ofp_reader r = {.ctx = ctx, .m = out, .err = err};
	const struct ofp_kind *kind = NULL;
	int rc;

	memset(out, 0, sizeof *out);
	rc = check_header(ctx, bytes, n, err);
	if (rc)
		return rc;
	r.version = bytes[0];
	r.body = (struct ofp_cursor){bytes + OFP_HEADER_BYTES, n - OFP_HEADER_BYTES};
	rc = bytes[1] == TYPE_EXPERIMENTER ? find_experimenter(&r, &kind)
					   : find_standard(&r, bytes[1], &kind);
	if (rc)
		return rc;
	if (r.body.n < kind->n_min || (r.body.n > kind->n_min && !kind->longer))
		return ofp_refuse(err, OFP_E_BR_BAD_LEN, "%s: a body of %zu bytes; expected %u",
				  ofp_type_name(kind->type), r.body.n, kind->n_min);
	out->type = kind->type;
	out->version = r.version;
	out->xid = ofp_get_u32(bytes + 4);
	rc = kind->read(&r);
	if (rc)
		ofp_message_free(out);
	return rc;
}

/* Returns the experimenter and code of the form in which a message is written. */
static uint32_t
form_of(const struct ofp_message *m, uint32_t *code)
{
	*code = 0;
	switch (m->type) {
	case OFP_PACKET_IN:
		*code = m->packet_in.format == OFP_PACKET_IN_NXT2 ? 30 : 17;
		return m->packet_in.format == OFP_PACKET_IN_STANDARD ? 0 : NX;
	case OFP_FLOW_REMOVED:
		return m->flow_removed.nicira ? NX : 0;
	case OFP_FLOW_MOD:
		return m->flow_mod.nicira ? NX : 0;
	case OFP_ROLE_REQUEST:
	case OFP_ROLE_REPLY:
		return m->role.nicira ? NX : 0;
	case OFP_SET_ASYNC:
		return m->async.nicira ? NX : 0;
	default:
		return 0;
	}
}

static const struct ofp_kind *
find_by_type(const struct ofp_message *m, uint8_t version)
{
	const struct ofp_kind *other = NULL;
	uint32_t code, experimenter = form_of(m, &code);

	for (size_t i = 0; i < N_KINDS; i++) {
		const struct ofp_kind *k = &kinds[i];

		if (k->type != m->type || !is_of_version(k, version))
			continue;
		if (k->experimenter == experimenter && (!experimenter || !code || k->code == code))
			return k;
		if (!other)
			other = k;
	}
	return other;
}

int
ofp_encode(const struct ofp_message *m, uint8_t version, struct ofp_buffer *out)
{
	const struct ofp_kind *k = find_by_type(m, version);
	size_t start = out->n;
	int rc = 0;

	if (!k || m->type == OFP_ERROR)
		return -EOPNOTSUPP;
	ofp_put_u8(out, version);
	ofp_put_u8(out, k->experimenter ? TYPE_EXPERIMENTER : (uint8_t)k->code);
	ofp_put_u16(out, 0);
	ofp_put_u32(out, m->xid);
	if (k->experimenter) {
		ofp_put_u32(out, k->experimenter);
		ofp_put_u32(out, k->code);
	}
	if (k->put)
		k->put(out, m, version);
	if (out->failed)
		rc = -ENOMEM;
	else if (out->n - start > UINT16_MAX)
		rc = -EMSGSIZE;
	else
		ofp_set_u16(out, start + 2, (uint16_t)(out->n - start));
	if (rc)
		ofp_buffer_truncate(out, start);
	return rc;
}

static void
free_bundle(struct ofp_bundle *b)
{
	if (b->message)
		ofp_message_free(b->message);
	free(b->message);
	free(b->bytes);
}

void
ofp_message_free(struct ofp_message *m)
{
	switch (m->type) {
	case OFP_ECHO_REQUEST:
	case OFP_ECHO_REPLY:
		free(m->echo.data);
		break;
	case OFP_PACKET_OUT:
		xlate_actions_free(m->packet_out.actions);
		free(m->packet_out.data);
		break;
	case OFP_FLOW_MOD:
		xlate_flow_mod_free(&m->flow_mod.mod);
		break;
	case OFP_GROUP_MOD:
		xlate_group_mod_free(&m->group_mod);
		break;
	case OFP_TLV_TABLE_MOD:
		free(m->tlvs.tlvs);
		break;
	case OFP_BUNDLE_ADD:
		free_bundle(&m->bundle);
		break;
	case OFP_MULTIPART_REQUEST:
		free(m->multipart.monitors);
		free(m->multipart.body);
		break;
	default:
		break;
	}
	memset(m, 0, sizeof *m);
}
