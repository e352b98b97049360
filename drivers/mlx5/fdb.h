/* SPDX-License-Identifier: Apache-2.0 */
/* The FDB of a NIC: its domain, the root table, and the table of each port.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "mlx5_private.h"

/* Makes the domain, the root table, and the actions that all rules share. Returns 0 or -errno, with nothing
 * made. */
int mlxdr_fdb_open(struct mlxdr_nic *n);

/* The reverse. No port, rule, matcher or edit exists any more. */
void mlxdr_fdb_close(struct mlxdr_nic *n);

/* Waits until the device has written what was posted. Returns false if it never will: a queue is in error, which
 * sets 'stuck', or the device failed. The library crashes if it moves entries through such a queue. */
bool mlxdr_fdb_is_written(struct mlxdr_nic *n);

/* Makes the port's table, and the rule that sends its packets there. Returns 0 or -errno, with nothing made. */
int mlxdr_fdb_port_open(struct mlxdr_nic *n, struct mlxdr_port *port);

/* The reverse. No rule of the port, or to it, exists any more. */
void mlxdr_fdb_port_close(struct mlxdr_nic *n, struct mlxdr_port *port);
