/* SPDX-License-Identifier: Apache-2.0 */
/* Software skips an edit of a header that a packet lacks; the device may not. So exact bits of the match
 * must show that an edit applies to every packet of the match, and it is compiled, or to none, and it is
 * left out. Otherwise it is refused. */
#include "program.h"

#include "bits.h"

#include <base/err.h>

#include <errno.h>
#include <net/ethernet.h>
#include <netinet/in.h>

/* MLX5_ACTION_IN_FIELD_* of the PRM. */
enum {
	OUT_SMAC_47_16 = 0x01,
	OUT_SMAC_15_0 = 0x02,
	OUT_DMAC_47_16 = 0x04,
	OUT_DMAC_15_0 = 0x05,
	OUT_IP_DSCP = 0x06,
	OUT_TCP_SPORT = 0x08,
	OUT_TCP_DPORT = 0x09,
	OUT_IP_TTL = 0x0a,
	OUT_UDP_SPORT = 0x0b,
	OUT_UDP_DPORT = 0x0c,
	OUT_SIPV6_127_96 = 0x0d,
	OUT_SIPV6_95_64 = 0x0e,
	OUT_SIPV6_63_32 = 0x0f,
	OUT_SIPV6_31_0 = 0x10,
	OUT_DIPV6_127_96 = 0x11,
	OUT_DIPV6_95_64 = 0x12,
	OUT_DIPV6_63_32 = 0x13,
	OUT_DIPV6_31_0 = 0x14,
	OUT_SIPV4 = 0x15,
	OUT_DIPV4 = 0x16,
	OUT_FIRST_VID = 0x17,
	OUT_IPV6_HOPLIMIT = 0x47,
	METADATA_REG_C_1 = 0x52,
};

#define ACTION_TYPE_SET 1
#define VALUE_BITS 128 /* of the value of a SET */

/* Where a field of the device lies in the value of a flow field: 'width' bits from bit 'lsb' on. */
struct set_row {
	uint8_t field; /* enum flow_field_id */
	uint8_t of_ip; /* 4 or 6: for packets of that version alone; 0: all */
	uint8_t hw;
	uint8_t lsb, width;
};

static const struct set_row set_rows[] = {
	{FLOW_FIELD_ETH_SRC, 0, OUT_SMAC_47_16, 16, 32},
	{FLOW_FIELD_ETH_SRC, 0, OUT_SMAC_15_0, 0, 16},
	{FLOW_FIELD_ETH_DST, 0, OUT_DMAC_47_16, 16, 32},
	{FLOW_FIELD_ETH_DST, 0, OUT_DMAC_15_0, 0, 16},
	{FLOW_FIELD_NW_SRC, 0, OUT_SIPV4, 0, 32},
	{FLOW_FIELD_NW_DST, 0, OUT_DIPV4, 0, 32},
	{FLOW_FIELD_IPV6_SRC, 0, OUT_SIPV6_127_96, 96, 32},
	{FLOW_FIELD_IPV6_SRC, 0, OUT_SIPV6_95_64, 64, 32},
	{FLOW_FIELD_IPV6_SRC, 0, OUT_SIPV6_63_32, 32, 32},
	{FLOW_FIELD_IPV6_SRC, 0, OUT_SIPV6_31_0, 0, 32},
	{FLOW_FIELD_IPV6_DST, 0, OUT_DIPV6_127_96, 96, 32},
	{FLOW_FIELD_IPV6_DST, 0, OUT_DIPV6_95_64, 64, 32},
	{FLOW_FIELD_IPV6_DST, 0, OUT_DIPV6_63_32, 32, 32},
	{FLOW_FIELD_IPV6_DST, 0, OUT_DIPV6_31_0, 0, 32},
	{FLOW_FIELD_IP_DSCP, 0, OUT_IP_DSCP, 0, 6},
	{FLOW_FIELD_NW_TOS, 0, OUT_IP_DSCP, 2, 6},
	{FLOW_FIELD_NW_TTL, 4, OUT_IP_TTL, 0, 8},
	{FLOW_FIELD_NW_TTL, 6, OUT_IPV6_HOPLIMIT, 0, 8},
	{FLOW_FIELD_TCP_SRC, 0, OUT_TCP_SPORT, 0, 16},
	{FLOW_FIELD_TCP_DST, 0, OUT_TCP_DPORT, 0, 16},
	{FLOW_FIELD_UDP_SRC, 0, OUT_UDP_SPORT, 0, 16},
	{FLOW_FIELD_UDP_DST, 0, OUT_UDP_DPORT, 0, 16},
};

struct compiler {
	const struct mlxdr_place *place;
	const struct flow_match *m;
	const struct mlxdr_ports *ports;
	struct mlxdr_program *out;
	struct nic_refusal *why;
	enum mlxdr_tag tags[FLOW_VLANS]; /* on arrival */
	be16 tci, tci_mask;		 /* changes of the outer tag that arrived and stays */
	/* The action being compiled. */
	enum flow_action_type type;
	enum flow_field_id field;
};

static int
refuse(struct compiler *c, const char *detail)
{
	return nic_refuse_action(c->why, c->type, c->field, detail);
}

static uint32_t
ones(unsigned int n)
{
	return n < 32 ? (1u << n) - 1 : UINT32_MAX;
}

static int
set_add(struct compiler *c, uint8_t hw, unsigned int offset, unsigned int length, uint32_t value)
{
	uint64_t *to = &c->out->sets[c->out->n_sets];

	if (c->out->n_sets == MLXDR_SETS_MAX)
		return refuse(c, "too many rewrites: 16 commands");
	*to = 0;
	mlxdr_bits_put(to, 0, 4, ACTION_TYPE_SET);
	mlxdr_bits_put(to, 4, 12, hw);
	mlxdr_bits_put(to, 19, 5, offset);
	mlxdr_bits_put(to, 27, 5, length % 32); /* 0: 32 */
	mlxdr_bits_put(to, 32, 32, value);
	c->out->n_sets++;
	return 0;
}

/* Sets the bits of a mask: a command for each run of them. */
static int
set_bits(struct compiler *c, uint8_t hw, uint32_t mask, uint32_t value)
{
	while (mask) {
		unsigned int offset = (unsigned int)__builtin_ctz(mask);
		uint32_t rest = ~(mask >> offset);
		unsigned int length = rest ? (unsigned int)__builtin_ctz(rest) : 32;

		if (length > 32 - offset)
			length = 32 - offset;
		if (set_add(c, hw, offset, length, value >> offset & ones(length)))
			return -EOPNOTSUPP;
		mask &= ~(ones(length) << offset);
	}
	return 0;
}

static uint32_t
part_of(const struct set_row *row, const uint8_t value[16])
{
	return (uint32_t)mlxdr_bits_get(value, VALUE_BITS - row->lsb - row->width, row->width);
}

static bool
is_of_version(const struct compiler *c, const struct set_row *row)
{
	return !row->of_ip || (row->of_ip == 6) == (c->m->key.eth_type == htons(ETHERTYPE_IPV6));
}

/* Addresses are part of L4 checksums, which the device corrects in whole packets of these protocols; the kernel's
 * driver for mlx5 assumes the same. */
static int
check_addresses(struct compiler *c)
{
	uint8_t proto = c->m->key.nw_proto;
	bool four = c->field == FLOW_FIELD_NW_SRC || c->field == FLOW_FIELD_NW_DST;

	if (!four && c->field != FLOW_FIELD_IPV6_SRC && c->field != FLOW_FIELD_IPV6_DST)
		return 0;
	if (c->m->mask.nw_proto != UINT8_MAX ||
	    (proto != IPPROTO_TCP && proto != IPPROTO_UDP && !(four && proto == IPPROTO_ICMP)))
		return refuse(c, "addresses are set in TCP, UDP and ICMPv4 alone");
	c->out->whole = true;
	return 0;
}

/* Compiles the bits of a SET that the device has fields for, and refuses others. */
static int
set_field(struct compiler *c, const struct flow_action *a)
{
	uint8_t left[16];
	bool any = false;

	memcpy(left, a->set.mask, sizeof left);
	for (size_t i = 0; i < sizeof set_rows / sizeof set_rows[0]; i++) {
		const struct set_row *row = &set_rows[i];

		if (row->field != c->field || !is_of_version(c, row))
			continue;
		any = true;
		if (set_bits(c, row->hw, part_of(row, a->set.mask), part_of(row, a->set.value)))
			return -EOPNOTSUPP;
		mlxdr_bits_put(left, VALUE_BITS - row->lsb - row->width, row->width, 0);
	}
	if (!any)
		return refuse(c, "set_action_in has no such field");
	return mlxdr_bits_get(left, 0, 64) | mlxdr_bits_get(left, 64, 64)
		       ? refuse(c, "set_action_in has no such bits")
		       : 0;
}

/* Returns 1 if every packet has the header that the field needs, 0 if none has, < 0 if unknown. */
static int
fits(struct compiler *c)
{
	struct flow_key needs;
	const uint64_t *n = flow_key_words(&needs), *m = flow_key_words(&c->m->mask);
	bool ok;

	memset(&needs, 0, sizeof needs);
	ok = flow_prereq_ok(flow_fields[c->field].prereq, &c->m->key, &needs);
	for (size_t i = 0; i < FLOW_KEY_WORDS; i++) {
		if (n[i] & ~m[i])
			return refuse(c, "the match does not determine the header's presence");
	}
	return ok;
}

/* Returns 1 if every packet has an outer tag now, 0 if none has, < 0 if unknown. */
static int
outer_tag(struct compiler *c)
{
	enum mlxdr_tag tag = MLXDR_TAG_ANY;

	if (c->out->n_pushes)
		return 1;
	if (c->out->n_pops < FLOW_VLANS)
		tag = c->tags[c->out->n_pops];
	if (tag == MLXDR_TAG_ANY)
		return refuse(c, "the match does not determine the tag's presence");
	return tag != MLXDR_TAG_NONE;
}

static int
compile_pop(struct compiler *c)
{
	int present = outer_tag(c);

	if (present <= 0)
		return present;
	if (c->out->n_pushes) {
		c->out->n_pushes--;
		return 0;
	}
	if (!c->place->format && !c->place->from_wire)
		return refuse(c, "steering_format_version 0 pops from the wire alone");
	c->out->n_pops++;
	c->tci = c->tci_mask = 0;
	return 0;
}

static int
compile_push(struct compiler *c, const struct flow_action *a)
{
	if (!c->place->format && c->place->from_wire)
		return refuse(c, "steering_format_version 0 pushes from vports alone");
	if (c->out->n_pushes == MLXDR_PUSHES_MAX)
		return refuse(c, "two tags are pushed at most");
	c->out->pushes[c->out->n_pushes++] =
		(uint32_t)ntohs(a->vlan.tpid) << 16 | ntohs(a->vlan.tci);
	return 0;
}

/* Computes the bits of a tag that an action sets. */
static int
tag_bits(struct compiler *c, const struct flow_action *a, uint16_t *tci, uint16_t *mask)
{
	struct flow_value value, bits;
	struct flow_key k, m;

	memset(&k, 0, sizeof k);
	memset(&m, 0, sizeof m);
	flow_value_widen(a->set.value, &value);
	flow_value_widen(a->set.mask, &bits);
	flow_field_set_masked(&flow_fields[c->field], &k, &value, &bits);
	flow_field_set_masked(&flow_fields[c->field], &m, &bits, &bits);
	*tci = ntohs(k.vlan[0].tci);
	*mask = ntohs(m.vlan[0].tci);
	if (*mask & FLOW_VLAN_CFI && !(*tci & FLOW_VLAN_CFI))
		return refuse(c, "a tag is removed by pop_vlan");
	*mask &= FLOW_VLAN_VID | FLOW_VLAN_PCP;
	return 0;
}

static int
compile_tag_set(struct compiler *c, const struct flow_action *a)
{
	int present = outer_tag(c);
	struct mlxdr_program *p = c->out;
	uint16_t tci, mask;

	if (present <= 0)
		return present;
	if (tag_bits(c, a, &tci, &mask))
		return -EOPNOTSUPP;
	if (p->n_pushes) {
		uint32_t *tag = &p->pushes[p->n_pushes - 1];

		*tag = (*tag & ~(uint32_t)mask) | (tci & mask);
		return 0;
	}
	if (mask & FLOW_VLAN_PCP)
		return refuse(c, "set_action_in has out_first_vid, but no priority");
	c->tci = (be16)((c->tci & ~mask) | (tci & mask));
	c->tci_mask |= mask;
	return 0;
}

static int
compile_set(struct compiler *c, const struct flow_action *a)
{
	int rc;

	c->field = a->set.field;
	if (c->field == FLOW_FIELD_VLAN_TCI || c->field == FLOW_FIELD_VLAN_VID ||
	    c->field == FLOW_FIELD_VLAN_PCP)
		return compile_tag_set(c, a);
	rc = fits(c);
	if (rc <= 0)
		return rc;
	return check_addresses(c) ? -EOPNOTSUPP : set_field(c, a);
}

static bool
has_output(const struct mlxdr_program *p, uint32_t port)
{
	for (unsigned int i = 0; i < p->n_ports; i++)
		if (p->ports[i] == port)
			return true;
	return false;
}

static int
refuse_number(struct compiler *c, unsigned int max)
{
	char text[sizeof c->why->detail];

	err_print(text, sizeof text, "%u outputs at most%s", max,
		  max < MLXDR_OUTPUTS_MAX ? ": log_max_destination of the FDB" : "");
	return refuse(c, text);
}

/* Several outputs become a destination array. From the wire back to it a table would have to end steering, which
 * those of arrays do not. */
static int
check_outputs(struct compiler *c, uint32_t port)
{
	const struct mlxdr_program *p = c->out;
	unsigned int max = c->place->max_destinations;
	uint32_t in_port = c->m->key.in_port;

	if (max > MLXDR_OUTPUTS_MAX)
		max = MLXDR_OUTPUTS_MAX;
	if (has_output(p, port))
		return refuse(c, "two outputs to a port: an array has each once");
	if (p->n_ports && p->n_ports == max)
		return refuse_number(c, max);
	if (p->n_ports && c->place->from_wire && (port == in_port || has_output(p, in_port)))
		return refuse(c, "an array from the wire to it: needs termination_table");
	return 0;
}

static void
output_add(struct mlxdr_program *p, uint32_t port)
{
	unsigned int i = p->n_ports++;

	for (; i && p->ports[i - 1] > port; i--)
		p->ports[i] = p->ports[i - 1];
	p->ports[i] = port;
}

static int
compile_output(struct compiler *c, uint32_t port)
{
	if (!c->ports->has(c->ports->aux, port)) {
		refuse(c, NULL);
		c->why->reason = NIC_REASON_OTHER_DEVICE;
		return -EOPNOTSUPP;
	}
	if (check_outputs(c, port))
		return -EOPNOTSUPP;
	output_add(c->out, port);
	return 0;
}

/* All outputs of a rule send the same packet. */
static int
compile_edit(struct compiler *c, const struct flow_action *a)
{
	if (c->out->n_ports)
		return refuse(c, "an edit between outputs: a rule has one rewrite");
	switch (a->type) {
	case FLOW_ACTION_SET:
		return compile_set(c, a);
	case FLOW_ACTION_PUSH_VLAN:
		return compile_push(c, a);
	default:
		return compile_pop(c);
	}
}

static int
compile_action(struct compiler *c, const struct flow_action *a)
{
	c->type = a->type;
	c->field = FLOW_FIELD_NONE;
	switch (a->type) {
	case FLOW_ACTION_OUTPUT:
		return compile_output(c, a->port);
	case FLOW_ACTION_SET:
	case FLOW_ACTION_PUSH_VLAN:
	case FLOW_ACTION_POP_VLAN:
		return compile_edit(c, a);
	case FLOW_ACTION_DROP:
		return 0;
	default:
		return refuse(c, NULL);
	}
}

/* Returns true if an action does more than change the packet. */
static bool
has_effect(enum flow_action_type type)
{
	switch (type) {
	case FLOW_ACTION_OUTPUT:
	case FLOW_ACTION_UPCALL:
	case FLOW_ACTION_SAMPLE:
	case FLOW_ACTION_CT:
	case FLOW_ACTION_RECIRC:
	case FLOW_ACTION_CHECK_LEN:
	case FLOW_ACTION_METER:
		return true;
	default:
		return false;
	}
}

/* The VID of the tag that stays, and what libmlx5 wants between pops and pushes of packets from the wire. */
static int
finish(struct compiler *c)
{
	struct mlxdr_program *p = c->out;

	c->type = FLOW_ACTION_SET;
	c->field = FLOW_FIELD_VLAN_VID;
	if (c->tci_mask && set_bits(c, OUT_FIRST_VID, c->tci_mask, c->tci))
		return -EOPNOTSUPP;
	if (c->place->from_wire && p->n_pops && p->n_pushes && !p->n_sets)
		return set_add(c, METADATA_REG_C_1, 0, 32, 0);
	return 0;
}

int
mlxdr_program_compile(const struct mlxdr_place *place, const struct flow_match *m,
		      const struct flow_actions *actions, const struct mlxdr_ports *ports,
		      struct mlxdr_program *out, struct nic_refusal *why)
{
	struct compiler c = {.place = place, .m = m, .ports = ports, .out = out, .why = why};
	unsigned int n = actions->n;

	memset(out, 0, sizeof *out);
	if (mlxdr_match_tags(m, c.tags, why))
		return -EOPNOTSUPP;
	if (c.tags[0] == MLXDR_TAG_NONE)
		c.tags[1] = MLXDR_TAG_NONE;
	/* Later actions change a packet that is not sent. */
	while (n && !has_effect(actions->a[n - 1].type))
		n--;
	for (unsigned int i = 0; i < n; i++) {
		if (compile_action(&c, &actions->a[i]))
			return -EOPNOTSUPP;
	}
	return out->n_ports ? finish(&c) : 0;
}
