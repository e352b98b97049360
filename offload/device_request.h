/* SPDX-License-Identifier: Apache-2.0 */
/* Devices that are stopped and started again by their owner.
 *
 * A call looks at every device: there are as many as e-switches. Thread safety: the offload thread. */
#pragma once

#include "ofl_private.h"

/* Refuses every flow of the NICs that make rules through 'dev_id', so that their rules leave. Returns how
 * many there are, at most. */
unsigned int ofl_device_request_down(struct ofl *o, uint16_t dev_id);

/* Returns true once these NICs have nothing of any flow. O(ports). */
bool ofl_device_request_down_done(struct ofl *o, uint16_t dev_id);

/* Gives up what the NICs did not remove: they forget it. */
void ofl_device_request_forget(struct ofl *o, uint16_t dev_id);

/* Lets the flows in again. */
void ofl_device_request_up(struct ofl *o, uint16_t dev_id);
