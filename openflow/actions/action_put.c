/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/action_put.h"

#include "actions/action_list.h"
#include "actions/action_put_head.h"

#include "actions/action_ct.h"
#include "actions/action_put_link.h"
#include "actions/action_put_set.h"
#include "fields/option.h"
#include "wire/ofp.h"

#include <xlate/tlv_map.h>

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <string.h>

static void
put_bare(struct ofp_buffer *b, uint16_t type)
{
	ofp_action_end(b, ofp_action_start(b, type));
}

static void
put_bare_nicira(struct ofp_buffer *b, uint16_t subtype)
{
	ofp_action_end(b, ofp_action_start_nicira(b, subtype));
}

static void
put_output(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	size_t start = ofp_action_start(b, 0);

	if (version == OFP_VERSION_10) {
		ofp_put_u16(b, a->output.port);
		ofp_put_u16(b, a->output.max_len);
	} else {
		ofp_put_u32(b, ofp_port_to32(a->output.port));
		ofp_put_u16(b, a->output.max_len);
	}
	ofp_action_end(b, start);
}

static void
put_output_trunc(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	size_t start = ofp_action_start_nicira(b, 39);

	(void)version;
	ofp_put_u16(b, a->output_trunc.port);
	ofp_put_u32(b, a->output_trunc.max_len);
	ofp_action_end(b, start);
}

enum controller_property {
	CONTROLLER_MAX_LEN,
	CONTROLLER_ID,
	CONTROLLER_REASON,
	CONTROLLER_USERDATA,
};

static void
put_controller_u16(struct ofp_buffer *b, enum controller_property type, uint16_t v)
{
	ofp_put_u16(b, (uint16_t)type);
	ofp_put_u16(b, 8);
	ofp_put_u16(b, v);
	ofp_put_zeros(b, 2);
}

static void
put_controller_bytes(struct ofp_buffer *b, enum controller_property type, const uint8_t *p,
		     size_t n)
{
	size_t start = b->n;

	ofp_put_u16(b, (uint16_t)type);
	ofp_put_u16(b, (uint16_t)(4 + n));
	ofp_put(b, p, n);
	ofp_put_pad8(b, start);
}

/* Properties with default values are omitted, as in Open vSwitch. */
static void
put_controller2(struct ofp_buffer *b, const struct xlate_action *a)
{
	const struct xlate_bytes *userdata = a->controller.userdata;
	size_t start = ofp_action_start_nicira(b, 37);

	ofp_put_zeros(b, 6);
	if (a->controller.max_len != UINT16_MAX)
		put_controller_u16(b, CONTROLLER_MAX_LEN, a->controller.max_len);
	if (a->controller.id)
		put_controller_u16(b, CONTROLLER_ID, a->controller.id);
	if (a->controller.reason != XLATE_REASON_ACTION)
		put_controller_bytes(b, CONTROLLER_REASON, &a->controller.reason, 1);
	put_controller_bytes(b, CONTROLLER_USERDATA, userdata->b, userdata->n);
	ofp_action_end(b, start);
}

static void
put_controller(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	size_t start;

	if (a->controller.userdata) {
		put_controller2(b, a);
		return;
	}
	if (!a->controller.id && a->controller.reason == XLATE_REASON_ACTION) {
		put_output(b, a, version);
		return;
	}
	start = ofp_action_start_nicira(b, 20);
	ofp_put_u16(b, a->controller.max_len);
	ofp_put_u16(b, a->controller.id);
	ofp_put_u8(b, a->controller.reason);
	ofp_action_end(b, start);
}

/* Also writes goto_table in 1.0, which has no instructions. */
static void
put_resubmit(struct ofp_buffer *b, uint16_t port, uint8_t table)
{
	size_t start = ofp_action_start_nicira(b, 14);

	ofp_put_u16(b, port);
	ofp_put_u8(b, table);
	ofp_action_end(b, start);
}

static void
put_goto(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	if (version == OFP_VERSION_10)
		put_resubmit(b, XLATE_PORT_IN_PORT, a->table);
}

static void
put_resubmit_action(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	(void)version;
	put_resubmit(b, a->resubmit.port, a->resubmit.table);
}

static void
put_header15(struct ofp_buffer *b, const struct flow_field *f)
{
	if (xlate_tlv_index(f) >= 0)
		ofp_option_put_header(b, f);
	else
		ofp_field_put_header(b, ofp_field_of_action(f, OFP_VERSION_15), false);
}

static void
put_copy_field(struct ofp_buffer *b, const struct xlate_action *a)
{
	size_t start = ofp_action_start(b, 28);

	ofp_put_u16(b, a->move.src.n_bits);
	ofp_put_u16(b, a->move.src.ofs);
	ofp_put_u16(b, a->move.dst.ofs);
	ofp_put_zeros(b, 2);
	put_header15(b, a->move.src.field);
	put_header15(b, a->move.dst.field);
	ofp_action_end(b, start);
}

static void
put_move(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	size_t start;

	if (version >= OFP_VERSION_15) {
		put_copy_field(b, a);
		return;
	}
	start = ofp_action_start_nicira(b, 6);
	ofp_put_u16(b, a->move.src.n_bits);
	ofp_put_u16(b, a->move.src.ofs);
	ofp_put_u16(b, a->move.dst.ofs);
	ofp_put_nxm_header(b, a->move.src.field);
	ofp_put_nxm_header(b, a->move.dst.field);
	ofp_action_end(b, start);
}

/* 1.0 has no push_vlan: there, a set of VLAN 0 adds a tag. It is omitted before sets of the tag,
 * which also add it. */
static void
put_push_vlan(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	size_t start = ofp_action_start(b, version == OFP_VERSION_10 ? 1 : 17);

	ofp_put_u16(b, version == OFP_VERSION_10 ? 0 : ntohs(a->tpid));
	ofp_action_end(b, start);
}

static void
put_pop_vlan(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	(void)a;
	put_bare(b, version == OFP_VERSION_10 ? 3 : 18);
}

/* In 1.0 these actions add a tag to untagged packets. */
static void
put_vlan(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	const struct xlate_action push = {.type = XLATE_ACT_PUSH_VLAN,
					  .tpid = htons(ETHERTYPE_VLAN)};
	bool vid = a->type == XLATE_ACT_SET_VLAN_VID;
	const struct flow_field *f = &flow_fields[vid ? FLOW_FIELD_VLAN_VID : FLOW_FIELD_VLAN_PCP];
	uint16_t v = a->vlan.value;
	struct flow_value value = flow_value_from_u64(vid ? v | FLOW_VLAN_CFI : v);
	size_t start;

	if (version > OFP_VERSION_10) {
		if (!a->vlan.has_tag)
			put_push_vlan(b, &push, version);
		start = ofp_action_start(b, 25);
		ofp_field_put(b, ofp_field_of_action(f, version), &value, NULL);
	} else {
		start = ofp_action_start(b, vid ? 1 : 2);
		if (vid)
			ofp_put_u16(b, v);
		else
			ofp_put_u8(b, (uint8_t)v);
	}
	ofp_action_end(b, start);
}

static void
put_dec_ttl(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	size_t start;

	if (!a->bytes && version == OFP_VERSION_10) {
		put_bare_nicira(b, 18);
		return;
	}
	if (!a->bytes) {
		put_bare(b, 24);
		return;
	}
	start = ofp_action_start_nicira(b, 21);
	ofp_put_u16(b, (uint16_t)(a->bytes->n / 2));
	ofp_put_zeros(b, 4);
	ofp_put(b, a->bytes->b, a->bytes->n);
	ofp_action_end(b, start);
}

static void
put_group(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	size_t start;

	if (version == OFP_VERSION_10) {
		start = ofp_action_start_nicira(b, 40);
		ofp_put_zeros(b, 2);
	} else {
		start = ofp_action_start(b, 22);
	}
	ofp_put_u32(b, a->group);
	ofp_action_end(b, start);
}

/* An instruction up to 1.4, so written here only from 1.5 on. */
static void
put_meter(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	size_t start;

	if (version < OFP_VERSION_15)
		return;
	start = ofp_action_start(b, 29);
	ofp_put_u32(b, a->meter);
	ofp_action_end(b, start);
}

static void
put_exit(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	(void)a;
	(void)version;
	put_bare_nicira(b, 17);
}

static void
put_note(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	size_t start = ofp_action_start_nicira(b, 8);

	(void)version;
	if (a->bytes)
		ofp_put(b, a->bytes->b, a->bytes->n);
	if (b->n - start < 16)
		ofp_put_zeros(b, 16 - (b->n - start));
	ofp_action_end(b, start);
}

static void
put_stack(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	size_t start = ofp_action_start_nicira(b, a->type == XLATE_ACT_STACK_PUSH ? 27 : 28);

	(void)version;
	ofp_put_u16(b, a->stack.ofs);
	ofp_put_nxm_header(b, a->stack.field);
	ofp_put_u16(b, a->stack.n_bits);
	ofp_put_zeros(b, 6);
	ofp_action_end(b, start);
}

static void
put_output_reg(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	size_t start = ofp_action_start_nicira(b, 15);

	(void)version;
	ofp_put_ofs_n_bits(b, &a->output_reg.src);
	ofp_put_nxm_header(b, a->output_reg.src.field);
	ofp_put_u16(b, a->output_reg.max_len);
	ofp_put_zeros(b, 6);
	ofp_action_end(b, start);
}

static void
put_clone(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	size_t start = ofp_action_start_nicira(b, 42);

	ofp_put_zeros(b, 6);
	ofp_actions_put(b, a->nested, version);
	ofp_action_end(b, start);
}

static void
put_mpls(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	bool push = a->type == XLATE_ACT_PUSH_MPLS;
	size_t start = version == OFP_VERSION_10 ? ofp_action_start_nicira(b, push ? 23 : 24)
						 : ofp_action_start(b, push ? 19 : 20);

	ofp_put_u16(b, ntohs(a->eth_type));
	ofp_action_end(b, start);
}

static void
put_dec_mpls_ttl(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	(void)a;
	if (version == OFP_VERSION_10)
		put_bare_nicira(b, 26);
	else
		put_bare(b, 16);
}

static void
put_copy_ttl(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	if (version > OFP_VERSION_10)
		put_bare(b, a->type == XLATE_ACT_COPY_TTL_OUT ? 11 : 12);
}

static void
put_conjunction(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	size_t start = ofp_action_start_nicira(b, 34);

	(void)version;
	ofp_put_u8(b, (uint8_t)(a->conjunction.k - 1));
	ofp_put_u8(b, a->conjunction.n);
	ofp_put_u32(b, a->conjunction.id);
	ofp_action_end(b, start);
}

static void
put_fin_timeout(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	size_t start = ofp_action_start_nicira(b, 19);

	(void)version;
	ofp_put_u16(b, a->fin_timeout.idle_s);
	ofp_put_u16(b, a->fin_timeout.hard_s);
	ofp_action_end(b, start);
}

static void
put_sample(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	bool ported = a->sample.sampling_port != XLATE_PORT_NONE || a->sample.direction;
	size_t start = ofp_action_start_nicira(b, !ported ? 29 : a->sample.direction ? 41 : 38);

	(void)version;
	ofp_put_u16(b, a->sample.probability);
	ofp_put_u32(b, a->sample.collector_set_id);
	ofp_put_u32(b, a->sample.obs_domain_id);
	ofp_put_u32(b, a->sample.obs_point_id);
	if (ported) {
		ofp_put_u16(b, a->sample.sampling_port);
		ofp_put_u8(b, a->sample.direction);
	}
	ofp_action_end(b, start);
}

static void
put_ct_clear(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	(void)a;
	(void)version;
	put_bare_nicira(b, 43);
}

static void
put_queue(struct ofp_buffer *b, uint32_t queue, uint8_t version)
{
	bool old = version == OFP_VERSION_10;
	size_t start = old ? ofp_action_start_nicira(b, 4) : ofp_action_start(b, 21);

	if (old)
		ofp_put_zeros(b, 2);
	ofp_put_u32(b, queue);
	ofp_action_end(b, start);
}

static void
put_set_queue(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	put_queue(b, a->queue, version);
}

static void
put_pop_queue(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	(void)a;
	(void)version;
	put_bare_nicira(b, 5);
}

/* Only 1.0 has enqueue; in later versions it is set_queue, output and pop_queue. */
static void
put_enqueue(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	size_t start;

	if (version > OFP_VERSION_10) {
		put_queue(b, a->enqueue.queue, version);
		start = ofp_action_start(b, 0);
		ofp_put_u32(b, ofp_port_to32(a->enqueue.port));
		ofp_put_u16(b, UINT16_MAX);
		ofp_action_end(b, start);
		put_pop_queue(b, a, version);
		return;
	}
	start = ofp_action_start(b, 11);
	ofp_put_u16(b, a->enqueue.port);
	ofp_put_zeros(b, 6);
	ofp_put_u32(b, a->enqueue.queue);
	ofp_action_end(b, start);
}

typedef void put_fn(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version);

/* Actions without a function are instructions, or write nothing. */
static put_fn *const putters[XLATE_N_ACTIONS] = {
	[XLATE_ACT_OUTPUT] = put_output,
	[XLATE_ACT_CONTROLLER] = put_controller,
	[XLATE_ACT_GOTO_TABLE] = put_goto,
	[XLATE_ACT_RESUBMIT] = put_resubmit_action,
	[XLATE_ACT_SET_FIELD] = ofp_put_set,
	[XLATE_ACT_MOVE] = put_move,
	[XLATE_ACT_PUSH_VLAN] = put_push_vlan,
	[XLATE_ACT_POP_VLAN] = put_pop_vlan,
	[XLATE_ACT_SET_VLAN_VID] = put_vlan,
	[XLATE_ACT_SET_VLAN_PCP] = put_vlan,
	[XLATE_ACT_DEC_TTL] = put_dec_ttl,
	[XLATE_ACT_GROUP] = put_group,
	[XLATE_ACT_METER] = put_meter,
	[XLATE_ACT_EXIT] = put_exit,
	[XLATE_ACT_NOTE] = put_note,
	[XLATE_ACT_STACK_PUSH] = put_stack,
	[XLATE_ACT_STACK_POP] = put_stack,
	[XLATE_ACT_OUTPUT_REG] = put_output_reg,
	[XLATE_ACT_CLONE] = put_clone,
	[XLATE_ACT_PUSH_MPLS] = put_mpls,
	[XLATE_ACT_POP_MPLS] = put_mpls,
	[XLATE_ACT_DEC_MPLS_TTL] = put_dec_mpls_ttl,
	[XLATE_ACT_COPY_TTL_OUT] = put_copy_ttl,
	[XLATE_ACT_COPY_TTL_IN] = put_copy_ttl,
	[XLATE_ACT_CONJUNCTION] = put_conjunction,
	[XLATE_ACT_LEARN] = ofp_put_learn,
	[XLATE_ACT_FIN_TIMEOUT] = put_fin_timeout,
	[XLATE_ACT_MULTIPATH] = ofp_put_multipath,
	[XLATE_ACT_BUNDLE] = ofp_put_bundle,
	[XLATE_ACT_SAMPLE] = put_sample,
	[XLATE_ACT_CT] = ofp_put_ct,
	[XLATE_ACT_NAT] = ofp_put_nat,
	[XLATE_ACT_CT_CLEAR] = put_ct_clear,
	[XLATE_ACT_SET_QUEUE] = put_set_queue,
	[XLATE_ACT_POP_QUEUE] = put_pop_queue,
	[XLATE_ACT_OUTPUT_TRUNC] = put_output_trunc,
	[XLATE_ACT_ENQUEUE] = put_enqueue,
	[XLATE_ACT_CHECK_SIZE] = ofp_put_check_size,
};

static bool
sets_tag(const struct xlate_action *a)
{
	const struct flow_field *f = a->type == XLATE_ACT_SET_FIELD ? a->set.field : NULL;

	return a->type == XLATE_ACT_SET_VLAN_VID || a->type == XLATE_ACT_SET_VLAN_PCP ||
	       f == &flow_fields[FLOW_FIELD_VLAN_VID] || f == &flow_fields[FLOW_FIELD_VLAN_PCP];
}

/* Writes an action whose form in 1.0 depends on the next one. A push_vlan before a set of the tag
 * is omitted, since the set adds the tag. A set_field before goto_table is written as loads:
 * goto_table is a resubmit there, and no instruction may precede that. Returns false
 * for other actions. */
static bool
put_before10(struct ofp_buffer *b, const struct xlate_action *a)
{
	const struct xlate_action *next = a + 1;

	if (a->type == XLATE_ACT_PUSH_VLAN)
		return sets_tag(next);
	if (a->type != XLATE_ACT_SET_FIELD || next->type != XLATE_ACT_GOTO_TABLE)
		return false;
	ofp_put_loads(b, a);
	return true;
}

void
ofp_actions_put(struct ofp_buffer *b, const struct xlate_actions *a, uint8_t version)
{
	for (size_t i = 0; i < a->n; i++) {
		if (version == OFP_VERSION_10 && i + 1 < a->n && put_before10(b, &a->a[i]))
			continue;
		if (putters[a->a[i].type])
			putters[a->a[i].type](b, &a->a[i], version);
	}
}
