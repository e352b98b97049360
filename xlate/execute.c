/* SPDX-License-Identifier: Apache-2.0 */
/* OpenFlow actions, executed: a row per kind. */
#include "run.h"

#include <arpa/inet.h>
#include <net/ethernet.h>

#define VLAN_TCI_OFS offsetof(struct flow_key, vlan[0].tci)
#define INNER_TCI_OFS offsetof(struct flow_key, vlan[1].tci)

void
run_output(struct run *run, const struct port *port)
{
	commit(run);
	if (!run->stop)
		run_emitted(run, flow_actions_add_output(&run->out->actions, port->config.dp_port));
}

static void
output_number(struct run *run, uint32_t number)
{
	const struct port *port = port_set_find(run->ports, number);

	if (port)
		run_output(run, port);
	else
		run_note(run, "port %u does not exist, not sent", number);
}

static void
output_all(struct run *run)
{
	for (size_t i = 0; i < run->ports->n && !run->stop; i++)
		if (run->ports->port[i]->config.ofp_port != run->key.flow.in_port)
			run_output(run, run->ports->port[i]);
}

static void
do_controller(struct run *run, const struct xlate_action *a)
{
	struct flow_action upcall = {
		.type = FLOW_ACTION_UPCALL,
		.upcall = {.reason = FLOW_UPCALL_CONTROLLER, .max_len = a->output.max_len},
	};

	commit(run);
	if (!run->stop)
		run_emitted(run, flow_actions_add(&run->out->actions, &upcall));
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
	case XLATE_PORT_ALL:
		output_all(run);
		break;
	case XLATE_PORT_CONTROLLER:
		do_controller(run, a);
		break;
	default:
		if (a->output.port == run->key.flow.in_port)
			run_note(run, "output to the input port, not sent");
		else
			output_number(run, a->output.port);
	}
}

static void
do_drop(struct run *run, const struct xlate_action *a)
{
	(void)run;
	(void)a;
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

	if (run->depth >= XLATE_DEPTH_MAX) {
		run_fail(run, FLOW_DROP_TOO_DEEP);
		return;
	}
	if (!resubmit_allowed(run))
		return;
	run->depth++;
	run->indent++;
	run_table(run, a->resubmit.table == XLATE_TABLE_ALL ? table : a->resubmit.table,
		  here ? run->key.flow.in_port : a->resubmit.port);
	run->table = table;
	run->indent--;
	run->depth--;
}

/* Neighbour discovery must be what the packet is: an ICMPv6 type that was written makes no other
 * message of it. */
static bool
prereq_ok(struct run *run, const struct flow_field *f)
{
	struct xlate_key bits = {0};
	bool ok = flow_prereq_ok(f->prereq, &run->key.flow, &bits.flow);

	consult(run, &bits);
	if (ok && f->prereq >= FLOW_PREREQ_ND)
		ok = flow_prereq_ok(f->prereq, run->in->key, &run->mask);
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

static void
write_field(struct run *run, const struct flow_field *f, const struct flow_value *value,
	    const struct flow_value *mask)
{
	unsigned int slot = f->ofs == INNER_TCI_OFS;
	struct flow_value ones;

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
	flow_field_set_masked(f, &run->key, value, mask);
	flow_field_set_masked(f, &run->written, &ones, mask);
}

static void
do_set_field(struct run *run, const struct xlate_action *a)
{
	if (prereq_ok(run, a->set.field))
		write_field(run, a->set.field, &a->set.value, &a->set.mask);
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
	flow_field_get(src->field, &run->key, &from);
	for (unsigned int i = 0; i < src->n_bits; i++) {
		value_bit_add(&from_bits, src->ofs + i, 1);
		value_bit_add(&mask, dst->ofs + i, 1);
		value_bit_add(&value, dst->ofs + i, value_bit(&from, src->ofs + i));
	}
	consult_field(run, src->field, &from_bits);
	write_field(run, dst->field, &value, &mask);
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
	write_tci(run, 0, htons((uint16_t)(a->vlan | FLOW_VLAN_CFI)),
		  htons(FLOW_VLAN_VID | FLOW_VLAN_CFI));
}

static void
do_set_vlan_pcp(struct run *run, const struct xlate_action *a)
{
	write_tci(run, 0, htons((uint16_t)(a->vlan << 13 | FLOW_VLAN_CFI)),
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
		run->why = FLOW_DROP_TTL_EXPIRED;
		run->stop = true;
		return;
	}
	ttl = flow_value_from_u64(run->key.flow.nw_ttl - 1u);
	write_field(run, f, &ttl, &ones);
}

static void (*const executors[XLATE_N_ACTIONS])(struct run *run, const struct xlate_action *a) = {
	[XLATE_ACT_OUTPUT] = do_output,
	[XLATE_ACT_CONTROLLER] = do_controller,
	[XLATE_ACT_DROP] = do_drop,
	[XLATE_ACT_GOTO_TABLE] = do_goto_table,
	[XLATE_ACT_RESUBMIT] = do_resubmit,
	[XLATE_ACT_SET_FIELD] = do_set_field,
	[XLATE_ACT_MOVE] = do_move,
	[XLATE_ACT_PUSH_VLAN] = do_push_vlan,
	[XLATE_ACT_POP_VLAN] = do_pop_vlan,
	[XLATE_ACT_SET_VLAN_VID] = do_set_vlan_vid,
	[XLATE_ACT_SET_VLAN_PCP] = do_set_vlan_pcp,
	[XLATE_ACT_DEC_TTL] = do_dec_ttl,
};

void
run_actions(struct run *run, const struct xlate_actions *actions)
{
	for (size_t i = 0; i < actions->n && !run->stop; i++) {
		trace_action(run, &actions->a[i]);
		executors[actions->a[i].type](run, &actions->a[i]);
	}
}
