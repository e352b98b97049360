/* SPDX-License-Identifier: Apache-2.0 */
/* The pipeline from table to table. */
#include "translate/table_run.h"

#include "bridge/port.h"
#include "run/consult.h"
#include "run/labels.h"
#include "run/megaflow_mask.h"
#include "run/record_lookup.h"
#include "run/tags.h"
#include "run/trace_lines.h"
#include "translate/execute.h"
#include "translate/execute_controller.h"
#include "translate/normal.h"

#include <errno.h>

/* Returns bits that a lookup may use at no cost: consulted before, written, or the pipeline's own,
 * which have the same initial values for every packet. */
static void
free_bits(const struct run *run, struct xlate_key *bits)
{
	memset(&bits->metadata, 0xff, sizeof *bits - offsetof(struct xlate_key, metadata));
	for (size_t i = 0; i < FLOW_KEY_WORDS; i++)
		flow_key_words_mut(&bits->flow)[i] =
			flow_key_words(&run->mask)[i] | flow_key_words(&run->written.flow)[i];
	bits->in_port.number = UINT32_MAX;
	tags_free_bits(run, bits->flow.vlan);
	labels_free_bits(run, bits->flow.mpls);
}

static bool
is_fragment_of(const struct run *run, enum xlate_fragments mode)
{
	return run->ports->mode.fragments == mode && megaflow_is_ip(&run->key.flow) &&
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

/* The input port is in every mask, so what the lookup consulted of it is left out. */
static const struct rule *
look_up(struct run *run, struct xlate_ofp_port in_port)
{
	struct xlate_ofp_port arrived_by = run->key.in_port;
	bool no_ports = is_fragment_of(run, XLATE_FRAGMENTS_NORMAL);
	be16 ports[2] = {0, 0}, known[2] = {UINT16_MAX, UINT16_MAX};
	struct lookup_effort effort = {0};
	struct xlate_key bits;
	const struct rule *rule;

	if (no_ports) {
		swap_ports(&run->key.flow, ports);
		swap_ports(&run->written.flow, known);
	}
	free_bits(run, &bits);
	run->key.in_port = in_port;
	rule = tables_lookup(run->br->tables, run->at.table, run->tables_version, &run->key, &bits,
			     &effort);
	run->end.error = effort.error;
	run_steps(run, effort.cls.n_looks);
	run->key.in_port = arrived_by;
	bits.in_port.number = 0;
	consult_proof(run, &bits, effort.cls.words);
	if (rule)
		consult(run, rule_mask(rule), rule_words(rule));
	if (run_record_lookup(run, rule, in_port)) {
		run->end.error = -ENOMEM;
		run->end.stop = true;
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
	return !rule->priority && !rule_words(rule);
}

/* Sends a table miss to controllers, with cookie 0 because no rule is involved. */
static void
report_miss(struct run *run)
{
	static const struct xlate_action controller = {
		.type = XLATE_ACT_CONTROLLER,
		.controller = {.port = XLATE_PORT_CONTROLLER,
			       .max_len = UINT16_MAX,
			       .reason = XLATE_REASON_IMPLICIT_MISS},
	};
	uint64_t cookie = run->at.cookie;

	run_note(run, "packet-in to controllers");
	run->at.cookie = 0;
	execute_controller(run, &controller);
	run->at.cookie = cookie;
}

static void
miss(struct run *run, bool reported)
{
	const struct port *port = port_set_find(run->ports, run->key.in_port);

	if (reported && run->ports->mode.report_misses) {
		if (!port || !(port_flags(port) & XLATE_CONFIG_NO_PACKET_IN)) {
			report_miss(run);
			return;
		}
		run_note(run, "port %s has packet-ins disabled, controllers receive none",
			 port->name);
	}
	trace_drop(run);
}

/* Follows goto_table in a loop, without recursion: 254 tables below each of 64 resubmits are too
 * deep for a stack. */
void
run_table(struct run *run, uint8_t table, struct xlate_ofp_port in_port, bool reported)
{
	const struct rule *outer = run->at.rule;
	uint64_t cookie = run->at.cookie;
	bool table_miss = run->at.table_miss, first = true;

	do {
		const struct rule *rule;

		run->at.table = table;
		run->at.next_table = -1;
		if (run->labels.opaque) {
			run_note(run,
				 "table %u: needs headers below an MPLS label, which cannot be "
				 "parsed here",
				 table);
			run_fail(run, FLOW_DROP_UNSUPPORTED);
			break;
		}
		if (is_fragment_of(run, XLATE_FRAGMENTS_DROP)) {
			run_note(run, "table %u: IP fragment in fragment mode \"drop\", dropping",
				 table);
			run->end.why = FLOW_DROP_FRAGMENT;
			break;
		}
		if (!table && run->ports->mode.standalone) {
			run_note(run, "table 0: the bridge is standalone: NORMAL");
			run_normal(run);
			break;
		}
		rule = look_up(run, in_port);
		trace_rule(run, rule);
		if (run->end.stop)
			break;
		if (!rule) {
			miss(run, reported);
			break;
		}
		reported = true;
		run->at.rule = rule;
		run->at.cookie = rule->cookie;
		if (!outer && !run->spent.depth && first) {
			run->first.cookie = rule->cookie;
			run->first.table = table;
		}
		first = false;
		run->at.table_miss = is_table_miss(rule);
		run_actions(run, rule->actions);
		table = (uint8_t)run->at.next_table;
		in_port = run->key.in_port;
	} while (run->at.next_table >= 0 && !run->end.stop && !run->end.exit);
	run->at.next_table = -1;
	run->at.rule = outer;
	run->at.cookie = cookie;
	run->at.table_miss = table_miss;
}
