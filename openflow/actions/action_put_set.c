/* SPDX-License-Identifier: Apache-2.0 */
/* Setting a field has several forms on the wire. The verb and the version decide, as in Open
 * vSwitch, so that ovs-ofctl shows the verb that was used. */
#include "actions/action_put_set.h"

#include "actions/action_list.h"
#include "actions/action_put_head.h"

#include "fields/option.h"
#include "wire/ofp.h"

#include <xlate/tlv_map.h>

#include <string.h>

#define TOS_DSCP 0xfc

/* Fields that OpenFlow 1.0 sets by separate actions. */
static const struct {
	enum flow_field_id field;
	uint16_t type;
	uint8_t n_bytes;
} actions10[] = {
	{FLOW_FIELD_ETH_SRC, 4, 6},  {FLOW_FIELD_ETH_DST, 5, 6},  {FLOW_FIELD_NW_SRC, 6, 4},
	{FLOW_FIELD_NW_DST, 7, 4},   {FLOW_FIELD_TCP_SRC, 9, 2},  {FLOW_FIELD_TCP_DST, 10, 2},
	{FLOW_FIELD_UDP_SRC, 9, 2},  {FLOW_FIELD_UDP_DST, 10, 2}, {FLOW_FIELD_VLAN_PCP, 2, 1},
	{FLOW_FIELD_VLAN_VID, 1, 2},
};

static bool
is_exact(const struct xlate_action *a)
{
	struct flow_value ones;

	flow_field_ones(a->set.field, &ones);
	return !memcmp(&ones, &a->set.mask, sizeof ones);
}

static bool
is_verb(const struct xlate_action *a, const char *verb)
{
	return !strcmp(a->set.verb, verb);
}

/* Open vSwitch writes a load of a field that does not fill its bytes as a set with a mask. */
static bool
is_masked(const struct xlate_action *a)
{
	return !is_exact(a) || (is_verb(a, "load") && a->set.field->n_bits % 8);
}

static const uint8_t *
tail(const struct flow_value *v, size_t n)
{
	return v->b + FLOW_VALUE_BYTES - n;
}

/* Returns the first run of ones of the mask from 'ofs' on, up to 64 bits; 'n_bits' is 0 if
 * there is none. */
static struct xlate_subfield
next_run(const struct xlate_action *a, unsigned int ofs)
{
	struct xlate_subfield sf = {.field = a->set.field};

	while (ofs < sf.field->n_bits && !ofp_value_bits(&a->set.mask, ofs, 1))
		ofs++;
	sf.ofs = (uint16_t)ofs;
	while (sf.n_bits < 64 && ofs < sf.field->n_bits && ofp_value_bits(&a->set.mask, ofs, 1)) {
		sf.n_bits++;
		ofs++;
	}
	return sf;
}

/* A field whose length is not the same in each switch is not written by loads, as in Open vSwitch. */
static void
put_load2(struct ofp_buffer *b, const struct xlate_action *a)
{
	size_t start = ofp_action_start_nicira(b, 33);

	ofp_option_put(b, a->set.field, &a->set.value, is_exact(a) ? NULL : &a->set.mask);
	ofp_action_end(b, start);
}

/* Writes a load for each run of bits, as Open vSwitch does for sets that have no other form. */
void
ofp_put_loads(struct ofp_buffer *b, const struct xlate_action *a)
{
	struct xlate_subfield sf = next_run(a, 0);

	if (xlate_tlv_index(a->set.field) >= 0) {
		put_load2(b, a);
		return;
	}
	while (sf.n_bits) {
		size_t start = ofp_action_start_nicira(b, 7);

		ofp_put_ofs_n_bits(b, &sf);
		ofp_put_nxm_header(b, a->set.field);
		ofp_put_u64(b, ofp_value_bits(&a->set.value, sf.ofs, sf.n_bits));
		ofp_action_end(b, start);
		sf = next_run(a, (unsigned int)sf.ofs + sf.n_bits);
	}
}

/* Writes the field with its value and, unless all of it is set, its mask. */
static void
put_field(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version, bool exact)
{
	/* OpenFlow has no set_field of its own in_port; Nicira's 16-bit one is used. */
	bool port32 = a->set.field == &xlate_fields[XLATE_FIELD_IN_PORT_OXM];
	const struct flow_field *f = port32 ? &xlate_fields[XLATE_FIELD_IN_PORT] : a->set.field;
	const struct ofp_field *row = ofp_field_of_action(f, version);
	struct flow_value value = a->set.value, mask = a->set.mask;

	if (xlate_tlv_index(f) >= 0) {
		ofp_option_put(b, f, &value, exact ? NULL : &mask);
		return;
	}
	if (!row)
		return;
	if (row->kind == OFP_FIELD_VID) {
		value.b[FLOW_VALUE_BYTES - 2] |= FLOW_VLAN_CFI >> 8;
		mask.b[FLOW_VALUE_BYTES - 2] |= FLOW_VLAN_CFI >> 8;
	}
	ofp_field_put(b, row, &value, exact ? NULL : &mask);
}

static void
put_set_field(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	bool exact = is_exact(a);
	size_t start;

	if (version < OFP_VERSION_15 && (!exact || version == OFP_VERSION_10)) {
		ofp_put_loads(b, a);
		return;
	}
	start = ofp_action_start(b, 25);
	put_field(b, a, version, !is_masked(a));
	ofp_action_end(b, start);
}

static void
put_bytes10(struct ofp_buffer *b, uint16_t type, const uint8_t *p, size_t n)
{
	size_t start = ofp_action_start(b, type);

	ofp_put(b, p, n);
	ofp_action_end(b, start);
}

/* Writes a TCI: with CFI as mod_vlan_vid and mod_vlan_pcp, without it as strip_vlan. */
static void
put_tci10(struct ofp_buffer *b, uint16_t tci)
{
	uint8_t vid[] = {tci >> 8 & FLOW_VLAN_VID >> 8, tci & UINT8_MAX};
	uint8_t pcp = (uint8_t)(tci >> 13);

	if (!(tci & FLOW_VLAN_CFI)) {
		put_bytes10(b, 3, NULL, 0);
		return;
	}
	put_bytes10(b, 1, vid, sizeof vid);
	put_bytes10(b, 2, &pcp, sizeof pcp);
}

/* Writes the type of service from a byte that has the DSCP in its upper six bits. */
static void
put_tos10(struct ofp_buffer *b, uint64_t tos)
{
	uint8_t byte = (uint8_t)(tos & TOS_DSCP);

	put_bytes10(b, 8, &byte, sizeof byte);
}

/* Writes mod_tp_src or mod_tp_dst; the protocol is that of the rule's match. */
static void
put_l4_port(struct ofp_buffer *b, const struct xlate_action *a)
{
	put_bytes10(b, is_verb(a, "mod_tp_src") ? 9 : 10, tail(&a->set.value, 2), 2);
}

/* Writes a set of a whole field as an action of 1.0. Returns false if there is none for it. */
static bool
put_action10(struct ofp_buffer *b, const struct xlate_action *a)
{
	const struct flow_field *f = a->set.field;
	uint64_t v = flow_value_u64(&a->set.value);

	for (size_t i = 0; i < sizeof actions10 / sizeof actions10[0]; i++) {
		if (f != &flow_fields[actions10[i].field])
			continue;
		put_bytes10(b, actions10[i].type, tail(&a->set.value, actions10[i].n_bytes),
			    actions10[i].n_bytes);
		return true;
	}
	if (f == &flow_fields[FLOW_FIELD_VLAN_TCI])
		put_tci10(b, (uint16_t)v);
	else if (f == &flow_fields[FLOW_FIELD_NW_TOS])
		put_tos10(b, v);
	else if (f == &flow_fields[FLOW_FIELD_IP_DSCP])
		put_tos10(b, v << 2);
	else
		return false;
	return true;
}

static void
put_tos(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	uint8_t tos = a->set.value.b[FLOW_VALUE_BYTES - 1] & TOS_DSCP;
	struct flow_value dscp = flow_value_from_u64(tos >> 2);
	size_t start;

	if (version == OFP_VERSION_10) {
		put_tos10(b, tos);
		return;
	}
	start = ofp_action_start(b, 25);
	ofp_field_put(b, ofp_field_of_action(&flow_fields[FLOW_FIELD_IP_DSCP], version), &dscp,
		      NULL);
	ofp_action_end(b, start);
}

static void
put_tunnel10(struct ofp_buffer *b, const struct xlate_action *a)
{
	uint64_t id = flow_value_u64(&a->set.value);
	bool wide = id > UINT32_MAX;
	size_t start = ofp_action_start_nicira(b, wide ? 9 : 2);

	if (wide) {
		ofp_put_zeros(b, 6);
		ofp_put_u64(b, id);
	} else {
		ofp_put_zeros(b, 2);
		ofp_put_u32(b, (uint32_t)id);
	}
	ofp_action_end(b, start);
}

static void
put_metadata(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	size_t start;

	if (version > OFP_VERSION_10)
		return;
	start = ofp_action_start_nicira(b, 22);
	ofp_put_zeros(b, 6);
	ofp_put_u64(b, flow_value_u64(&a->set.value));
	ofp_put_u64(b, flow_value_u64(&a->set.mask));
	ofp_action_end(b, start);
}

/* Writes sets of TTLs, and Nicira's MPLS actions of 1.0. Returns false for other sets. */
static bool
put_ttl_or_mpls(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	uint64_t v = flow_value_u64(&a->set.value);
	bool old = version == OFP_VERSION_10;
	size_t start;

	if (is_verb(a, "mod_nw_ttl") && !old) {
		start = ofp_action_start(b, 23);
		ofp_put_u8(b, (uint8_t)v);
	} else if (is_verb(a, "set_mpls_ttl")) {
		start = old ? ofp_action_start_nicira(b, 25) : ofp_action_start(b, 15);
		ofp_put_u8(b, (uint8_t)v);
	} else if (is_verb(a, "set_mpls_label") && old) {
		start = ofp_action_start_nicira(b, 30);
		ofp_put_zeros(b, 2);
		ofp_put_u32(b, (uint32_t)v);
	} else if (is_verb(a, "set_mpls_tc") && old) {
		start = ofp_action_start_nicira(b, 31);
		ofp_put_u8(b, (uint8_t)v);
	} else {
		return false;
	}
	ofp_action_end(b, start);
	return true;
}

void
ofp_put_set(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	bool old = version == OFP_VERSION_10;

	if (is_verb(a, "write_metadata"))
		put_metadata(b, a, version);
	else if (is_verb(a, "set_tunnel") && old)
		put_tunnel10(b, a);
	else if (is_verb(a, "mod_nw_tos"))
		put_tos(b, a, version);
	else if (put_ttl_or_mpls(b, a, version))
		return;
	else if (is_verb(a, "load") && version < OFP_VERSION_15)
		ofp_put_loads(b, a);
	else if (!strncmp(a->set.verb, "mod_tp_", 7) && (old || a->set.any_l4))
		put_l4_port(b, a);
	else if (old && is_exact(a) && put_action10(b, a))
		return;
	else
		put_set_field(b, a, version);
}
