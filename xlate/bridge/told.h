/* SPDX-License-Identifier: Apache-2.0 */
/* Events of a bridge's flow tables.
 *
 * Thread safety: control. */
#pragma once

#include <xlate/rule.h>

struct rule_private;

/* What a bridge's tables tell, 'aux': tells the sink. */
void rule_told(void *aux, enum xlate_rule_event event, struct rule_private *rule);
void table_told(void *aux, uint8_t table, enum xlate_table_event event);
