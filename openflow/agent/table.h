/* SPDX-License-Identifier: Apache-2.0 */
/* Flow tables as controllers configure and see them. Thread safety: control only. */
#pragma once

#include "peers/state.h"

/* 0, or -EINVAL with the agent's error set: nothing changed then. */
int peer_table_mod(struct peer *p, const struct ofp_table_mod *tm, struct xlate_bridge *br);

void agent_table_stats(const struct xlate_bridge *br, uint8_t table, struct ofp_table_stats *out);

/* What xlate/ calls when the vacancy of a table crosses a limit; 'aux': the agent. */
void agent_table_told(void *aux, struct xlate_bridge *br, uint8_t table,
		      enum xlate_table_event event);
