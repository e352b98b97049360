/* SPDX-License-Identifier: Apache-2.0 */
#include "text/text_of.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>

#define DL_VLAN_NONE 0xffff
#define TOS_DSCP 0xfc

struct of_reader {
	struct flow_match *m;
	const struct flow_port_names *names;
	const char *name; /* of the item, NUL-terminated */
	const char *value;
	struct text_err err;
};

/* Adds bits to the match. Bits matched already must agree. */
static int
bits_add(struct of_reader *r, const struct flow_field *f, const struct flow_value *value,
	 const struct flow_value *mask)
{
	struct flow_value k, m;

	flow_field_get(f, &r->m->key, &k);
	flow_field_get(f, &r->m->mask, &m);
	for (int i = 0; i < FLOW_VALUE_BYTES; i++) {
		if ((k.b[i] ^ value->b[i]) & m.b[i] & mask->b[i])
			return text_fail(&r->err, "%s%s%.48s contradicts an earlier item", r->name,
					 r->value ? "=" : "", r->value ? r->value : "");
		k.b[i] |= value->b[i] & mask->b[i];
		m.b[i] |= mask->b[i];
	}
	flow_field_set(f, &r->m->key, &k);
	flow_field_set(f, &r->m->mask, &m);
	return 0;
}

static int
number_add(struct of_reader *r, enum flow_field_id id, uint64_t value, uint64_t mask)
{
	struct flow_value v = flow_value_from_u64(value), m = flow_value_from_u64(mask);

	return bits_add(r, &flow_fields[id], &v, &m);
}

static int
value_read(struct of_reader *r, struct text_type t, struct flow_value *value,
	   struct flow_value *mask)
{
	if (!r->value)
		return text_fail(&r->err, "%s: a value is missing; write %s=..", r->name, r->name);
	return text_value_parse(t, r->name, r->value, strlen(r->value), value, mask, &r->err);
}

/* Parses a number with a mask. */
static int
number_read(struct of_reader *r, enum text_kind kind, unsigned int n_bits, unsigned int *value,
	    unsigned int *mask)
{
	struct flow_value v, m;
	int rc = value_read(r, (struct text_type){kind, (uint16_t)n_bits}, &v, &m);

	*mask = rc ? 0 : (unsigned int)flow_value_u64(&m);
	*value = rc ? 0 : (unsigned int)flow_value_u64(&v) & *mask;
	return rc;
}

static int
prereq_check(struct of_reader *r, enum flow_prereq p)
{
	if (text_prereq_met(p, r->m))
		return 0;
	return text_fail(&r->err, "%s%s%.48s requires %s before it", r->name, r->value ? "=" : "",
			 r->value ? r->value : "", text_prereq_of(p));
}

/* Addresses of a connection imply the EtherType, which dumps of Open vSwitch have behind them. */
static int
family_add(struct of_reader *r, enum flow_prereq p)
{
	if (flow_prereq_early(p) == p)
		return 0;
	return number_add(r, FLOW_FIELD_ETH_TYPE,
			  p == FLOW_PREREQ_CT4 ? ETHERTYPE_IP : ETHERTYPE_IPV6, UINT16_MAX);
}

static int
field_read(struct of_reader *r, enum flow_field_id id, enum text_kind kind)
{
	const struct flow_field *f = &flow_fields[id];
	struct flow_value value, mask;
	int rc = family_add(r, (enum flow_prereq)f->prereq);

	if (!rc)
		rc = prereq_check(r, (enum flow_prereq)f->prereq);
	if (!rc)
		rc = value_read(r, (struct text_type){kind, f->n_bits}, &value, &mask);
	return rc ? rc : bits_add(r, f, &value, &mask);
}

/* ---- words and names with rules of their own ---- */

static int
word_read(struct of_reader *r)
{
	for (const struct of_word *w = text_of_words; w->name; w++) {
		int rc;

		if (strcmp(w->name, r->name) != 0)
			continue;
		if (r->value)
			return text_fail(&r->err, "%s takes no value, but '%.48s' is given",
					 r->name, r->value);
		rc = number_add(r, FLOW_FIELD_ETH_TYPE, w->eth_type, UINT16_MAX);
		if (!rc && w->proto >= 0)
			rc = number_add(r, FLOW_FIELD_NW_PROTO, (uint64_t)w->proto, UINT8_MAX);
		return rc;
	}
	return -ENOENT;
}

static int
in_port_read(struct of_reader *r, int i)
{
	unsigned int value, mask = UINT32_MAX;
	int rc;

	(void)i;
	if (!r->value)
		return text_fail(&r->err, "in_port: a value is missing; write in_port=..");
	if (*r->value != '"' && strchr(r->value, '/'))
		rc = number_read(r, TEXT_HEX, 32, &value, &mask);
	else
		rc = text_port_parse(TEXT_PORTS_OF, r->names, "in_port", r->value, strlen(r->value),
				     &value, &r->err);
	return rc ? rc : number_add(r, FLOW_FIELD_IN_PORT, value, mask);
}

static enum flow_field_id
tci_field(int i)
{
	return i ? FLOW_FIELD_INNER_VLAN_TCI : FLOW_FIELD_VLAN_TCI;
}

static int
vlan_tci_read(struct of_reader *r, int i)
{
	unsigned int value, mask;
	int rc = number_read(r, TEXT_HEX, 16, &value, &mask);

	return rc ? rc : number_add(r, tci_field(i), value, mask);
}

static int
vlan_tpid_read(struct of_reader *r, int i)
{
	unsigned int value, mask;
	int rc = number_read(r, TEXT_HEX, 16, &value, &mask);

	return rc ? rc
		  : number_add(r, i ? FLOW_FIELD_INNER_VLAN_TPID : FLOW_FIELD_VLAN_TPID, value,
			       mask);
}

static int
dl_vlan_read(struct of_reader *r, int i)
{
	uint64_t vid;

	if (!r->value || !text_number(r->value, strlen(r->value), DL_VLAN_NONE, &vid) ||
	    (vid > FLOW_VLAN_VID && vid != DL_VLAN_NONE))
		return text_fail(&r->err,
				 "%s: '%.48s' is not accepted; expected 0 to 4095, or 0xffff for "
				 "no tag (vlan_tci and vlan_vid take masks)",
				 r->name, r->value ? r->value : "");
	if (vid == DL_VLAN_NONE)
		return number_add(r, tci_field(i), 0, UINT16_MAX);
	return number_add(r, tci_field(i), vid | FLOW_VLAN_CFI, FLOW_VLAN_VID | FLOW_VLAN_CFI);
}

static int
dl_vlan_pcp_read(struct of_reader *r, int i)
{
	uint64_t pcp;

	if (!r->value || !text_number(r->value, strlen(r->value), 7, &pcp))
		return text_fail(&r->err, "%s: '%.48s' is not accepted; expected 0 to 7", r->name,
				 r->value ? r->value : "");
	return number_add(r, tci_field(i), pcp << 13 | FLOW_VLAN_CFI,
			  FLOW_VLAN_PCP | FLOW_VLAN_CFI);
}

/* The OpenFlow 1.2 field: the VID, with 0x1000 for "tag present". */
static int
vlan_vid_read(struct of_reader *r, int i)
{
	unsigned int value, mask;
	int rc = number_read(r, TEXT_HEX, 13, &value, &mask);

	(void)i;
	if (!rc && mask & FLOW_VLAN_CFI && !(value & FLOW_VLAN_CFI) && value)
		return text_fail(&r->err,
				 "vlan_vid: '%.48s' matches no packet: a VID needs the tag-present "
				 "bit; write vlan_vid=0x%x or dl_vlan=%u",
				 r->value, value | FLOW_VLAN_CFI, value);
	return rc ? rc : number_add(r, FLOW_FIELD_VLAN_TCI, value, mask);
}

static int
nw_tos_read(struct of_reader *r, int i)
{
	unsigned int value, mask;
	int rc = prereq_check(r, FLOW_PREREQ_IP);

	(void)i;
	if (!rc)
		rc = number_read(r, TEXT_DEC, 8, &value, &mask);
	return rc ? rc : number_add(r, FLOW_FIELD_NW_TOS, value & mask & TOS_DSCP, mask & TOS_DSCP);
}

static int
tun_opts_len_read(struct of_reader *r, int i)
{
	struct flow_tunnel *k = &r->m->key.tun, *w = &r->m->mask.tun;
	unsigned int value, mask;
	int rc = number_read(r, TEXT_DEC, 8, &value, &mask);

	(void)i;
	if (rc)
		return rc;
	if ((k->n_opt_bytes ^ value) & w->n_opt_bytes & mask)
		return text_fail(&r->err, "tun_opts_len=%.48s contradicts an earlier item",
				 r->value);
	k->n_opt_bytes |= (uint8_t)value;
	w->n_opt_bytes |= (uint8_t)mask;
	return 0;
}

/* Names whose field depends on the protocol given before. */
static int
by_protocol(struct of_reader *r, int dst)
{
	static const struct {
		enum flow_prereq p;
		enum flow_field_id src;
	} ports[] = {{FLOW_PREREQ_TCP, FLOW_FIELD_TCP_SRC},
		     {FLOW_PREREQ_UDP, FLOW_FIELD_UDP_SRC},
		     {FLOW_PREREQ_SCTP, FLOW_FIELD_SCTP_SRC}};

	for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
		if (text_prereq_met(ports[i].p, r->m))
			return field_read(r, (enum flow_field_id)((int)ports[i].src + dst),
					  TEXT_DEC);
	}
	return text_fail(&r->err,
			 "%s%s%.48s requires tcp, udp, sctp, tcp6, udp6 or sctp6 before it",
			 r->name, r->value ? "=" : "", r->value ? r->value : "");
}
_Static_assert(FLOW_FIELD_TCP_DST == FLOW_FIELD_TCP_SRC + 1 &&
		       FLOW_FIELD_UDP_DST == FLOW_FIELD_UDP_SRC + 1 &&
		       FLOW_FIELD_SCTP_DST == FLOW_FIELD_SCTP_SRC + 1,
	       "a destination port follows its source port");

static int
icmp_read(struct of_reader *r, int code)
{
	bool v6 = text_prereq_met(FLOW_PREREQ_ICMP6, r->m);

	if (!v6 && !text_prereq_met(FLOW_PREREQ_ICMP4, r->m))
		return text_fail(&r->err, "%s%s%.48s requires icmp or icmp6 before it", r->name,
				 r->value ? "=" : "", r->value ? r->value : "");
	if (v6)
		return field_read(r, code ? FLOW_FIELD_ICMPV6_CODE : FLOW_FIELD_ICMPV6_TYPE,
				  TEXT_DEC);
	return field_read(r, code ? FLOW_FIELD_ICMP_CODE : FLOW_FIELD_ICMP_TYPE, TEXT_DEC);
}

/* OpenFlow 1.0 has no separate names for the fields of ARP. */
static int
arp_or_ip(struct of_reader *r, int which)
{
	static const enum flow_field_id ids[3][2] = {
		{FLOW_FIELD_NW_SRC, FLOW_FIELD_ARP_SPA},
		{FLOW_FIELD_NW_DST, FLOW_FIELD_ARP_TPA},
		{FLOW_FIELD_NW_PROTO, FLOW_FIELD_ARP_OP},
	};
	bool arp = text_prereq_met(FLOW_PREREQ_ARP, r->m);

	return field_read(r, ids[which][arp], which == 2 ? TEXT_DEC : TEXT_IP4);
}

/* "eth": an Ethernet frame, which every packet here is. */
static int
eth_read(struct of_reader *r, int i)
{
	(void)i;
	if (r->value)
		return text_fail(&r->err, "eth takes no value, but '%.48s' is given", r->value);
	return 0;
}

static const struct {
	const char *name;
	int (*read)(struct of_reader *r, int arg);
	int arg;
} specials[] = {
	{"in_port", in_port_read, 0},
	{"eth", eth_read, 0},
	{"vlan_tci", vlan_tci_read, 0},
	{"vlan_tci1", vlan_tci_read, 1},
	{"vlan_tpid", vlan_tpid_read, 0},
	{"vlan_tpid1", vlan_tpid_read, 1},
	{"dl_vlan", dl_vlan_read, 0},
	{"dl_vlan1", dl_vlan_read, 1},
	{"dl_vlan_pcp", dl_vlan_pcp_read, 0},
	{"dl_vlan_pcp1", dl_vlan_pcp_read, 1},
	{"vlan_pcp", dl_vlan_pcp_read, 0},
	{"vlan_vid", vlan_vid_read, 0},
	{"nw_tos", nw_tos_read, 0},
	{"tun_opts_len", tun_opts_len_read, 0},
	{"tp_src", by_protocol, 0},
	{"tp_dst", by_protocol, 1},
	{"icmp_type", icmp_read, 0},
	{"icmp_code", icmp_read, 1},
	{"nw_src", arp_or_ip, 0},
	{"ip_src", arp_or_ip, 0},
	{"nw_dst", arp_or_ip, 1},
	{"ip_dst", arp_or_ip, 1},
	{"nw_proto", arp_or_ip, 2},
	{"ip_proto", arp_or_ip, 2},
};

/* ---- all other fields ---- */

/* Returns the notation used for printing the field; decimal if it is printed as part of another. */
static enum text_kind
kind_of(int field)
{
	static const struct of_item *const lists[] = {text_of_metadata, text_of_tunnel, text_of_l3,
						      text_of_l4, NULL};

	for (int i = 0; lists[i]; i++) {
		for (const struct of_item *it = lists[i]; it->name; it++) {
			if (it->field == field)
				return (enum text_kind)it->kind;
		}
	}
	return TEXT_DEC;
}

int
flow_match_parse_of(const char *name, size_t n_name, const char *value,
		    const struct flow_port_names *names, struct flow_match *m, char *err,
		    size_t n_err)
{
	char text[32];
	struct of_reader r = {
		.m = m, .names = names, .name = text, .value = value, .err = {err, n_err}};
	int id, rc;

	if (n_name >= sizeof text || !n_name)
		return -ENOENT;
	memcpy(text, name, n_name);
	text[n_name] = '\0';
	rc = word_read(&r);
	if (rc != -ENOENT)
		return rc;
	for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
		if (!strcmp(specials[i].name, text))
			return specials[i].read(&r, specials[i].arg);
	}
	id = flow_field_find(flow_fields, FLOW_N_FIELDS, text, n_name);
	return id < 0 ? -ENOENT : field_read(&r, (enum flow_field_id)id, kind_of(id));
}
