/* SPDX-License-Identifier: Apache-2.0 */
#include "reset.h"

#include "counter.h"
#include "fdb.h"

static void
close_all(struct mlxdr_nic *n)
{
	for (unsigned int i = 0; i < n->n_ports; i++)
		mlxdr_fdb_port_close(n, n->ports[i]);
	mlxdr_fdb_close(n);
}

void
mlxdr_reset(struct mlxdr_nic *n, bool read)
{
	mlxdr_counters_lost(n, read);
	close_all(n);
	if (mlxdr_fdb_open(n))
		return;
	for (unsigned int i = 0; i < n->n_ports; i++) {
		if (mlxdr_fdb_port_open(n, n->ports[i])) {
			close_all(n);
			return;
		}
	}
}
