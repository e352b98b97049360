/* SPDX-License-Identifier: Apache-2.0 */
/* Ports of a NIC.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "mlx5_private.h"

#define MLXDR_VPORT_WIRE 0xffff /* of the uplink */

/* Returns NULL if the port is not on this NIC. */
struct mlxdr_port *mlxdr_port_find(const struct mlxdr_nic *n, uint32_t number);

/* Finds the vport of an ethdev's port of the e-switch, as DPDK's driver for mlx5 numbers these. Returns 0, or -ENODEV
 * if that is neither the uplink nor a VF. */
int mlxdr_port_vport(uint16_t switch_port, uint16_t *vport);

/* Adds port 'rdma' of the device, and makes its table. Returns 0 or -errno. */
int mlxdr_port_add(struct mlxdr_nic *n, uint32_t number, uint32_t rdma);

/* Removes a port, if it is on this NIC. */
void mlxdr_port_del(struct mlxdr_nic *n, uint32_t number);
