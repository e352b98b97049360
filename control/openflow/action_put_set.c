/* SPDX-License-Identifier: Apache-2.0 */
/* Setting a field has several forms on the wire; the verb and the version choose among them, as Open
 * vSwitch chooses, so that ovs-ofctl shows what was written. */
#include "action_list.h"

#include "ofp.h"

#include <string.h>

#define TOS_DSCP 0xfc

/* What OpenFlow 1.0 sets by an action of its own. */
static const struct {
	enum flow_field_id field;
	uint16_t type;
	uint8_t n_bytes;
} actions10[] = {
	{FLOW_FIELD_ETH_SRC, 4, 6},   {FLOW_FIELD_ETH_DST, 5, 6},  {FLOW_FIELD_NW_SRC, 6, 4},
	{FLOW_FIELD_NW_DST, 7, 4},    {FLOW_FIELD_TCP_SRC, 9, 2},  {FLOW_FIELD_TCP_DST, 10, 2},
	{FLOW_FIELD_UDP_SRC, 9, 2},   {FLOW_FIELD_UDP_DST, 10, 2}, {FLOW_FIELD_SCTP_SRC, 9, 2},
	{FLOW_FIELD_SCTP_DST, 10, 2},
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

static const uint8_t *
tail(const struct flow_value *v, size_t n)
{
	return v->b + FLOW_VALUE_BYTES - n;
}

/* The first run of ones of the mask from 'ofs' on, up to 64 bits; 'n_bits' 0: there is none. */
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

/* A load for each run of bits, as Open vSwitch writes what no other action can say. */
static void
put_loads(struct ofp_buffer *b, const struct xlate_action *a)
{
	struct xlate_subfield sf = next_run(a, 0);

	while (sf.n_bits) {
		size_t start = ofp_action_start_nicira(b, 7);

		ofp_put_ofs_n_bits(b, &sf);
		ofp_put_nxm_header(b, a->set.field);
		ofp_put_u64(b, ofp_value_bits(&a->set.value, sf.ofs, sf.n_bits));
		ofp_action_end(b, start);
		sf = next_run(a, (unsigned int)sf.ofs + sf.n_bits);
	}
}

/* The field with value and, unless all of it is set, mask. */
static void
put_field(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version, bool exact)
{
	const struct ofp_field *row = ofp_field_of_action(a->set.field, version);
	struct flow_value value = a->set.value, mask = a->set.mask;

	if (!row)
		return;
	if (row->action_field) { /* vlan_vid: there is a tag */
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
		put_loads(b, a);
		return;
	}
	start = ofp_action_start(b, 25);
	put_field(b, a, version, exact);
	ofp_action_end(b, start);
}

static bool
put_action10(struct ofp_buffer *b, const struct xlate_action *a)
{
	for (size_t i = 0; i < sizeof actions10 / sizeof actions10[0]; i++) {
		size_t start;

		if (a->set.field != &flow_fields[actions10[i].field])
			continue;
		start = ofp_action_start(b, actions10[i].type);
		ofp_put(b, tail(&a->set.value, actions10[i].n_bytes), actions10[i].n_bytes);
		ofp_action_end(b, start);
		return true;
	}
	return false;
}

static void
put_tos(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	uint8_t tos = a->set.value.b[FLOW_VALUE_BYTES - 1] & TOS_DSCP;
	struct flow_value dscp = flow_value_from_u64(tos >> 2);
	size_t start = ofp_action_start(b, version == OFP_VERSION_10 ? 8 : 25);

	if (version == OFP_VERSION_10)
		ofp_put_u8(b, tos);
	else
		ofp_field_put(b, ofp_field_of_action(&flow_fields[FLOW_FIELD_IP_DSCP], version),
			      &dscp, NULL);
	ofp_action_end(b, start);
}

static void
put_tunnel(struct ofp_buffer *b, const struct xlate_action *a)
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

/* The TTLs and what Nicira gave 1.0 for MPLS. Returns false when it is none of them. */
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
	bool exact = is_exact(a);

	if (is_verb(a, "write_metadata"))
		put_metadata(b, a, version);
	else if (is_verb(a, "set_tunnel"))
		put_tunnel(b, a);
	else if (is_verb(a, "mod_nw_tos"))
		put_tos(b, a, version);
	else if (put_ttl_or_mpls(b, a, version))
		return;
	else if (is_verb(a, "load") && version < OFP_VERSION_15)
		put_loads(b, a);
	else if ((version == OFP_VERSION_10 || a->set.any_l4) && exact && put_action10(b, a))
		return;
	else
		put_set_field(b, a, version);
}
