/* SPDX-License-Identifier: Apache-2.0 */
/* Grants of room, and removals of flows that make room for others (room.h has the rules).
 *
 * Thread safety: the offload thread. */
#pragma once

#include "ofl_private.h"

/* A rule of 'f' was removed. If its own replacement waits for room, that is granted. */
void ofl_displace_removed(struct ofl *o, struct device *d, struct ofl_flow *f);

/* Grants the room that is left, and makes room where it is due. O(flows that it moves, ROOM_MOVES_MAX at
 * most). */
void ofl_displace_step(struct ofl *o, struct device *d);
