/* SPDX-License-Identifier: Apache-2.0 */
/* What a connection is told of rules: flow removed messages, flow monitors.
 * Thread safety: control only. */
#pragma once

#include "agent_peer.h"

/* Of xlate_rule_sink, 'aux' the agent. */
void agent_rule_told(void *aux, struct xlate_bridge *br, enum xlate_rule_event event,
		     const struct xlate_rule_view *rule);
bool agent_rule_wanted(void *aux, struct xlate_bridge *br, enum xlate_rule_event event,
		       bool send_flow_rem);

/* Adds, changes or removes monitors and answers with the rules they show at first. 0, or -EINVAL with
 * the agent's error set. */
int monitors_request(struct peer *p, const struct ofp_message *m, struct xlate_bridge *br);
int monitor_cancel(struct peer *p, uint32_t id);
void monitors_free(struct peer *p);
