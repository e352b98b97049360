/* SPDX-License-Identifier: Apache-2.0 */
/* Reasons that keep a flow out of hardware. release.h removes them.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "ofl_private.h"

/* Keeps the flow out for a reason: for good, for a time, or until room is available. A flow that
 * was granted room and found none waits for a time before it waits for room again. */
void ofl_hold_refuse(struct ofl *o, struct ofl_flow *f, const struct nic_refusal *why);

/* Keeps the flow out until the device takes rules of the shape. */
void ofl_hold_for_shape(struct ofl *o, struct ofl_flow *f, struct shape *shape);

/* Ends the hold of a flow. */
void ofl_hold_end(struct ofl_flow *f);

/* Adds 'n' to the gauges of the flow's placement and reason. */
void ofl_hold_gauge(struct ofl *o, const struct ofl_flow *f, int n);

/* Sets the reason why the flow is in software, without holding it there. */
void ofl_hold_reason_set(struct ofl *o, struct ofl_flow *f, const struct nic_refusal *why);
