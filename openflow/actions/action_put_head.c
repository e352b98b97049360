/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/action_put_head.h"

#include "fields/option.h"
#include "wire/ofp.h"

#include <xlate/tlv_map.h>

#define TYPE_EXPERIMENTER 0xffff

size_t
ofp_action_start(struct ofp_buffer *b, uint16_t type)
{
	size_t start = b->n;

	ofp_put_u16(b, type);
	ofp_put_u16(b, 0);
	return start;
}

size_t
ofp_action_start_nicira(struct ofp_buffer *b, uint16_t subtype)
{
	size_t start = ofp_action_start(b, TYPE_EXPERIMENTER);

	ofp_put_u32(b, OFP_NICIRA);
	ofp_put_u16(b, subtype);
	return start;
}

void
ofp_action_end(struct ofp_buffer *b, size_t start)
{
	ofp_put_pad8(b, start);
	ofp_set_u16(b, start + 2, (uint16_t)(b->n - start));
}

void
ofp_put_nxm_header(struct ofp_buffer *b, const struct flow_field *f)
{
	const struct ofp_field *row = ofp_field_of_action(f, OFP_VERSION_10);

	if (xlate_tlv_index(f) >= 0)
		ofp_option_put_header(b, f);
	else if (row)
		ofp_field_put_header(b, row, false);
	else
		ofp_put_u32(b, 0);
}

void
ofp_put_ofs_n_bits(struct ofp_buffer *b, const struct xlate_subfield *sf)
{
	ofp_put_u16(b, (uint16_t)(sf->ofs << 6 | ((sf->n_bits - 1) & 0x3f)));
}
