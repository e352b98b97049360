/* SPDX-License-Identifier: Apache-2.0 */
#include "fields/field.h"

#include "fields/option.h"

#include "wire/ofp.h"

#include <string.h>

#define FLOW(id) (&flow_fields[FLOW_FIELD_##id])
#define PIPE(id) (&xlate_fields[XLATE_FIELD_##id])
#define REG(i)                                                                                     \
	{                                                                                          \
		.field = &xlate_fields[XLATE_FIELD_REG0 + (i)], .class = OFP_CLASS_NXM1,           \
		.number = (i), .n_bytes = 4, .in_nxm = true, .in_oxm = true                        \
	}
#define XREG(i)                                                                                    \
	{                                                                                          \
		.field = &xlate_fields[XLATE_FIELD_XREG0 + (i)], .class = OFP_CLASS_PACKET_REGS,   \
		.number = (i), .n_bytes = 8                                                        \
	}
#define XXREG(i)                                                                                   \
	{                                                                                          \
		.field = &xlate_fields[XLATE_FIELD_XXREG0 + (i)], .class = OFP_CLASS_NXM1,         \
		.number = 111 + (i), .n_bytes = 16                                                 \
	}

#define AT(row, class_, number_, bytes)                                                            \
	.field = (row), .class = OFP_CLASS_##class_, .number = (number_), .n_bytes = (bytes)
#define NXM .in_nxm = true
#define OXM .in_oxm = true
#define BOTH NXM, OXM
#define NEITHER .in_nxm = false

/* Used for its name only. */
static const struct flow_field packet_type = {.name = "packet_type", .n_bytes = 4, .n_bits = 32};

/* In order of prerequisites: a field precedes those that require it, as OpenFlow
 * demands in matches. */
/* clang-format off */
static const struct ofp_field rows[] = {
	{AT(FLOW(DP_HASH), NXM1, 35, 4), BOTH},
	{AT(FLOW(DP_HASH), EXPERIMENTER, 0, 4), NEITHER, .experimenter = OFP_NICIRA},
	{AT(FLOW(RECIRC_ID), NXM1, 36, 4), BOTH},
	{AT(FLOW(IN_PORT), NXM0, 0, 2), NXM, .action_field = PIPE(IN_PORT)},
	{AT(FLOW(IN_PORT), BASIC, 0, 4), OXM, .kind = OFP_FIELD_PORT32,
		.action_field = PIPE(IN_PORT_OXM)},
	{AT(FLOW(ETH_DST), NXM0, 1, 6), NXM},
	{AT(FLOW(ETH_DST), BASIC, 3, 6), OXM},
	{AT(FLOW(ETH_SRC), NXM0, 2, 6), NXM},
	{AT(FLOW(ETH_SRC), BASIC, 4, 6), OXM},
	{AT(FLOW(ETH_TYPE), NXM0, 3, 2), NXM},
	{AT(FLOW(ETH_TYPE), BASIC, 5, 2), OXM},
	{AT(FLOW(VLAN_TCI), NXM0, 4, 2), NXM},
	{AT(FLOW(VLAN_TCI), BASIC, 6, 2), OXM, .bits = FLOW_VLAN_CFI | FLOW_VLAN_VID,
		.kind = OFP_FIELD_VID, .action_field = FLOW(VLAN_VID)},
	{AT(FLOW(VLAN_PCP), BASIC, 7, 1), OXM},
	{AT(FLOW(MPLS_LABEL), BASIC, 34, 4), BOTH},
	{AT(FLOW(MPLS_TC), BASIC, 35, 1), BOTH},
	{AT(FLOW(MPLS_BOS), BASIC, 36, 1), BOTH},
	{AT(FLOW(MPLS_TTL), NXM1, 30, 1), BOTH},
	{AT(FLOW(NW_TOS), NXM0, 5, 1), NXM, .bits = 0xfc},
	{AT(FLOW(IP_DSCP), BASIC, 8, 1), OXM},
	{AT(FLOW(NW_ECN), NXM1, 28, 1), NXM},
	{AT(FLOW(NW_ECN), BASIC, 9, 1), OXM},
	{AT(FLOW(NW_TTL), NXM1, 29, 1), BOTH},
	{AT(FLOW(NW_FRAG), NXM1, 26, 1), BOTH},
	{AT(FLOW(NW_PROTO), NXM0, 6, 1), NXM},
	{AT(FLOW(NW_PROTO), BASIC, 10, 1), OXM},
	{AT(FLOW(NW_SRC), NXM0, 7, 4), NXM},
	{AT(FLOW(NW_SRC), BASIC, 11, 4), OXM},
	{AT(FLOW(NW_DST), NXM0, 8, 4), NXM},
	{AT(FLOW(NW_DST), BASIC, 12, 4), OXM},
	{AT(FLOW(IPV6_SRC), NXM1, 19, 16), NXM},
	{AT(FLOW(IPV6_SRC), BASIC, 26, 16), OXM},
	{AT(FLOW(IPV6_DST), NXM1, 20, 16), NXM},
	{AT(FLOW(IPV6_DST), BASIC, 27, 16), OXM},
	{AT(FLOW(IPV6_LABEL), NXM1, 27, 4), NXM},
	{AT(FLOW(IPV6_LABEL), BASIC, 28, 4), OXM},
	{AT(FLOW(TCP_SRC), NXM0, 9, 2), NXM},
	{AT(FLOW(TCP_SRC), BASIC, 13, 2), OXM},
	{AT(FLOW(TCP_DST), NXM0, 10, 2), NXM},
	{AT(FLOW(TCP_DST), BASIC, 14, 2), OXM},
	{AT(FLOW(TCP_FLAGS), NXM1, 34, 2), NXM},
	{AT(FLOW(TCP_FLAGS), EXPERIMENTER, 42, 2), OXM, .experimenter = OFP_ONF, .last = 0x05},
	{AT(FLOW(TCP_FLAGS), BASIC, 42, 2), OXM, .first = 0x06},
	{AT(FLOW(UDP_SRC), NXM0, 11, 2), NXM},
	{AT(FLOW(UDP_SRC), BASIC, 15, 2), OXM},
	{AT(FLOW(UDP_DST), NXM0, 12, 2), NXM},
	{AT(FLOW(UDP_DST), BASIC, 16, 2), OXM},
	{AT(FLOW(SCTP_SRC), BASIC, 17, 2), BOTH},
	{AT(FLOW(SCTP_DST), BASIC, 18, 2), BOTH},
	{AT(FLOW(ICMP_TYPE), NXM0, 13, 1), NXM},
	{AT(FLOW(ICMP_TYPE), BASIC, 19, 1), OXM},
	{AT(FLOW(ICMP_CODE), NXM0, 14, 1), NXM},
	{AT(FLOW(ICMP_CODE), BASIC, 20, 1), OXM},
	{AT(FLOW(ICMPV6_TYPE), NXM1, 21, 1), NXM},
	{AT(FLOW(ICMPV6_TYPE), BASIC, 29, 1), OXM},
	{AT(FLOW(ICMPV6_CODE), NXM1, 22, 1), NXM},
	{AT(FLOW(ICMPV6_CODE), BASIC, 30, 1), OXM},
	{AT(FLOW(ND_TARGET), NXM1, 23, 16), NXM},
	{AT(FLOW(ND_TARGET), BASIC, 31, 16), OXM},
	{AT(FLOW(ND_SLL), NXM1, 24, 6), NXM},
	{AT(FLOW(ND_SLL), BASIC, 32, 6), OXM},
	{AT(FLOW(ND_TLL), NXM1, 25, 6), NXM},
	{AT(FLOW(ND_TLL), BASIC, 33, 6), OXM},
	{AT(FLOW(ARP_OP), NXM0, 15, 2), NXM, .action_field = PIPE(ARP_OP)},
	{AT(FLOW(ARP_OP), BASIC, 21, 2), OXM, .action_field = PIPE(ARP_OP)},
	{AT(FLOW(ARP_SPA), NXM0, 16, 4), NXM},
	{AT(FLOW(ARP_SPA), BASIC, 22, 4), OXM},
	{AT(FLOW(ARP_TPA), NXM0, 17, 4), NXM},
	{AT(FLOW(ARP_TPA), BASIC, 23, 4), OXM},
	{AT(FLOW(ARP_SHA), NXM1, 17, 6), NXM},
	{AT(FLOW(ARP_SHA), BASIC, 24, 6), OXM},
	{AT(FLOW(ARP_THA), NXM1, 18, 6), NXM},
	{AT(FLOW(ARP_THA), BASIC, 25, 6), OXM},
	{AT(FLOW(TUN_ID), NXM1, 16, 8), NXM},
	{AT(FLOW(TUN_ID), BASIC, 38, 8), OXM},
	{AT(FLOW(TUN_SRC), NXM1, 31, 4), BOTH},
	{AT(FLOW(TUN_DST), NXM1, 32, 4), BOTH},
	{AT(FLOW(TUN_IPV6_SRC), NXM1, 109, 16), BOTH},
	{AT(FLOW(TUN_IPV6_DST), NXM1, 110, 16), BOTH},
	{AT(FLOW(TUN_FLAGS), NXM1, 104, 2), BOTH, .bits = FLOW_TUNNEL_OAM,
		.action_field = PIPE(TUN_FLAGS)},
	{AT(FLOW(PKT_MARK), NXM1, 33, 4), BOTH},
	{AT(FLOW(CT_STATE), NXM1, 105, 4), BOTH, .action_field = PIPE(CT_STATE)},
	{AT(FLOW(CT_ZONE), NXM1, 106, 2), BOTH},
	{AT(FLOW(CT_MARK), NXM1, 107, 4), BOTH},
	{AT(FLOW(CT_LABEL), NXM1, 108, 16), BOTH},
	{AT(FLOW(CT_NW_SRC), NXM1, 120, 4), BOTH},
	{AT(FLOW(CT_IPV6_SRC), NXM1, 122, 16), BOTH},
	{AT(FLOW(CT_NW_DST), NXM1, 121, 4), BOTH},
	{AT(FLOW(CT_IPV6_DST), NXM1, 123, 16), BOTH},
	{AT(FLOW(CT_NW_PROTO), NXM1, 119, 1), BOTH},
	{AT(FLOW(CT_TP_SRC), NXM1, 124, 2), BOTH},
	{AT(FLOW(CT_TP_DST), NXM1, 125, 2), BOTH},
	{AT(PIPE(METADATA), BASIC, 2, 8), BOTH},
	{AT(PIPE(CONJ_ID), NXM1, 37, 4), BOTH},
	{AT(PIPE(SET_OUTPUT), EXPERIMENTER, 43, 4), BOTH, .kind = OFP_FIELD_PORT32,
		.experimenter = OFP_ONF, .last = 0x05},
	{AT(PIPE(SET_OUTPUT), BASIC, 43, 4), OXM, .kind = OFP_FIELD_PORT32, .first = 0x06},
	REG(0),
	REG(1),
	REG(2),
	REG(3),
	REG(4),
	REG(5),
	REG(6),
	REG(7),
	REG(8),
	REG(9),
	REG(10),
	REG(11),
	REG(12),
	REG(13),
	REG(14),
	REG(15),
	XREG(0),
	XREG(1),
	XREG(2),
	XREG(3),
	XREG(4),
	XREG(5),
	XREG(6),
	XREG(7),
	XXREG(0),
	XXREG(1),
	XXREG(2),
	XXREG(3),
	{AT(&packet_type, BASIC, 44, 4), .kind = OFP_FIELD_ETHERNET},
	{.kind = OFP_FIELD_COOKIE, .class = OFP_CLASS_NXM1, .number = 30, .n_bytes = 8},
};
/* clang-format on */
#define N_ROWS (sizeof rows / sizeof rows[0])

const struct ofp_field *
ofp_field_rows(size_t *n)
{
	*n = N_ROWS;
	return rows;
}

/* Fields of other switches that Tandem does not support, to be refused by name. */
static const struct {
	uint16_t class;
	uint8_t first, last;
	const char *name;
} known[] = {
	{OFP_CLASS_BASIC, 1, 1, "in_phy_port"},	  {OFP_CLASS_BASIC, 37, 37, "pbb_isid"},
	{OFP_CLASS_BASIC, 39, 39, "ipv6_exthdr"}, {OFP_CLASS_BASIC, 41, 41, "pbb_uca"},
	{OFP_CLASS_NXM1, 38, 39, "tun_gbp"},	  {OFP_CLASS_NXM1, 40, 103, "tun_metadata"},
};

static const char *
name_of_unsupported(uint16_t class, uint8_t number)
{
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (known[i].class == class && number >= known[i].first && number <= known[i].last)
			return known[i].name;
	}
	return "field";
}

bool
ofp_field_is_of_packets(const struct ofp_field *row)
{
	return row->kind != OFP_FIELD_COOKIE && row->kind != OFP_FIELD_ETHERNET;
}

bool
ofp_field_is_maskable(const struct ofp_field *row)
{
	return row->kind == OFP_FIELD_COOKIE || (row->field->maskable && !row->field->exact);
}

const char *
ofp_field_name(const struct ofp_field *row)
{
	return row->field ? row->field->name : "cookie";
}

const struct ofp_field *
ofp_field_by_header(uint16_t class, uint8_t number, uint32_t experimenter, size_t n_bytes)
{
	const struct ofp_field *other = NULL;

	for (size_t i = 0; i < N_ROWS; i++) {
		if (rows[i].class != class || rows[i].number != number ||
		    rows[i].experimenter != experimenter)
			continue;
		if (rows[i].n_bytes == n_bytes)
			return &rows[i];
		if (!other)
			other = &rows[i];
	}
	return other;
}

const struct flow_field *
ofp_field_in_action(const struct ofp_field *row)
{
	return row->action_field ? row->action_field : row->field;
}

static bool
is_nxm(const struct ofp_field *row)
{
	return row->class == OFP_CLASS_NXM0 || row->class == OFP_CLASS_NXM1;
}

static bool
is_of_version(const struct ofp_field *row, uint8_t version)
{
	return version >= row->first && (!row->last || version <= row->last);
}

/* Returns true if 'f' is the row's field in actions, or its field in matches. For vlan_vid the
 * latter does not count: it is vlan_tci, which has its own row. */
static bool
is_row_of(const struct ofp_field *row, const struct flow_field *f)
{
	return ofp_field_in_action(row) == f || (row->field == f && row->kind != OFP_FIELD_VID);
}

const struct ofp_field *
ofp_field_of_action(const struct flow_field *f, uint8_t version)
{
	const struct ofp_field *found = NULL;

	for (size_t i = 0; i < N_ROWS; i++) {
		const struct ofp_field *row = &rows[i];

		if (!ofp_field_is_of_packets(row) || !is_row_of(row, f) ||
		    !is_of_version(row, version))
			continue;
		if (is_nxm(row) == (version == OFP_VERSION_10))
			return row;
		found = row;
	}
	return found;
}

struct header {
	uint16_t class;
	uint8_t number;
	bool masked;
	uint8_t n_body; /* value and mask */
	uint32_t experimenter;
};

static int
pull_header(struct ofp_cursor *c, bool action, struct header *out, struct ofp_error *err)
{
	enum ofp_error_code bad_len = action ? OFP_E_BA_BAD_SET_LEN : OFP_E_BM_BAD_LEN;
	const uint8_t *p = ofp_pull(c, 4);

	if (!p)
		return ofp_refuse(err, bad_len, "field: %zu bytes are too short for a header",
				  c->n);
	out->class = ofp_get_u16(p);
	out->number = p[2] >> 1;
	out->masked = p[2] & 1;
	out->n_body = p[3];
	out->experimenter = 0;
	if (out->class != OFP_CLASS_EXPERIMENTER)
		return 0;
	p = ofp_pull(c, 4);
	if (!p || out->n_body < 4)
		return ofp_refuse(err, bad_len,
				  "field: its header is too short for an experimenter");
	out->experimenter = ofp_get_u32(p);
	out->n_body = (uint8_t)(out->n_body - 4);
	return 0;
}

/* Nicira uses number 30 twice: for the TTL of MPLS and, 8 bytes long, for the cookie. */
static int
find_row(const struct header *h, bool action, const struct ofp_field **row, struct ofp_error *err)
{
	*row = ofp_field_by_header(h->class, h->number, h->experimenter,
				   h->masked ? h->n_body / 2u : h->n_body);
	if (*row && (*row)->field == FLOW(MPLS_TTL) && h->n_body >= rows[N_ROWS - 1].n_bytes)
		*row = &rows[N_ROWS - 1];
	if (*row)
		return 0;
	return ofp_refuse(err, action ? OFP_E_BA_BAD_SET_TYPE : OFP_E_BM_BAD_FIELD,
			  "%s: class 0x%04x number %u is not supported",
			  name_of_unsupported(h->class, h->number), h->class, h->number);
}

static void
read_value(const uint8_t *p, size_t n, struct flow_value *out)
{
	memset(out, 0, sizeof *out);
	memcpy(out->b + FLOW_VALUE_BYTES - n, p, n);
}

/* Writes the bits of the row's field that may be matched or, in an action, set. */
static void
whole(const struct ofp_field *row, bool action, struct flow_value *out)
{
	const struct flow_field *f = action ? ofp_field_in_action(row) : row->field;

	if (row->kind == OFP_FIELD_COOKIE)
		*out = flow_value_from_u64(UINT64_MAX);
	else if (row->bits && !action)
		*out = flow_value_from_u64(row->bits);
	else
		flow_field_ones(f, out);
}

static bool
is_within(const struct flow_value *v, const struct flow_value *ones)
{
	for (int i = 0; i < FLOW_VALUE_BYTES; i++) {
		if (v->b[i] & ~ones->b[i])
			return false;
	}
	return true;
}

static int
narrow_port(struct ofp_field_value *v, bool action, struct ofp_error *err)
{
	uint16_t port;
	int rc = ofp_port_from32((uint32_t)flow_value_u64(&v->value),
				 action ? OFP_E_BA_BAD_SET_ARGUMENT : OFP_E_BM_BAD_VALUE, &port,
				 err);

	if (!rc)
		v->value = flow_value_from_u64(action ? ofp_port_to32(port) : port);
	return rc;
}

/* Actions may set any bits of a field. A match of a field that cannot be masked still accepts a
 * mask of all bits, or of none. */
static bool
is_mask_taken(const struct ofp_field_value *v, bool action)
{
	const struct ofp_field *row = v->row;
	const uint8_t *mask = v->mask.b + FLOW_VALUE_BYTES - row->n_bytes;
	size_t n_ones = 0, n_zeros = 0;

	if (action || !v->masked || ofp_field_is_maskable(row))
		return true;
	for (size_t i = 0; i < row->n_bytes; i++) {
		n_ones += mask[i] == UINT8_MAX;
		n_zeros += mask[i] == 0;
	}
	return n_ones == row->n_bytes || n_zeros == row->n_bytes;
}

/* Removes the bit "a tag is present" from vlan_vid in an action: it must be set (OpenFlow 1.5.1,
 * 7.2.5), and is not part of the field. Returns whether it was set. */
static bool
take_tag_bit(struct ofp_field_value *v)
{
	const uint8_t bit = FLOW_VLAN_CFI >> 8;
	const int at = FLOW_VALUE_BYTES - 2;
	bool is_set = v->value.b[at] & v->mask.b[at] & bit;

	v->value.b[at] &= (uint8_t)~bit;
	return is_set;
}

static int
check_value(struct ofp_field_value *v, bool action, struct ofp_error *err)
{
	const struct ofp_field *row = v->row;
	struct flow_value ones;

	whole(row, action, &ones);
	if (v->masked && !is_within(&v->value, &v->mask))
		return ofp_refuse(err, OFP_E_BM_BAD_WILDCARDS,
				  "%s: the value has bits outside the mask", ofp_field_name(row));
	if (!is_mask_taken(v, action))
		return ofp_refuse(err, OFP_E_BM_BAD_MASK, "%s: takes no mask", ofp_field_name(row));
	if (row->kind == OFP_FIELD_PORT32)
		return narrow_port(v, action, err);
	if (action && row->kind == OFP_FIELD_VID && !take_tag_bit(v))
		return ofp_refuse(err, OFP_E_BA_BAD_SET_ARGUMENT,
				  "vlan_vid: expected value and mask 0x1000..0x1fff");
	if (!is_within(&v->value, &ones))
		return ofp_refuse(err, action ? OFP_E_BA_BAD_SET_ARGUMENT : OFP_E_BM_BAD_VALUE,
				  "%s: the value has more bits than the field",
				  ofp_field_name(row));
	for (int i = 0; i < FLOW_VALUE_BYTES; i++) {
		v->mask.b[i] &= ones.b[i];
		v->value.b[i] &= v->mask.b[i];
	}
	return 0;
}

/* Takes header, value and mask without checking value and mask. */
static int
pull_raw(struct ofp_cursor *c, bool action, struct ofp_field_value *out, struct ofp_error *err)
{
	struct header h;
	int rc = pull_header(c, action, &h, err);

	if (!rc)
		rc = find_row(&h, action, &out->row, err);
	if (rc)
		return rc;

	size_t n = out->row->n_bytes;
	const uint8_t *p = ofp_pull(c, h.n_body);

	if (!p || h.n_body != (h.masked ? 2 * n : n))
		return ofp_refuse(err, action ? OFP_E_BA_BAD_SET_LEN : OFP_E_BM_BAD_LEN,
				  "field: class 0x%04x number %u has %u bytes; expected %zu",
				  h.class, h.number, h.n_body, n);
	out->masked = h.masked;
	read_value(p, n, &out->value);
	if (h.masked)
		read_value(p + n, n, &out->mask);
	else
		memset(&out->mask, 0xff, sizeof out->mask);
	return 0;
}

int
ofp_field_pull(struct ofp_cursor *c, bool action, struct ofp_field_value *out,
	       struct ofp_error *err)
{
	int rc = pull_raw(c, action, out, err);

	return rc ? rc : check_value(out, action, err);
}

int
ofp_field_pull_mask(struct ofp_cursor *c, const struct ofp_field **row, struct flow_value *mask,
		    struct ofp_error *err)
{
	struct ofp_field_value v;
	struct flow_value ones;
	int rc = pull_raw(c, false, &v, err);

	if (rc)
		return rc;
	whole(v.row, true, &ones);
	for (int i = 0; i < FLOW_VALUE_BYTES; i++)
		mask->b[i] = v.value.b[i] & ones.b[i];
	*row = v.row;
	return 0;
}

int
ofp_field_pull_header(struct ofp_cursor *c, const struct xlate_bridge *br,
		      const struct flow_field **out, struct ofp_error *err)
{
	const struct ofp_field *row;
	struct header h;
	int rc;

	if (ofp_option_is_next(c))
		return ofp_option_pull_header(c, br, out, err);
	rc = pull_header(c, true, &h, err);
	if (!rc)
		rc = find_row(&h, true, &row, err);
	if (rc)
		return rc;
	if (h.masked || !ofp_field_is_of_packets(row) || h.n_body != row->n_bytes)
		return ofp_refuse(err, OFP_E_BA_BAD_SET_TYPE,
				  "field: class 0x%04x number %u with %u bytes is not a field that "
				  "actions accept",
				  h.class, h.number, h.n_body);
	*out = ofp_field_in_action(row);
	return 0;
}

void
ofp_field_put_header(struct ofp_buffer *b, const struct ofp_field *row, bool masked)
{
	size_t n = row->n_bytes * (masked ? 2u : 1u) + (row->experimenter ? 4u : 0u);

	ofp_put_u16(b, row->class);
	ofp_put_u8(b, (uint8_t)(row->number << 1 | (masked ? 1 : 0)));
	ofp_put_u8(b, (uint8_t)n);
	if (row->experimenter)
		ofp_put_u32(b, row->experimenter);
}

void
ofp_field_put(struct ofp_buffer *b, const struct ofp_field *row, const struct flow_value *value,
	      const struct flow_value *mask)
{
	size_t at = FLOW_VALUE_BYTES - row->n_bytes;

	ofp_field_put_header(b, row, mask != NULL);
	if (row->kind == OFP_FIELD_PORT32)
		ofp_put_u32(b, ofp_port_to32((uint16_t)flow_value_u64(value)));
	else
		ofp_put(b, value->b + at, row->n_bytes);
	if (mask)
		ofp_put(b, mask->b + at, row->n_bytes);
}

void
ofp_field_put_mask(struct ofp_buffer *b, const struct ofp_field *row, const struct flow_value *mask)
{
	struct flow_value ones;
	bool all;

	whole(row, true, &ones);
	all = !memcmp(mask, &ones, sizeof ones);
	ofp_field_put_header(b, row, false);
	for (size_t i = FLOW_VALUE_BYTES - row->n_bytes; i < FLOW_VALUE_BYTES; i++)
		ofp_put_u8(b, all ? UINT8_MAX : mask->b[i]);
}
