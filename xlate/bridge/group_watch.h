/* SPDX-License-Identifier: Apache-2.0 */
/* Groups by the ports that their buckets watch: a map of ports, each with a map of groups.
 *
 * Cost: of a group its buckets; of a port the groups that watch it, whatever others there are.
 * Thread safety: control. */
#pragma once

#include "bridge/group.h"

/* Enters a group in place of 'old'; either may be NULL. Returns 0 or -ENOMEM: some of it is done. */
int group_watches_replace(struct id_map *watches, const struct group *old, struct group *new);

/* The groups that watch an OpenFlow port; NULL: there are none. */
const struct id_map *group_watches_find(const struct id_map *watches, uint16_t ofp_port);
