/* SPDX-License-Identifier: Apache-2.0 */
/* The guard of a port, for devices whose rules for untagged packets also match S-tagged ones
 * (rteflow_traits.first_tag_only). It is a rule before those for untagged packets, and sends
 * packets that begin with 0x88a8 to software. It exists while a rule needs it.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "rteflow_private.h"

/* Priorities, two for make-before-break in each class: rules for S-tagged packets, which such a
 * device matches exactly (0, 1); the guard (2); all others (3, 4). */
#define RTEFLOW_PRIORITY_GUARD 2
#define RTEFLOW_PRIORITY_OTHERS 3

/* Returns the priority of a rule. 'prio' as for compile(). */
uint32_t rteflow_guard_priority(const struct rteflow_dialect *d, const struct rteflow_pattern *p,
				unsigned int prio);

/* Inserts the guard, or adds a user to it. Returns 0, or -errno and 'error'. */
int rteflow_guard_get(const struct rteflow_nic *n, struct rteflow_port *port,
		      struct rte_flow_error *error);

/* Removes a user of the guard, and the guard with the last one. */
void rteflow_guard_put(const struct rteflow_nic *n, struct rteflow_port *port);
