/* SPDX-License-Identifier: Apache-2.0 */
/* Turns to insert. They go around the ports that have something to insert, so a flood of one delays the
 * others by one insertion each. O(1).
 *
 * Thread safety: the offload thread. */
#pragma once

#include "ofl_private.h"

/* Puts a slot to wait for its port's turn. */
void ofl_turn_queue(struct device *d, struct slot *s);

/* The slot whose turn it is, or NULL. It stays where it is. */
struct slot *ofl_turn_first(struct device *d);

/* The port had its turn. */
void ofl_turn_over(struct device *d, struct port *p);

/* The port is next. */
void ofl_turn_next(struct device *d, struct port *p);
