/* SPDX-License-Identifier: Apache-2.0 */
/* What a port may have of its device: turns to insert, and room in the table.
 *
 * Turns go around the ports that have something to insert, so a flood of one delays the others by one
 * insertion each.
 *
 * Room is shared once the table is full. The port that has least of those that wait is next: it gets
 * what becomes free, no port that has twice as much inserts before it, and the newest flows of
 * the port that has most make room for it while that has twice as much. The factor keeps ports from
 * taking turns at displacing each other. While no other port waits, one may have it all. A flow that
 * finds no room where room was made for it waits for its back-off: not every device has one table.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "ofl_private.h"

/* Puts a slot to wait for its port's turn. */
void ofl_share_queue(struct device *d, struct slot *s);

/* The slot whose turn it is, or NULL. It stays where it is. */
struct slot *ofl_share_first(struct device *d);

/* The port had its turn. */
void ofl_share_turn_over(struct device *d, struct port *p);

/* True while a port has too much to insert more. */
bool ofl_share_exceeded(struct device *d, const struct port *p);

/* 'f' is about to be moved to 'to'. */
void ofl_share_moved(struct ofl_flow *f, enum ofl_placement to);

/* A slot of 'f' is about to be emptied. */
void ofl_share_left(struct ofl_flow *f);

/* A rule of 'f' went out: gives the room to who is next. */
void ofl_share_room(struct ofl *o, struct device *d, struct ofl_flow *f);

/* Makes room where it is due. */
void ofl_share_step(struct ofl *o, struct device *d);
