/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/standalone.h"

#include <base/clock.h>

#define PROBES 3

static bool
controller_connected(const struct agent_bridge *b)
{
	const struct peer *p;

	TAILQ_FOREACH (p, &b->peers, link)
		if (p->controller && ofp_conn_is_ready(p->conn))
			return true;
	return false;
}

static void
change(struct agent_bridge *b, bool standalone)
{
	if (xlate_standalone_set(b->agent->modules.xlate, b->br, standalone))
		LOG_ERR(b->agent->log, CONTROL, "%s: fail mode: out of memory; retrying", b->name);
	else if (standalone)
		LOG_WARN(b->agent->log, CONTROL,
			 "%s: no controller answers; the bridge is standalone, a learning switch",
			 b->name);
	else
		LOG_INFO(b->agent->log, CONTROL, "%s: no longer standalone", b->name);
}

void
agent_fail_tick(struct agent_bridge *b, uint64_t now_ns)
{
	uint64_t patience_ns = PROBES * b->agent->config.probe_s * NS_PER_S;
	bool wanted = b->fail_mode == AGENT_FAIL_STANDALONE && !TAILQ_EMPTY(&b->controllers);

	if (controller_connected(b) || b->agent->waits)
		b->answered_ns = now_ns;
	wanted = wanted && now_ns - b->answered_ns >= patience_ns;
	if (wanted != xlate_standalone(b->br))
		change(b, wanted);
}
