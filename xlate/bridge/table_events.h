/* SPDX-License-Identifier: Apache-2.0 */
/* Events of a bridge's flow tables.
 *
 * Thread safety: the control thread. */
#pragma once

#include <xlate/rule.h>

struct rule_private;

/* Callbacks of the tables, with the bridge as 'aux'. They pass the event on to the sink
 * of xlate_rule_sink_set(). */
void bridge_on_rule_event(void *aux, enum xlate_rule_event event, struct rule_private *rule);
void bridge_on_table_event(void *aux, uint8_t table, enum xlate_table_event event);
