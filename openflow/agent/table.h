/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration and statistics of flow tables. Thread safety: control only. */
#pragma once

#include "peers/state.h"

/* Returns 0, or -EINVAL with the agent's error set and no change. */
int peer_table_mod(struct peer *p, const struct ofp_table_mod *tm, struct xlate_bridge *br);

/* Fills 'out' with the state of a table, for replies and TABLE_STATUS. */
void agent_table_stats(const struct xlate_bridge *br, uint8_t table, struct ofp_table_stats *out);

/* Called by xlate/ when the vacancy of a table crosses a limit; 'aux' is the agent. */
void agent_on_table_event(void *aux, struct xlate_bridge *br, uint8_t table,
			  enum xlate_table_event event);
