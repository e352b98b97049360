/* SPDX-License-Identifier: Apache-2.0 */
/* Meters of the datapath.
 *
 * All workers share a meter's tokens, under a spinlock per meter that only metered packets take. A
 * share of the rate for each worker would need no lock but would be wrong: one flow is on one
 * worker and would get only that worker's share of the allowed rate, and borrowing between workers
 * needs the same shared memory. The lock is held for a few dozen instructions. Workers that contend
 * for it send more than the meter passes anyway.
 *
 * Thread safety: stated per function. */
#pragma once

#include <flow/meter.h>

#include <base/rcu_table.h>

#include <stdbool.h>

struct swp_meters;

/* Returns 0 or -ENOMEM. Thread: control. */
int swp_meters_create(struct swp_meters **out);

/* Frees the meters, which have no readers any more. Blocks. Thread: control. */
void swp_meters_destroy(struct swp_meters *ms);

/* Implement dp.h's meter_set(), meter_del() and meter_stats(); same threads and results. */
int swp_meter_set(struct swp_meters *ms, uint32_t id, const struct flow_meter *config);
void swp_meter_del(struct swp_meters *ms, uint32_t id);
int swp_meter_stats(struct swp_meters *ms, uint32_t id, struct flow_meter_stats *out);

/* Result of metering a packet. */
struct swp_meter_verdict {
	bool drop;
	uint8_t remark; /* number to add to the drop precedence; 0: none */
};

/* Meters a packet of 'n_bytes'. Thread: worker. */
struct swp_meter_verdict swp_meter_packet(struct swp_meters *ms, uint32_t id, uint32_t n_bytes);

/* Returns 'tos', the DSCP in its high six bits, with the drop precedence raised by 'prec_level', to
 * 3 at most. DSCPs other than those of assured forwarding (RFC 2597: classes 1..4, precedences
 * 1..3) do not change. Thread: any. */
uint8_t swp_meter_remark(uint8_t tos, uint8_t prec_level);
