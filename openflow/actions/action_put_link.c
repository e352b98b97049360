/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/action_put_link.h"

#include "actions/action_list.h"
#include "actions/action_put_head.h"

#define LEARN_DST_LOAD 0x0800
#define LEARN_DST_OUTPUT 0x1000
#define LEARN_IMMEDIATE 0x2000
#define LEARN_SEND_FLOW_REM 1
#define LEARN_DELETE_LEARNED 2
#define LEARN_WRITE_RESULT 4

static void
put_bits(struct ofp_buffer *b, const struct xlate_subfield *sf)
{
	ofp_put_nxm_header(b, sf->field);
	ofp_put_u16(b, sf->ofs);
}

static void
put_spec(struct ofp_buffer *b, const struct xlate_learn_spec *spec)
{
	uint16_t header = spec->n_bits;

	if (spec->kind != XLATE_LEARN_MATCH)
		header |= spec->kind == XLATE_LEARN_LOAD ? LEARN_DST_LOAD : LEARN_DST_OUTPUT;
	ofp_put_u16(b, spec->immediate ? header | LEARN_IMMEDIATE : header);
	if (spec->immediate) {
		size_t n = (spec->n_bits + 15u) / 16 * 2;

		ofp_put(b, spec->value.b + FLOW_VALUE_BYTES - n, n);
	} else {
		put_bits(b, &spec->src);
	}
	if (spec->kind != XLATE_LEARN_OUTPUT)
		put_bits(b, &spec->dst);
}

void
ofp_put_learn(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	const struct xlate_learn *learn = a->learn;
	bool is_learn2 = learn->limit || learn->result_dst.field;
	size_t start = ofp_action_start_nicira(b, is_learn2 ? 45 : 16);

	(void)version;
	ofp_put_u16(b, learn->idle_timeout_s);
	ofp_put_u16(b, learn->hard_timeout_s);
	ofp_put_u16(b, learn->priority);
	ofp_put_u64(b, learn->cookie);
	ofp_put_u16(b, (learn->send_flow_rem ? LEARN_SEND_FLOW_REM : 0) |
			       (learn->delete_learned ? LEARN_DELETE_LEARNED : 0) |
			       (learn->result_dst.field ? LEARN_WRITE_RESULT : 0));
	ofp_put_u8(b, learn->table);
	ofp_put_u8(b, 0);
	ofp_put_u16(b, learn->fin_idle_timeout_s);
	ofp_put_u16(b, learn->fin_hard_timeout_s);
	if (is_learn2) {
		ofp_put_u32(b, learn->limit);
		ofp_put_u16(b, learn->result_dst.ofs);
		ofp_put_u16(b, 0);
	}
	if (learn->result_dst.field)
		ofp_put_nxm_header(b, learn->result_dst.field);
	for (size_t i = 0; i < learn->n; i++)
		put_spec(b, &learn->spec[i]);
	ofp_action_end(b, start);
}

void
ofp_put_multipath(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	size_t start = ofp_action_start_nicira(b, 10);

	(void)version;
	ofp_put_u16(b, (uint16_t)a->multipath.fields);
	ofp_put_u16(b, a->multipath.basis);
	ofp_put_u16(b, 0);
	ofp_put_u16(b, (uint16_t)a->multipath.algorithm);
	ofp_put_u16(b, (uint16_t)(a->multipath.n_links - 1));
	ofp_put_u32(b, a->multipath.arg);
	ofp_put_u16(b, 0);
	ofp_put_ofs_n_bits(b, &a->multipath.dst);
	ofp_put_nxm_header(b, a->multipath.dst.field);
	ofp_action_end(b, start);
}

void
ofp_put_bundle(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	const struct xlate_bundle *bundle = a->bundle;
	bool load = bundle->dst.field;
	size_t start = ofp_action_start_nicira(b, load ? 13 : 12);

	(void)version;
	ofp_put_u16(b, (uint16_t)bundle->algorithm);
	ofp_put_u16(b, (uint16_t)bundle->fields);
	ofp_put_u16(b, bundle->basis);
	ofp_put_nxm_header(b, &xlate_fields[XLATE_FIELD_IN_PORT]);
	ofp_put_u16(b, (uint16_t)bundle->n);
	if (load) {
		ofp_put_ofs_n_bits(b, &bundle->dst);
		ofp_put_nxm_header(b, bundle->dst.field);
	} else {
		ofp_put_zeros(b, 6);
	}
	ofp_put_zeros(b, 4);
	for (size_t i = 0; i < bundle->n; i++)
		ofp_put_u16(b, bundle->member[i]);
	ofp_action_end(b, start);
}
