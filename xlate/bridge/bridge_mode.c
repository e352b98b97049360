/* SPDX-License-Identifier: Apache-2.0 */
/* Treatment of packets by a bridge, independent of its flows. */
#include "bridge/bridge_mode.h"

#include "bridge/bridge.h"
#include "bridge/version.h"

#include <errno.h>

const char *const xlate_fragments_names[XLATE_N_FRAGMENTS] = {
	[XLATE_FRAGMENTS_NORMAL] = "normal",
	[XLATE_FRAGMENTS_DROP] = "drop",
	[XLATE_FRAGMENTS_NX_MATCH] = "nx-match",
};

/* Publishes the mode with the ports, so a change makes every translation of the bridge stale. */
static int
change(struct xlate *x, struct xlate_bridge *br, const struct bridge_mode *mode)
{
	struct port_set *set = port_set_edit(br, NULL, NULL);

	if (!set)
		return -ENOMEM;
	set->mode = *mode;
	port_set_publish(br, set);
	bridge_changed(x, br);
	return 0;
}

int
xlate_fragments_set(struct xlate *x, struct xlate_bridge *br, enum xlate_fragments fragments)
{
	struct bridge_mode mode = br->ports->mode;
	int rc;

	if (fragments == mode.fragments)
		return 0;
	mode.fragments = fragments;
	rc = change(x, br, &mode);
	if (!rc)
		LOG_INFO(x->config.log, XLATE, "bridge %s: fragments: %s", br->name,
			 xlate_fragments_names[fragments]);
	return rc;
}

enum xlate_fragments
xlate_fragments(const struct xlate_bridge *br)
{
	return rcu_read(&br->ports)->mode.fragments;
}

int
xlate_forward_bpdu_set(struct xlate *x, struct xlate_bridge *br, bool forward)
{
	struct bridge_mode mode = br->ports->mode;

	if (forward == mode.forward_bpdu)
		return 0;
	mode.forward_bpdu = forward;
	return change(x, br, &mode);
}

bool
xlate_forward_bpdu(const struct xlate_bridge *br)
{
	return rcu_read(&br->ports)->mode.forward_bpdu;
}

int
xlate_report_misses_set(struct xlate *x, struct xlate_bridge *br, bool report)
{
	struct bridge_mode mode = br->ports->mode;

	if (report == mode.report_misses)
		return 0;
	mode.report_misses = report;
	return change(x, br, &mode);
}

int
xlate_standalone_set(struct xlate *x, struct xlate_bridge *br, bool standalone)
{
	struct bridge_mode mode = br->ports->mode;

	if (standalone == mode.standalone)
		return 0;
	mode.standalone = standalone;
	return change(x, br, &mode);
}

bool
xlate_standalone(const struct xlate_bridge *br)
{
	return rcu_read(&br->ports)->mode.standalone;
}
