/* SPDX-License-Identifier: Apache-2.0 */
/* Meters of the datapath.
 *
 * A meter's tokens are shared by all workers under a spinlock of its own, which only metered packets
 * take. The other way, a share of the rate for each worker, would be free of locks but wrong: one flow
 * is on one worker, which would get only that worker's share of what the operator allowed, and
 * borrowing between workers needs the same shared memory. The lock is held for a few dozen
 * instructions; workers that contend for it send more than the meter lets pass anyway.
 *
 * Thread safety: as said at each function. */
#pragma once

#include <flow/meter.h>

#include <base/rcu_table.h>

#include <stdbool.h>

struct swp_meters;

/* 0 or -ENOMEM. */
int swp_meters_create(struct swp_meters **out);

/* No reader any more. Blocks. */
void swp_meters_destroy(struct swp_meters *ms);

/* As dp.h's meter_set(), meter_del() and meter_stats(). */
int swp_meter_set(struct swp_meters *ms, uint32_t id, const struct flow_meter *config);
void swp_meter_del(struct swp_meters *ms, uint32_t id);
int swp_meter_stats(struct swp_meters *ms, uint32_t id, struct flow_meter_stats *out);

/* What becomes of a packet. */
struct swp_meter_verdict {
	bool drop;
	uint8_t remark; /* raise the drop precedence by this; 0: do not */
};

/* Meters a packet of 'n_bytes'. Thread: worker. */
struct swp_meter_verdict swp_meter_packet(struct swp_meters *ms, uint32_t id, uint32_t n_bytes);

/* The DSCP with its drop precedence raised, in the high six bits of a TOS; others than those of assured
 * forwarding (RFC 2597: classes 1..4, precedences 1..3) stay. */
uint8_t swp_meter_remark(uint8_t tos, uint8_t prec_level);
