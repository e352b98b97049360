/* SPDX-License-Identifier: Apache-2.0 */
/* Meters of a kernel datapath.
 *
 * Thread safety: as flow/dp.h. */
#pragma once

#include "kdp_private.h"

/* Implement meter_set(), meter_del() and meter_stats() of dp.h. The kernel has bands that drop: a meter
 * with another is -EINVAL. A meter's number is below 2^24 (it is an index of the kernel's table);
 * -EOPNOTSUPP before Linux 4.15. */
int kdp_meter_set(struct dp *dp, uint32_t id, const struct flow_meter *meter);
void kdp_meter_del(struct dp *dp, uint32_t id);
int kdp_meter_stats(struct dp *dp, uint32_t id, struct flow_meter_stats *out);
