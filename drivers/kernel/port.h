/* SPDX-License-Identifier: Apache-2.0 */
/* Ports that a datapath has, by number, with what this process counts for them.
 *
 * Thread safety: any thread, unless stated. */
#pragma once

#include "vport.h"

#include <kernel/kdp.h>

struct kdp_port_table;

struct kdp_port_counts {
	uint64_t drops[FLOW_N_DROPS];
	uint64_t refused;
	const char *reason; /* of the last refusal; NULL: the kernel's */
};

/* Returns 0 or -ENOMEM. */
int kdp_port_table_create(struct kdp_port_table **out);
void kdp_port_table_destroy(struct kdp_port_table *t);

/* Adds a port, if it is not there. Returns 0 or -ENOMEM. Thread: control. */
int kdp_port_table_add(struct kdp_port_table *t, uint32_t number);

/* Thread: control. */
void kdp_port_table_del(struct kdp_port_table *t, uint32_t number);
bool kdp_port_table_has(const struct kdp_port_table *t, uint32_t number);

/* Returns the first port with a number of at least 'from', or FLOW_PORT_NONE. Cost: O(65536) for all.
 * Thread: control. */
uint32_t kdp_port_table_next(const struct kdp_port_table *t, uint32_t from);

/* Count a packet that was dropped at a handler, or a flow that was refused. Counts of unknown ports
 * are kept for all of them together, as those of FLOW_PORT_NONE. */
void kdp_port_count_drop(struct kdp_port_table *t, uint32_t number, enum flow_drop why);
void kdp_port_count_refusal(struct kdp_port_table *t, uint32_t number, const char *reason);
void kdp_port_counts(struct kdp_port_table *t, uint32_t number, struct kdp_port_counts *out);
