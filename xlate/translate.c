/* SPDX-License-Identifier: Apache-2.0 */
/* Translation of one packet: the pipeline from table to table, and what makes the megaflow whole. */
#include "change.h"
#include "change_sets.h"
#include "execute.h"
#include "frozen.h"
#include "port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <stdarg.h>

#define ETH_TYPE_MPLS 0x8847
#define ETH_TYPE_MPLS_MULTICAST 0x8848

void
consult(struct run *run, const struct xlate_key *bits)
{
	const uint64_t *b = flow_key_words(&bits->flow);
	const uint64_t *known = flow_key_words(&run->written.flow);
	uint64_t *mask = flow_key_words_mut(&run->mask);
	uint64_t *fixed = flow_key_words_mut(&run->fixed);
	struct flow_vlan vlan[2][FLOW_VLANS];
	be32 mpls[2][FLOW_MPLS_LABELS];

	memcpy(vlan[0], run->mask.vlan, sizeof vlan[0]);
	memcpy(vlan[1], run->fixed.vlan, sizeof vlan[1]);
	memcpy(mpls[0], run->mask.mpls, sizeof mpls[0]);
	memcpy(mpls[1], run->fixed.mpls, sizeof mpls[1]);
	for (size_t i = 0; i < FLOW_KEY_WORDS; i++) {
		mask[i] |= b[i] & ~known[i];
		fixed[i] |= b[i] & ~known[i];
	}
	memcpy(run->mask.vlan, vlan[0], sizeof vlan[0]);
	memcpy(run->fixed.vlan, vlan[1], sizeof vlan[1]);
	memcpy(run->mask.mpls, mpls[0], sizeof mpls[0]);
	memcpy(run->fixed.mpls, mpls[1], sizeof mpls[1]);
	labels_consult(run, bits->flow.mpls);
	for (unsigned int i = 0; i < FLOW_VLANS; i++)
		tags_consult(run, i, bits->flow.vlan[i].tci, bits->flow.vlan[i].tpid);
}

void
consult_field(struct run *run, const struct flow_field *f, const struct flow_value *bits)
{
	struct xlate_key k = {0};
	struct flow_value ones;

	flow_field_ones(f, &ones);
	flow_field_set_masked(f, &k, &ones, bits);
	consult(run, &k);
}

static bool
look_has(void *aux, const struct flow_field *f)
{
	return run_has_field(aux, f);
}

static void
look_at(void *aux, const struct flow_field *f, const struct flow_value *mask)
{
	consult_field(aux, f, mask);
}

struct packet_looker
run_looker(struct run *run)
{
	return (struct packet_looker){
		.aux = run, .key = &run->key, .has = look_has, .look = look_at};
}

void
run_fail(struct run *run, enum flow_drop why)
{
	run_note(run, "%s, dropping", flow_drop_names[why]);
	run->why = why;
	run->failed = true;
	run->stop = true;
}

bool
run_steps(struct run *run, size_t n)
{
	if (run->stop || n <= XLATE_STEPS_MAX - run->n_steps) {
		run->n_steps += run->stop ? 0 : (unsigned int)n;
		return !run->stop;
	}
	run_fail(run, FLOW_DROP_STEPS);
	return false;
}

void
run_emitted(struct run *run, int rc)
{
	if (!rc || run->stop)
		return;
	if (rc == -ELOOP) {
		run_fail(run, FLOW_DROP_TOO_DEEP);
		return;
	}
	if (rc == -E2BIG) {
		run_fail(run, FLOW_DROP_TOO_MANY_ACTIONS);
		return;
	}
	run->error = rc;
	run->stop = true;
}

void
run_note(struct run *run, const char *fmt, ...)
{
	va_list args;

	if (!run->in->trace)
		return;
	fprintf(run->in->trace, "%*s -> ", (int)(8 * run->indent + 4), "");
	va_start(args, fmt);
	vfprintf(run->in->trace, fmt, args);
	va_end(args);
	fputc('\n', run->in->trace);
}

/* Bits that a lookup may use for nothing: consulted before, written, or the pipeline's own, which
 * start alike for every packet. */
static void
free_bits(const struct run *run, struct xlate_key *bits)
{
	memset(bits, 0xff, sizeof *bits);
	for (size_t i = 0; i < FLOW_KEY_WORDS; i++)
		flow_key_words_mut(&bits->flow)[i] =
			flow_key_words(&run->mask)[i] | flow_key_words(&run->written.flow)[i];
	bits->flow.in_port = UINT32_MAX;
	tags_free_bits(run, bits->flow.vlan);
	labels_free_bits(run, bits->flow.mpls);
}

static bool
eth_type_is_ip(const struct flow_key *key)
{
	return key->eth_type == htons(ETHERTYPE_IP) || key->eth_type == htons(ETHERTYPE_IPV6);
}

static bool
is_fragment_of(const struct run *run, enum xlate_fragments mode)
{
	return run->ports->mode.fragments == mode && eth_type_is_ip(&run->key.flow) &&
	       run->key.flow.nw_frag;
}

static void
swap_ports(struct flow_key *key, be16 ports[2])
{
	be16 src = key->tp_src, dst = key->tp_dst;

	key->tp_src = ports[0];
	key->tp_dst = ports[1];
	ports[0] = src;
	ports[1] = dst;
}

/* Which bits prove that a rule does not match is the classifier's choice, and another packet of the
 * megaflow may make it choose others; so they are in the mask, but no action may depend on that. */
static const struct rule *
look_up(struct run *run, uint32_t in_port)
{
	uint32_t arrived_by = run->key.flow.in_port;
	struct flow_key fixed = run->fixed;
	bool no_ports = is_fragment_of(run, XLATE_FRAGMENTS_NORMAL);
	be16 ports[2] = {0, 0}, known[2] = {UINT16_MAX, UINT16_MAX};
	struct lookup_effort effort = {0};
	const struct rule *rule;
	struct xlate_key bits;

	if (no_ports) {
		swap_ports(&run->key.flow, ports);
		swap_ports(&run->written.flow, known);
	}
	free_bits(run, &bits);
	run->key.flow.in_port = in_port;
	rule = tables_lookup(run->br->tables, run->table, run->tables_version, &run->key, &bits,
			     &effort);
	run->error = effort.error;
	run_steps(run, effort.n_looks);
	run->key.flow.in_port = arrived_by;
	consult(run, &bits);
	run->fixed = fixed;
	if (rule)
		consult(run, rule_mask(rule));
	if (run_record_lookup(run, rule, in_port)) {
		run->error = -ENOMEM;
		run->stop = true;
	}
	if (no_ports) {
		swap_ports(&run->key.flow, ports);
		swap_ports(&run->written.flow, known);
	}
	return rule;
}

static bool
is_table_miss(const struct rule *rule)
{
	static const struct xlate_key none;

	return !rule->priority && !memcmp(rule_mask(rule), &none, sizeof none);
}

/* Nobody's cookie: no rule tells. */
static void
tell_controllers(struct run *run)
{
	static const struct xlate_action controller = {
		.type = XLATE_ACT_CONTROLLER,
		.controller = {.port = XLATE_PORT_CONTROLLER,
			       .max_len = UINT16_MAX,
			       .reason = XLATE_REASON_IMPLICIT_MISS},
	};
	uint64_t cookie = run->cookie;

	run_note(run, "controllers are told");
	run->cookie = 0;
	execute_controller(run, &controller);
	run->cookie = cookie;
}

static void
miss(struct run *run, bool tell)
{
	const struct port *port = port_set_find(run->ports, run->key.flow.in_port);

	if (tell && run->ports->mode.misses_told) {
		if (!port || !(port_flags(port) & XLATE_CONFIG_NO_PACKET_IN)) {
			tell_controllers(run);
			return;
		}
		run_note(run, "port %s has no packet-ins, controllers are not told", port->name);
	}
	trace_drop(run);
}

/* goto_table is a loop and not a call: 254 tables deep below 64 resubmits is too deep for a stack. */
void
run_table(struct run *run, uint8_t table, uint32_t in_port, bool tell)
{
	const struct rule *outer = run->rule;
	uint64_t cookie = run->cookie;
	bool table_miss = run->table_miss, first = true;

	do {
		const struct rule *rule;

		run->table = table;
		run->next_table = -1;
		if (run->labels.opaque) {
			run_note(run, "table %u: it would have to be looked up below its label",
				 table);
			run_fail(run, FLOW_DROP_UNSUPPORTED);
			break;
		}
		if (is_fragment_of(run, XLATE_FRAGMENTS_DROP)) {
			run_note(run, "table %u: the bridge does not take IP fragments, dropping",
				 table);
			run->why = FLOW_DROP_FRAGMENT;
			break;
		}
		if (!table && run->ports->mode.standalone) {
			run_note(run, "table 0: the bridge is standalone: NORMAL");
			run_normal(run);
			break;
		}
		rule = look_up(run, in_port);
		trace_rule(run, rule);
		if (run->stop)
			break;
		if (!rule) {
			miss(run, tell);
			break;
		}
		tell = true;
		run->rule = rule;
		run->cookie = rule->cookie;
		if (!outer && !run->depth && first) {
			run->first_cookie = rule->cookie;
			run->first_table = table;
		}
		first = false;
		run->table_miss = is_table_miss(rule);
		run_actions(run, rule->actions);
		table = (uint8_t)run->next_table;
		in_port = run->key.flow.in_port;
	} while (run->next_table >= 0 && !run->stop && !run->exit);
	run->next_table = -1;
	run->rule = outer;
	run->cookie = cookie;
	run->table_miss = table_miss;
}

static bool
any_byte(const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		if (b[i])
			return true;
	return false;
}

static bool
looks_at_nd(const struct flow_key *mask)
{
	return any_byte(&mask->nd_target, sizeof mask->nd_target) ||
	       any_byte(&mask->arp_sha, sizeof mask->arp_sha) ||
	       any_byte(&mask->arp_tha, sizeof mask->arp_tha);
}

static void
ip_prerequisites(const struct flow_key *key, struct flow_key *mask)
{
	bool nd = key->eth_type == htons(ETHERTYPE_IPV6) && looks_at_nd(mask);

	mask->nw_frag = UINT8_MAX;
	if (nd && key->nw_proto == IPPROTO_ICMPV6)
		mask->tp_src = mask->tp_dst = UINT16_MAX;
	if (nd || (mask->tp_src | mask->tp_dst | mask->tcp_flags))
		mask->nw_proto = UINT8_MAX;
}

/* What must be matched for the rest of the mask to mean anything: the type of a header before its
 * fields, a tag's presence before its parts. */
static void
mask_prerequisites(const struct flow_key *key, struct flow_key *mask)
{
	mask->in_port = UINT32_MAX;
	mask->recirc_id = UINT32_MAX;
	mask->eth_type = UINT16_MAX;
	if (eth_type_is_ip(key))
		ip_prerequisites(key, mask);
	for (unsigned int i = FLOW_VLANS; i-- > 0;) {
		bool inner = i + 1 < FLOW_VLANS && mask->vlan[i + 1].tci;

		if (!inner && !mask->vlan[i].tci && !mask->vlan[i].tpid)
			continue;
		mask->vlan[i].tci |= htons(FLOW_VLAN_CFI);
		if (key->vlan[i].tci & htons(FLOW_VLAN_CFI))
			mask->vlan[i].tpid = UINT16_MAX;
	}
}

/* Takes out bits that no packet of this kind can have. The kind itself is in the mask by now. Tags and
 * labels that are not there stay: that they are not there may have decided something. */
static void
mask_clip(const struct flow_key *key, struct flow_key *mask)
{
	struct flow_key can = {0};
	uint64_t *m = flow_key_words_mut(mask);

	flow_key_meaningful(key, &can);
	memset(can.vlan, 0xff, sizeof can.vlan);
	if (!(key->vlan[0].tci & htons(FLOW_VLAN_CFI)))
		memset(&can.vlan[1], 0, sizeof can.vlan[1]);
	if (key->eth_type == htons(ETH_TYPE_MPLS) ||
	    key->eth_type == htons(ETH_TYPE_MPLS_MULTICAST))
		memset(can.mpls, 0xff, sizeof can.mpls);
	for (size_t i = FLOW_WORD_L2; i < FLOW_KEY_WORDS; i++)
		m[i] &= flow_key_words(&can)[i];
}

/* What the input port says by itself: none of its packets comes from a tunnel, or all do; and what
 * a datapath without connection tracking has not found. A match of it would say nothing, and a
 * device might not be able to. */
static void
mask_of_absent(const struct run *run, struct flow_key *out)
{
	static const struct flow_key none;
	const struct flow_key *key = run->in->key;
	const size_t n_tracked = sizeof key->ct_label;

	memset(out, 0, sizeof *out);
	if (key->recirc_id)
		return;
	if (!memcmp(&key->tun, &none.tun, sizeof none.tun))
		memset(&out->tun, 0xff, sizeof out->tun);
	if (!run_dp_has(run, FLOW_ACTION_CT) && !key->ct_state && !key->ct_zone && !key->ct_mark &&
	    !memcmp(key->ct_label, none.ct_label, n_tracked)) {
		out->ct_state = UINT8_MAX;
		out->ct_zone = UINT16_MAX;
		out->ct_mark = UINT32_MAX;
		memset(out->ct_label, 0xff, n_tracked);
	}
}

/* For the translation such fields are matched already, so that they prove what they can. */
static void
mask_absent(struct run *run, bool matched)
{
	uint64_t *mask = flow_key_words_mut(&run->mask);
	struct flow_key absent;

	mask_of_absent(run, &absent);
	for (size_t i = 0; i < FLOW_KEY_WORDS; i++) {
		uint64_t bits = flow_key_words(&absent)[i];

		mask[i] = matched ? mask[i] | bits : mask[i] & ~bits;
	}
}

/* Connection tracking sends nothing, and has an effect that outlives the packet. */
static bool
does_something(const struct flow_actions *acts)
{
	const unsigned int types = 1u << FLOW_ACTION_OUTPUT | 1u << FLOW_ACTION_UPCALL |
				   1u << FLOW_ACTION_SAMPLE | 1u << FLOW_ACTION_CT |
				   1u << FLOW_ACTION_RECIRC;

	for (unsigned int i = 0; i < acts->n; i++)
		if (types >> acts->a[i].type & 1)
			return true;
	return false;
}

/* Meters count also what is dropped behind them; all other actions concern what is sent. */
static void
keep_meters(struct flow_actions *acts)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < acts->n; i++)
		if (acts->a[i].type == FLOW_ACTION_METER)
			acts->a[n++] = acts->a[i];
	acts->n = (uint16_t)n;
}

static int
add_drop(struct xlate_out *out, enum flow_drop why)
{
	out->drop = why;
	return flow_actions_add_drop(&out->actions, why);
}

/* A run that failed emits nothing. */
static int
finish_actions(struct run *run)
{
	struct xlate_out *out = run->out;
	int rc;

	if (run->failed)
		out->actions.n = 0;
	if (does_something(&out->actions)) {
		out->drop = FLOW_N_DROPS;
		return 0;
	}
	keep_meters(&out->actions);
	rc = add_drop(out, run->why);
	if (rc != -E2BIG)
		return rc;
	out->actions.n = 0;
	return add_drop(out, FLOW_DROP_TOO_MANY_ACTIONS);
}

static int
finish(struct run *run)
{
	struct xlate_out *out = run->out;
	int rc = run->error;

	if (!rc)
		rc = finish_actions(run);
	if (!rc && !run->br)
		record_draft_free(&run->record);
	else if (!rc)
		rc = record_make(&run->record, run->br->link, run->tables_version,
				 run->ports->version, &out->record);
	if (rc) {
		record_draft_free(&run->record);
		flow_actions_free(&out->actions);
		return rc;
	}
	mask_prerequisites(run->in->key, &run->mask);
	mask_clip(run->in->key, &run->mask);
	mask_absent(run, false);
	out->mask = run->mask;
	out->final = run->key.flow;
	out->final.in_port = run->in->key->in_port;
	return 0;
}

static void
enter_bridge(struct run *run, struct xlate_bridge *br, const struct port_set *set,
	     uint16_t ofp_port)
{
	const struct xlate_change *change = run->in->change;
	uint64_t version = change ? change->flows.version : tables_version(br->tables);
	const struct bridge_sets *sets = bridge_sets_at(br, version);

	run->br = br;
	run->ports = set;
	run->tables_version = version;
	run->groups = change ? change_groups(change) : &sets->groups;
	run->meters = change ? change_meters(change) : &sets->meters;
	run->key.flow.in_port = ofp_port;
}

void
run_enter_bridge(struct run *run, struct xlate_bridge *br, uint32_t in_port)
{
	enter_bridge(run, br, rcu_read(&br->ports), in_port);
}

/* Finds who owns the port. A port that is not in its bridge's set is on its way out. */
static void
find_bridge(struct run *run)
{
	struct port *port = port_find_dp(run->x, run->in->key->in_port);
	const struct port_set *set = port ? rcu_read(&port->br->ports) : NULL;

	if (port && port_set_find(set, port->config.ofp_port) == port)
		enter_bridge(run, port->br, set, port->config.ofp_port);
}

/* As find_bridge(), for a packet that a controller sends. */
static void
take_bridge(struct run *run)
{
	const struct xlate_in *in = run->in;

	enter_bridge(run, in->br, rcu_read(&in->br->ports), in->ofp_port);
	if (!in->pipeline)
		return;
	run->key.metadata = in->pipeline->metadata;
	memcpy(run->key.reg, in->pipeline->reg, sizeof run->key.reg);
}

/* Goes on with lists 0 to 'i', each of which led to the one before it. 'outer': those after them. */
static void
resume_lists(struct run *run, const struct frozen_state *s, unsigned int i,
	     const struct left *outer)
{
	const struct frozen_list *list = &s->lists[i];
	const struct left left = {.a = list->actions->a,
				  .n = list->actions->n,
				  .cookie = list->cookie,
				  .table = list->table,
				  .outer = outer};

	if (i)
		resume_lists(run, s, i - 1, &left);
	if (run->stop || run->exit)
		return;
	run->left = outer;
	run->table = run->first_table = list->table;
	run->cookie = run->first_cookie = list->cookie;
	run->next_table = -1;
	run_actions(run, list->actions);
	if (run->next_table >= 0 && !run->stop && !run->exit)
		run_table(run, (uint8_t)run->next_table, run->key.flow.in_port, true);
}

/* Goes on with what was left of lists, or with a lookup. */
static void
resume(struct run *run, const struct frozen_state *s)
{
	trace_thaw(run);
	if (s->n_lists)
		resume_lists(run, s, s->n_lists - 1, NULL);
	else
		run_table(run, s->table, run->key.flow.in_port, true);
	run->left = NULL;
}

static void
run_bridge(struct run *run)
{
	trace_bridge(run);
	if (run->resumed) {
		resume(run, run->resumed);
		return;
	}
	if (!run_receive(run))
		return;
	if (run->in->actions)
		run_actions(run, run->in->actions);
	else
		run_table(run, 0, run->key.flow.in_port, true);
}

int
translate(struct xlate *x, const struct xlate_in *in, struct xlate_out *out,
	  struct xlate_key *final, struct follow *follow)
{
	struct run run = {
		.x = x,
		.in = in,
		.out = out,
		.key = match_start,
		.base = *in->key,
		.why = FLOW_DROP_EXPLICIT,
		.follow = follow,
		.tracked = !in->key->recirc_id && (in->key->ct_state & FLOW_CT_STATE_TRACKED),
	};

	run.key.flow = *in->key;
	memset(out, 0, sizeof *out);
	flow_actions_init(&out->actions);
	mask_absent(&run, true);
	tags_init(&run);
	if (in->br)
		take_bridge(&run);
	else if (in->key->recirc_id)
		run_thaw(&run);
	else
		find_bridge(&run);
	if (run.br && !run.error) {
		run_bridge(&run);
		run.cookie = run.first_cookie;
		run.table = run.first_table;
		run_action_set(&run);
	} else {
		run.why = in->key->recirc_id ? FLOW_DROP_NO_RECIRC : FLOW_DROP_NO_BRIDGE;
		run_note(&run, in->key->recirc_id
				       ? "where the packet was to go on is not known any more, "
					 "dropping"
				       : "no bridge owns the port, dropping");
	}
	value_stack_free(&run.stack);
	if (final)
		*final = run.key;
	return finish(&run);
}

int
xlate_translate(struct xlate *x, const struct xlate_in *in, struct xlate_out *out)
{
	return translate(x, in, out, NULL, NULL);
}

void
xlate_out_free(struct xlate_out *out)
{
	flow_actions_free(&out->actions);
	xlate_record_free(out->record);
	out->record = NULL;
}
