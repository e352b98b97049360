/* SPDX-License-Identifier: Apache-2.0 */
/* Reasons that keep a flow out of hardware. release.h ends them.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "ofl_private.h"

/* Keeps the flow out for a reason: for good, for a time, or until there is room. A flow that was granted
 * room and has to wait for it again waits for a time first. */
void ofl_hold_refuse(struct ofl *o, struct ofl_flow *f, const struct nic_refusal *why);

/* Keeps it out until the device takes rules of the shape. */
void ofl_hold_for_shape(struct ofl *o, struct ofl_flow *f, struct shape *shape);

/* Nothing keeps it out any more. */
void ofl_hold_end(struct ofl_flow *f);

/* Adds 'n' to the gauges of where the flow is and why. */
void ofl_hold_gauge(struct ofl *o, const struct ofl_flow *f, int n);

/* Says why the flow is in software, without keeping it there. */
void ofl_hold_say(struct ofl *o, struct ofl_flow *f, const struct nic_refusal *why);
