/* SPDX-License-Identifier: Apache-2.0 */
#include "agent_fail.h"

#include <base/clock.h>

#include <errno.h>

#define PROBES 3

/* A cookie by which the flow is known again: "standalo". */
#define FLOW "cookie=0x7374616e64616c6f,priority=0,actions=NORMAL"
#define FLOW_OUT "cookie=0x7374616e64616c6f/-1,priority=0"

static bool
controller_there(const struct agent_bridge *b)
{
	const struct peer *p;

	TAILQ_FOREACH (p, &b->peers, link)
		if (p->controller && ctl_conn_is_ready(p->conn))
			return true;
	return false;
}

static int
is_last_resort(const struct xlate_rule_view *rule, void *aux)
{
	static const struct xlate_key none;

	(void)aux;
	return rule->table == 0 && rule->priority == 0 &&
	       !memcmp(&rule->match->mask, &none, sizeof none);
}

static int
change(struct agent_bridge *b, struct xlate_bridge *br, const char *text,
       enum xlate_command command)
{
	char why[FLOW_ERR_BYTES] = "out of memory";
	struct xlate_flow_mod fm;
	int error = xlate_flow_mod_parse(br, text, command, &fm, why, sizeof why);

	if (!error) {
		error = xlate_flow_mods_apply(b->agent->stack->xlate, br, &fm, 1, NULL, why,
					      sizeof why);
		xlate_flow_mod_free(&fm);
	}
	if (error)
		LOG_ERR(b->agent->log, CONTROL, "%s: fail mode: %s", b->name, why);
	return error;
}

static void
enter(struct agent_bridge *b, struct xlate_bridge *br)
{
	if (xlate_rule_each(br, NULL, is_last_resort, NULL) || change(b, br, FLOW, XLATE_ADD))
		return;
	b->standalone = true;
	LOG_WARN(b->agent->log, CONTROL,
		 "%s: no controller answers: standalone, as a switch that "
		 "learns",
		 b->name);
}

static void
leave(struct agent_bridge *b, struct xlate_bridge *br)
{
	b->standalone = false;
	if (!change(b, br, FLOW_OUT, XLATE_DELETE_STRICT))
		LOG_INFO(b->agent->log, CONTROL, "%s: no longer standalone", b->name);
}

void
agent_fail_tick(struct agent_bridge *b, uint64_t now_ns)
{
	uint64_t patience_ns = PROBES * b->agent->config.probe_s * NS_PER_S;
	bool wanted = b->fail_mode == CTL_FAIL_STANDALONE && !TAILQ_EMPTY(&b->controllers);
	struct xlate_bridge *br = agent_xlate(b);

	if (controller_there(b))
		b->answered_ns = now_ns;
	wanted = wanted && now_ns - b->answered_ns >= patience_ns;
	if (br && wanted && !b->standalone)
		enter(b, br);
	else if (br && !wanted && b->standalone)
		leave(b, br);
}
