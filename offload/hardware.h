/* SPDX-License-Identifier: Apache-2.0 */
/* Carries a device's lists to the device, and takes back how that ended.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "ofl_private.h"

/* Hands over removals, then replacements, then insertions; takes completions. */
void ofl_hardware_step(struct ofl *o, struct device *d);

/* Takes the completions that are there. */
void ofl_hardware_poll(struct ofl *o, struct device *d);

/* What a driver said, and what its error means when it said nothing. */
struct nic_refusal ofl_hardware_why(const struct nic_refusal *why, int error);

/* When ofl_hardware_step() has something to do. */
uint64_t ofl_hardware_next_ns(struct ofl *o, struct device *d);
