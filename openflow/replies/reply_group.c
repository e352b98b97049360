/* SPDX-License-Identifier: Apache-2.0 */
#include "replies/reply_group.h"

#include "replies/reply.h"

#include "messages/message.h"
#include "messages/message_group.h"

#define CAP_SELECT_WEIGHT 1
#define CAP_SELECT_LIVENESS 2
#define CAP_CHAINING 4
#define CAP_CHAINING_CHECKS 8
#define ACTIONS_10 0xfff /* all of them */
#define BAND_TYPES (1u << 1 | 1u << 2)
#define METER_CAPABILITIES 0xf /* kbps, pktps, burst, stats */

void
ofp_reply_group(struct ofp_reply *r, const struct xlate_group_view *g, uint64_t now_ns)
{
	struct ofp_buffer *b = r->out;
	size_t start = ofp_entry_start(r);

	ofp_put_u16(b, 0);
	ofp_put_zeros(b, 2);
	ofp_put_u32(b, g->config->id);
	ofp_put_u32(b, g->n_refs);
	ofp_put_zeros(b, 4);
	ofp_put_u64(b, g->count.packets);
	ofp_put_u64(b, g->count.bytes);
	ofp_put_duration(b, ofp_ns_since(g->created_ns, now_ns));
	for (size_t i = 0; i < g->config->n_buckets; i++) {
		ofp_put_u64(b, g->bucket[i].packets);
		ofp_put_u64(b, g->bucket[i].bytes);
	}
	ofp_set_u16(b, start, (uint16_t)(b->n - start));
	ofp_entry_end(r, start);
}

void
ofp_reply_group_desc(struct ofp_reply *r, const struct xlate_group_config *g)
{
	struct ofp_buffer *b = r->out;
	size_t start = ofp_entry_start(r);
	bool new = ofp_groups_are_15(r->version);

	ofp_put_u16(b, 0);
	ofp_put_u8(b, (uint8_t)g->type);
	ofp_put_u8(b, 0);
	ofp_put_u32(b, g->id);
	ofp_put_zeros(b, new ? 8 : 0);
	ofp_put_buckets(b, g, r->version);
	if (new) {
		ofp_set_u16(b, start + 8, (uint16_t)(b->n - start - 16));
		ofp_put_group_properties(b, g);
	}
	ofp_set_u16(b, start, (uint16_t)(b->n - start));
	ofp_entry_end(r, start);
}

/* Returns the actions of a bucket, a bit per type. */
static uint32_t
bucket_actions(uint8_t version)
{
	static const uint8_t actions[] = {0, 11, 12, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25};
	uint32_t bits = version >= OFP_VERSION_15 ? 1u << 28 : 0;

	if (version == OFP_VERSION_10)
		return ACTIONS_10;
	for (size_t i = 0; i < sizeof actions; i++)
		bits |= 1u << actions[i];
	return bits;
}

void
ofp_reply_group_features(struct ofp_reply *r)
{
	struct ofp_buffer *b = r->out;

	ofp_put_u32(b, (1u << XLATE_N_GROUP_TYPES) - 1);
	ofp_put_u32(b,
		    CAP_SELECT_WEIGHT | CAP_SELECT_LIVENESS | CAP_CHAINING | CAP_CHAINING_CHECKS);
	for (int i = 0; i < XLATE_N_GROUP_TYPES; i++)
		ofp_put_u32(b, XLATE_GROUPS_MAX);
	for (int i = 0; i < XLATE_N_GROUP_TYPES; i++)
		ofp_put_u32(b, bucket_actions(r->version));
}

void
ofp_reply_meter(struct ofp_reply *r, const struct xlate_meter_view *m, uint64_t now_ns)
{
	struct ofp_buffer *b = r->out;
	size_t start = ofp_entry_start(r);

	ofp_put_u32(b, m->config->id);
	ofp_put_u16(b, 0);
	ofp_put_zeros(b, 6);
	ofp_put_u32(b, m->n_refs);
	ofp_put_u64(b, m->stats.in.packets);
	ofp_put_u64(b, m->stats.in.bytes);
	ofp_put_duration(b, ofp_ns_since(m->created_ns, now_ns));
	for (uint8_t i = 0; i < m->config->rates.n_bands; i++) {
		ofp_put_u64(b, m->stats.band[i].packets);
		ofp_put_u64(b, m->stats.band[i].bytes);
	}
	ofp_set_u16(b, start + 4, (uint16_t)(b->n - start));
	ofp_entry_end(r, start);
}

void
ofp_reply_meter_config(struct ofp_reply *r, const struct xlate_meter_config *c)
{
	struct ofp_buffer *b = r->out;
	size_t start = ofp_entry_start(r);

	ofp_put_u16(b, 0);
	ofp_put_u16(b, ofp_meter_flags(c));
	ofp_put_u32(b, c->id);
	ofp_put_bands(b, c);
	ofp_set_u16(b, start, (uint16_t)(b->n - start));
	ofp_entry_end(r, start);
}

void
ofp_reply_meter_features(struct ofp_reply *r, uint32_t max_meters)
{
	struct ofp_buffer *b = r->out;

	ofp_put_u32(b, max_meters);
	ofp_put_u32(b, max_meters ? BAND_TYPES : 0);
	ofp_put_u32(b, max_meters ? METER_CAPABILITIES : 0);
	ofp_put_u8(b, max_meters ? FLOW_METER_BANDS_MAX : 0);
	ofp_put_u8(b, 0);
	ofp_put_zeros(b, 2);
}
