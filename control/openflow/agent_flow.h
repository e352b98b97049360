/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of flows, groups and meters; barriers. Thread safety: control only. */
#pragma once

#include "agent_peer.h"

/* Each returns 0, or -EINVAL with the agent's error set: nothing changed then. They take out of the
 * message what the tables keep. */
int peer_flow_mod(struct peer *p, struct ofp_flow_mod *fm, struct xlate_bridge *br);
int peer_group_mod(struct peer *p, struct ofp_message *m, struct xlate_bridge *br);
int peer_meter_mod(struct peer *p, struct ofp_message *m, struct xlate_bridge *br);

/* The flow mod as xlate takes it; the actions move. */
struct xlate_flow_mod agent_flow_mod_take(struct ofp_flow_mod *fm);

/* The error for what xlate_flow_mods_apply() returned. */
int peer_flow_refuse(struct peer *p, const struct xlate_flow_mod *fm, int rc, const char *why);

/* The error for what xlate_group_mods_apply() returned. */
int peer_group_refuse(struct peer *p, const struct xlate_group_mod *gm, int rc, const char *why);

/* Answers a barrier, or what means one, when both paths are done with what came before; the peer's
 * messages wait meanwhile. 'reply' is copied, and owns nothing. */
void peer_reply_when_done(struct peer *p, const struct ofp_message *reply);

/* What the agent's barrier event runs, 'aux' the agent: one wait for everybody. */
void agent_barriers_answer(evutil_socket_t fd, short what, void *aux);

/* A packet in a buffer is to be sent, too; a deletion has none. */
bool agent_names_buffer(const struct ofp_flow_mod *fm);
