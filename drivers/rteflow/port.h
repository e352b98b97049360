/* SPDX-License-Identifier: Apache-2.0 */
/* Ports of a NIC. Thread: offload. */
#pragma once

#include "rteflow_private.h"

/* Returns NULL if the port is not on this NIC. */
struct rteflow_port *rteflow_port_find(const struct rteflow_nic *n, uint32_t number);

/* Adds a copy of 'port'. Returns 0 or -ENOMEM. */
int rteflow_port_add(struct rteflow_nic *n, const struct rteflow_port *port);
