/* SPDX-License-Identifier: Apache-2.0 */
/* Groups by the ports that their buckets watch: a map of ports, each with a map of groups.
 *
 * Cost: replacing a group is O(its buckets). Finding the groups of a port does not depend on other
 * groups.
 *
 * Thread safety: the control thread. */
#pragma once

#include "bridge/group.h"

/* Replaces 'old' by 'new'; either may be NULL. Returns 0, or -ENOMEM with part of it done. */
int group_watches_replace(struct id_map *watches, const struct group *old, struct group *new);

/* Returns the groups that watch an OpenFlow port, or NULL if none does. */
const struct id_map *group_watches_find(const struct id_map *watches, uint16_t ofp_port);
