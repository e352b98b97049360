/* SPDX-License-Identifier: Apache-2.0 */
/* Software skips an edit of a header that a packet lacks; a device may not. So exact bits of the
 * match must show that an edit applies to every packet of the match, and it is compiled, or to
 * none, and it is left out. Otherwise it is refused. */
#include "program.h"

#include "bits.h"
#include "tag_edits.h"

#include <errno.h>
#include <net/ethernet.h>
#include <netinet/in.h>

struct compiler {
	const struct rteflow_dialect *d;
	const struct flow_match *m;
	const struct rteflow_ports *ports;
	struct rteflow_program *out;
	struct nic_refusal *why;
	struct rteflow_tag_edits tags; /* not emitted yet */
	/* Changes of other headers not emitted yet: 'n_sets' actions of 'sets'. */
	struct {
		enum rte_flow_action_type type;
		union rteflow_conf conf;
		uint8_t field;
	} sets[RTEFLOW_ACTIONS_MAX];
	unsigned int n_sets;
	unsigned int n_outputs_left; /* including the current one */
	/* The action being compiled. */
	enum flow_action_type type;
	enum flow_field_id field;
};

static int
refuse(struct compiler *c, const char *detail)
{
	return nic_refuse_action(c->why, c->type, c->field, detail);
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
emit_counter(struct compiler *c)
{
	static const union rteflow_conf conf = {.count = {.id = 0}};

	return c->d->caps.shared_counter ? emit(c, RTE_FLOW_ACTION_TYPE_INDIRECT, NULL)
					 : emit(c, RTE_FLOW_ACTION_TYPE_COUNT, &conf);
}

/* Adds a change of a header, to be emitted before the next output. */
static int
set_add(struct compiler *c, enum rte_flow_action_type type, const union rteflow_conf *conf)
{
	if (c->n_sets == RTEFLOW_ACTIONS_MAX)
		return refuse(c, "too many actions");
	c->sets[c->n_sets].type = type;
	c->sets[c->n_sets].conf = *conf;
	c->sets[c->n_sets++].field = (uint8_t)c->field;
	return 0;
}

static int
emit_vid(struct compiler *c, be16 tci)
{
	union rteflow_conf vid = {.vid = {.vlan_vid = tci & htons(FLOW_VLAN_VID)}};

	return emit(c, RTE_FLOW_ACTION_TYPE_OF_SET_VLAN_VID, &vid);
}

static int
emit_pcp(struct compiler *c, be16 tci)
{
	union rteflow_conf pcp = {.pcp = {.vlan_pcp = (uint8_t)(ntohs(tci) >> 13)}};

	return emit(c, RTE_FLOW_ACTION_TYPE_OF_SET_VLAN_PCP, &pcp);
}

/* Returns a field that the change of the first tag needs but the device cannot set, or
 * FLOW_FIELD_NONE. */
static enum flow_field_id
tag_field_missing(const struct compiler *c)
{
	const struct rteflow_tag_edits *e = &c->tags;

	if (e->tci_mask & htons(FLOW_VLAN_VID) &&
	    !rteflow_bit(c->d->caps.set_fields, FLOW_FIELD_VLAN_VID))
		return FLOW_FIELD_VLAN_VID;
	if (e->tci_mask & htons(FLOW_VLAN_PCP) &&
	    !rteflow_bit(c->d->caps.set_fields, FLOW_FIELD_VLAN_PCP))
		return FLOW_FIELD_VLAN_PCP;
	return FLOW_FIELD_NONE;
}

static bool
takes_action(const struct compiler *c, enum flow_action_type type)
{
	return c->d->caps.actions >> type & 1;
}

static int
emit_tag_change(struct compiler *c)
{
	const struct rteflow_tag_edits *e = &c->tags;
	int rc = 0;

	c->type = FLOW_ACTION_SET;
	c->field = FLOW_FIELD_VLAN_VID;
	if (e->tci_mask & htons(FLOW_VLAN_VID))
		rc = emit_vid(c, e->tci);
	c->field = FLOW_FIELD_VLAN_PCP;
	if (!rc && e->tci_mask & htons(FLOW_VLAN_PCP))
		rc = emit_pcp(c, e->tci);
	return rc;
}

static int
emit_sets(struct compiler *c)
{
	int rc = 0;

	c->type = FLOW_ACTION_SET;
	for (unsigned int i = 0; i < c->n_sets && !rc; i++) {
		c->field = c->sets[i].field;
		rc = emit(c, c->sets[i].type, &c->sets[i].conf);
	}
	c->n_sets = 0;
	return rc;
}

static int
emit_push(struct compiler *c, be16 tpid, be16 tci)
{
	union rteflow_conf conf = {.push = {.ethertype = tpid}};
	int rc = emit(c, RTE_FLOW_ACTION_TYPE_OF_PUSH_VLAN, &conf);

	if (!rc)
		rc = emit_vid(c, tci);
	return rc ? rc : emit_pcp(c, tci);
}

/* Emits the pending edits, in hardware order. */
static int
emit_edits(struct compiler *c)
{
	struct rteflow_tag_edits *e = &c->tags;
	enum flow_field_id missing = tag_field_missing(c);
	int rc = 0;

	if (missing != FLOW_FIELD_NONE &&
	    !(takes_action(c, FLOW_ACTION_POP_VLAN) && takes_action(c, FLOW_ACTION_PUSH_VLAN) &&
	      rteflow_tag_edits_rewrite(e, c->m)))
		return nic_refuse_action(c->why, FLOW_ACTION_SET, missing, NULL);
	c->out->dei_zero |= missing != FLOW_FIELD_NONE;
	c->field = FLOW_FIELD_NONE;
	c->type = FLOW_ACTION_POP_VLAN;
	for (unsigned int i = 0; i < e->n_pops && !rc; i++)
		rc = emit(c, RTE_FLOW_ACTION_TYPE_OF_POP_VLAN, NULL);
	if (!rc)
		rc = emit_sets(c);
	if (!rc)
		rc = emit_tag_change(c);
	c->field = FLOW_FIELD_NONE;
	c->type = FLOW_ACTION_PUSH_VLAN;
	for (unsigned int i = 0; i < e->n_pushes && !rc; i++)
		rc = emit_push(c, e->pushes[i].tpid, e->pushes[i].tci);
	rteflow_tag_edits_done(e);
	return rc;
}

static bool
has_edits(const struct compiler *c)
{
	return c->n_sets || c->tags.n_pops || c->tags.n_pushes || c->tags.tci_mask;
}

/* Returns a port action; 'conf' must outlive it. */
static struct rte_flow_action
port_action(const struct compiler *c, uint16_t dev_id, union rteflow_conf *conf)
{
	if (c->d->action_represented_port) {
		conf->ethdev = (struct rte_flow_action_ethdev){.port_id = dev_id};
		return (struct rte_flow_action){.type = RTE_FLOW_ACTION_TYPE_REPRESENTED_PORT,
						.conf = &conf->ethdev};
	}
	conf->port_id = (struct rte_flow_action_port_id){.id = dev_id};
	return (struct rte_flow_action){.type = RTE_FLOW_ACTION_TYPE_PORT_ID,
					.conf = &conf->port_id};
}

static int
emit_port(struct compiler *c, uint16_t dev_id)
{
	union rteflow_conf conf;
	struct rte_flow_action action = port_action(c, dev_id, &conf);

	return emit(c, action.type, &conf);
}

static int
emit_copy(struct compiler *c, uint16_t dev_id)
{
	struct rteflow_program *p = c->out;
	struct rteflow_sample *s;
	int rc;

	switch (c->d->copies) {
	case RTEFLOW_COPY_NONE:
		return refuse(c, "one output: the device has no SAMPLE of ratio 1");
	case RTEFLOW_COPY_PORTS:
		return emit_port(c, dev_id);
	case RTEFLOW_COPY_SAMPLE:
		if (p->n_samples)
			return refuse(c, "two outputs: the device takes one SAMPLE");
		break;
	case RTEFLOW_COPY_SAMPLES:
		if (p->n_samples == RTEFLOW_SAMPLES_MAX)
			return refuse(c, "too many outputs");
		break;
	}
	rc = emit(c, RTE_FLOW_ACTION_TYPE_SAMPLE, NULL);
	if (rc)
		return rc;
	s = &p->samples[p->n_samples++];
	s->actions[0] = port_action(c, dev_id, &s->port);
	s->actions[1] = (struct rte_flow_action){.type = RTE_FLOW_ACTION_TYPE_END};
	s->conf = (struct rte_flow_action_sample){.ratio = 1, .actions = s->actions};
	p->actions[p->n - 1].conf = &s->conf;
	return 0;
}

static bool
copies_made(const struct compiler *c)
{
	const struct rteflow_program *p = c->out;

	return p->n_samples || (p->n && p->types[p->n - 1] == FLOW_ACTION_OUTPUT);
}

static int
compile_output(struct compiler *c, uint32_t port)
{
	uint16_t dev_id;
	int rc;

	if (c->ports->dev_id(c->ports->aux, port, &dev_id)) {
		refuse(c, NULL);
		c->why->reason = NIC_REASON_OTHER_DEVICE;
		return -EOPNOTSUPP;
	}
	if (has_edits(c) && copies_made(c) && !c->d->edit_after_copy)
		return refuse(c, "an edit between outputs");
	rc = emit_edits(c);
	c->type = FLOW_ACTION_OUTPUT;
	c->field = FLOW_FIELD_NONE;
	if (rc)
		return rc;
	return --c->n_outputs_left ? emit_copy(c, dev_id) : emit_port(c, dev_id);
}

/* Returns 1 if every packet has an outer tag now, 0 if none has, < 0 if unknown. */
static int
outer_tag(struct compiler *c)
{
	if (c->tags.now[0] == RTEFLOW_TAG_PRESENT)
		return 1;
	if (c->tags.now[0] == RTEFLOW_TAG_ABSENT)
		return 0;
	return refuse(c, "the match does not say whether there is a tag");
}

static int
compile_push(struct compiler *c, const struct flow_action *a)
{
	return rteflow_tag_edits_push(&c->tags, a->vlan.tpid, a->vlan.tci)
		       ? 0
		       : refuse(c, "too many tags");
}

static int
compile_pop(struct compiler *c)
{
	int there = outer_tag(c);

	if (there > 0)
		rteflow_tag_edits_pop(&c->tags);
	return there < 0 ? there : 0;
}

/* Returns 1 if every packet has the header that the field needs, 0 if none has, < 0 if unknown. */
static int
fits(struct compiler *c)
{
	enum flow_prereq prereq = flow_fields[c->field].prereq;
	struct flow_key needs;
	const uint64_t *n = flow_key_words(&needs), *m = flow_key_words(&c->m->mask);
	bool ok;

	memset(&needs, 0, sizeof needs);
	ok = flow_prereq_ok(prereq, &c->m->key, &needs);
	/* The pattern then has an L4 item, which later fragments do not match. */
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

	return set_add(
		c, six ? RTE_FLOW_ACTION_TYPE_SET_IPV6_DSCP : RTE_FLOW_ACTION_TYPE_SET_IPV4_DSCP,
		&conf);
}

/* Sets of one whole field: the action, and the size of the value at the end of the 16 bytes. */
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
	SET_ROW(ETH_SRC, 6, SET_MAC_SRC),    SET_ROW(ETH_DST, 6, SET_MAC_DST),
	SET_ROW(NW_SRC, 4, SET_IPV4_SRC),    SET_ROW(NW_DST, 4, SET_IPV4_DST),
	SET_ROW(IPV6_SRC, 16, SET_IPV6_SRC), SET_ROW(IPV6_DST, 16, SET_IPV6_DST),
	SET_ROW(NW_TTL, 1, SET_TTL),	     SET_ROW(TCP_SRC, 2, SET_TP_SRC),
	SET_ROW(TCP_DST, 2, SET_TP_DST),     SET_ROW(UDP_SRC, 2, SET_TP_SRC),
	SET_ROW(UDP_DST, 2, SET_TP_DST),     SET_ROW(SCTP_SRC, 2, SET_TP_SRC),
	SET_ROW(SCTP_DST, 2, SET_TP_DST),
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
		return set_add(c, row->type, &conf);
	}
	return refuse(c, NULL);
}

static int
emit_set(struct compiler *c, const uint8_t value[16], const uint8_t mask[16])
{
	switch (c->field) {
	case FLOW_FIELD_IP_DSCP:
		return is_exact(c->field, mask) ? emit_dscp(c, value[15])
						: refuse(c, "only the whole field");
	case FLOW_FIELD_NW_TOS:
		return mask[15] == 0xfc ? emit_dscp(c, value[15] >> 2)
					: refuse(c, "only the DSCP part");
	default:
		return emit_row(c, value, mask);
	}
}

/* Computes the bits of a tag that an action sets. */
static int
tag_bits(struct compiler *c, const struct flow_action *a, be16 *tci, be16 *mask)
{
	struct flow_value value = {0}, bits = {0};
	struct flow_key k, m;

	memset(&k, 0, sizeof k);
	memset(&m, 0, sizeof m);
	memcpy(value.b + FLOW_VALUE_BYTES - 16, a->set.value, 16);
	memcpy(bits.b + FLOW_VALUE_BYTES - 16, a->set.mask, 16);
	flow_field_set_masked(&flow_fields[c->field], &k, &value, &bits);
	flow_field_set_masked(&flow_fields[c->field], &m, &bits, &bits);
	*tci = k.vlan[0].tci;
	*mask = m.vlan[0].tci;
	if (*mask & htons(FLOW_VLAN_CFI) && !(*tci & htons(FLOW_VLAN_CFI)))
		return refuse(c, "a tag is taken away by pop_vlan");
	for (int i = 0; i < 2; i++) {
		be16 part = htons(i ? FLOW_VLAN_PCP : FLOW_VLAN_VID);

		if ((*mask & part) && (*mask & part) != part)
			return refuse(c, "only the whole VID or PCP");
	}
	return 0;
}

static int
compile_tag_set(struct compiler *c, const struct flow_action *a)
{
	int there = outer_tag(c);
	be16 tci, mask;

	if (there <= 0)
		return there;
	if (tag_bits(c, a, &tci, &mask))
		return -EOPNOTSUPP;
	rteflow_tag_edits_set(&c->tags, tci, mask);
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
	if (a->type != FLOW_ACTION_SET && !takes_action(c, a->type))
		return refuse(c, NULL);
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

/* Returns true if an action does more than change the packet. UPCALL, SAMPLE, RECIRC and CHECK_LEN
 * are kinds of output, CT stores state, and METER also counts packets that are dropped afterwards. */
static bool
has_effect(enum flow_action_type type)
{
	return type == FLOW_ACTION_OUTPUT || type == FLOW_ACTION_UPCALL ||
	       type == FLOW_ACTION_SAMPLE || type == FLOW_ACTION_CT || type == FLOW_ACTION_RECIRC ||
	       type == FLOW_ACTION_CHECK_LEN || type == FLOW_ACTION_METER;
}

/* Returns the number of actions up to the last one with an effect; later ones change a packet that
 * is not sent. */
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
	rteflow_tag_edits_init(&c.tags, m);
	for (unsigned int i = 0; i < n; i++)
		c.n_outputs_left += actions->a[i].type == FLOW_ACTION_OUTPUT;
	rc = emit_counter(&c);
	for (unsigned int i = 0; i < n && !rc; i++)
		rc = compile_action(&c, &actions->a[i]);
	if (!rc && !n) {
		c.type = FLOW_ACTION_DROP;
		if (!takes_action(&c, FLOW_ACTION_DROP))
			return refuse(&c, NULL);
		rc = emit(&c, RTE_FLOW_ACTION_TYPE_DROP, NULL);
	}
	if (rc)
		return rc;
	out->actions[out->n] = (struct rte_flow_action){.type = RTE_FLOW_ACTION_TYPE_END};
	return 0;
}
