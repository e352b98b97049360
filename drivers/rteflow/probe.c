/* SPDX-License-Identifier: Apache-2.0 */
/* Probes a device with rte_flow_validate(): for each field with the pattern that the compiler makes
 * of it, for each action with the program. A match for a field has its prerequisites, and the field
 * with a full mask. */
#include "probe.h"

#include "bits.h"
#include "canary.h"

#include <errno.h>
#include <limits.h>
#include <net/ethernet.h>
#include <netinet/in.h>

struct probe {
	uint16_t dev_id, proxy_id;
	struct rteflow_dialect ask; /* everything supported, to compile the probes */
	struct rteflow_dialect *found;
	struct rte_flow_action_handle *counter;
};

static const struct rte_flow_action drop[] = {{.type = RTE_FLOW_ACTION_TYPE_DROP},
					      {.type = RTE_FLOW_ACTION_TYPE_END}};

static bool
validates(const struct probe *p, const struct rte_flow_item *items,
	  const struct rte_flow_action *actions)
{
	const struct rte_flow_attr attr = {.transfer = 1};
	struct rte_flow_error error = {0};

	return !rte_flow_validate(p->proxy_id, &attr, items, actions, &error);
}

/* Probes a rule that drops all packets of a port, the minimum for offload. Tries both forms of the
 * port item. */
static bool
probe_transfer(struct probe *p)
{
	struct flow_match m = {.key = {.in_port = 1}, .mask = {.in_port = UINT32_MAX}};
	struct rteflow_pattern pattern;
	struct nic_refusal why;

	for (int named = 1; named >= 0; named--) {
		p->ask.item_represented_port = named;
		if (!rteflow_pattern_compile(&p->ask, &m, p->dev_id, false, &pattern, &why) &&
		    validates(p, pattern.items, drop)) {
			p->found->item_represented_port = named;
			return true;
		}
	}
	return false;
}

static bool
probe_plain(const struct probe *p)
{
	static const struct rte_flow_item_eth nobody,
		mask = {.hdr.dst_addr.addr_bytes = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
	static const struct rte_flow_item items[] = {
		{.type = RTE_FLOW_ITEM_TYPE_ETH, .spec = &nobody, .mask = &mask},
		{.type = RTE_FLOW_ITEM_TYPE_END}};
	const struct rte_flow_attr attr = {.ingress = 1};
	struct rte_flow_error error = {0};

	return !rte_flow_validate(p->dev_id, &attr, items, drop, &error);
}

static void
ask_type(struct flow_match *m, uint16_t type)
{
	m->key.eth_type = htons(type);
	m->mask.eth_type = UINT16_MAX;
}

static void
ask_proto(struct flow_match *m, uint16_t type, uint8_t proto)
{
	ask_type(m, type);
	m->key.nw_proto = proto;
	m->mask.nw_proto = UINT8_MAX;
}

static void
ask_tag(struct flow_match *m, unsigned int i)
{
	m->key.vlan[i].tpid = htons(ETHERTYPE_VLAN);
	m->key.vlan[i].tci = htons(FLOW_VLAN_CFI);
	m->mask.vlan[i].tpid = UINT16_MAX;
	m->mask.vlan[i].tci = htons(FLOW_VLAN_CFI);
}

static void
ask_prereq(struct flow_match *m, enum flow_prereq prereq, bool six)
{
	switch (prereq) {
	case FLOW_PREREQ_VLAN:
		ask_tag(m, 0);
		ask_type(m, ETHERTYPE_IP);
		break;
	case FLOW_PREREQ_IP4:
		ask_type(m, ETHERTYPE_IP);
		break;
	case FLOW_PREREQ_IP6:
		ask_type(m, ETHERTYPE_IPV6);
		break;
	case FLOW_PREREQ_IP:
		ask_proto(m, six ? ETHERTYPE_IPV6 : ETHERTYPE_IP, IPPROTO_TCP);
		break;
	case FLOW_PREREQ_TCP:
		ask_proto(m, ETHERTYPE_IP, IPPROTO_TCP);
		break;
	case FLOW_PREREQ_UDP:
		ask_proto(m, ETHERTYPE_IP, IPPROTO_UDP);
		break;
	case FLOW_PREREQ_SCTP:
		ask_proto(m, ETHERTYPE_IP, IPPROTO_SCTP);
		break;
	case FLOW_PREREQ_ICMP4:
		ask_proto(m, ETHERTYPE_IP, IPPROTO_ICMP);
		break;
	case FLOW_PREREQ_ICMP6:
		ask_proto(m, ETHERTYPE_IPV6, IPPROTO_ICMPV6);
		break;
	default:
		break;
	}
}

static void
question(enum flow_field_id id, bool six, struct flow_match *m)
{
	memset(m, 0, sizeof *m);
	m->key.in_port = 1;
	m->mask.in_port = UINT32_MAX;
	ask_prereq(m, flow_fields[id].prereq, six);
	if (id == FLOW_FIELD_ETH_TYPE)
		ask_type(m, ETHERTYPE_IP);
	else if (id == FLOW_FIELD_VLAN_TCI || id == FLOW_FIELD_VLAN_TPID)
		ask_prereq(m, FLOW_PREREQ_VLAN, six);
	else if (id == FLOW_FIELD_INNER_VLAN_TCI || id == FLOW_FIELD_INNER_VLAN_TPID)
		ask_tag(m, 1);
}

static bool
probe_field(const struct probe *p, enum flow_field_id id)
{
	struct rteflow_pattern pattern;
	struct nic_refusal why;
	struct flow_match m;

	question(id, false, &m);
	flow_field_mask_exact(&flow_fields[id], &m.mask);
	/* The flags that tables match; the four bits above them share a byte with the data
	 * offset. */
	if (id == FLOW_FIELD_TCP_FLAGS)
		m.mask.tcp_flags = htons(0xff);
	return !rteflow_pattern_compile(&p->ask, &m, p->dev_id, false, &pattern, &why) &&
	       validates(p, pattern.items, drop);
}

static void
probe_fields(struct probe *p)
{
	rteflow_bit_set(p->found->caps.fields, FLOW_FIELD_IN_PORT);
	for (unsigned int id = FLOW_FIELD_ETH_SRC; id < FLOW_N_FIELDS; id++) {
		if (probe_field(p, id))
			rteflow_bit_set(p->found->caps.fields, id);
	}
}

static void
probe_has_vlan(struct probe *p)
{
	struct rteflow_pattern pattern;
	struct nic_refusal why;
	struct flow_match m;

	question(FLOW_FIELD_ETH_DST, false, &m);
	m.mask.vlan[0].tci = htons(FLOW_VLAN_CFI);
	p->found->has_vlan =
		!rteflow_pattern_compile(&p->ask, &m, p->dev_id, false, &pattern, &why) &&
		validates(p, pattern.items, drop);
}

static void
probe_frags(struct probe *p)
{
	static const struct {
		unsigned int bit;
		uint8_t key, mask;
	} rows[] = {
		{RTEFLOW_FRAG_ANY, FLOW_FRAG_ANY, FLOW_FRAG_ANY},
		{RTEFLOW_FRAG_FIRST, FLOW_FRAG_ANY, FLOW_FRAG_ANY | FLOW_FRAG_LATER},
		{RTEFLOW_FRAG_LATER, FLOW_FRAG_LATER, FLOW_FRAG_LATER},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct rteflow_pattern pattern;
		struct nic_refusal why;
		struct flow_match m;

		question(FLOW_FIELD_ETH_DST, false, &m);
		ask_type(&m, ETHERTYPE_IP);
		m.key.nw_frag = rows[i].key;
		m.mask.nw_frag = rows[i].mask;
		if (!rteflow_pattern_compile(&p->ask, &m, p->dev_id, false, &pattern, &why) &&
		    validates(p, pattern.items, drop))
			p->found->frags |= rows[i].bit;
	}
}

static int
any_port(const void *aux, uint32_t port, uint16_t *dev_id)
{
	(void)port;
	*dev_id = *(const uint16_t *)aux;
	return 0;
}

static bool
probe_actions(const struct probe *p, const struct flow_match *m, const struct flow_action *a,
	      unsigned int n)
{
	struct rteflow_ports ports = {.dev_id = any_port, .aux = &p->dev_id};
	struct flow_action copy[3];
	struct flow_actions actions = {.a = copy, .n = (uint16_t)n};
	struct rteflow_pattern pattern;
	struct rteflow_program program;
	struct nic_refusal why;

	memcpy(copy, a, n * sizeof *a);
	if (rteflow_pattern_compile(&p->ask, m, p->dev_id, rteflow_program_needs_l4(&actions),
				    &pattern, &why) ||
	    rteflow_program_compile(&p->ask, m, &actions, &ports, &program, &why))
		return false;
	if (p->ask.caps.shared_counter)
		program.actions[0].conf = p->counter;
	return validates(p, pattern.items, program.actions);
}

static bool
probe_set(const struct probe *p, enum flow_field_id id, bool six)
{
	struct flow_action a[2] = {{.type = FLOW_ACTION_SET, .set = {.field = (uint8_t)id}},
				   {.type = FLOW_ACTION_OUTPUT, .port = 1}};
	struct flow_value ones;
	struct flow_match m;

	flow_field_ones(&flow_fields[id], &ones);
	if (id == FLOW_FIELD_NW_TOS)
		ones = flow_value_from_u64(0xfc);
	memcpy(a[0].set.mask, ones.b + FLOW_VALUE_BYTES - 16, 16);
	if (id == FLOW_FIELD_VLAN_TCI) {
		be16 cfi = htons(FLOW_VLAN_CFI);

		memcpy(a[0].set.value + 14, &cfi, 2);
	}
	question(id, six, &m);
	return probe_actions(p, &m, a, 2);
}

static void
probe_sets(struct probe *p)
{
	for (unsigned int id = FLOW_FIELD_ETH_SRC; id < FLOW_N_FIELDS; id++) {
		bool both = flow_fields[id].prereq == FLOW_PREREQ_IP;

		if (!flow_fields[id].settable || !probe_set(p, id, false) ||
		    (both && !probe_set(p, id, true)))
			continue;
		rteflow_bit_set(p->found->caps.set_fields, id);
		p->found->caps.actions |= 1u << FLOW_ACTION_SET;
	}
}

static void
probe_outputs(struct probe *p)
{
	static const struct flow_action out = {.type = FLOW_ACTION_OUTPUT, .port = 1};
	struct flow_match m;

	question(FLOW_FIELD_ETH_DST, false, &m);
	for (int named = 1; named >= 0; named--) {
		p->ask.action_represented_port = named;
		if (!probe_actions(p, &m, &out, 1))
			continue;
		p->found->action_represented_port = named;
		p->found->caps.actions |= 1u << FLOW_ACTION_OUTPUT;
		return;
	}
}

static bool
probe_copy(struct probe *p, enum rteflow_copies how, const struct flow_action *a, unsigned int n)
{
	struct flow_match m;

	question(FLOW_FIELD_ETH_DST, false, &m);
	p->ask.copies = how;
	return probe_actions(p, &m, a, n);
}

static void
probe_copies(struct probe *p)
{
	struct flow_action out[3] = {{.type = FLOW_ACTION_OUTPUT, .port = 1},
				     {.type = FLOW_ACTION_OUTPUT, .port = 1},
				     {.type = FLOW_ACTION_OUTPUT, .port = 1}};

	if (probe_copy(p, RTEFLOW_COPY_PORTS, out, 2))
		p->found->copies = RTEFLOW_COPY_PORTS;
	else if (probe_copy(p, RTEFLOW_COPY_SAMPLES, out, 3))
		p->found->copies = RTEFLOW_COPY_SAMPLES;
	else if (probe_copy(p, RTEFLOW_COPY_SAMPLE, out, 2))
		p->found->copies = RTEFLOW_COPY_SAMPLE;
	if (p->found->copies < RTEFLOW_COPY_SAMPLE)
		return;
	out[1] =
		(struct flow_action){.type = FLOW_ACTION_SET, .set = {.field = FLOW_FIELD_ETH_DST}};
	memset(out[1].set.mask + 10, 0xff, 6);
	p->ask.edit_after_copy = true;
	p->found->edit_after_copy = probe_copy(p, p->found->copies, out, 3);
}

static void
probe_tags(struct probe *p)
{
	const struct flow_action push[2] = {
		{.type = FLOW_ACTION_PUSH_VLAN,
		 .vlan = {.tpid = htons(ETHERTYPE_VLAN), .tci = htons(1)}},
		{.type = FLOW_ACTION_OUTPUT, .port = 1}};
	const struct flow_action pop[2] = {{.type = FLOW_ACTION_POP_VLAN},
					   {.type = FLOW_ACTION_OUTPUT, .port = 1}};
	struct flow_match m;

	question(FLOW_FIELD_ETH_DST, false, &m);
	if (probe_actions(p, &m, push, 2))
		p->found->caps.actions |= 1u << FLOW_ACTION_PUSH_VLAN;
	question(FLOW_FIELD_VLAN_TCI, false, &m);
	if (probe_actions(p, &m, pop, 2))
		p->found->caps.actions |= 1u << FLOW_ACTION_POP_VLAN;
}

static bool
probe_shared_counter(struct probe *p, struct rte_flow_error *error)
{
	const struct rte_flow_indir_action_conf conf = {.transfer = 1};
	const struct rte_flow_action_count count = {0};
	const struct rte_flow_action action = {.type = RTE_FLOW_ACTION_TYPE_COUNT, .conf = &count};

	p->counter = rte_flow_action_handle_create(p->proxy_id, &conf, &action, error);
	return p->counter;
}

/* Inserts and reads a rule with a counter, since some drivers report packets but no bytes. */
static int
probe_rule_counter(const struct probe *p, struct nic_refusal *why)
{
	const struct rte_flow_action_count count = {0};
	const struct rte_flow_action actions[] = {
		{.type = RTE_FLOW_ACTION_TYPE_COUNT, .conf = &count},
		{.type = RTE_FLOW_ACTION_TYPE_DROP},
		{.type = RTE_FLOW_ACTION_TYPE_END}};
	struct rte_flow_query_count q = {.reset = 0};
	struct rte_flow_error error = {0};
	struct rte_flow *rule =
		rteflow_canary_put(&p->ask, p->dev_id, p->proxy_id, actions, &error);
	int rc;

	if (!rule)
		return nic_refuse(why, NIC_REASON_NO_COUNTER,
				  error.message ? error.message : "no counters");
	rc = rte_flow_query(p->proxy_id, rule, actions, &q, &error);
	rte_flow_destroy(p->proxy_id, rule, &error);
	if (rc || !q.hits_set || !q.bytes_set)
		return nic_refuse(why, NIC_REASON_NO_COUNTER, "bytes are not counted");
	return 0;
}

static int
probe_counter(struct probe *p, struct nic_refusal *why)
{
	struct rte_flow_error error = {0};

	p->ask.caps.shared_counter = probe_shared_counter(p, &error);
	p->found->caps.shared_counter = p->ask.caps.shared_counter;
	return p->counter ? 0 : probe_rule_counter(p, why);
}

int
rteflow_probe(uint16_t dev_id, uint16_t proxy_id, const struct rteflow_traits *traits,
	      struct rteflow_dialect *out, struct nic_refusal *why)
{
	struct probe p = {.dev_id = dev_id, .proxy_id = proxy_id, .found = out};
	struct rte_flow_error error = {0};
	int rc;

	memset(out, 0, sizeof *out);
	memset(p.ask.caps.fields, 0xff, sizeof p.ask.caps.fields);
	memset(p.ask.caps.set_fields, 0xff, sizeof p.ask.caps.set_fields);
	p.ask.caps.actions = UINT32_MAX;
	p.ask.has_vlan = true;
	p.ask.frags = UINT_MAX;
	p.ask.first_tag_only = out->first_tag_only = traits->first_tag_only;
	out->caps.counter_stale_ns = traits->counter_stale_ns;
	if (!probe_transfer(&p))
		return nic_refuse(
			why, probe_plain(&p) ? NIC_REASON_NO_TRANSFER : NIC_REASON_NO_DEVICE, NULL);
	out->caps.transfer = true;
	rc = probe_counter(&p, why);
	if (rc)
		return rc;
	out->caps.actions = 1u << FLOW_ACTION_DROP;
	probe_fields(&p);
	probe_has_vlan(&p);
	probe_frags(&p);
	probe_outputs(&p);
	probe_copies(&p);
	probe_sets(&p);
	probe_tags(&p);
	if (p.counter)
		rte_flow_action_handle_destroy(proxy_id, p.counter, &error);
	return 0;
}
