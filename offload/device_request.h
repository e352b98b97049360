/* SPDX-License-Identifier: Apache-2.0 */
/* Devices that their owner stops and starts again. A call looks at every device; a host has
 * one per e-switch.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "ofl_private.h"

/* Refuses every flow of the NICs that insert rules through 'dev_id', so that their rules are
 * removed. Returns an upper bound of the number of rules. */
unsigned int ofl_device_request_down(struct ofl *o, uint16_t dev_id);

/* Returns true if these NICs hold nothing of any flow. O(ports). */
bool ofl_device_request_down_done(struct ofl *o, uint16_t dev_id);

/* Makes the NICs forget the rules that they did not remove. */
void ofl_device_request_forget(struct ofl *o, uint16_t dev_id);

/* Admits the flows again. */
void ofl_device_request_up(struct ofl *o, uint16_t dev_id);
