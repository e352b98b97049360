/* SPDX-License-Identifier: Apache-2.0 */
#include "messages/table_desc.h"

#include "messages/message.h"

#define PROP_EVICTION 2
#define PROP_VACANCY 3

void
ofp_put_table_desc(struct ofp_buffer *b, const struct ofp_table_stats *t)
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
ofp_put_table_status(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	(void)version;
	ofp_put_u8(b, m->table_status.reason);
	ofp_put_zeros(b, 7);
	ofp_put_table_desc(b, &m->table_status.table);
}
