/* SPDX-License-Identifier: Apache-2.0 */
#include "command/bridge_rules.h"

#include "operate/flows.h"

#include <openflow/agent.h>
#include <openflow/operator.h>

bool
ctl_bridge_is_switch(struct agent *a, const char *name)
{
	const char *unused[AGENT_TARGETS_MAX];
	enum agent_fail_mode mode = AGENT_FAIL_AUTO;

	agent_fail_mode_get(a, name, &mode);
	return agent_fail_mode_is_switch(mode, agent_controllers_get(a, name, unused));
}

int
ctl_call_rules_reset(struct ctl_call *c, struct xlate_bridge *br)
{
	bool normal = ctl_bridge_is_switch(c->stack->agent, xlate_bridge_name(br));

	return ctl_flows_reset(c->stack, br, normal, c->err, sizeof c->err);
}
