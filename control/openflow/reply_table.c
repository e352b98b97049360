/* SPDX-License-Identifier: Apache-2.0 */
#include "reply_entry.h"

#include "message.h"

#define NAME_BYTES 32
#define WILDCARDS_10 0x3fffff
#define PROP_EVICTION 2
#define PROP_VACANCY 3

void
ofp_reply_table(struct ofp_reply *r, const struct ofp_table_stats *t)
{
	struct ofp_buffer *b = r->out;
	size_t start = ofp_entry_start(r);

	ofp_put_u8(b, t->table);
	ofp_put_zeros(b, 3);
	if (r->version == OFP_VERSION_10) {
		ofp_put_text(b, t->name, NAME_BYTES);
		ofp_put_u32(b, WILDCARDS_10);
		ofp_put_u32(b, t->max_entries);
	}
	ofp_put_u32(b, t->active);
	ofp_put_u64(b, t->lookups);
	ofp_put_u64(b, t->matches);
	ofp_entry_end(r, start);
}

static void
put_desc(struct ofp_buffer *b, const struct ofp_table_stats *t)
{
	size_t start = b->n;

	ofp_put_u16(b, 0);
	ofp_put_u8(b, t->table);
	ofp_put_u8(b, 0);
	ofp_put_u32(b, t->config);
	ofp_put_u16(b, PROP_EVICTION);
	ofp_put_u16(b, 8);
	ofp_put_u32(b, t->eviction);
	if (t->config & OFP_TABLE_VACANCY_EVENTS) {
		ofp_put_u16(b, PROP_VACANCY);
		ofp_put_u16(b, 8);
		ofp_put_u8(b, t->vacancy_down);
		ofp_put_u8(b, t->vacancy_up);
		ofp_put_u8(b, t->vacancy);
		ofp_put_u8(b, 0);
	}
	ofp_set_u16(b, start, (uint16_t)(b->n - start));
}

void
ofp_reply_table_desc(struct ofp_reply *r, const struct ofp_table_stats *t)
{
	size_t start = ofp_entry_start(r);

	put_desc(r->out, t);
	ofp_entry_end(r, start);
}

void
ofp_put_table_status(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	(void)version;
	ofp_put_u8(b, m->table_status.reason);
	ofp_put_zeros(b, 7);
	put_desc(b, &m->table_status.table);
}
