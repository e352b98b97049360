/* SPDX-License-Identifier: Apache-2.0 */
/* Counts of patch and tunnel ports, which no datapath has, and counts by name.
 *
 * Thread safety: control. */
#pragma once

#include "operate/datapath.h"

/* Returns the packets that crossed a patch or tunnel port, those of hardware included, as of the last sweep of
 * their megaflows. Returns 0 or -ENOENT. */
int ctl_link_port_counts(const struct ctl_stack *s, const char *name, struct ctl_port_counts *out);

/* Returns an object with the counts that are not 0; NULL without memory. */
json_t *ctl_counts_json(const uint64_t *counts, const char *const *names, unsigned int n);
