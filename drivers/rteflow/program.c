/* SPDX-License-Identifier: Apache-2.0 */
/* Software leaves a packet alone that lacks the header which an action edits. A device may not; so
 * each edit must be known to fit every packet of the match (then it is said), or none (then it is
 * left out), by bits that the match has exactly. */
#include "program.h"

#include "refuse.h"

#include <errno.h>
#include <net/ethernet.h>
#include <netinet/in.h>

struct compiler {
	const struct rteflow_dialect *d;
	const struct flow_match *m;
	const struct rteflow_ports *ports;
	struct rteflow_program *out;
	struct nic_refusal *why;
	enum rteflow_tag tags[FLOW_VLANS + 1]; /* of the packet as it is now, outermost first */
	unsigned int n_outputs;
	/* The action under compilation. */
	enum flow_action_type type;
	enum flow_field_id field;
};

static int
refuse(struct compiler *c, const char *detail)
{
	return rteflow_refuse_action(c->why, c->type, c->field, detail);
}

static int
emit(struct compiler *c, enum rte_flow_action_type type, const union rteflow_conf *conf)
{
	struct rteflow_program *p = c->out;

	if (p->n + 1 == RTEFLOW_ACTIONS_MAX)
		return refuse(c, "too many actions");
	if (conf)
		p->confs[p->n] = *conf;
	p->types[p->n] = (uint8_t)c->type;
	p->fields[p->n] = (uint8_t)c->field;
	p->actions[p->n] =
		(struct rte_flow_action){.type = type, .conf = conf ? &p->confs[p->n] : NULL};
	p->n++;
	return 0;
}

static int
compile_output(struct compiler *c, uint32_t port)
{
	union rteflow_conf conf = {0};
	uint16_t dev_id;

	if (c->n_outputs++ && !c->d->many_outputs)
		return refuse(c, "one output only");
	if (c->ports->dev_id(c->ports->aux, port, &dev_id)) {
		refuse(c, NULL);
		c->why->reason = NIC_REASON_OTHER_DEVICE;
		return -EOPNOTSUPP;
	}
	if (c->d->action_represented_port) {
		conf.ethdev.port_id = dev_id;
		return emit(c, RTE_FLOW_ACTION_TYPE_REPRESENTED_PORT, &conf);
	}
	conf.port_id.id = dev_id;
	return emit(c, RTE_FLOW_ACTION_TYPE_PORT_ID, &conf);
}

static void
tags_push(struct compiler *c)
{
	for (unsigned int i = FLOW_VLANS; i > 0; i--)
		c->tags[i] = c->tags[i - 1];
	c->tags[0] = RTEFLOW_TAG_PRESENT;
}

static void
tags_pop(struct compiler *c)
{
	for (unsigned int i = 0; i < FLOW_VLANS; i++)
		c->tags[i] = c->tags[i + 1];
	c->tags[FLOW_VLANS] = RTEFLOW_TAG_ANY;
}

static int
emit_tci(struct compiler *c, be16 tci, be16 mask)
{
	union rteflow_conf vid = {.vid = {.vlan_vid = tci & htons(FLOW_VLAN_VID)}};
	union rteflow_conf pcp = {.pcp = {.vlan_pcp = (uint8_t)(ntohs(tci) >> 13)}};
	int rc = 0;

	if (mask & htons(FLOW_VLAN_VID))
		rc = emit(c, RTE_FLOW_ACTION_TYPE_OF_SET_VLAN_VID, &vid);
	if (!rc && mask & htons(FLOW_VLAN_PCP))
		rc = emit(c, RTE_FLOW_ACTION_TYPE_OF_SET_VLAN_PCP, &pcp);
	return rc;
}

static int
compile_push(struct compiler *c, const struct flow_action *a)
{
	union rteflow_conf conf = {.push = {.ethertype = a->vlan.tpid}};
	int rc = emit(c, RTE_FLOW_ACTION_TYPE_OF_PUSH_VLAN, &conf);

	tags_push(c);
	return rc ? rc : emit_tci(c, a->vlan.tci, UINT16_MAX);
}

/* 1: every packet has an outer tag now, 0: none has, below 0: not known. */
static int
outer_tag(struct compiler *c)
{
	if (c->tags[0] == RTEFLOW_TAG_PRESENT)
		return 1;
	if (c->tags[0] == RTEFLOW_TAG_ABSENT)
		return 0;
	return refuse(c, "the match does not say whether there is a tag");
}

static int
compile_pop(struct compiler *c)
{
	int there = outer_tag(c);

	if (there <= 0)
		return there;
	tags_pop(c);
	return emit(c, RTE_FLOW_ACTION_TYPE_OF_POP_VLAN, NULL);
}

/* 1: every packet has what the field needs, 0: none has, below 0: not known. */
static int
fits(struct compiler *c)
{
	enum flow_prereq prereq = flow_fields[c->field].prereq;
	struct flow_key needs;
	const uint64_t *n = flow_key_words(&needs), *m = flow_key_words(&c->m->mask);
	bool ok;

	if (c->field == FLOW_FIELD_VLAN_TCI || prereq == FLOW_PREREQ_VLAN)
		return outer_tag(c);
	memset(&needs, 0, sizeof needs);
	ok = flow_prereq_ok(prereq, &c->m->key, &needs);
	/* The pattern has an item of the L4 header then, which later fragments lack. */
	needs.nw_frag = 0;
	for (size_t i = 0; i < FLOW_KEY_WORDS; i++) {
		if (n[i] & ~m[i])
			return refuse(c, "the match does not say whether there is such a header");
	}
	return ok;
}

static bool
is_exact(enum flow_field_id field, const uint8_t mask[16])
{
	struct flow_value ones;

	flow_field_ones(&flow_fields[field], &ones);
	return !memcmp(mask, ones.b + FLOW_VALUE_BYTES - 16, 16);
}

static int
emit_dscp(struct compiler *c, uint8_t dscp)
{
	union rteflow_conf conf = {.dscp = {.dscp = dscp}};
	bool six = c->m->key.eth_type == htons(ETHERTYPE_IPV6);

	return emit(c,
		    six ? RTE_FLOW_ACTION_TYPE_SET_IPV6_DSCP : RTE_FLOW_ACTION_TYPE_SET_IPV4_DSCP,
		    &conf);
}

/* Sets of one whole field: the action, and where its value ends in the 16 bytes. */
struct set_row {
	uint8_t field;
	uint8_t n_bytes;
	enum rte_flow_action_type type;
};

#define SET_ROW(id, n, action)                                                                     \
	{                                                                                          \
		FLOW_FIELD_##id, n, RTE_FLOW_ACTION_TYPE_##action                                  \
	}
static const struct set_row set_rows[] = {
	SET_ROW(ETH_SRC, 6, SET_MAC_SRC),      SET_ROW(ETH_DST, 6, SET_MAC_DST),
	SET_ROW(NW_SRC, 4, SET_IPV4_SRC),      SET_ROW(NW_DST, 4, SET_IPV4_DST),
	SET_ROW(IPV6_SRC, 16, SET_IPV6_SRC),   SET_ROW(IPV6_DST, 16, SET_IPV6_DST),
	SET_ROW(NW_TTL, 1, SET_TTL),	       SET_ROW(TCP_SRC, 2, SET_TP_SRC),
	SET_ROW(TCP_DST, 2, SET_TP_DST),       SET_ROW(UDP_SRC, 2, SET_TP_SRC),
	SET_ROW(UDP_DST, 2, SET_TP_DST),       SET_ROW(SCTP_SRC, 2, SET_TP_SRC),
	SET_ROW(SCTP_DST, 2, SET_TP_DST),      SET_ROW(VLAN_VID, 2, OF_SET_VLAN_VID),
	SET_ROW(VLAN_PCP, 1, OF_SET_VLAN_PCP),
};

static int
emit_row(struct compiler *c, const uint8_t value[16], const uint8_t mask[16])
{
	for (size_t i = 0; i < sizeof set_rows / sizeof set_rows[0]; i++) {
		const struct set_row *row = &set_rows[i];
		union rteflow_conf conf = {0};

		if (row->field != c->field)
			continue;
		if (!is_exact(c->field, mask))
			return refuse(c, "only the whole field");
		memcpy(&conf, value + 16 - row->n_bytes, row->n_bytes);
		return emit(c, row->type, &conf);
	}
	return refuse(c, NULL);
}

/* Fields that one action or several of the API set in part. */
static int
emit_set(struct compiler *c, const uint8_t value[16], const uint8_t mask[16])
{
	be16 tci, tci_mask;

	switch (c->field) {
	case FLOW_FIELD_IP_DSCP:
		return is_exact(c->field, mask) ? emit_dscp(c, value[15])
						: refuse(c, "only the whole field");
	case FLOW_FIELD_NW_TOS:
		return mask[15] == 0xfc ? emit_dscp(c, value[15] >> 2)
					: refuse(c, "only the DSCP part");
	case FLOW_FIELD_VLAN_TCI:
		memcpy(&tci, value + 14, 2);
		memcpy(&tci_mask, mask + 14, 2);
		for (int i = 0; i < 2; i++) {
			be16 part = htons(i ? FLOW_VLAN_PCP : FLOW_VLAN_VID);

			if ((tci_mask & part) && (tci_mask & part) != part)
				return refuse(c, "only the whole VID or PCP");
		}
		if (tci_mask & htons(FLOW_VLAN_CFI) && !(tci & htons(FLOW_VLAN_CFI)))
			return refuse(c, "a tag is taken away by pop_vlan");
		return emit_tci(c, tci, tci_mask);
	default:
		return emit_row(c, value, mask);
	}
}

static int
compile_set(struct compiler *c, const struct flow_action *a)
{
	int rc;

	c->field = a->set.field;
	if (!rteflow_bit(c->d->caps.set_fields, c->field))
		return refuse(c, NULL);
	rc = fits(c);
	return rc <= 0 ? rc : emit_set(c, a->set.value, a->set.mask);
}

static int
compile_action(struct compiler *c, const struct flow_action *a)
{
	c->type = a->type;
	c->field = FLOW_FIELD_NONE;
	if (a->type == FLOW_ACTION_DROP)
		return 0;
	if (a->type != FLOW_ACTION_SET && !(c->d->caps.actions >> a->type & 1))
		return refuse(c, NULL);
	if (c->n_outputs && a->type != FLOW_ACTION_OUTPUT)
		return refuse(c, "an edit between outputs");
	switch (a->type) {
	case FLOW_ACTION_OUTPUT:
		return compile_output(c, a->port);
	case FLOW_ACTION_SET:
		return compile_set(c, a);
	case FLOW_ACTION_PUSH_VLAN:
		return compile_push(c, a);
	case FLOW_ACTION_POP_VLAN:
		return compile_pop(c);
	default:
		return refuse(c, NULL);
	}
}

/* Does more than change the packet: an upcall and a recirculation are kinds of output, and connection
 * tracking keeps what it saw. */
static bool
has_effect(enum flow_action_type type)
{
	return type == FLOW_ACTION_OUTPUT || type == FLOW_ACTION_UPCALL ||
	       type == FLOW_ACTION_SAMPLE || type == FLOW_ACTION_CT || type == FLOW_ACTION_RECIRC;
}

/* What comes after the last of these changes a packet that nobody gets. */
static unsigned int
n_effective(const struct flow_actions *actions)
{
	unsigned int n = actions->n;

	while (n && !has_effect(actions->a[n - 1].type))
		n--;
	return n;
}

bool
rteflow_program_needs_l4(const struct flow_actions *actions)
{
	for (unsigned int i = 0; i < actions->n; i++) {
		enum flow_prereq p;

		if (actions->a[i].type != FLOW_ACTION_SET)
			continue;
		p = flow_fields[actions->a[i].set.field].prereq;
		if (p == FLOW_PREREQ_TCP || p == FLOW_PREREQ_UDP || p == FLOW_PREREQ_SCTP)
			return true;
	}
	return false;
}

int
rteflow_program_compile(const struct rteflow_dialect *d, const struct flow_match *m,
			const struct flow_actions *actions, const struct rteflow_ports *ports,
			struct rteflow_program *out, struct nic_refusal *why)
{
	struct compiler c = {.d = d,
			     .m = m,
			     .ports = ports,
			     .out = out,
			     .why = why,
			     .type = FLOW_ACTION_DROP,
			     .field = FLOW_FIELD_NONE};
	unsigned int n = n_effective(actions);
	int rc;

	memset(out, 0, sizeof *out);
	for (unsigned int i = 0; i < FLOW_VLANS; i++)
		c.tags[i] = rteflow_tag(m, i);
	rc = emit(&c, RTE_FLOW_ACTION_TYPE_INDIRECT, NULL);
	for (unsigned int i = 0; i < n && !rc; i++)
		rc = compile_action(&c, &actions->a[i]);
	if (!rc && !n) {
		c.type = FLOW_ACTION_DROP;
		if (!(d->caps.actions >> FLOW_ACTION_DROP & 1))
			return refuse(&c, NULL);
		rc = emit(&c, RTE_FLOW_ACTION_TYPE_DROP, NULL);
	}
	if (rc)
		return rc;
	out->actions[out->n] = (struct rte_flow_action){.type = RTE_FLOW_ACTION_TYPE_END};
	return 0;
}
