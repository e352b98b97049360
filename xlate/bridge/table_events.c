/* SPDX-License-Identifier: Apache-2.0 */
/* Reports events of a bridge's flow tables to the sink of xlate_rule_sink_set(). */
#include "bridge/table_events.h"

#include "bridge/bridge.h"

void
bridge_on_rule_event(void *aux, enum xlate_rule_event event, struct rule_private *rule)
{
	struct xlate_bridge *br = aux;
	const struct xlate_rule_sink *sink = &br->x->rule_sink;
	struct xlate_rule_view view;
	struct xlate_match match;

	if (!sink->on_rule_event ||
	    (sink->wanted && !sink->wanted(sink->aux, br, event, rule->send_flow_rem)))
		return;
	view = rule_view(rule, &match);
	view.old_actions = rule->instead_of ? rule->instead_of->rule.actions : NULL;
	sink->on_rule_event(sink->aux, br, event, &view);
}

void
bridge_on_table_event(void *aux, uint8_t table, enum xlate_table_event event)
{
	struct xlate_bridge *br = aux;
	const struct xlate_rule_sink *sink = &br->x->rule_sink;

	if (sink->on_table_event)
		sink->on_table_event(sink->aux, br, table, event);
}
