/* SPDX-License-Identifier: Apache-2.0 */
/* Nicira's actions of connection tracking and of packet size checks, read and written. */
#include "actions/action_ct.h"

#include "actions/action_list.h"
#include "actions/action_put_head.h"
#include "actions/action_read.h"

#include "actions/action_put.h"
#include "wire/ofp.h"

#include <string.h>

#define CT_BYTES 24
#define CT_COMMIT 1
#define CT_FORCE 2
#define NAT_BYTES 16
#define CHECK_SIZE_BYTES 24
#define CHECK_SIZE_HEADER 14 /* offset of the field's header */

/* Parts of a range that are present, in this order. */
enum {
	NAT_IP4_MIN = 1,
	NAT_IP4_MAX = 2,
	NAT_IP6_MIN = 4,
	NAT_IP6_MAX = 8,
	NAT_PORT_MIN = 16,
	NAT_PORT_MAX = 32,
	NAT_ALL = 63,
};

static int
read_zone(struct ofp_action_reader *r, struct xlate_action *a)
{
	unsigned int bits = ofp_get_u16(r->p + 16);
	struct ofp_cursor c = {r->p + 12, 4};
	const struct flow_field *f;
	int rc;

	if (!ofp_get_u32(r->p + 12)) {
		a->ct.zone = (uint16_t)bits;
		return 0;
	}
	rc = ofp_field_pull_header(&c, r->ctx->br, &f, r->err);
	if (rc)
		return rc;
	if ((bits & 0x3f) + 1 != 16)
		return ofp_refuse(r->err, OFP_E_BA_BAD_SET_LEN,
				  "ct: zone: %u bits of %s; expected 16", (bits & 0x3f) + 1,
				  f->name);
	return ofp_subfield_make(f, bits >> 6, 16, false, &a->ct.zone_src, r->err);
}

static int
read_nested(struct ofp_action_reader *r, struct xlate_action *a)
{
	struct ofp_cursor c = {r->p + CT_BYTES, r->n - CT_BYTES};
	struct ofp_action_list list = {.in_ct = true};
	const char *wrong;
	int rc = ofp_action_list_pull(&c, r->ctx, r->depth + 1, &list, r->err);

	a->ct.nested = list.acts;
	wrong = rc ? NULL : xlate_ct_wrong(a);
	return wrong ? ofp_refuse(r->err, OFP_E_BA_BAD_ARGUMENT, "ct: %s", wrong) : rc;
}

int
ofp_read_ct(struct ofp_action_reader *r)
{
	struct xlate_action a = {.type = XLATE_ACT_CT};
	uint16_t flags = ofp_get_u16(r->p + 10), alg = ofp_get_u16(r->p + 22);
	int rc;

	a.ct.commit = flags & CT_COMMIT;
	a.ct.force = flags & CT_FORCE;
	a.ct.table = r->p[18];
	a.ct.helper = (uint8_t)alg;
	if (flags & ~(CT_COMMIT | CT_FORCE) || a.ct.table == XLATE_TABLES)
		return ofp_refuse(r->err, OFP_E_BA_BAD_ARGUMENT,
				  "ct: flags 0x%x, table %u; expected bits 1 (commit) and 2 "
				  "(force), and a table 0..%d or 255",
				  flags, a.ct.table, XLATE_TABLES - 1);
	if (alg && alg != FLOW_CT_FTP && alg != FLOW_CT_TFTP)
		return ofp_refuse(r->err, OFP_E_BA_BAD_ARGUMENT,
				  "ct: alg %u; expected %d (ftp) or %d (tftp)", alg, FLOW_CT_FTP,
				  FLOW_CT_TFTP);
	rc = read_zone(r, &a);
	if (!rc)
		rc = read_nested(r, &a);
	if (!rc)
		return ofp_action_add(r->list, &a);
	xlate_action_clear(&a);
	return rc;
}

void
ofp_put_ct(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	size_t start = ofp_action_start_nicira(b, 35);

	ofp_put_u16(b, (uint16_t)((a->ct.commit ? CT_COMMIT : 0) | (a->ct.force ? CT_FORCE : 0)));
	if (a->ct.zone_src.field) {
		ofp_put_nxm_header(b, a->ct.zone_src.field);
		ofp_put_ofs_n_bits(b, &a->ct.zone_src);
	} else {
		ofp_put_u32(b, 0);
		ofp_put_u16(b, a->ct.zone);
	}
	ofp_put_u8(b, a->ct.table);
	ofp_put_zeros(b, 3);
	ofp_put_u16(b, a->ct.helper);
	if (a->ct.nested)
		ofp_actions_put(b, a->ct.nested, version);
	ofp_action_end(b, start);
}

static int
refuse_nat(struct ofp_action_reader *r, const char *why)
{
	return ofp_refuse(r->err, OFP_E_BA_BAD_ARGUMENT, "nat: %s", why);
}

static bool
any_byte(const uint8_t *p, size_t n)
{
	return p && !ofp_all_zero(p, n);
}

static int
read_addresses(struct ofp_action_reader *r, struct ofp_cursor *c, unsigned int min,
	       unsigned int max, size_t n_bytes, struct flow_nat *nat)
{
	unsigned int present = ofp_get_u16(r->p + 14);
	const uint8_t *p;

	if (!(present & (min | max)))
		return 0;
	if (nat->ip_version || !(present & min))
		return refuse_nat(
			r, "a range needs a first address, and only IPv4 or only IPv6 addresses");
	nat->ip_version = n_bytes == 4 ? 4 : 6;
	p = ofp_pull(c, n_bytes);
	if (!any_byte(p, n_bytes))
		return refuse_nat(r, "the range's first address is missing or 0");
	memcpy(nat->ip_min.b, p, n_bytes);
	if (!(present & max))
		return 0;
	p = ofp_pull(c, n_bytes);
	if (!p || memcmp(p, nat->ip_min.b, n_bytes) < 0)
		return refuse_nat(r, "the range's last address is missing, or precedes its first");
	memcpy(nat->ip_max.b, p, n_bytes);
	return 0;
}

static int
read_ports(struct ofp_action_reader *r, struct ofp_cursor *c, struct flow_nat *nat)
{
	unsigned int present = ofp_get_u16(r->p + 14);
	const uint8_t *p;

	if (!(present & (NAT_PORT_MIN | NAT_PORT_MAX)))
		return 0;
	p = ofp_pull(c, 2);
	if (!(present & NAT_PORT_MIN) || !nat->ip_version || !any_byte(p, 2))
		return refuse_nat(
			r, "a range of ports needs addresses, and a first port other than 0");
	nat->port_min = ofp_get_u16(p);
	if (!(present & NAT_PORT_MAX))
		return 0;
	p = ofp_pull(c, 2);
	if (!p || ofp_get_u16(p) < nat->port_min)
		return refuse_nat(r, "the range's last port is missing, or precedes its first");
	nat->port_max = ofp_get_u16(p);
	return 0;
}

static bool
flags_ok(uint16_t flags)
{
	const uint16_t sides = FLOW_NAT_SRC | FLOW_NAT_DST, how = FLOW_NAT_HASH | FLOW_NAT_RANDOM;

	return !(flags & ~FLOW_NAT_FLAGS) && (flags & sides) != sides && (flags & how) != how;
}

int
ofp_read_nat(struct ofp_action_reader *r)
{
	struct ofp_cursor c = {r->p + NAT_BYTES, r->n - NAT_BYTES};
	struct xlate_action a = {.type = XLATE_ACT_NAT};
	uint16_t flags = ofp_get_u16(r->p + 12);
	int rc;

	if (!r->list->in_ct)
		return ofp_refuse(r->err, OFP_E_BA_BAD_SET_ARGUMENT,
				  "nat: is accepted only within a ct action");
	if (!flags_ok(flags) || ofp_get_u16(r->p + 14) & ~NAT_ALL)
		return refuse_nat(r, "its flags exclude each other, or are unknown");
	a.nat.flags = (uint8_t)flags;
	rc = read_addresses(r, &c, NAT_IP4_MIN, NAT_IP4_MAX, 4, &a.nat);
	if (!rc)
		rc = read_addresses(r, &c, NAT_IP6_MIN, NAT_IP6_MAX, 16, &a.nat);
	if (!rc)
		rc = read_ports(r, &c, &a.nat);
	if (!rc && !(flags & (FLOW_NAT_SRC | FLOW_NAT_DST)) && (flags || a.nat.ip_version))
		rc = refuse_nat(r, "ranges and flags need src or dst");
	return rc ? rc : ofp_action_add(r->list, &a);
}

void
ofp_put_nat(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	static const struct flow_ip6 none;
	const struct flow_nat *nat = &a->nat;
	bool last = memcmp(&nat->ip_max, &none, sizeof none) != 0;
	size_t start = ofp_action_start_nicira(b, 36), n = nat->ip_version == 4 ? 4 : 16;
	unsigned int present = 0;

	(void)version;
	if (nat->ip_version) {
		present = nat->ip_version == 4 ? NAT_IP4_MIN : NAT_IP6_MIN;
		present |= last ? present << 1 : 0;
	}
	present |= (nat->port_min ? NAT_PORT_MIN : 0) | (nat->port_max ? NAT_PORT_MAX : 0);
	ofp_put_zeros(b, 2);
	ofp_put_u16(b, nat->flags);
	ofp_put_u16(b, (uint16_t)present);
	if (nat->ip_version)
		ofp_put(b, nat->ip_min.b, n);
	if (last)
		ofp_put(b, nat->ip_max.b, n);
	if (nat->port_min)
		ofp_put_u16(b, nat->port_min);
	if (nat->port_max)
		ofp_put_u16(b, nat->port_max);
	ofp_action_end(b, start);
}

int
ofp_read_check_size(struct ofp_action_reader *r)
{
	struct ofp_cursor c = {r->p + CHECK_SIZE_HEADER, r->n - CHECK_SIZE_HEADER};
	struct xlate_action a = {.type = XLATE_ACT_CHECK_SIZE};
	const struct flow_field *f;
	int rc = ofp_field_pull_header(&c, r->ctx->br, &f, r->err);

	if (!rc && !ofp_all_zero(c.p, c.n))
		rc = ofp_refuse(r->err, OFP_E_BA_BAD_ARGUMENT,
				"check_pkt_larger: padding is not 0");
	if (!rc)
		rc = ofp_subfield_make(f, ofp_get_u16(r->p + 12), 1, true, &a.check_size.dst,
				       r->err);
	a.check_size.n_bytes = ofp_get_u16(r->p + 10);
	return rc ? rc : ofp_action_add(r->list, &a);
}

void
ofp_put_check_size(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version)
{
	size_t start = ofp_action_start_nicira(b, 49);

	(void)version;
	ofp_put_u16(b, a->check_size.n_bytes);
	ofp_put_u16(b, a->check_size.dst.ofs);
	ofp_put_nxm_header(b, a->check_size.dst.field);
	ofp_put_zeros(b, CHECK_SIZE_BYTES - (b->n - start));
	ofp_action_end(b, start);
}
