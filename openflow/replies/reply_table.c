/* SPDX-License-Identifier: Apache-2.0 */
#include "replies/reply_table.h"

#include "replies/reply.h"

#include "messages/table_desc.h"

#define NAME_BYTES 32
#define WILDCARDS_10 0x3fffff

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

void
ofp_reply_table_desc(struct ofp_reply *r, const struct ofp_table_stats *t)
{
	size_t start = ofp_entry_start(r);

	ofp_put_table_desc(r->out, t);
	ofp_entry_end(r, start);
}
