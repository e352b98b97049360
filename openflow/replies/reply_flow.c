/* SPDX-License-Identifier: Apache-2.0 */
#include "replies/reply_flow.h"

#include "replies/reply.h"

#include "actions/action.h"
#include "actions/action_put.h"
#include "actions/instruction.h"
#include "fields/match.h"
#include "fields/match10.h"
#include "wire/oxs.h"

#define FLAG_SEND_FLOW_REM (1u << 0)
#define FLAG_CHECK_OVERLAP (1u << 1)
#define FLAG_RESET_COUNTS (1u << 2)
#define FLAG_NO_PACKET_COUNTS (1u << 3)
#define FLAG_NO_BYTE_COUNTS (1u << 4)
#define NS_PER_S 1000000000ull

static void
put_timeouts(struct ofp_buffer *b, const struct xlate_rule_view *rule)
{
	ofp_put_u16(b, rule->priority);
	ofp_put_u16(b, rule->idle_timeout_s);
	ofp_put_u16(b, rule->hard_timeout_s);
}

static void
put_counts(struct ofp_buffer *b, const struct xlate_rule_view *rule)
{
	ofp_put_u64(b, rule->cookie);
	ofp_put_u64(b, rule->stats.packets);
	ofp_put_u64(b, rule->stats.bytes);
}

/* Writes the length, which is set at the end, and the table. */
static void
put_head(struct ofp_buffer *b, const struct xlate_rule_view *rule)
{
	ofp_put_u16(b, 0);
	ofp_put_u8(b, rule->table);
	ofp_put_u8(b, 0);
}

static uint64_t
idle_ns(const struct xlate_rule_view *rule, uint64_t now_ns)
{
	uint64_t used = rule->stats.used_ns;

	return ofp_ns_since(used > rule->created_ns ? used : rule->created_ns, now_ns);
}

static void
put_flow10(struct ofp_buffer *b, const struct xlate_rule_view *rule, uint64_t now_ns)
{
	put_head(b, rule);
	ofp_match10_put(b, rule->match);
	ofp_put_duration(b, ofp_ns_since(rule->created_ns, now_ns));
	put_timeouts(b, rule);
	ofp_put_zeros(b, 6);
	put_counts(b, rule);
	ofp_actions_put(b, rule->actions, OFP_VERSION_10);
}

/* Returns an age of 16 bits, plus 1: 0 means "not known". */
static uint16_t
age(uint64_t ns)
{
	uint64_t s = ns / NS_PER_S;

	return (uint16_t)(s < UINT16_MAX - 1 ? s + 1 : UINT16_MAX);
}

static void
put_flow_nxm(struct ofp_buffer *b, const struct xlate_rule_view *rule, uint64_t now_ns)
{
	size_t length, start;

	put_head(b, rule);
	ofp_put_duration(b, ofp_ns_since(rule->created_ns, now_ns));
	put_timeouts(b, rule);
	length = b->n;
	ofp_put_u16(b, 0);
	ofp_put_u16(b, age(idle_ns(rule, now_ns)));
	ofp_put_u16(b, age(ofp_ns_since(rule->modified_ns, now_ns)));
	put_counts(b, rule);
	start = b->n;
	ofp_match_fields_put(b, rule->match, OFP_VERSION_10);
	ofp_set_u16(b, length, (uint16_t)(b->n - start));
	ofp_put_pad8(b, start);
	ofp_actions_put(b, rule->actions, OFP_VERSION_10);
}

static uint16_t
flags_of(const struct xlate_rule_view *rule)
{
	return (uint16_t)((rule->send_flow_rem ? FLAG_SEND_FLOW_REM : 0) |
			  (rule->check_overlap ? FLAG_CHECK_OVERLAP : 0) |
			  (rule->reset_counts ? FLAG_RESET_COUNTS : 0) |
			  (rule->no_packet_counts ? FLAG_NO_PACKET_COUNTS : 0) |
			  (rule->no_byte_counts ? FLAG_NO_BYTE_COUNTS : 0));
}

static void
put_flow13(struct ofp_buffer *b, const struct xlate_rule_view *rule, uint64_t now_ns,
	   uint8_t version)
{
	put_head(b, rule);
	ofp_put_duration(b, ofp_ns_since(rule->created_ns, now_ns));
	put_timeouts(b, rule);
	ofp_put_u16(b, flags_of(rule));
	ofp_put_u16(b, version >= OFP_VERSION_14 ? rule->importance : 0);
	ofp_put_zeros(b, 2);
	put_counts(b, rule);
	ofp_oxm_match_put(b, rule->match, version);
	ofp_instructions_put(b, rule->actions, version);
}

static void
put_flow15(struct ofp_buffer *b, const struct xlate_rule_view *rule, uint64_t now_ns)
{
	struct ofp_oxs stats = {
		.has_duration = true,
		.has_idle = true,
		.duration_ns = ofp_ns_since(rule->created_ns, now_ns),
		.idle_ns = idle_ns(rule, now_ns),
		.packets = rule->stats.packets,
		.bytes = rule->stats.bytes,
	};

	ofp_put_zeros(b, 4);
	ofp_put_u8(b, rule->table);
	ofp_put_u8(b, 0);
	put_timeouts(b, rule);
	ofp_put_u16(b, flags_of(rule));
	ofp_put_u16(b, rule->importance);
	ofp_put_u64(b, rule->cookie);
	ofp_oxm_match_put(b, rule->match, OFP_VERSION_15);
	ofp_oxs_put(b, &stats);
	ofp_instructions_put(b, rule->actions, OFP_VERSION_15);
}

void
ofp_reply_flow(struct ofp_reply *r, const struct xlate_rule_view *rule, uint64_t now_ns)
{
	size_t start = ofp_entry_start(r);

	if (r->experimenter)
		put_flow_nxm(r->out, rule, now_ns);
	else if (r->version == OFP_VERSION_10)
		put_flow10(r->out, rule, now_ns);
	else if (r->version >= OFP_VERSION_15)
		put_flow15(r->out, rule, now_ns);
	else
		put_flow13(r->out, rule, now_ns, r->version);
	ofp_set_u16(r->out, start, (uint16_t)(r->out->n - start));
	ofp_entry_end(r, start);
}

void
ofp_reply_aggregate(struct ofp_reply *r, uint64_t packets, uint64_t bytes, uint32_t n_flows)
{
	if (r->version >= OFP_VERSION_15) {
		struct ofp_oxs stats = {
			.has_flows = true, .flows = n_flows, .packets = packets, .bytes = bytes};

		ofp_oxs_put(r->out, &stats);
		return;
	}
	ofp_put_u64(r->out, packets);
	ofp_put_u64(r->out, bytes);
	ofp_put_u32(r->out, n_flows);
	ofp_put_zeros(r->out, 4);
}

/* Writes an update in Nicira's form for 1.0, and ONF's for 1.3, with match and instructions
 * of that version. */
static void
put_update_before14(struct ofp_reply *r, enum ofp_update event, const struct xlate_rule_view *rule,
		    enum ofp_removed_reason reason, bool actions)
{
	struct ofp_buffer *b = r->out;
	static const uint16_t events[] = {
		[OFP_UPDATE_INITIAL] = 0,
		[OFP_UPDATE_ADDED] = 0,
		[OFP_UPDATE_REMOVED] = 1,
		[OFP_UPDATE_MODIFIED] = 2,
	};
	size_t length, start;

	ofp_put_u16(b, 0);
	ofp_put_u16(b, events[event]);
	ofp_put_u16(b, event == OFP_UPDATE_REMOVED ? (uint16_t)reason : 0);
	put_timeouts(b, rule);
	length = b->n;
	ofp_put_u16(b, 0);
	ofp_put_u8(b, rule->table);
	ofp_put_u8(b, 0);
	ofp_put_u64(b, rule->cookie);
	start = b->n;
	if (r->version == OFP_VERSION_10)
		ofp_match_fields_put(b, rule->match, r->version);
	else
		ofp_oxm_match_put(b, rule->match, r->version);
	ofp_set_u16(b, length, (uint16_t)(b->n - start));
	ofp_put_pad8(b, start);
	if (actions && r->version == OFP_VERSION_10)
		ofp_actions_put(b, rule->actions, r->version);
	else if (actions)
		ofp_instructions_put(b, rule->actions, r->version);
}

static void
put_update14(struct ofp_reply *r, enum ofp_update event, const struct xlate_rule_view *rule,
	     enum ofp_removed_reason reason, bool actions)
{
	struct ofp_buffer *b = r->out;

	ofp_put_u16(b, 0);
	ofp_put_u16(b, (uint16_t)event);
	ofp_put_u8(b, rule->table);
	ofp_put_u8(b, event == OFP_UPDATE_REMOVED ? (uint8_t)reason : 0);
	ofp_put_u16(b, rule->idle_timeout_s);
	ofp_put_u16(b, rule->hard_timeout_s);
	ofp_put_u16(b, rule->priority);
	ofp_put_zeros(b, 4);
	ofp_put_u64(b, rule->cookie);
	ofp_oxm_match_put(b, rule->match, r->version);
	if (actions)
		ofp_instructions_put(b, rule->actions, r->version);
}

void
ofp_reply_update(struct ofp_reply *r, enum ofp_update event, const struct xlate_rule_view *rule,
		 enum ofp_removed_reason reason, bool actions)
{
	size_t start = ofp_entry_start(r);

	if (r->experimenter)
		put_update_before14(r, event, rule, reason, actions);
	else
		put_update14(r, event, rule, reason, actions);
	ofp_set_u16(r->out, start, (uint16_t)(r->out->n - start));
	ofp_entry_end(r, start);
}

void
ofp_reply_update_abbrev(struct ofp_reply *r, uint32_t xid)
{
	size_t start = ofp_entry_start(r);

	ofp_put_u16(r->out, 8);
	ofp_put_u16(r->out, r->experimenter ? 3 : 4);
	ofp_put_u32(r->out, xid);
	ofp_entry_end(r, start);
}
