/* SPDX-License-Identifier: Apache-2.0 */
/* Flow mods and packet-outs. */
#include "messages/message_flow.h"

#include "actions/action_put.h"
#include "actions/action_read.h"
#include "actions/instruction.h"
#include "fields/match10.h"
#include "messages/message.h"

#include <flow/parse.h>

#include <errno.h>
#include <string.h>

#define FLAG_SEND_FLOW_REM (1u << 0)
#define FLAG_CHECK_OVERLAP (1u << 1)
#define FLAG_RESET_COUNTS (1u << 2)
#define FLAG_NO_PACKET_COUNTS (1u << 3)
#define FLAG_NO_BYTE_COUNTS (1u << 4)
#define FLAGS_10 (FLAG_SEND_FLOW_REM | FLAG_CHECK_OVERLAP)
#define FLAGS_13 (FLAGS_10 | FLAG_RESET_COUNTS | FLAG_NO_PACKET_COUNTS | FLAG_NO_BYTE_COUNTS)

static bool
is_delete(const struct xlate_flow_mod *fm)
{
	return fm->command == XLATE_DELETE || fm->command == XLATE_DELETE_STRICT;
}

static bool
is_modify(const struct xlate_flow_mod *fm)
{
	return fm->command == XLATE_MODIFY || fm->command == XLATE_MODIFY_STRICT;
}

static int
check_goto(const struct xlate_actions *a, uint8_t table, struct ofp_error *err)
{
	for (size_t i = 0; i < a->n; i++) {
		if (a->a[i].type == XLATE_ACT_GOTO_TABLE && table != XLATE_TABLE_ALL &&
		    a->a[i].table <= table)
			return ofp_refuse(err, OFP_E_BI_BAD_TABLE_ID,
					  "goto_table: %u; a rule of table %u can continue only in "
					  "later tables",
					  a->a[i].table, table);
	}
	return 0;
}

/* Refuses matches of fields that the switch itself sets while a packet is in the pipeline: they are
 * for its own rules. */
static int
check_hidden(const struct xlate_flow_mod *fm, struct ofp_error *err)
{
	const struct flow_key *key = &fm->match.key.flow, *mask = &fm->match.mask.flow;

	if (fm->command != XLATE_ADD || (!key->recirc_id && !mask->dp_hash))
		return 0;
	return ofp_refuse(err, OFP_E_BR_EPERM, "match: %s is reserved for rules of the switch",
			  mask->dp_hash ? "dp_hash" : "recirc_id");
}

enum ofp_error_code
ofp_error_of_actions(int rc)
{
	switch (rc) {
	case -E2BIG:
		return OFP_E_BA_BAD_TAG;
	case -EBUSY:
		return OFP_E_BA_BAD_CONJUNCTION;
	default:
		return OFP_E_BA_MATCH_INCONSISTENT;
	}
}

/* Checks the order of actions, and the actions against the match. Returns 0, -EINVAL,
 * -E2BIG or -EBUSY. */
static int
check_actions(struct xlate_actions *a, const struct xlate_match *m, uint8_t table, uint8_t version,
	      struct ofp_error *err)
{
	enum xlate_strictness strictness = version == OFP_VERSION_10 ? XLATE_LENIENT : XLATE_STRICT;
	int rc = check_goto(a, table, err);

	if (rc)
		return rc;
	rc = xlate_actions_check_order(a, false, err->text, sizeof err->text);
	if (rc) {
		err->code = OFP_E_BA_UNSUPPORTED_ORDER;
		return rc;
	}
	rc = xlate_actions_check(a, m, table, strictness, err->text, sizeof err->text);
	if (rc)
		err->code = ofp_error_of_actions(rc);
	return rc;
}

static int
set_command(struct xlate_flow_mod *fm, unsigned int command, struct ofp_error *err)
{
	if (command > XLATE_DELETE_STRICT)
		return ofp_refuse(err, OFP_E_FM_BAD_COMMAND, "flow_mod: command %u; expected 0..%d",
				  command, XLATE_DELETE_STRICT);
	fm->command = (enum xlate_command)command;
	return 0;
}

static int
set_flags(struct ofp_flow_mod *f, uint16_t flags, uint16_t known, struct ofp_error *err)
{
	if (flags & ~known)
		return ofp_refuse(err, OFP_E_FM_BAD_FLAGS,
				  "flow_mod: flags 0x%x; expected bits of 0x%x", flags, known);
	f->mod.send_flow_rem = flags & FLAG_SEND_FLOW_REM;
	f->mod.check_overlap = flags & FLAG_CHECK_OVERLAP;
	f->mod.reset_counts = flags & FLAG_RESET_COUNTS;
	f->mod.no_packet_counts = flags & FLAG_NO_PACKET_COUNTS;
	f->mod.no_byte_counts = flags & FLAG_NO_BYTE_COUNTS;
	return 0;
}

/* Sets the command; with SET_FLOW_MOD_TABLE_ID, its upper byte is the table. */
static int
set_command10(struct ofp_reader *r, uint16_t command)
{
	struct xlate_flow_mod *fm = &r->m->flow_mod.mod;
	bool table_id = r->ctx->flow_mod_table_id;
	int rc = set_command(fm, table_id ? command & 0xff : command, r->err);

	r->m->flow_mod.table_id = table_id;
	fm->table = table_id ? (uint8_t)(command >> 8) : XLATE_TABLE_ALL;
	if (!rc && fm->table == XLATE_TABLE_ALL && fm->command == XLATE_ADD)
		fm->table = 0;
	if (!rc && fm->table >= XLATE_TABLES && fm->table != XLATE_TABLE_ALL)
		rc = ofp_refuse(r->err, OFP_E_FM_BAD_TABLE_ID, "flow_mod: table %u; expected 0..%d",
				fm->table, XLATE_TABLES - 1);
	return rc;
}

/* Sets cookies as of 1.0. There, a modification that matches no rule adds one, and
 * sets the cookie. */
static int
set_cookie10(struct ofp_reader *r, uint64_t new_cookie, const struct ofp_cookie *filter)
{
	struct xlate_flow_mod *fm = &r->m->flow_mod.mod;

	if (filter->mask && fm->command == XLATE_ADD)
		return ofp_refuse(r->err, OFP_E_NX_NXM_INVALID,
				  "flow_mod: an addition cannot match a cookie");
	fm->cookie = fm->command == XLATE_ADD ? new_cookie : filter->value;
	fm->cookie_mask = filter->mask;
	fm->new_cookie = new_cookie;
	fm->set_cookie = is_modify(fm) && new_cookie != UINT64_MAX;
	fm->add_if_none = fm->set_cookie && !filter->mask;
	return 0;
}

static int
check_port10(uint16_t port, struct ofp_error *err)
{
	if (port > XLATE_PORT_MAX && port < XLATE_PORT_IN_PORT)
		return ofp_refuse(err, OFP_E_BA_BAD_OUT_PORT, "out_port: 0x%x is not a port", port);
	return 0;
}

static int
read_actions10(struct ofp_reader *r)
{
	struct xlate_flow_mod *fm = &r->m->flow_mod.mod;
	struct ofp_action_context ctx = {.version = r->version, .br = r->ctx->br};
	int rc;

	if (is_delete(fm))
		return 0;
	rc = ofp_actions_pull(&r->body, r->body.n, &ctx, &fm->actions, r->err);
	if (!rc)
		rc = check_actions(fm->actions, &fm->match, fm->table, r->version, r->err);
	return rc ? rc : check_hidden(fm, r->err);
}

/* Reads the part from the command on, which is the same in both forms of 1.0. */
static int
read_middle10(struct ofp_reader *r, const uint8_t *p)
{
	struct ofp_flow_mod *f = &r->m->flow_mod;
	int rc = set_command10(r, ofp_get_u16(p));

	f->mod.idle_timeout_s = ofp_get_u16(p + 2);
	f->mod.hard_timeout_s = ofp_get_u16(p + 4);
	f->mod.priority = ofp_get_u16(p + 6);
	f->buffer_id = ofp_get_u32(p + 8);
	f->mod.out_port = is_delete(&f->mod) ? ofp_get_u16(p + 12) : XLATE_PORT_NONE;
	if (!rc)
		rc = set_flags(f, ofp_get_u16(p + 14), FLAGS_10, r->err);
	/* in 1.0 an addition always restarts the counters */
	f->mod.reset_counts = f->mod.command == XLATE_ADD;
	return rc ? rc : check_port10(f->mod.out_port, r->err);
}

int
ofp_read_flow_mod10(struct ofp_reader *r)
{
	struct xlate_flow_mod *fm = &r->m->flow_mod.mod;
	const uint8_t *p = ofp_take(&r->body, 64);
	struct ofp_cookie none = {0};
	int rc = read_middle10(r, p + 48);

	ofp_match10_read(p, &fm->match);
	/* An exact match of 1.0 has the highest priority, whatever priority it gives. */
	if (!(ofp_get_u32(p) & 0x3fffff))
		fm->priority = UINT16_MAX;
	if (!rc)
		rc = set_cookie10(r, ofp_get_u64(p + 40), &none);
	return rc ? rc : read_actions10(r);
}

int
ofp_read_flow_mod_nxm(struct ofp_reader *r)
{
	struct ofp_flow_mod *f = &r->m->flow_mod;
	const uint8_t *p = ofp_take(&r->body, 32);
	struct ofp_cookie filter;
	int rc;

	f->nicira = true;
	rc = read_middle10(r, p + 8);
	if (!rc)
		rc = ofp_nxm_match_pull(&r->body, r->ctx->br, ofp_get_u16(p + 24), &f->mod.match,
					&filter, r->err);
	if (!rc)
		rc = set_cookie10(r, ofp_get_u64(p), &filter);
	return rc ? rc : read_actions10(r);
}

static int
set_table(struct xlate_flow_mod *fm, uint8_t table, struct ofp_error *err)
{
	fm->table = table;
	if (table < XLATE_TABLES || (table == XLATE_TABLE_ALL && is_delete(fm)))
		return 0;
	return ofp_refuse(err, OFP_E_FM_BAD_TABLE_ID,
			  "flow_mod: table %u; expected 0..%d, or %d to delete", table,
			  XLATE_TABLES - 1, XLATE_TABLE_ALL);
}

static void
set_cookie(struct xlate_flow_mod *fm, uint64_t cookie, uint64_t mask)
{
	fm->cookie = fm->command == XLATE_ADD ? cookie : cookie & mask;
	fm->cookie_mask = fm->command == XLATE_ADD ? 0 : mask;
}

static int
set_outputs(struct xlate_flow_mod *fm, const uint8_t *p, struct ofp_error *err)
{
	fm->out_port = XLATE_PORT_NONE;
	if (!is_delete(fm))
		return 0;
	fm->out_group = ofp_get_u32(p + 4);
	fm->has_out_group = fm->out_group != XLATE_GROUP_ANY;
	return ofp_port_from32(ofp_get_u32(p), OFP_E_BA_BAD_OUT_PORT, &fm->out_port, err);
}

int
ofp_read_flow_mod(struct ofp_reader *r)
{
	struct ofp_flow_mod *f = &r->m->flow_mod;
	struct ofp_action_context ctx = {.version = r->version, .br = r->ctx->br};
	const uint8_t *p = ofp_take(&r->body, 40);
	int rc = set_command(&f->mod, p[17], r->err);

	if (!rc)
		rc = set_table(&f->mod, p[16], r->err);
	if (!rc)
		rc = set_outputs(&f->mod, p + 28, r->err);
	if (!rc)
		rc = set_flags(f, ofp_get_u16(p + 36), FLAGS_13, r->err);
	if (rc)
		return rc;
	set_cookie(&f->mod, ofp_get_u64(p), ofp_get_u64(p + 8));
	f->mod.idle_timeout_s = ofp_get_u16(p + 18);
	f->mod.hard_timeout_s = ofp_get_u16(p + 20);
	f->mod.priority = ofp_get_u16(p + 22);
	f->buffer_id = ofp_get_u32(p + 24);
	f->mod.importance = r->version >= OFP_VERSION_14 ? ofp_get_u16(p + 38) : 0;
	rc = ofp_oxm_match_pull(&r->body, r->ctx->br, true, &f->mod.match, r->err);
	if (rc || is_delete(&f->mod))
		return rc;
	rc = ofp_instructions_pull(&r->body, &ctx, &f->mod.actions, r->err);
	if (!rc)
		rc = check_actions(f->mod.actions, &f->mod.match, f->mod.table, r->version, r->err);
	return rc ? rc : check_hidden(&f->mod, r->err);
}

static uint16_t
flags_of(const struct ofp_flow_mod *f)
{
	return (uint16_t)((f->mod.send_flow_rem ? FLAG_SEND_FLOW_REM : 0) |
			  (f->mod.check_overlap ? FLAG_CHECK_OVERLAP : 0) |
			  (f->mod.reset_counts ? FLAG_RESET_COUNTS : 0) |
			  (f->mod.no_packet_counts ? FLAG_NO_PACKET_COUNTS : 0) |
			  (f->mod.no_byte_counts ? FLAG_NO_BYTE_COUNTS : 0));
}

static void
put_middle10(struct ofp_buffer *b, const struct ofp_flow_mod *f)
{
	ofp_put_u16(b, (uint16_t)((f->table_id ? f->mod.table << 8 : 0) | f->mod.command));
	ofp_put_u16(b, f->mod.idle_timeout_s);
	ofp_put_u16(b, f->mod.hard_timeout_s);
	ofp_put_u16(b, f->mod.priority);
	ofp_put_u32(b, f->buffer_id);
	ofp_put_u16(b, f->mod.out_port);
	ofp_put_u16(b, flags_of(f) & FLAGS_10);
}

static uint64_t
new_cookie10(const struct xlate_flow_mod *fm)
{
	if (fm->command == XLATE_ADD)
		return fm->cookie;
	return fm->set_cookie ? fm->new_cookie : is_modify(fm) ? UINT64_MAX : 0;
}

void
ofp_put_flow_mod10(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	const struct ofp_flow_mod *f = &m->flow_mod;

	ofp_match10_put(b, &f->mod.match);
	ofp_put_u64(b, new_cookie10(&f->mod));
	put_middle10(b, f);
	if (f->mod.actions)
		ofp_actions_put(b, f->mod.actions, version);
}

void
ofp_put_flow_mod_nxm(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	const struct ofp_flow_mod *f = &m->flow_mod;
	struct ofp_cookie filter = {f->mod.cookie, f->mod.cookie_mask};
	size_t length, start;

	ofp_put_u64(b, new_cookie10(&f->mod));
	put_middle10(b, f);
	length = b->n;
	ofp_put_zeros(b, 8);
	start = b->n;
	ofp_match_fields_put(b, &f->mod.match, version);
	ofp_cookie_put(b, &filter);
	ofp_set_u16(b, length, (uint16_t)(b->n - start));
	ofp_put_pad8(b, start);
	if (f->mod.actions)
		ofp_actions_put(b, f->mod.actions, version);
}

void
ofp_put_flow_mod(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	const struct ofp_flow_mod *f = &m->flow_mod;

	ofp_put_u64(b, f->mod.cookie);
	ofp_put_u64(b, f->mod.cookie_mask);
	ofp_put_u8(b, f->mod.table);
	ofp_put_u8(b, (uint8_t)f->mod.command);
	ofp_put_u16(b, f->mod.idle_timeout_s);
	ofp_put_u16(b, f->mod.hard_timeout_s);
	ofp_put_u16(b, f->mod.priority);
	ofp_put_u32(b, f->buffer_id);
	ofp_put_u32(b, ofp_port_to32(f->mod.out_port));
	ofp_put_u32(b, f->mod.has_out_group ? f->mod.out_group : XLATE_GROUP_ANY);
	ofp_put_u16(b, flags_of(f));
	ofp_put_u16(b, version >= OFP_VERSION_14 ? f->mod.importance : 0);
	ofp_oxm_match_put(b, &f->mod.match, version);
	if (f->mod.actions)
		ofp_instructions_put(b, f->mod.actions, version);
}

static void
set_in_port(struct xlate_match *m, uint16_t port)
{
	memset(m, 0, sizeof *m);
	m->key.in_port = xlate_ofp_port(port);
	m->mask.in_port.number = UINT32_MAX;
}

static int
check_in_port(uint16_t port, struct ofp_error *err)
{
	if (port <= XLATE_PORT_MAX || port == XLATE_PORT_LOCAL || port == XLATE_PORT_NONE ||
	    port == XLATE_PORT_CONTROLLER)
		return 0;
	return ofp_refuse(err, OFP_E_BR_BAD_PORT,
			  "packet_out: in_port 0x%x is not a port that packets arrive at", port);
}

/* Actions must suit the packet, as those of a rule must suit its match. Instructions
 * are not accepted. */
static int
check_packet_actions(struct ofp_packet_out *po, uint8_t version, struct ofp_error *err)
{
	struct xlate_match packet = po->match;

	if (xlate_actions_check_order(po->actions, true, err->text, sizeof err->text)) {
		err->code = OFP_E_BI_UNSUP_INST;
		return -EINVAL;
	}
	flow_parse(po->data, po->n_data, &packet.key.flow, NULL);
	return check_actions(po->actions, &packet, XLATE_TABLE_ALL, version, err);
}

/* Reads the part after the fixed one. */
static int
read_rest(struct ofp_reader *r, size_t n_actions)
{
	struct ofp_packet_out *po = &r->m->packet_out;
	struct ofp_action_context ctx = {
		.version = r->version, .packet_out = true, .br = r->ctx->br};
	int rc = check_in_port(po->in_port, r->err);

	if (!rc)
		rc = ofp_actions_pull(&r->body, n_actions, &ctx, &po->actions, r->err);
	if (rc)
		return rc;
	if (po->buffer_id != OFP_NO_BUFFER)
		return ofp_refuse(r->err, OFP_E_BR_BUFFER_UNKNOWN,
				  "packet_out: buffer 0x%x: packets are not buffered",
				  po->buffer_id);
	rc = ofp_own_bytes(&r->body, &po->data, &po->n_data);
	return rc ? rc : check_packet_actions(po, r->version, r->err);
}

int
ofp_read_packet_out10(struct ofp_reader *r)
{
	struct ofp_packet_out *po = &r->m->packet_out;
	const uint8_t *p = ofp_take(&r->body, 8);

	po->buffer_id = ofp_get_u32(p);
	po->in_port = ofp_get_u16(p + 4);
	set_in_port(&po->match, po->in_port);
	return read_rest(r, ofp_get_u16(p + 6));
}

int
ofp_read_packet_out(struct ofp_reader *r)
{
	struct ofp_packet_out *po = &r->m->packet_out;
	const uint8_t *p = ofp_take(&r->body, 16);
	int rc;

	po->buffer_id = ofp_get_u32(p);
	rc = ofp_port_from32(ofp_get_u32(p + 4), OFP_E_BR_BAD_PORT, &po->in_port, r->err);
	set_in_port(&po->match, po->in_port);
	return rc ? rc : read_rest(r, ofp_get_u16(p + 8));
}

/* Returns whether the match has only pipeline fields, which a packet may start with
 * besides its headers. */
static bool
is_pipeline_only(const struct xlate_match *m)
{
	static const struct xlate_key none;
	struct xlate_key left = m->mask;

	left.in_port.number = 0;
	left.flow.tun.id = 0;
	memset(&left.flow.tun.src, 0, sizeof left.flow.tun.src);
	memset(&left.flow.tun.dst, 0, sizeof left.flow.tun.dst);
	left.flow.tun.flags = 0;
	left.metadata = 0;
	memset(left.reg, 0, sizeof left.reg);
	return xlate_key_equal(&left, &none);
}

int
ofp_read_packet_out15(struct ofp_reader *r)
{
	struct ofp_packet_out *po = &r->m->packet_out;
	const uint8_t *p = ofp_take(&r->body, 8);
	int rc;

	po->buffer_id = ofp_get_u32(p);
	rc = ofp_oxm_match_pull(&r->body, r->ctx->br, true, &po->match, r->err);
	if (rc)
		return rc;
	if (!is_pipeline_only(&po->match))
		return ofp_refuse(r->err, OFP_E_BR_PIPELINE_FIELDS_ONLY,
				  "packet_out: the match has a field of the packet; expected "
				  "in_port, metadata, registers, tun_id, tun_src, tun_dst, "
				  "tun_ipv6_src, tun_ipv6_dst or tun_flags");
	if (!po->match.mask.in_port.number)
		return ofp_refuse(r->err, OFP_E_BR_BAD_PORT, "packet_out: in_port is missing");
	po->in_port = (uint16_t)po->match.key.in_port.number;
	return read_rest(r, ofp_get_u16(p + 4));
}

static void
put_rest(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version, size_t length)
{
	size_t start = b->n;

	ofp_actions_put(b, m->packet_out.actions, version);
	ofp_set_u16(b, length, (uint16_t)(b->n - start));
	ofp_put(b, m->packet_out.data, m->packet_out.n_data);
}

void
ofp_put_packet_out10(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	ofp_put_u32(b, m->packet_out.buffer_id);
	ofp_put_u16(b, m->packet_out.in_port);
	ofp_put_u16(b, 0);
	put_rest(b, m, version, b->n - 2);
}

void
ofp_put_packet_out(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	ofp_put_u32(b, m->packet_out.buffer_id);
	ofp_put_u32(b, ofp_port_to32(m->packet_out.in_port));
	ofp_put_zeros(b, 8);
	put_rest(b, m, version, b->n - 8);
}

void
ofp_put_packet_out15(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	size_t length = b->n + 4;

	ofp_put_u32(b, m->packet_out.buffer_id);
	ofp_put_zeros(b, 4);
	ofp_oxm_match_put(b, &m->packet_out.match, version);
	put_rest(b, m, version, length);
}
