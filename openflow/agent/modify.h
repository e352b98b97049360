/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of flows, groups and meters. Thread safety: control only. */
#pragma once

#include "peers/state.h"

/* Each returns 0, or -EINVAL with the agent's error set: nothing changed then. They take out of the
 * message what the tables keep. */
int peer_flow_mod(struct peer *p, struct ofp_flow_mod *fm, struct xlate_bridge *br);
int peer_group_mod(struct peer *p, struct ofp_message *m, struct xlate_bridge *br);
int peer_meter_mod(struct peer *p, struct ofp_message *m, struct xlate_bridge *br);

/* The error for what xlate_flow_mods_apply() returned. */
int peer_flow_refuse(struct peer *p, const struct xlate_flow_mod *fm, int rc, const char *why);

/* The error for what xlate_group_mods_apply() returned. */
int peer_group_refuse(struct peer *p, const struct xlate_group_mod *gm, int rc, const char *why);

/* A packet in a buffer is to be sent, too; a deletion has none. */
bool agent_names_buffer(const struct ofp_flow_mod *fm);
