/* SPDX-License-Identifier: Apache-2.0 */
#include "reply_entry.h"

#include "field.h"
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

/* Properties of table features, OpenFlow 1.3.5 section 7.3.5.5.2. */
enum {
	PROP_INSTRUCTIONS = 0,
	PROP_NEXT_TABLES = 2,
	PROP_WRITE_ACTIONS = 4,
	PROP_APPLY_ACTIONS = 6,
	PROP_MATCH = 8,
	PROP_WILDCARDS = 10,
	PROP_WRITE_SETFIELD = 12,
	PROP_APPLY_SETFIELD = 14,
};

static size_t
property_start(struct ofp_buffer *b, uint16_t type)
{
	size_t start = b->n;

	ofp_put_u16(b, type);
	ofp_put_u16(b, 0);
	return start;
}

static void
property_end(struct ofp_buffer *b, size_t start)
{
	ofp_set_u16(b, start + 2, (uint16_t)(b->n - start));
	ofp_put_pad8(b, start);
}

static void
put_types(struct ofp_buffer *b, uint16_t property, const uint8_t *types, size_t n, uint16_t length)
{
	size_t start = property_start(b, property);

	for (size_t i = 0; i < n; i++) {
		ofp_put_u16(b, types[i]);
		ofp_put_u16(b, length);
	}
	property_end(b, start);
}

static void
put_next_tables(struct ofp_buffer *b, uint8_t table)
{
	size_t start = property_start(b, PROP_NEXT_TABLES);

	for (unsigned int next = table + 1u; next < XLATE_TABLES; next++)
		ofp_put_u8(b, (uint8_t)next);
	property_end(b, start);
}

static bool
is_listed(const struct ofp_field *row, uint8_t version, bool settable)
{
	return row->in_oxm && version >= row->first && (!row->last || version <= row->last) &&
	       (!settable || ofp_field_in_action(row)->settable);
}

static void
put_fields(struct ofp_buffer *b, uint16_t property, uint8_t version)
{
	bool settable = property >= PROP_WRITE_SETFIELD;
	size_t start = property_start(b, property), n;
	const struct ofp_field *rows = ofp_field_rows(&n);

	for (size_t i = 0; i < n; i++) {
		if (is_listed(&rows[i], version, settable))
			ofp_field_put_header(b, &rows[i],
					     property == PROP_MATCH &&
						     ofp_field_is_maskable(&rows[i]));
	}
	property_end(b, start);
}

static void
put_features(struct ofp_buffer *b, uint8_t table, uint8_t version)
{
	static const uint8_t instructions[] = {1, 2, 3, 4, 5, 6}; /* goto first, meter last */
	static const uint8_t actions[] = {0,  11, 12, 15, 16, 17, 18, 19,
					  20, 21, 22, 23, 24, 25, 28, 29};
	size_t skip = table + 1 == XLATE_TABLES; /* from there on leads nowhere */
	size_t n_instructions = sizeof instructions - skip - (version >= OFP_VERSION_15);
	size_t n_actions = sizeof actions - (version >= OFP_VERSION_15 ? 0 : 2);

	put_types(b, PROP_INSTRUCTIONS, instructions + skip, n_instructions, 4);
	put_next_tables(b, table);
	put_types(b, PROP_WRITE_ACTIONS, actions, n_actions, 4);
	put_types(b, PROP_APPLY_ACTIONS, actions, n_actions, 4);
	put_fields(b, PROP_MATCH, version);
	put_fields(b, PROP_WILDCARDS, version);
	put_fields(b, PROP_WRITE_SETFIELD, version);
	put_fields(b, PROP_APPLY_SETFIELD, version);
}

void
ofp_reply_table_features(struct ofp_reply *r, const struct ofp_table_stats *t)
{
	struct ofp_buffer *b = r->out;
	size_t start = ofp_entry_start(r);

	ofp_put_u16(b, 0);
	ofp_put_u8(b, t->table);
	ofp_put_zeros(b, 5);
	ofp_put_text(b, t->name, NAME_BYTES);
	ofp_put_u64(b, UINT64_MAX);
	ofp_put_u64(b, UINT64_MAX);
	ofp_put_u32(b, r->version >= OFP_VERSION_14 ? t->config : 0);
	ofp_put_u32(b, t->max_entries);
	put_features(b, t->table, r->version);
	ofp_set_u16(b, start, (uint16_t)(b->n - start));
	ofp_entry_end(r, start);
}
