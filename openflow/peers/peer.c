/* SPDX-License-Identifier: Apache-2.0 */
#include "peers/peer.h"

#include "messages/codec.h"

#include <base/err.h>

#include <errno.h>
#include <stdarg.h>

#define SCRATCH_BYTES_KEPT (1u << 20)

void
peer_error_set(struct peer *p, enum ofp_error_code code, const char *fmt, ...)
{
	struct ofp_error *e = &p->bridge->agent->error;
	va_list args;

	e->code = code;
	va_start(args, fmt);
	err_vprint(e->text, sizeof e->text, fmt, args);
	va_end(args);
}

void
peer_answer(struct peer *p)
{
	struct ofp_buffer *out = &p->bridge->agent->scratch;

	if (out->failed)
		ofp_conn_close(p->conn, "out of memory");
	else if (out->n)
		ofp_conn_send(p->conn, out->data, out->n);
	if (out->n_alloc > SCRATCH_BYTES_KEPT) {
		ofp_buffer_free(out);
		*out = OFP_BUFFER_INIT;
	}
	ofp_buffer_truncate(out, 0);
}

void
peer_send_error(struct peer *p, const uint8_t *bytes, size_t n)
{
	struct agent *a = p->bridge->agent;

	p->n_errors++;
	p->bridge->n_errors++;
	if (a->error.code == OFP_E_BR_MULTIPART_OVERFLOW)
		p->bridge->n_multipart_overflow++;
	LOG_DBG(a->log, CONTROL, "%s: %s: %s", p->name, ofp_error_name(a->error.code),
		a->error.text);
	ofp_encode_error(&a->error, p->ctx.version, bytes, n, &a->scratch);
	peer_answer(p);
}

bool
peer_encode(struct peer *p, const struct ofp_message *m)
{
	struct agent *a = p->bridge->agent;
	int rc = ofp_encode(m, p->ctx.version, &a->scratch);

	if (!rc)
		return true;
	ofp_buffer_truncate(&a->scratch, 0);
	if (rc != -EOPNOTSUPP)
		LOG_WARN(a->log, CONTROL, "%s: cannot send a %s: %s", p->name,
			 ofp_type_name(m->type), strerror(-rc));
	return false;
}

void
peer_reply(struct peer *p, const struct ofp_message *m)
{
	if (peer_encode(p, m))
		peer_answer(p);
}

void
peer_notify(struct peer *p, const struct ofp_message *m)
{
	struct ofp_buffer *out = &p->bridge->agent->scratch;

	if (!peer_encode(p, m))
		return;
	ofp_conn_send_unasked(p->conn, out->data, out->n);
	ofp_buffer_truncate(out, 0);
}

bool
peer_was_accepted(const struct peer *p)
{
	return !p->controller || p->controller->target.passive;
}

/* Open vSwitch's rule, on which ovs-ofctl's monitor relies: an accepted connection gets no
 * asynchronous messages before it sets a miss_send_len. */
bool
peer_wants(const struct peer *p, enum ofp_async_type type, unsigned int bit)
{
	const uint32_t *masks = p->role == OFP_ROLE_SLAVE ? p->async.slave : p->async.master;

	if (!ofp_conn_is_ready(p->conn) || (peer_was_accepted(p) && !p->config.miss_send_len))
		return false;
	return masks[type] >> bit & 1;
}

/* As in Open vSwitch, an implicit table miss (no rule matched) is sent to peers of 1.0 only; in
 * later versions a rule asks for it. Reasons that 1.4 added are treated as ACTION
 * in earlier versions. */
static bool
wants_packet_in(const struct peer *p, enum ofp_packet_in_reason reason)
{
	if (reason == OFP_REASON_IMPLICIT_MISS && p->ctx.version != OFP_VERSION_10)
		return false;
	if (reason >= OFP_N_REASONS)
		reason = OFP_REASON_NO_MATCH;
	else if (p->ctx.version < OFP_VERSION_14 && reason > OFP_REASON_INVALID_TTL)
		reason = OFP_REASON_ACTION;
	return peer_wants(p, OFP_ASYNC_PACKET_IN, reason);
}

bool
peer_wants_packet_in(const struct peer *p, enum ofp_packet_in_reason reason, uint16_t controller_id)
{
	return controller_id == p->controller_id && wants_packet_in(p, reason);
}

const char *
peer_role_name(const struct peer *p)
{
	static const char *const names[] = {
		[OFP_ROLE_NOCHANGE] = "other",
		[OFP_ROLE_EQUAL] = "other",
		[OFP_ROLE_MASTER] = "master",
		[OFP_ROLE_SLAVE] = "slave",
	};

	return names[p->role];
}
