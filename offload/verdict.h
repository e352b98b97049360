/* SPDX-License-Identifier: Apache-2.0 */
/* Applies a device's answers to flows that it was not asked for: see shape.h and room.h.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "ofl_private.h"

/* Returns true if the device is to be asked for a rule of the shape (NULL for an unknown one).
 * Otherwise holds the flow and takes the reference 'shape'. 'replaces': another rule of the flow
 * is in the device. */
bool ofl_verdict_may_ask(struct ofl *o, struct ofl_flow *f, struct shape *shape, bool replaces);

/* The slot is to be inserted at its turn. */
void ofl_verdict_ask(struct slot *s);

/* Returns false if later answers of the device make it pointless to ask for the slot's rule. */
bool ofl_verdict_stands(const struct slot *s);

/* The device took the slot's rule. */
void ofl_verdict_inserted(struct slot *s);

/* The device refused the slot's rule. May replace '*why' by a better reason. */
void ofl_verdict_refused(struct ofl *o, struct slot *s, struct nic_refusal *why);

/* The slot is about to be emptied. */
void ofl_verdict_slot_over(struct ofl *o, struct slot *s);

/* The device lost its rules, so its earlier answers no longer hold. O(shapes). */
void ofl_verdict_forget(struct device *d);
