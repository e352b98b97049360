/* SPDX-License-Identifier: Apache-2.0 */
/* Commands controller/..: OpenFlow controllers of a bridge. */
#include "command/bridge_rules.h"
#include "command/commands.h"
#include "util/text_table.h"

#include <openflow/agent.h>
#include <openflow/operator.h>

#include <errno.h>

/* As in Open vSwitch, all rules are replaced when a bridge gets its first controller or loses its
 * last: nobody would manage the old ones. */
static int
controllers_replace(struct ctl_call *c, struct xlate_bridge *br, const char *const *targets,
		    unsigned int n)
{
	const char *unused[AGENT_TARGETS_MAX];
	bool had = agent_controllers_get(c->stack->agent, c->argv[0], unused) > 0;
	int rc = agent_controllers_set(c->stack->agent, c->argv[0], targets, n, c->err,
				       sizeof c->err);

	if (!rc && had != (n > 0))
		rc = ctl_call_rules_reset(c, br);
	return rc ? rc : ctl_call_barrier(c, "the controllers are changed");
}

int
ctl_controller_set(struct ctl_call *c)
{
	struct xlate_bridge *br;
	int rc = ctl_call_bridge(c, c->argv[0], &br);

	return rc ? rc : controllers_replace(c, br, c->argv + 1, c->argc - 1);
}

static bool
is_argument(const struct ctl_call *c, const char *target)
{
	for (unsigned int i = 1; i < c->argc; i++)
		if (!strcmp(c->argv[i], target))
			return true;
	return false;
}

int
ctl_controller_del(struct ctl_call *c)
{
	const char *there[AGENT_TARGETS_MAX], *kept[AGENT_TARGETS_MAX];
	unsigned int n_there, n_kept = 0;
	struct xlate_bridge *br;
	int rc = ctl_call_bridge(c, c->argv[0], &br);

	if (rc)
		return rc;
	n_there = agent_controllers_get(c->stack->agent, c->argv[0], there);
	for (unsigned int i = 0; i < n_there; i++)
		if (c->argc > 1 && !is_argument(c, there[i]))
			kept[n_kept++] = there[i];
	if (c->argc > 1 && n_there - n_kept != c->argc - 1)
		return ctl_fail(c, -ENOENT, "bridge %s does not have all of these controllers",
				c->argv[0]);
	return controllers_replace(c, br, kept, n_kept);
}

static int
show(struct ctl_call *c, json_t *(*get)(struct agent *a, const char *bridge),
     const struct ctl_column *columns, size_t n_columns)
{
	struct xlate_bridge *br;
	json_t *rows;
	int rc = c->argc ? ctl_call_bridge(c, c->argv[0], &br) : 0;

	if (rc)
		return rc;
	rows = get(c->stack->agent, c->argc ? c->argv[0] : NULL);
	if (c->json)
		return ctl_call_json(c, rows);
	ctl_table_print(rows, columns, n_columns, c->out);
	json_decref(rows);
	return 0;
}

int
ctl_controller_show(struct ctl_call *c)
{
	static const struct ctl_column columns[] = {
		{"bridge", "BRIDGE"},
		{"target", "TARGET"},
		{"state", "STATE"},
		{"role", "ROLE"},
		{"version", "OPENFLOW"},
		{"received", "RECEIVED"},
		{"errors", "ERRORS"},
		{"packet_ins", "PACKET-INS"},
		{"packet_ins_dropped", "DROPPED"},
		{"packet_ins_waiting", "QUEUED"},
		{"held", "HELD"},
		{"full_turns", "FULL-TURNS"},
	};

	return show(c, agent_show, columns, sizeof columns / sizeof columns[0]);
}

int
ctl_controller_counters(struct ctl_call *c)
{
	static const struct ctl_column columns[] = {
		{"bridge", "BRIDGE"},
		{"counter", "COUNTER"},
		{"count", "COUNT"},
	};

	return show(c, agent_counters, columns, sizeof columns / sizeof columns[0]);
}
