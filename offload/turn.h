/* SPDX-License-Identifier: Apache-2.0 */
/* Turns to insert, round-robin over the ports with slots to insert. So a flood of one port delays
 * the others by one insertion each. O(1).
 *
 * Thread safety: the offload thread. */
#pragma once

#include "ofl_private.h"

/* Makes a slot wait for its port's turn. */
void ofl_turn_queue(struct device *d, struct slot *s);

/* Returns the next slot without removing it, or NULL. */
struct slot *ofl_turn_first(struct device *d);

/* Ends the port's turn. */
void ofl_turn_over(struct device *d, struct port *p);

/* Makes the port next. */
void ofl_turn_next(struct device *d, struct port *p);
