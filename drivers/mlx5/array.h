/* SPDX-License-Identifier: Apache-2.0 */
/* Destination arrays: several ports as one destination, shared between rules that send to the same ports.
 *
 * An array is a flow table that the firmware writes, with one entry that sends a copy to each port. So the device
 * does not know which rules lead there: an array that lost its last user stays until the device's steering has
 * left it, and serves rules that come meanwhile.
 *
 * Cost: an array is found in O(1). One is made by 4 firmware commands and destroyed by 3, each of which waits for the
 * device. It has no steering memory of the library's; flow tables are counted in the budget. A packet visits one
 * entry for the array.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "mlx5_private.h"

/* Finds or makes the array of 2 or more ports, ascending by number, and adds a user. Returns 0, -ENOSPC if the budget
 * has no room, or -errno of libmlx5. */
int mlxdr_array_get(struct mlxdr_nic *n, struct mlxdr_port *const *ports, unsigned int n_ports,
		    struct mlxdr_array **out);

/* Removes a user. */
void mlxdr_array_put(struct mlxdr_nic *n, struct mlxdr_array *a);

struct mlx5dv_dr_action *mlxdr_array_action(const struct mlxdr_array *a);

/* Returns true if arrays have no user. */
bool mlxdr_arrays_are_idle(struct mlxdr_nic *n);

/* Destroys arrays without users, which the device's steering has left. */
void mlxdr_arrays_sweep(struct mlxdr_nic *n);
