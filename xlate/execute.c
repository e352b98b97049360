/* SPDX-License-Identifier: Apache-2.0 */
/* OpenFlow actions, executed: a row per kind. */
#include "execute.h"

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <stdlib.h>

#define VLAN_TCI_OFS offsetof(struct flow_key, vlan[0].tci)
#define INNER_TCI_OFS offsetof(struct flow_key, vlan[1].tci)

static void
output_number(struct run *run, uint32_t number)
{
	const struct port *port = port_set_find(run->ports, number);

	if (port)
		run_output(run, port);
	else
		run_note(run, "port %u does not exist, not sent", number);
}

/* From a packet-out message: through the tables. */
static void
output_table(struct run *run)
{
	uint8_t table = run->table;

	if (!run_enter(run))
		return;
	run_table(run, 0, run->key.flow.in_port, true);
	run->table = table;
	run_leave(run);
}

/* OpenFlow 1.3 section 5.12: a packet goes back where it came from by IN_PORT only. */
static void
do_output(struct run *run, const struct xlate_action *a)
{
	switch (a->output.port) {
	case XLATE_PORT_NORMAL:
		run_normal(run);
		break;
	case XLATE_PORT_IN_PORT:
		output_number(run, run->key.flow.in_port);
		break;
	case XLATE_PORT_FLOOD:
		run_flood(run, XLATE_CONFIG_NO_FLOOD);
		break;
	case XLATE_PORT_ALL:
		run_flood(run, 0);
		break;
	case XLATE_PORT_CONTROLLER:
		execute_controller(run, a);
		break;
	case XLATE_PORT_TABLE:
		output_table(run);
		break;
	case XLATE_PORT_LOCAL:
		run_note(run, "bridges have no LOCAL port, not sent");
		break;
	case XLATE_PORT_NONE:
		run_note(run, "no port, not sent");
		break;
	default:
		if (a->output.port == run->key.flow.in_port)
			run_note(run, "output to the input port, not sent");
		else
			output_number(run, a->output.port);
	}
}

static void
do_output_trunc(struct run *run, const struct xlate_action *a)
{
	struct xlate_action output = {.type = XLATE_ACT_OUTPUT,
				      .output.port = a->output_trunc.port};

	if (!run_dp_can(run, FLOW_ACTION_TRUNC))
		return;
	run->n_bytes_max = a->output_trunc.max_len;
	do_output(run, &output);
	run->n_bytes_max = 0;
}

static void
do_nothing(struct run *run, const struct xlate_action *a)
{
	(void)run;
	(void)a;
}

static void
do_exit(struct run *run, const struct xlate_action *a)
{
	(void)a;
	run->exit = true;
}

static bool
resubmit_allowed(struct run *run)
{
	if (run->n_resubmits >= XLATE_RESUBMITS_MAX) {
		run_fail(run, FLOW_DROP_RESUBMITS);
		return false;
	}
	run->n_resubmits++;
	return true;
}

bool
run_enter(struct run *run)
{
	if (run->depth >= XLATE_DEPTH_MAX) {
		run_fail(run, FLOW_DROP_TOO_DEEP);
		return false;
	}
	if (!resubmit_allowed(run))
		return false;
	run->depth++;
	run->indent++;
	return true;
}

void
run_leave(struct run *run)
{
	run->indent--;
	run->depth--;
}

/* Forward, it ends by itself. */
static void
do_goto_table(struct run *run, const struct xlate_action *a)
{
	if (a->table > run->table || resubmit_allowed(run))
		run->next_table = a->table;
}

/* As Open vSwitch's: another port than the packet's is for the lookup only, so that IN_PORT, FLOOD
 * and NORMAL in the rules that it finds mean where the packet came from. */
static void
do_resubmit(struct run *run, const struct xlate_action *a)
{
	bool here = a->resubmit.port == XLATE_PORT_IN_PORT;
	uint8_t table = run->table;

	if (!run_enter(run))
		return;
	run_table(run, a->resubmit.table == XLATE_TABLE_ALL ? table : a->resubmit.table,
		  here ? run->key.flow.in_port : a->resubmit.port, false);
	run->table = table;
	run_leave(run);
}

/* Neighbour discovery must be what the packet is: an ICMPv6 type that was written makes no other
 * message of it. */
bool
run_has_field(struct run *run, const struct flow_field *f)
{
	struct xlate_key bits = {0};
	bool ok = flow_prereq_ok(f->prereq, &run->key.flow, &bits.flow);

	if (run->labels.opaque && ok && f->prereq >= FLOW_PREREQ_MPLS) {
		run_note(run, "%s: it would have to be looked for below the label", f->name);
		run_fail(run, FLOW_DROP_UNSUPPORTED);
		return false;
	}

	consult(run, &bits);
	if (ok && f->prereq >= FLOW_PREREQ_ND)
		ok = flow_prereq_ok(f->prereq, run->in->key, &run->mask);
	return ok;
}

static bool
prereq_ok(struct run *run, const struct flow_field *f)
{
	bool ok = run_has_field(run, f);

	if (!ok)
		run_note(run, "the packet has no %s", f->name);
	return ok;
}

static bool
push_tag(struct run *run, be16 tpid, be16 tci)
{
	if (tags_push(run, tpid, tci))
		return true;
	run_note(run, "more than %d VLAN tags are not supported, dropping", FLOW_VLANS);
	run->why = FLOW_DROP_NO_HEADROOM;
	run->stop = true;
	return false;
}

/* The CFI bit of the outermost tag stands for its presence: setting it pushes, clearing it pops. */
static void
write_tci(struct run *run, unsigned int slot, be16 value, be16 mask)
{
	bool there = tags_present(run, slot);

	if (!slot && (mask & htons(FLOW_VLAN_CFI))) {
		if (!(value & htons(FLOW_VLAN_CFI))) {
			tags_pop(run);
			return;
		}
		if (!there && !push_tag(run, htons(ETHERTYPE_VLAN), 0))
			return;
		there = true;
	}
	if (there)
		tags_write(run, slot, value, mask);
}

void
run_write_field(struct run *run, const struct flow_field *f, const struct flow_value *value,
		const struct flow_value *mask)
{
	unsigned int slot = f->ofs == INNER_TCI_OFS;
	struct flow_value ones, writable;

	flow_field_ones(f, &ones);
	if (slot || f->ofs == VLAN_TCI_OFS) {
		struct flow_key v = {0}, m = {0};

		flow_field_set_masked(f, &v, value, mask);
		flow_field_set_masked(f, &m, &ones, mask);
		write_tci(run, slot, v.vlan[slot].tci, m.vlan[slot].tci);
		return;
	}
	if (!f->maskable && memcmp(mask, &ones, sizeof ones)) {
		consult_field(run, f, &ones);
		flow_field_set_masked(f, &run->written, &ones, &ones);
	}
	xlate_field_writable_bits(f, &writable);
	for (size_t i = 0; i < sizeof writable.b; i++)
		writable.b[i] &= mask->b[i];
	xlate_field_set_masked(f, &run->key, value, &writable);
	flow_field_set_masked(f, &run->written, &ones, &writable);
}

/* The port that the packet has of the one that 'tcp' is; NULL: it has none. */
static const struct flow_field *
l4_port(struct run *run, const struct flow_field *tcp)
{
	static const enum flow_field_id ids[][2] = {
		{FLOW_FIELD_TCP_SRC, FLOW_FIELD_TCP_DST},
		{FLOW_FIELD_UDP_SRC, FLOW_FIELD_UDP_DST},
		{FLOW_FIELD_SCTP_SRC, FLOW_FIELD_SCTP_DST},
	};
	bool dst = tcp == &flow_fields[FLOW_FIELD_TCP_DST];

	for (size_t i = 0; i < sizeof ids / sizeof ids[0] && !run->stop; i++)
		if (run_has_field(run, &flow_fields[ids[i][dst]]))
			return &flow_fields[ids[i][dst]];
	run_note(run, "the packet has no ports of TCP, UDP or SCTP");
	return NULL;
}

static void
do_set_field(struct run *run, const struct xlate_action *a)
{
	const struct flow_field *f = a->set.any_l4 ? l4_port(run, a->set.field) : a->set.field;
	struct flow_value ones;

	if (!f || (!a->set.any_l4 && !prereq_ok(run, f)))
		return;
	run_write_field(run, f, &a->set.value, &a->set.mask);
	flow_field_ones(f, &ones);
	if (memcmp(&a->set.mask, &ones, sizeof ones) != 0)
		trace_field(run, f);
}

static unsigned int
value_bit(const struct flow_value *v, unsigned int i)
{
	return v->b[FLOW_VALUE_BYTES - 1 - i / 8] >> (i % 8) & 1;
}

static void
value_bit_add(struct flow_value *v, unsigned int i, unsigned int bit)
{
	v->b[FLOW_VALUE_BYTES - 1 - i / 8] |= (uint8_t)(bit << (i % 8));
}

static void
do_move(struct run *run, const struct xlate_action *a)
{
	const struct xlate_subfield *src = &a->move.src, *dst = &a->move.dst;
	struct flow_value from, from_bits = {{0}}, value = {{0}}, mask = {{0}};

	if (!prereq_ok(run, src->field) || !prereq_ok(run, dst->field))
		return;
	xlate_field_get(src->field, &run->key, &from);
	for (unsigned int i = 0; i < src->n_bits; i++) {
		value_bit_add(&from_bits, src->ofs + i, 1);
		value_bit_add(&mask, dst->ofs + i, 1);
		value_bit_add(&value, dst->ofs + i, value_bit(&from, src->ofs + i));
	}
	consult_field(run, src->field, &from_bits);
	run_write_field(run, dst->field, &value, &mask);
	trace_field(run, dst->field);
}

static void
do_push_vlan(struct run *run, const struct xlate_action *a)
{
	push_tag(run, a->tpid, 0);
}

static void
do_pop_vlan(struct run *run, const struct xlate_action *a)
{
	(void)a;
	tags_pop(run);
}

static void
do_set_vlan_vid(struct run *run, const struct xlate_action *a)
{
	write_tci(run, 0, htons((uint16_t)(a->vlan.value | FLOW_VLAN_CFI)),
		  htons(FLOW_VLAN_VID | FLOW_VLAN_CFI));
}

static void
do_set_vlan_pcp(struct run *run, const struct xlate_action *a)
{
	write_tci(run, 0, htons((uint16_t)(a->vlan.value << 13 | FLOW_VLAN_CFI)),
		  htons(FLOW_VLAN_PCP | FLOW_VLAN_CFI));
}

static void
do_dec_ttl(struct run *run, const struct xlate_action *a)
{
	const struct flow_field *f = &flow_fields[FLOW_FIELD_NW_TTL];
	struct flow_value ones, ttl;

	(void)a;
	if (!prereq_ok(run, f))
		return;
	flow_field_ones(f, &ones);
	consult_field(run, f, &ones);
	if (run->key.flow.nw_ttl <= 1) {
		run_note(run, "TTL %u expired, dropping", run->key.flow.nw_ttl);
		execute_invalid_ttl(run, a->bytes);
		return;
	}
	ttl = flow_value_from_u64(run->key.flow.nw_ttl - 1u);
	run_write_field(run, f, &ttl, &ones);
	trace_field(run, f);
}

static void
do_group(struct run *run, const struct xlate_action *a)
{
	run_group(run, a->group);
}

static void
do_clear_actions(struct run *run, const struct xlate_action *a)
{
	(void)a;
	action_set_clear(&run->set);
	run->key.set_output = XLATE_PORT_UNSET;
}

static void
do_write_actions(struct run *run, const struct xlate_action *a)
{
	run_emitted(run, action_set_write(&run->set, a->nested));
	run->key.set_output = action_set_output(run->set.a, run->set.n);
}

static void
do_meter(struct run *run, const struct xlate_action *a)
{
	const struct meter *m = meters_find(run->meters, a->meter);
	struct flow_action meter = {.type = FLOW_ACTION_METER};

	if (!m) {
		run_note(run, "meter %u does not exist", a->meter);
		return;
	}
	meter.meter = m->dp_meter;
	run_emitted(run, flow_actions_add(&run->out->actions, &meter));
	run->remarked = true;
}

static void (*const executors[XLATE_N_ACTIONS])(struct run *run, const struct xlate_action *a) = {
	[XLATE_ACT_OUTPUT] = do_output,
	[XLATE_ACT_CONTROLLER] = execute_controller,
	[XLATE_ACT_DROP] = do_nothing,
	[XLATE_ACT_GOTO_TABLE] = do_goto_table,
	[XLATE_ACT_RESUBMIT] = do_resubmit,
	[XLATE_ACT_SET_FIELD] = do_set_field,
	[XLATE_ACT_MOVE] = do_move,
	[XLATE_ACT_PUSH_VLAN] = do_push_vlan,
	[XLATE_ACT_POP_VLAN] = do_pop_vlan,
	[XLATE_ACT_SET_VLAN_VID] = do_set_vlan_vid,
	[XLATE_ACT_SET_VLAN_PCP] = do_set_vlan_pcp,
	[XLATE_ACT_DEC_TTL] = do_dec_ttl,
	[XLATE_ACT_GROUP] = do_group,
	[XLATE_ACT_METER] = do_meter,
	[XLATE_ACT_CLEAR_ACTIONS] = do_clear_actions,
	[XLATE_ACT_WRITE_ACTIONS] = do_write_actions,
	[XLATE_ACT_EXIT] = do_exit,
	[XLATE_ACT_NOTE] = do_nothing,
	[XLATE_ACT_STACK_PUSH] = execute_push,
	[XLATE_ACT_STACK_POP] = execute_pop,
	[XLATE_ACT_OUTPUT_REG] = execute_output_reg,
	[XLATE_ACT_CLONE] = execute_clone,
	[XLATE_ACT_PUSH_MPLS] = execute_push_mpls,
	[XLATE_ACT_POP_MPLS] = execute_pop_mpls,
	[XLATE_ACT_DEC_MPLS_TTL] = execute_dec_mpls_ttl,
	[XLATE_ACT_COPY_TTL_OUT] = execute_copy_ttl_out,
	[XLATE_ACT_COPY_TTL_IN] = execute_copy_ttl_in,
	[XLATE_ACT_CONJUNCTION] = do_nothing,
	[XLATE_ACT_LEARN] = execute_learn,
	[XLATE_ACT_FIN_TIMEOUT] = execute_fin_timeout,
	[XLATE_ACT_MULTIPATH] = execute_multipath,
	[XLATE_ACT_BUNDLE] = execute_bundle,
	[XLATE_ACT_SAMPLE] = execute_sample,
	[XLATE_ACT_CT] = execute_ct,
	[XLATE_ACT_NAT] = do_nothing, /* as a part of its ct */
	[XLATE_ACT_CT_CLEAR] = execute_ct_clear,
	[XLATE_ACT_SET_QUEUE] = execute_set_queue,
	[XLATE_ACT_POP_QUEUE] = execute_pop_queue,
	[XLATE_ACT_OUTPUT_TRUNC] = do_output_trunc,
	[XLATE_ACT_ENQUEUE] = execute_enqueue,
	[XLATE_ACT_CHECK_SIZE] = execute_check_size,
};

void
run_action(struct run *run, const struct xlate_action *a)
{
	if (run->exit || run->list_ended || !run_steps(run, 1))
		return;
	trace_action(run, a);
	executors[a->type](run, a);
}

void
run_end_list(struct run *run, enum flow_drop why)
{
	run->why = why;
	run->list_ended = true;
}

void
run_actions(struct run *run, const struct xlate_actions *actions)
{
	struct left left = {.outer = run->left, .table = run->table, .cookie = run->cookie};

	for (size_t i = 0; i < actions->n; i++) {
		if (run_must_look_again(run, &actions->a[i])) {
			run_look_again(run, &actions->a[i], actions->n - i);
			break;
		}
		left.a = &actions->a[i + 1];
		left.n = actions->n - i - 1;
		run->left = &left;
		run_action(run, &actions->a[i]);
		run->left = left.outer;
	}
	run->list_ended = false;
}

void
run_set(struct run *run, const struct xlate_action *a, size_t n)
{
	struct xlate_actions *list;
	int rc = action_set_order(a, n, &list);

	if (rc)
		run_emitted(run, rc);
	else if (list)
		run_actions(run, list);
	free(list);
}

void
run_action_set(struct run *run)
{
	struct action_set set = run->set;

	if (set.n && !run->stop && !run->exit) {
		trace_set(run);
		run->set = (struct action_set){0};
		run->in_set = true;
		run_set(run, set.a, set.n);
		run->in_set = false;
		action_set_clear(&set);
	}
	action_set_clear(&run->set);
}
