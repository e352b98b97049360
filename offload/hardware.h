/* SPDX-License-Identifier: Apache-2.0 */
/* Passes a device's lists to the device, and takes the results.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "ofl_private.h"

/* Passes removals, then replacements, then insertions; takes completions. */
void ofl_hardware_step(struct ofl *o, struct device *d);

/* Takes all pending completions. */
void ofl_hardware_poll(struct ofl *o, struct device *d);

/* Returns the driver's refusal, or one derived from its error if it gave none. */
struct nic_refusal ofl_hardware_why(const struct nic_refusal *why, int rc);

/* Returns the time of the next work of ofl_hardware_step(). */
uint64_t ofl_hardware_next_ns(struct ofl *o, struct device *d);
