/* SPDX-License-Identifier: Apache-2.0 */
/* Ends of what keeps flows out of hardware (hold.h).
 *
 * Thread safety: the offload thread. */
#pragma once

#include "ofl_private.h"

#define RELEASE_MOVES_MAX 256

/* Nothing keeps the flow out any more: drives it. */
void ofl_release(struct ofl *o, struct ofl_flow *f);

/* The time of the flow is over: it may enter hardware, or waits for room. */
void ofl_release_time_over(struct ofl *o, struct ofl_flow *f);

/* The back-off of a shape is over: one flow asks the device. */
void ofl_release_probe(struct ofl *o, struct shape *shape);

/* Releases flows of shapes that the device takes now: RELEASE_MOVES_MAX at most. Returns true when more
 * wait. */
bool ofl_release_opened(struct ofl *o, struct device *d);
