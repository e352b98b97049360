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

/* Makes the port's table, and the rule that sends its packets there. Returns 0 or -errno, with nothing made. */
int mlxdr_fdb_port_open(struct mlxdr_nic *n, struct mlxdr_port *port);

/* Leads the packets of all ports past their tables, to software: the kernel does it, so it needs no queue of the
 * domain. */
void mlxdr_fdb_ports_shut(struct mlxdr_nic *n);

/* The reverse of mlxdr_fdb_port_open(). No rule of the port, or to it, exists any more. */
void mlxdr_fdb_port_close(struct mlxdr_nic *n, struct mlxdr_port *port);
