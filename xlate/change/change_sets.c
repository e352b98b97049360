/* SPDX-License-Identifier: Apache-2.0 */
#include "change/change_sets.h"

#include "change/change.h"

const struct id_map *
change_groups(const struct xlate_change *c)
{
	return c->groups.started ? &c->groups.groups : &bridge_sets(c->br)->groups;
}

const struct id_map *
change_meters(const struct xlate_change *c)
{
	return c->meters.started ? &c->meters.meters : &bridge_sets(c->br)->meters;
}
