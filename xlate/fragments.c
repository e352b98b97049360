/* SPDX-License-Identifier: Apache-2.0 */
/* How a bridge takes IP fragments. The mode is with the ports: a change makes every translation of the
 * bridge stale. */
#include "bridge.h"

#include <errno.h>

const char *const xlate_fragments_names[XLATE_N_FRAGMENTS] = {
	[XLATE_FRAGMENTS_NORMAL] = "normal",
	[XLATE_FRAGMENTS_DROP] = "drop",
	[XLATE_FRAGMENTS_NX_MATCH] = "nx-match",
};

int
xlate_fragments_set(struct xlate *x, struct xlate_bridge *br, enum xlate_fragments mode)
{
	struct port_set *set;

	if (mode == br->ports->fragments)
		return 0;
	set = port_set_edit(br, NULL, NULL);
	if (!set)
		return -ENOMEM;
	set->fragments = mode;
	port_set_publish(br, set);
	xlate_changed(x);
	LOG_INFO(x->config.log, XLATE, "bridge %s: fragments: %s", br->name,
		 xlate_fragments_names[mode]);
	return 0;
}

enum xlate_fragments
xlate_fragments(const struct xlate_bridge *br)
{
	return rcu_read(&br->ports)->fragments;
}
