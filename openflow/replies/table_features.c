/* SPDX-License-Identifier: Apache-2.0 */
#include "replies/table_features.h"

#include "fields/field.h"
#include "messages/message.h"
#include "replies/reply.h"
#include "wire/property.h"

#include <string.h>

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
	N_PROPS = 16,
	REQUIRED = 0x5555, /* bit per property: all but the "miss" ones */
};

/* Capabilities of tables from 1.4 on, independent of their configuration. */
#define CAPABILITIES (OFP_TABLE_EVICTION | OFP_TABLE_VACANCY_EVENTS)
#define HEAD_BYTES 64

static const uint8_t instructions[] = {1, 2, 3, 4, 5, 6}; /* goto is first, meter last */
static const uint8_t actions[] = {0, 11, 12, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 28, 29};

/* The last table cannot continue in another one, so goto_table is skipped there. */
static size_t
n_skipped(uint8_t table)
{
	return table + 1 == XLATE_TABLES;
}

static size_t
n_instructions(uint8_t table, uint8_t version)
{
	return sizeof instructions - n_skipped(table) - (version >= OFP_VERSION_15);
}

static size_t
n_actions(uint8_t version)
{
	return sizeof actions - (version >= OFP_VERSION_15 ? 0 : 2);
}

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
	       (!settable || xlate_field_is_writable(ofp_field_in_action(row)));
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
	put_types(b, PROP_INSTRUCTIONS, instructions + n_skipped(table),
		  n_instructions(table, version), 4);
	put_next_tables(b, table);
	put_types(b, PROP_WRITE_ACTIONS, actions, n_actions(version), 4);
	put_types(b, PROP_APPLY_ACTIONS, actions, n_actions(version), 4);
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
	ofp_put_text(b, t->name, OFP_TABLE_NAME_BYTES);
	ofp_put_u64(b, UINT64_MAX);
	ofp_put_u64(b, UINT64_MAX);
	ofp_put_u32(b, r->version >= OFP_VERSION_14 ? CAPABILITIES : 0);
	ofp_put_u32(b, t->max_entries);
	put_features(b, t->table, r->version);
	ofp_set_u16(b, start, (uint16_t)(b->n - start));
	ofp_entry_end(r, start);
}

static int
exceeds(const struct ofp_table_features *want, const char *what, unsigned int id,
	struct ofp_error *err)
{
	return ofp_refuse(err, OFP_E_TF_EPERM, "table %u: %s %u is not among its features",
			  want->table, what, id);
}

/* Checks types of instructions or actions: 4 bytes each, 8 for an experimenter's. */
static int
check_types(const struct ofp_table_features *want, struct ofp_cursor c, const uint8_t *types,
	    size_t n, struct ofp_error *err)
{
	while (c.n) {
		const uint8_t *p = ofp_pull(&c, 4);
		uint16_t type = p ? ofp_get_u16(p) : 0;

		if (!p)
			return ofp_refuse(err, OFP_E_BP_BAD_LEN,
					  "table %u: a truncated instruction or action",
					  want->table);
		if (type > UINT8_MAX || !memchr(types, type, n))
			return exceeds(want, "instruction or action", type, err);
	}
	return 0;
}

static int
check_next_tables(const struct ofp_table_features *want, struct ofp_cursor c, struct ofp_error *err)
{
	for (size_t i = 0; i < c.n; i++)
		if (c.p[i] <= want->table || c.p[i] >= XLATE_TABLES)
			return exceeds(want, "next table", c.p[i], err);
	return 0;
}

/* Takes a header, which may have the bit for a mask. Returns its field, or NULL if
 * there is none. */
static const struct ofp_field *
pull_field(struct ofp_cursor *c)
{
	const uint8_t *p = ofp_pull(c, 4), *experimenter = NULL;
	uint16_t class = p ? ofp_get_u16(p) : 0;
	size_t n = p ? p[3] : 0;

	if (class == OFP_CLASS_EXPERIMENTER) {
		experimenter = ofp_pull(c, 4);
		n = n < 4 ? 0 : n - 4;
	}
	if (!p || (class == OFP_CLASS_EXPERIMENTER && !experimenter))
		return NULL;
	return ofp_field_by_header(class, p[2] >> 1, experimenter ? ofp_get_u32(experimenter) : 0,
				   p[2] & 1 ? n / 2 : n);
}

static int
check_fields(const struct ofp_table_features *want, struct ofp_cursor c, bool settable,
	     struct ofp_error *err)
{
	while (c.n) {
		const struct ofp_field *row = pull_field(&c);

		if (!row)
			return ofp_refuse(err, OFP_E_TF_EPERM,
					  "table %u: a field is not among its features",
					  want->table);
		if (settable && !xlate_field_is_writable(ofp_field_in_action(row)))
			return ofp_refuse(err, OFP_E_TF_EPERM, "table %u: %s cannot be set",
					  want->table, ofp_field_name(row));
	}
	return 0;
}

static int
check_property(const struct ofp_table_features *want, const struct ofp_property *prop,
	       uint8_t version, struct ofp_error *err)
{
	struct ofp_cursor c = {prop->p, prop->n};

	switch (prop->type & ~1u) { /* the odd ones are for misses */
	case PROP_INSTRUCTIONS:
		return check_types(want, c, instructions + n_skipped(want->table),
				   n_instructions(want->table, version), err);
	case PROP_NEXT_TABLES:
		return check_next_tables(want, c, err);
	case PROP_WRITE_ACTIONS:
	case PROP_APPLY_ACTIONS:
		return check_types(want, c, actions, n_actions(version), err);
	case PROP_MATCH:
	case PROP_WILDCARDS:
		return check_fields(want, c, false, err);
	case PROP_WRITE_SETFIELD:
	case PROP_APPLY_SETFIELD:
		return check_fields(want, c, true, err);
	default:
		return ofp_property_refuse(prop, "table features", err);
	}
}

int
ofp_table_features_pull(struct ofp_cursor *c, uint8_t version, struct ofp_table_features *out,
			struct ofp_error *err)
{
	size_t n = c->n < HEAD_BYTES ? 0 : ofp_get_u16(c->p);
	struct ofp_cursor part = {n < HEAD_BYTES || n % 8 ? NULL : ofp_pull(c, n), n};
	uint32_t seen = 0;
	int rc = 0;

	if (!part.p)
		return ofp_refuse(err, OFP_E_BP_BAD_LEN,
				  "table features: length is %zu, but %zu bytes are left", n, c->n);
	out->table = part.p[2];
	out->command = version >= OFP_VERSION_15 ? part.p[3] : OFP_FEATURES_REPLACE;
	memcpy(out->name, part.p + 8, OFP_TABLE_NAME_BYTES);
	out->name[OFP_TABLE_NAME_BYTES - 1] = '\0';
	out->max_entries = ofp_get_u32(part.p + 60);
	if (out->command > OFP_FEATURES_DISABLE)
		return ofp_refuse(err, OFP_E_TF_BAD_COMMAND,
				  "table features: command %u; expected 0..%d", out->command,
				  OFP_FEATURES_DISABLE);
	if (out->table >= XLATE_TABLES)
		return ofp_refuse(err, OFP_E_TF_BAD_TABLE,
				  "table features: table %u; expected 0..%d", out->table,
				  XLATE_TABLES - 1);
	ofp_take(&part, HEAD_BYTES);
	while (!rc && part.n) {
		struct ofp_property prop;

		rc = ofp_property_pull(&part, &prop, err);
		if (!rc && prop.type < N_PROPS && seen >> prop.type & 1)
			rc = ofp_refuse(err, OFP_E_TF_BAD_FEATURES,
					"table features: property %u is given twice", prop.type);
		if (!rc)
			rc = check_property(out, &prop, version, err);
		if (!rc)
			seen |= 1u << prop.type;
	}
	if (!rc && (seen || version < OFP_VERSION_15) && (seen & REQUIRED) != REQUIRED)
		rc = ofp_refuse(err, OFP_E_TF_BAD_FEATURES,
				"table features: properties 0x%x; expected all of 0x%x", seen,
				REQUIRED);
	return rc;
}
