/* SPDX-License-Identifier: Apache-2.0 */
/* The actions of the specification: OpenFlow 1.0.1 section 5.2.4, 1.3.5 section 7.2.6. */
#include "actions/action_standard.h"

#include "actions/action_list.h"

#include "wire/ofp.h"

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <string.h>

#define TPID_8021AD 0x88a8
#define ETH_TYPE_MPLS 0x8847
#define ETH_TYPE_MPLS_MULTICAST 0x8848
#define TOS_DSCP 0xfc

static int
add_output(struct ofp_action_reader *r, uint16_t port, uint16_t max_len)
{
	struct xlate_action a = {.type = XLATE_ACT_OUTPUT};

	if (port == XLATE_PORT_NONE || (port == XLATE_PORT_TABLE && !r->ctx->packet_out) ||
	    (port > XLATE_PORT_MAX && port < XLATE_PORT_IN_PORT))
		return ofp_refuse(r->err, OFP_E_BA_BAD_OUT_PORT,
				  "output: 0x%x is not a port that packets can be sent to", port);
	a.output.port = port;
	a.output.max_len = max_len;
	if (port == XLATE_PORT_CONTROLLER) {
		a.type = XLATE_ACT_CONTROLLER;
		a.controller.reason = XLATE_REASON_ACTION;
	}
	return ofp_action_add(r->list, &a);
}

static int
read_output10(struct ofp_action_reader *r)
{
	return add_output(r, ofp_get_u16(r->p + 4), ofp_get_u16(r->p + 6));
}

static int
read_output(struct ofp_action_reader *r)
{
	uint16_t port;
	int rc = ofp_port_from32(ofp_get_u32(r->p + 4), OFP_E_BA_BAD_OUT_PORT, &port, r->err);

	return rc ? rc : add_output(r, port, ofp_get_u16(r->p + 8));
}

static int
read_vlan(struct ofp_action_reader *r, enum xlate_action_type type, uint16_t value, uint16_t max)
{
	struct xlate_action a = {.type = type};

	if (value > max)
		return ofp_refuse(r->err, OFP_E_BA_BAD_ARGUMENT, "vlan: %u; expected 0..%u", value,
				  max);
	a.vlan.value = value;
	return ofp_action_add(r->list, &a);
}

static int
read_vlan_vid(struct ofp_action_reader *r)
{
	return read_vlan(r, XLATE_ACT_SET_VLAN_VID, ofp_get_u16(r->p + 4), FLOW_VLAN_VID);
}

static int
read_vlan_pcp(struct ofp_action_reader *r)
{
	return read_vlan(r, XLATE_ACT_SET_VLAN_PCP, r->p[4], FLOW_VLAN_PCP >> 13);
}

static int
read_pop_vlan(struct ofp_action_reader *r)
{
	return ofp_action_add_bare(r, XLATE_ACT_POP_VLAN);
}

static int
read_copy_ttl_out(struct ofp_action_reader *r)
{
	return ofp_action_add_bare(r, XLATE_ACT_COPY_TTL_OUT);
}

static int
read_copy_ttl_in(struct ofp_action_reader *r)
{
	return ofp_action_add_bare(r, XLATE_ACT_COPY_TTL_IN);
}

static int
read_dec_mpls_ttl(struct ofp_action_reader *r)
{
	return ofp_action_add_bare(r, XLATE_ACT_DEC_MPLS_TTL);
}

static int
read_dec_ttl(struct ofp_action_reader *r)
{
	return ofp_action_add_bare(r, XLATE_ACT_DEC_TTL);
}

/* Adds a set of a whole field, whose value has 'n' bytes. */
static int
add_mod(struct ofp_action_reader *r, enum flow_field_id id, const char *verb, const uint8_t *p,
	size_t n)
{
	struct flow_value value = {{0}}, ones;

	memcpy(value.b + FLOW_VALUE_BYTES - n, p, n);
	flow_field_ones(&flow_fields[id], &ones);
	return ofp_action_add_set(r, &flow_fields[id], verb, &value, &ones);
}

static int
read_eth_src(struct ofp_action_reader *r)
{
	return add_mod(r, FLOW_FIELD_ETH_SRC, "mod_dl_src", r->p + 4, 6);
}

static int
read_eth_dst(struct ofp_action_reader *r)
{
	return add_mod(r, FLOW_FIELD_ETH_DST, "mod_dl_dst", r->p + 4, 6);
}

static int
read_nw_src(struct ofp_action_reader *r)
{
	return add_mod(r, FLOW_FIELD_NW_SRC, "mod_nw_src", r->p + 4, 4);
}

static int
read_nw_dst(struct ofp_action_reader *r)
{
	return add_mod(r, FLOW_FIELD_NW_DST, "mod_nw_dst", r->p + 4, 4);
}

static int
read_nw_tos(struct ofp_action_reader *r)
{
	struct flow_value value = flow_value_from_u64(r->p[4]);
	struct flow_value mask = flow_value_from_u64(TOS_DSCP);

	if (r->p[4] & ~TOS_DSCP)
		return ofp_refuse(r->err, OFP_E_BA_BAD_ARGUMENT,
				  "mod_nw_tos: %u; expected a multiple of 4", r->p[4]);
	return ofp_action_add_set(r, &flow_fields[FLOW_FIELD_NW_TOS], "mod_nw_tos", &value, &mask);
}

static int
read_nw_ttl(struct ofp_action_reader *r)
{
	return add_mod(r, FLOW_FIELD_NW_TTL, "mod_nw_ttl", r->p + 4, 1);
}

static int
read_mpls_ttl(struct ofp_action_reader *r)
{
	return add_mod(r, FLOW_FIELD_MPLS_TTL, "set_mpls_ttl", r->p + 4, 1);
}

static int
read_tp_src(struct ofp_action_reader *r)
{
	return add_mod(r, FLOW_FIELD_TCP_SRC, "mod_tp_src", r->p + 4, 2);
}

static int
read_tp_dst(struct ofp_action_reader *r)
{
	return add_mod(r, FLOW_FIELD_TCP_DST, "mod_tp_dst", r->p + 4, 2);
}

static int
read_push_vlan(struct ofp_action_reader *r)
{
	struct xlate_action a = {.type = XLATE_ACT_PUSH_VLAN};
	uint16_t tpid = ofp_get_u16(r->p + 4);

	if (tpid != ETHERTYPE_VLAN && tpid != TPID_8021AD)
		return ofp_refuse(r->err, OFP_E_BA_BAD_ARGUMENT,
				  "push_vlan: 0x%04x; expected 0x8100 or 0x88a8", tpid);
	a.tpid = htons(tpid);
	return ofp_action_add(r->list, &a);
}

static int
read_push_mpls(struct ofp_action_reader *r)
{
	struct xlate_action a = {.type = XLATE_ACT_PUSH_MPLS};
	uint16_t type = ofp_get_u16(r->p + 4);

	if (type != ETH_TYPE_MPLS && type != ETH_TYPE_MPLS_MULTICAST)
		return ofp_refuse(r->err, OFP_E_BA_BAD_ARGUMENT,
				  "push_mpls: 0x%04x; expected 0x8847 or 0x8848", type);
	a.eth_type = htons(type);
	return ofp_action_add(r->list, &a);
}

static int
read_pop_mpls(struct ofp_action_reader *r)
{
	struct xlate_action a = {.type = XLATE_ACT_POP_MPLS};

	a.eth_type = htons(ofp_get_u16(r->p + 4));
	return ofp_action_add(r->list, &a);
}

static int
read_group(struct ofp_action_reader *r)
{
	struct xlate_action a = {.type = XLATE_ACT_GROUP};

	a.group = ofp_get_u32(r->p + 4);
	if (a.group > XLATE_GROUP_MAX)
		return ofp_refuse(r->err, OFP_E_BA_BAD_OUT_GROUP, "group: 0x%x; expected 0..0x%x",
				  a.group, XLATE_GROUP_MAX);
	return ofp_action_add(r->list, &a);
}

static int
read_meter(struct ofp_action_reader *r)
{
	struct xlate_action a = {.type = XLATE_ACT_METER};

	a.meter = ofp_get_u32(r->p + 4);
	if (!a.meter || a.meter > XLATE_METER_MAX)
		return ofp_refuse(r->err, OFP_E_BA_BAD_METER, "meter: 0x%x; expected 1..0x%x",
				  a.meter, XLATE_METER_MAX);
	return ofp_action_add(r->list, &a);
}

static int
read_set_field(struct ofp_action_reader *r)
{
	struct ofp_cursor c = {r->p + 4, r->n - 4};
	bool masked = r->p[6] & 1;
	int rc;

	if (masked && r->ctx->version < OFP_VERSION_15)
		return ofp_refuse(r->err, OFP_E_BA_BAD_SET_MASK,
				  "set_field: a mask is accepted only in OpenFlow 1.5 and later");
	if (ofp_get_u16(r->p + 4) == OFP_CLASS_BASIC && !(r->p[6] >> 1))
		return ofp_refuse(
			r->err, OFP_E_BA_BAD_SET_ARGUMENT,
			"set_field: in_port of OpenFlow cannot be set; expected NXM_OF_IN_PORT");
	rc = ofp_action_add_set_field(r, &c);
	if (!rc && (c.n >= 8 || !ofp_all_zero(c.p, c.n)))
		return ofp_refuse(r->err, OFP_E_BA_BAD_SET_ARGUMENT,
				  "set_field: %zu bytes follow the field", c.n);
	return rc;
}

static int
read_copy_field(struct ofp_action_reader *r)
{
	struct ofp_move move = {
		.n_bits = ofp_get_u16(r->p + 4),
		.src_ofs = ofp_get_u16(r->p + 6),
		.dst_ofs = ofp_get_u16(r->p + 8),
	};
	struct ofp_cursor c = {r->p + 12, r->n - 12};
	int rc = ofp_field_pull_header(&c, r->ctx->br, &move.src, r->err);

	if (!rc)
		rc = ofp_field_pull_header(&c, r->ctx->br, &move.dst, r->err);
	return rc ? rc : ofp_move_make(r, &move);
}

static int
read_set_queue(struct ofp_action_reader *r)
{
	struct xlate_action a = {.type = XLATE_ACT_SET_QUEUE};

	a.queue = ofp_get_u32(r->p + 4);
	return ofp_action_add(r->list, &a);
}

static int
read_enqueue(struct ofp_action_reader *r)
{
	struct xlate_action a = {.type = XLATE_ACT_ENQUEUE};
	uint16_t port = ofp_get_u16(r->p + 4);

	if (!xlate_port_is_plain(port))
		return ofp_refuse(r->err, OFP_E_BA_BAD_OUT_PORT,
				  "enqueue: 0x%x is not a port with queues", port);
	a.enqueue.port = port;
	a.enqueue.queue = ofp_get_u32(r->p + 12);
	return ofp_action_add(r->list, &a);
}

#define V10 OFP_VERSION_10
#define V13 OFP_VERSION_13
#define V15 OFP_VERSION_15

const struct ofp_action_kind ofp_action_kinds_standard[] = {
	{0, V10, V10, 8, false, read_output10},
	{1, V10, V10, 8, false, read_vlan_vid},
	{2, V10, V10, 8, false, read_vlan_pcp},
	{3, V10, V10, 8, false, read_pop_vlan},
	{4, V10, V10, 16, false, read_eth_src},
	{5, V10, V10, 16, false, read_eth_dst},
	{6, V10, V10, 8, false, read_nw_src},
	{7, V10, V10, 8, false, read_nw_dst},
	{8, V10, V10, 8, false, read_nw_tos},
	/* The next two are also in 1.1; ovs-ofctl sends them in buckets in every version. */
	{9, V10, 0, 8, false, read_tp_src},
	{10, V10, 0, 8, false, read_tp_dst},
	{11, V10, V10, 16, false, read_enqueue},
	{0, V13, 0, 16, false, read_output},
	{11, V13, 0, 8, false, read_copy_ttl_out},
	{12, V13, 0, 8, false, read_copy_ttl_in},
	{15, V13, 0, 8, false, read_mpls_ttl},
	{16, V13, 0, 8, false, read_dec_mpls_ttl},
	{17, V13, 0, 8, false, read_push_vlan},
	{18, V13, 0, 8, false, read_pop_vlan},
	{19, V13, 0, 8, false, read_push_mpls},
	{20, V13, 0, 8, false, read_pop_mpls},
	{21, V13, 0, 8, false, read_set_queue},
	{22, V13, 0, 8, false, read_group},
	{23, V13, 0, 8, false, read_nw_ttl},
	{24, V13, 0, 8, false, read_dec_ttl},
	{25, V13, 0, 8, true, read_set_field},
	{28, V15, 0, 24, true, read_copy_field},
	{29, V15, 0, 8, false, read_meter},
	{0, 0, 0, 0, false, NULL},
};
