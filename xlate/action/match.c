/* SPDX-License-Identifier: Apache-2.0 */
#include "action/match.h"

#include <xlate/field.h>

const struct xlate_key match_start = {.set_output = XLATE_PORT_UNSET};

void
match_canonicalize(struct xlate_match *m)
{
	uint64_t *key = xlate_key_words_mut(&m->key);
	const uint64_t *mask = xlate_key_words(&m->mask);

	for (size_t i = 0; i < XLATE_KEY_WORDS; i++)
		key[i] &= mask[i];
}

bool
match_covers(const struct xlate_match *wide, const struct xlate_match *narrow)
{
	const uint64_t *wk = xlate_key_words(&wide->key), *wm = xlate_key_words(&wide->mask);
	const uint64_t *nk = xlate_key_words(&narrow->key), *nm = xlate_key_words(&narrow->mask);

	for (size_t i = 0; i < XLATE_KEY_WORDS; i++) {
		if ((wm[i] & ~nm[i]) || (wk[i] ^ (nk[i] & wm[i])))
			return false;
	}
	return true;
}

bool
xlate_match_covers(const struct xlate_match *wide, const struct xlate_match *narrow)
{
	return match_covers(wide, narrow);
}

bool
match_overlaps(const struct xlate_match *a, const struct xlate_match *b)
{
	const uint64_t *ak = xlate_key_words(&a->key), *am = xlate_key_words(&a->mask);
	const uint64_t *bk = xlate_key_words(&b->key), *bm = xlate_key_words(&b->mask);

	for (size_t i = 0; i < XLATE_KEY_WORDS; i++) {
		if ((ak[i] ^ bk[i]) & am[i] & bm[i])
			return false;
	}
	return true;
}

static const enum flow_field_id by_bit[] = {
	FLOW_FIELD_NW_SRC,   FLOW_FIELD_NW_DST,	 FLOW_FIELD_IPV6_SRC,
	FLOW_FIELD_IPV6_DST, FLOW_FIELD_TCP_SRC, FLOW_FIELD_TCP_DST,
};

/* Facets, and the fields consulted with them: datapaths and devices match ports only together with
 * a protocol. */
static const struct {
	enum flow_field_id field, need[2];
} facets[] = {
	{FLOW_FIELD_ETH_TYPE, {FLOW_FIELD_NONE, FLOW_FIELD_NONE}},
	{FLOW_FIELD_NW_PROTO, {FLOW_FIELD_ETH_TYPE, FLOW_FIELD_NONE}},
	{FLOW_FIELD_VLAN_TCI, {FLOW_FIELD_NONE, FLOW_FIELD_NONE}},
	{FLOW_FIELD_NW_SRC, {FLOW_FIELD_ETH_TYPE, FLOW_FIELD_NONE}},
	{FLOW_FIELD_NW_DST, {FLOW_FIELD_ETH_TYPE, FLOW_FIELD_NONE}},
	{FLOW_FIELD_IPV6_SRC, {FLOW_FIELD_ETH_TYPE, FLOW_FIELD_NONE}},
	{FLOW_FIELD_IPV6_DST, {FLOW_FIELD_ETH_TYPE, FLOW_FIELD_NONE}},
	{FLOW_FIELD_TCP_SRC, {FLOW_FIELD_ETH_TYPE, FLOW_FIELD_NW_PROTO}},
	{FLOW_FIELD_TCP_DST, {FLOW_FIELD_ETH_TYPE, FLOW_FIELD_NW_PROTO}},
	{FLOW_FIELD_ETH_DST, {FLOW_FIELD_NONE, FLOW_FIELD_NONE}},
	{FLOW_FIELD_ETH_SRC, {FLOW_FIELD_NONE, FLOW_FIELD_NONE}},
};

static struct classifier_span
span_of(enum flow_field_id id)
{
	if (id == FLOW_FIELD_NONE)
		return (struct classifier_span){0};
	return (struct classifier_span){.ofs = flow_fields[id].ofs,
					.n_bytes = flow_fields[id].n_bytes};
}

static void
raise_unit_ends(struct classifier_layout *out, const struct flow_field *f, size_t n)
{
	for (; n > 0; n--, f++) {
		uint16_t end = (uint16_t)(f->ofs + f->n_bytes);

		for (int b = f->ofs; b < end; b++) {
			if (out->unit_end[b] < end)
				out->unit_end[b] = end;
		}
	}
}

static void
set_unit_ends(struct classifier_layout *out)
{
	for (size_t b = 0; b < sizeof(struct xlate_key); b++)
		out->unit_end[b] = (uint16_t)(b + 1);
	raise_unit_ends(out, flow_fields, FLOW_N_FIELDS);
	raise_unit_ends(out, xlate_fields, XLATE_N_STORED_FIELDS);
	for (size_t i = 0; i < sizeof by_bit / sizeof by_bit[0]; i++) {
		const struct flow_field *f = &flow_fields[by_bit[i]];

		memset(out->unit_end + f->ofs, 0, f->n_bytes * sizeof out->unit_end[0]);
	}
}

/* Consulting these costs nothing: packets have no pipeline state, and every megaflow has the other
 * fields anyway. */
static void
set_free(struct classifier_layout *out)
{
	struct xlate_key always;

	memset(&always, 0, sizeof always);
	always.in_port.number = UINT32_MAX;
	always.flow.recirc_id = UINT32_MAX;
	always.flow.eth_type = UINT16_MAX;
	memset(&always.metadata, 0xff, sizeof always.metadata);
	memset(always.reg, 0xff, sizeof always.reg);
	always.conj_id = UINT32_MAX;
	always.set_output = UINT32_MAX;
	memcpy(out->free, &always, sizeof always);
}

void
match_layout(struct classifier_layout *out)
{
	memset(out, 0, sizeof *out);
	out->n_masks_max = XLATE_MASKS_MAX;
	set_free(out);
	for (size_t w = FLOW_KEY_WORDS; w < XLATE_KEY_WORDS; w++)
		out->order[out->n_words++] = (uint16_t)w;
	for (size_t w = 0; w < FLOW_KEY_WORDS; w++)
		out->order[out->n_words++] = (uint16_t)w;
	set_unit_ends(out);
	for (size_t i = 0; i < sizeof facets / sizeof facets[0]; i++) {
		out->facets[out->n_facets++] = (struct classifier_facet){
			.at = span_of(facets[i].field),
			.need = {span_of(facets[i].need[0]), span_of(facets[i].need[1])},
		};
	}
}
