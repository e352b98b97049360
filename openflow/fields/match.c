/* SPDX-License-Identifier: Apache-2.0 */
#include "fields/match.h"

#include "fields/option.h"
#include "wire/ofp.h"

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <string.h>

#define OFPMT_OXM 1
#define OXM_HEADER_BYTES 4

static bool
is_zero(const struct flow_value *v)
{
	return ofp_all_zero(v->b, sizeof v->b);
}

/* Returns the bits of the row's field that the match already has. */
static struct flow_value
asked(const struct ofp_field *row, const struct xlate_match *m)
{
	struct flow_value mask;

	flow_field_get(row->field, &m->mask, &mask);
	if (row->bits) {
		mask.b[FLOW_VALUE_BYTES - 1] &= (uint8_t)row->bits;
		mask.b[FLOW_VALUE_BYTES - 2] &= (uint8_t)(row->bits >> 8);
	}
	return mask;
}

static void
add_bits(const struct flow_field *f, const struct flow_value *value, const struct flow_value *mask,
	 struct xlate_match *m)
{
	flow_field_set_masked(f, &m->key, value, mask);
	flow_field_set_masked(f, &m->mask, mask, mask);
}

static int
add_cookie(const struct ofp_field_value *v, struct ofp_cookie *cookie, struct ofp_error *err)
{
	if (!cookie)
		return ofp_refuse(err, OFP_E_BM_BAD_FIELD, "cookie: is not a field of packets");
	if (cookie->mask)
		return ofp_refuse(err, OFP_E_BM_DUP_FIELD, "cookie: is matched twice");
	cookie->value = flow_value_u64(&v->value);
	cookie->mask = flow_value_u64(&v->mask);
	return 0;
}

static int
check_ethernet(const struct ofp_field_value *v, struct ofp_error *err)
{
	uint64_t type = flow_value_u64(&v->value);

	if (!type)
		return 0;
	return ofp_refuse(err, OFP_E_BM_BAD_VALUE,
			  "packet_type: (%u,0x%x); expected (0,0), as all packets are Ethernet",
			  (unsigned int)(type >> 16), (unsigned int)(type & UINT16_MAX));
}

static int
add_field(const struct ofp_field_value *v, bool strict, struct xlate_match *m,
	  struct ofp_error *err)
{
	const struct flow_field *f = v->row->field;
	struct flow_value before = asked(v->row, m);

	if (strict && !flow_prereq_matched(flow_prereq_early((enum flow_prereq)f->prereq),
					   &m->key.flow, &m->mask.flow))
		return ofp_refuse(err, OFP_E_BM_BAD_PREREQ,
				  "%s: requires an earlier field of the match that selects packets "
				  "with this field",
				  f->name);
	if (!is_zero(&before))
		return ofp_refuse(err, OFP_E_BM_DUP_FIELD, "%s: is matched twice", f->name);
	add_bits(f, &v->value, &v->mask, m);
	return 0;
}

/* The EtherTypes that addresses of connections require; 0: none yet. */
static int
family_note(be16 *family, const struct flow_field *f, struct ofp_error *err)
{
	be16 own = f->prereq == FLOW_PREREQ_CT4	  ? htons(ETHERTYPE_IP)
		   : f->prereq == FLOW_PREREQ_CT6 ? htons(ETHERTYPE_IPV6)
						  : 0;

	if (own && *family && *family != own)
		return ofp_refuse(err, OFP_E_BA_MATCH_INCONSISTENT,
				  "%s: the match has an address of the other IP version", f->name);
	*family = own ? own : *family;
	return 0;
}

/* A match that is not strict selects rules. Those with such an address have the EtherType too. */
static int
family_check(be16 family, bool strict, struct xlate_match *m, struct ofp_error *err)
{
	if (family && !strict && !m->mask.flow.eth_type) {
		m->key.flow.eth_type = family;
		m->mask.flow.eth_type = UINT16_MAX;
	}
	if (!family || m->key.flow.eth_type == family)
		return 0;
	return ofp_refuse(err, OFP_E_BA_MATCH_INCONSISTENT, "%s require eth_type 0x%04x",
			  family == htons(ETHERTYPE_IP) ? "ct_nw_src and ct_nw_dst"
							: "ct_ipv6_src and ct_ipv6_dst",
			  ntohs(family));
}

static int
pull_field(struct ofp_cursor *c, bool strict, struct xlate_match *m, struct ofp_cookie *cookie,
	   be16 *family, struct ofp_error *err)
{
	struct ofp_field_value v;
	int rc = ofp_field_pull(c, false, &v, err);

	if (rc)
		return rc;
	if (v.row->kind == OFP_FIELD_COOKIE)
		return add_cookie(&v, cookie, err);
	if (v.row->kind == OFP_FIELD_ETHERNET)
		return check_ethernet(&v, err);
	rc = family_note(family, v.row->field, err);
	return rc ? rc : add_field(&v, strict, m, err);
}

int
ofp_match_fields_pull(struct ofp_cursor *c, const struct xlate_bridge *br, bool strict,
		      struct xlate_match *m, struct ofp_cookie *cookie, struct ofp_error *err)
{
	be16 family = 0;

	memset(m, 0, sizeof *m);
	if (cookie)
		*cookie = (struct ofp_cookie){0};
	while (c->n) {
		int rc = ofp_option_is_next(c) ? ofp_option_pull(c, br, m, err)
					       : pull_field(c, strict, m, cookie, &family, err);

		if (rc)
			return rc;
	}
	return family_check(family, strict, m, err);
}

static int
refuse_length(size_t n, size_t room, struct ofp_error *err)
{
	return ofp_refuse(err, OFP_E_BM_BAD_LEN, "match: length is %zu, but %zu bytes are left", n,
			  room);
}

int
ofp_nxm_match_pull(struct ofp_cursor *c, const struct xlate_bridge *br, size_t n,
		   struct xlate_match *m, struct ofp_cookie *cookie, struct ofp_error *err)
{
	size_t room = c->n;
	const uint8_t *p = ofp_pull(c, (n + 7) / 8 * 8);
	struct ofp_cursor fields = {p, n};

	return p ? ofp_match_fields_pull(&fields, br, true, m, cookie, err)
		 : refuse_length(n, room, err);
}

int
ofp_oxm_match_pull(struct ofp_cursor *c, const struct xlate_bridge *br, bool strict,
		   struct xlate_match *m, struct ofp_error *err)
{
	if (c->n < OXM_HEADER_BYTES)
		return refuse_length(OXM_HEADER_BYTES, c->n, err);

	uint16_t type = ofp_get_u16(c->p), n = ofp_get_u16(c->p + 2);
	size_t room = c->n;

	if (type != OFPMT_OXM)
		return ofp_refuse(err, OFP_E_BM_BAD_TYPE, "match: type %u; expected %d", type,
				  OFPMT_OXM);

	const uint8_t *p = ofp_pull(c, (n + 7u) / 8 * 8);

	if (!p || n < OXM_HEADER_BYTES)
		return refuse_length(n, room, err);

	struct ofp_cursor fields = {p + OXM_HEADER_BYTES, n - OXM_HEADER_BYTES};

	return ofp_match_fields_pull(&fields, br, strict, m, NULL, err);
}

/* Returns true if 'mask' has all bits that a match of the row may have. */
static bool
is_whole(const struct ofp_field *row, const struct flow_value *mask)
{
	struct flow_value ones;

	if (row->bits)
		ones = flow_value_from_u64(row->bits);
	else
		flow_field_ones(row->field, &ones);
	return !memcmp(mask, &ones, sizeof ones);
}

/* The IPv4 ends of a tunnel are part of the IPv6 ones: only one of the two is written. */
static bool
is_other_family(const struct ofp_field *row, const struct xlate_match *m)
{
	static const enum flow_field_id both[][2] = {
		{FLOW_FIELD_TUN_SRC, FLOW_FIELD_TUN_IPV6_SRC},
		{FLOW_FIELD_TUN_DST, FLOW_FIELD_TUN_IPV6_DST},
	};

	for (int i = 0; i < 2; i++) {
		struct flow_value wide;
		bool is_ip6;

		flow_field_get(&flow_fields[both[i][1]], &m->mask, &wide);
		is_ip6 = !ofp_all_zero(wide.b, FLOW_VALUE_BYTES - 4);
		if (row->field == &flow_fields[both[i][0]])
			return is_ip6;
		if (row->field == &flow_fields[both[i][1]])
			return !is_ip6;
	}
	return false;
}

/* Registers are written in pairs from 1.5 on, as in Open vSwitch. */
static bool
is_register(const struct ofp_field *row)
{
	return row->field >= &xlate_fields[XLATE_FIELD_REG0] &&
	       row->field < &xlate_fields[XLATE_FIELD_REG0 + XLATE_REGS];
}

static bool
is_put(const struct ofp_field *row, const struct xlate_match *m, uint8_t version)
{
	bool used = version == OFP_VERSION_10 ? row->in_nxm : row->in_oxm;

	if (is_register(row) || row->class == OFP_CLASS_PACKET_REGS)
		used = is_register(row) == (version < OFP_VERSION_15);
	return used && version >= row->first && (!row->last || version <= row->last) &&
	       ofp_field_is_of_packets(row) && !is_other_family(row, m) &&
	       flow_prereq_matched((enum flow_prereq)row->field->prereq, &m->key.flow,
				   &m->mask.flow);
}

void
ofp_match_fields_put(struct ofp_buffer *b, const struct xlate_match *m, uint8_t version)
{
	size_t n_rows;
	const struct ofp_field *rows = ofp_field_rows(&n_rows);

	for (size_t i = 0; i < n_rows; i++) {
		struct flow_value mask, value;

		if (!is_put(&rows[i], m, version))
			continue;
		mask = asked(&rows[i], m);
		if (is_zero(&mask))
			continue;
		flow_field_get(rows[i].field, &m->key, &value);
		for (int k = 0; k < FLOW_VALUE_BYTES; k++)
			value.b[k] &= mask.b[k];
		ofp_field_put(b, &rows[i], &value,
			      is_whole(&rows[i], &mask) || !ofp_field_is_maskable(&rows[i])
				      ? NULL
				      : &mask);
	}
	ofp_options_put(b, m);
}

void
ofp_cookie_put(struct ofp_buffer *b, const struct ofp_cookie *cookie)
{
	const struct ofp_field *row = ofp_field_by_header(OFP_CLASS_NXM1, 30, 0, 8);
	struct flow_value value = flow_value_from_u64(cookie->value);
	struct flow_value mask = flow_value_from_u64(cookie->mask);

	if (cookie->mask)
		ofp_field_put(b, row, &value, cookie->mask == UINT64_MAX ? NULL : &mask);
}

void
ofp_oxm_match_put(struct ofp_buffer *b, const struct xlate_match *m, uint8_t version)
{
	size_t start = b->n;

	ofp_put_u16(b, OFPMT_OXM);
	ofp_put_u16(b, 0);
	ofp_match_fields_put(b, m, version);
	ofp_set_u16(b, start + 2, (uint16_t)(b->n - start));
	ofp_put_pad8(b, start);
}
