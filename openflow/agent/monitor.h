/* SPDX-License-Identifier: Apache-2.0 */
/* What a connection is told of rules: flow removed messages, flow monitors.
 * Thread safety: control only. */
#pragma once

#include "agent/multipart_answer.h"

/* Of xlate_rule_sink, 'aux' the agent. */
void agent_rule_told(void *aux, struct xlate_bridge *br, enum xlate_rule_event event,
		     const struct xlate_rule_view *rule);
bool agent_rule_wanted(void *aux, struct xlate_bridge *br, enum xlate_rule_event event,
		       bool send_flow_rem);

/* Of struct stats_kind: adds, changes or removes monitors, all or none, and answers with the rules that
 * they show at first. While that goes on, a change of a rule is told if the rule was shown; one that
 * is still to be shown is shown as it is then. */
int monitors_begin(struct stats_call *c);
int monitors_step(struct stats_call *c);
void monitors_end(struct peer *p, struct agent_answer *a);

/* 0, or -EINVAL with the agent's error set. */
int monitor_cancel(struct peer *p, uint32_t id);
void monitors_free(struct peer *p);
