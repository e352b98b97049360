/* SPDX-License-Identifier: Apache-2.0 */
/* Carries a device's lists to the device, and takes back how that ended.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "ofl_private.h"

/* Hands over removals, then replacements, then insertions; takes completions. */
void ofl_hardware_step(struct ofl *o, struct device *d);

/* When ofl_hardware_step() has something to do. */
uint64_t ofl_hardware_next_ns(struct ofl *o, struct device *d);
