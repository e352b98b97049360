/* SPDX-License-Identifier: Apache-2.0 */
/* Grants room, and removes flows to make room for others (room.h has the rules).
 *
 * Thread safety: the offload thread. */
#pragma once

#include "ofl_private.h"

/* Called after removal of a rule of 'f'. If the flow's own replacement waits for
 * room, grants it. */
void ofl_displace_removed(struct ofl *o, struct device *d, struct ofl_flow *f);

/* Grants the remaining room, and makes room where it is due. O(flows that it moves,
 * ROOM_MOVES_MAX at most). */
void ofl_displace_step(struct ofl *o, struct device *d);
