/* SPDX-License-Identifier: Apache-2.0 */
/* A bridge that nobody controls. The mode is with the ports: a change makes every translation of the
 * bridge stale. */
#include "bridge.h"

#include <errno.h>

int
xlate_standalone_set(struct xlate *x, struct xlate_bridge *br, bool standalone)
{
	struct port_set *set;

	if (standalone == br->ports->standalone)
		return 0;
	set = port_set_edit(br, NULL, NULL);
	if (!set)
		return -ENOMEM;
	set->standalone = standalone;
	port_set_publish(br, set);
	xlate_changed(x);
	return 0;
}

bool
xlate_standalone(const struct xlate_bridge *br)
{
	return rcu_read(&br->ports)->standalone;
}
