/* SPDX-License-Identifier: Apache-2.0 */
/* A rule ahead of those for untagged packets of a port, on devices that take S-tagged ones for untagged
 * too (rteflow_traits.first_tag_only): it leaves what begins with 0x88a8 to software. It is in the device
 * while some rule needs it.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "rteflow_private.h"

/* Of two priorities for make-before-break each: rules for S-tagged packets, which such a device tells
 * exactly; the guard; all others. */
#define RTEFLOW_PRIORITY_GUARD 2
#define RTEFLOW_PRIORITY_OTHERS 3

/* The priority of a rule. 'prio' as for compile(). */
uint32_t rteflow_guard_priority(const struct rteflow_dialect *d, const struct rteflow_pattern *p,
				unsigned int prio);

/* Puts the guard of a rule in, or counts one user more. Returns 0, or -errno and 'error'. */
int rteflow_guard_get(const struct rteflow_nic *n, struct rteflow_port *port,
		      struct rte_flow_error *error);

/* One user less; the last takes the guard out. */
void rteflow_guard_put(const struct rteflow_nic *n, struct rteflow_port *port);
