/* SPDX-License-Identifier: Apache-2.0 */
/* NICs that take no rules for a time: their owner stops the device, or it failed and may come back.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "ofl_private.h"

/* Refuses every flow of the NIC with DEVICE_DOWN, so that its rules are removed. May nest; 'detail', the driver's
 * words, is that of the first call. O(flows). */
void ofl_down_begin(struct ofl *o, struct device *d, const char *detail);

/* Ends one. The last admits the flows again. O(flows). */
void ofl_down_end(struct ofl *o, struct device *d);
