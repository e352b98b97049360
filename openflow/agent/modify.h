/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of flows, groups and meters. Thread safety: control only. */
#pragma once

#include "peers/state.h"

/* Each returns 0, or -EINVAL with the agent's error set and no change. They move actions and
 * buckets that the tables keep out of the message. */
int peer_flow_mod(struct peer *p, struct ofp_flow_mod *fm, struct xlate_bridge *br);
int peer_group_mod(struct peer *p, struct ofp_message *m, struct xlate_bridge *br);
int peer_meter_mod(struct peer *p, struct ofp_message *m, struct xlate_bridge *br);

/* Sets the agent's error for a result of xlate_flow_mods_apply(). Returns -EINVAL. */
int peer_flow_refuse(struct peer *p, const struct xlate_flow_mod *fm, int rc, const char *why);

/* Sets the agent's error for a result of xlate_flow_mods_apply(). Returns -EINVAL. */
int peer_group_refuse(struct peer *p, const struct xlate_group_mod *gm, int rc, const char *why);

/* Returns true if the flow mod names a buffered packet to be sent. Deletions never do. */
bool agent_names_buffer(const struct ofp_flow_mod *fm);
