/* SPDX-License-Identifier: Apache-2.0 */
/* Ports of a NIC.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "mlx5_private.h"

#define MLXDR_VPORT_WIRE 0xffff /* of the uplink */

/* Returns NULL if the port is not on this NIC. */
struct mlxdr_port *mlxdr_port_find(const struct mlxdr_nic *n, uint32_t number);

/* Adds a port of the device, and makes its table. Returns 0 or -errno. */
int mlxdr_port_add(struct mlxdr_nic *n, uint32_t number, uint16_t dev_id);

/* Removes a port, if it is on this NIC. */
void mlxdr_port_del(struct mlxdr_nic *n, uint32_t number);
