/* SPDX-License-Identifier: Apache-2.0 */
/* What a device's answers say about flows that it was not asked for: see shape.h and room.h.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "ofl_private.h"

/* Returns true if the device is to be asked for a rule of the shape (NULL: of an unknown one). Else the
 * flow is kept out, and the reference 'shape' is taken. 'replaces': another rule of the flow is in. */
bool ofl_verdict_may_ask(struct ofl *o, struct ofl_flow *f, struct shape *shape, bool replaces);

/* The slot is to be inserted at its turn. */
void ofl_verdict_ask(struct slot *s);

/* Returns false if what the device said since then makes it pointless to ask for the slot's rule. */
bool ofl_verdict_stands(const struct slot *s);

/* The device took the slot's rule. */
void ofl_verdict_inserted(struct slot *s);

/* The device refused the slot's rule for a reason, which is replaced by a better one if there is one. */
void ofl_verdict_refused(struct ofl *o, struct slot *s, struct nic_refusal *why);

/* The slot is about to be emptied. */
void ofl_verdict_slot_over(struct ofl *o, struct slot *s);

/* The device lost its rules: what it said before does not hold any more. O(shapes). */
void ofl_verdict_forget(struct device *d);
