/* SPDX-License-Identifier: Apache-2.0 */
/* Ends the holds that keep flows out of hardware (hold.h).
 *
 * Thread safety: the offload thread. */
#pragma once

#include "ofl_private.h"

#define RELEASE_MOVES_MAX 256

/* Ends the flow's hold and advances it. */
void ofl_release(struct ofl *o, struct ofl_flow *f);

/* The flow's waiting time has ended: it may enter hardware, or waits for room. */
void ofl_release_time_over(struct ofl *o, struct ofl_flow *f);

/* The back-off of a shape has ended: one flow asks the device. */
void ofl_release_probe(struct ofl *o, struct shape *shape);

/* Releases flows of shapes that the device takes now, at most RELEASE_MOVES_MAX. Returns
 * true if more wait. */
bool ofl_release_opened(struct ofl *o, struct device *d);
