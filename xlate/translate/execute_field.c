/* SPDX-License-Identifier: Apache-2.0 */
/* Actions on fields and tags. */
#include "translate/execute_field.h"

#include "run/consult.h"
#include "run/run_field.h"
#include "run/tags.h"
#include "run/trace_lines.h"
#include "translate/execute_controller.h"

#include <arpa/inet.h>

static bool
prereq_ok(struct run *run, const struct flow_field *f)
{
	bool ok = run_has_field(run, f);

	if (!ok)
		run_note(run, "the packet has no %s", f->name);
	return ok;
}

/* Returns the packet's TCP, UDP or SCTP port field that corresponds to 'tcp', or NULL if it
 * has none. */
static const struct flow_field *
l4_port(struct run *run, const struct flow_field *tcp)
{
	static const enum flow_field_id ids[][2] = {
		{FLOW_FIELD_TCP_SRC, FLOW_FIELD_TCP_DST},
		{FLOW_FIELD_UDP_SRC, FLOW_FIELD_UDP_DST},
		{FLOW_FIELD_SCTP_SRC, FLOW_FIELD_SCTP_DST},
	};
	bool dst = tcp == &flow_fields[FLOW_FIELD_TCP_DST];

	for (size_t i = 0; i < sizeof ids / sizeof ids[0] && !run->end.stop; i++)
		if (run_has_field(run, &flow_fields[ids[i][dst]]))
			return &flow_fields[ids[i][dst]];
	run_note(run, "the packet has no ports of TCP, UDP or SCTP");
	return NULL;
}

void
execute_set_field(struct run *run, const struct xlate_action *a)
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

void
execute_move(struct run *run, const struct xlate_action *a)
{
	const struct xlate_subfield *src = &a->move.src, *dst = &a->move.dst;

	if (!prereq_ok(run, src->field) || !prereq_ok(run, dst->field))
		return;
	run_move_field(run, src, dst);
	trace_field(run, dst->field);
}

void
execute_push_vlan(struct run *run, const struct xlate_action *a)
{
	run_push_tag(run, a->tpid, 0);
}

void
execute_pop_vlan(struct run *run, const struct xlate_action *a)
{
	(void)a;
	tags_pop(run);
}

void
execute_set_vlan_vid(struct run *run, const struct xlate_action *a)
{
	run_write_tci(run, 0, htons((uint16_t)(a->vlan.value | FLOW_VLAN_CFI)),
		      htons(FLOW_VLAN_VID | FLOW_VLAN_CFI));
}

void
execute_set_vlan_pcp(struct run *run, const struct xlate_action *a)
{
	run_write_tci(run, 0, htons((uint16_t)(a->vlan.value << 13 | FLOW_VLAN_CFI)),
		      htons(FLOW_VLAN_PCP | FLOW_VLAN_CFI));
}

void
execute_dec_ttl(struct run *run, const struct xlate_action *a)
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
