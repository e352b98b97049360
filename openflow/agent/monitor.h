/* SPDX-License-Identifier: Apache-2.0 */
/* Reports changes of rules to peers: flow removed messages, flow monitors.
 * Thread safety: control only. */
#pragma once

#include "agent/multipart_answer.h"

/* The functions of xlate_rule_sink, with the agent as 'aux'. */
void agent_on_rule_event(void *aux, struct xlate_bridge *br, enum xlate_rule_event event,
			 const struct xlate_rule_view *rule);
bool agent_rule_wanted(void *aux, struct xlate_bridge *br, enum xlate_rule_event event,
		       bool send_flow_rem);

/* For struct stats_kind. Adds, changes or removes monitors, all or none, and answers with the rules
 * that new monitors show initially. During that answer, a change of a rule that was shown already
 * is reported; a rule still to be shown is shown in its latest form. */
int monitors_begin(struct stats_call *c);
int monitors_step(struct stats_call *c);
void monitors_end(struct peer *p, struct agent_answer *a);

/* Returns 0, or -EINVAL with the agent's error set. */
int monitor_cancel(struct peer *p, uint32_t id);
void monitors_free(struct peer *p);
