/* SPDX-License-Identifier: Apache-2.0 */
#include "reset.h"

#include "array.h"
#include "counter.h"
#include "fdb.h"

static void
close_all(struct mlxdr_nic *n)
{
	mlxdr_arrays_sweep(n);
	for (unsigned int i = 0; i < n->n_ports; i++)
		mlxdr_fdb_port_close(n, n->ports[i]);
	mlxdr_fdb_close(n);
}

/* What is left behind is freed by the kernel with the context; the library's memory of it is lost. */
static bool
open_all(struct mlxdr_nic *n)
{
	struct nic_refusal why;

	mlxdr_device_close(&n->device);
	n->stuck = false;
	if (mlxdr_device_open(&n->device, &why))
		return false;
	mlxdr_watch_begin(&n->device.watch);
	if (mlxdr_fdb_open(n))
		return false;
	mlxdr_budget_init(&n->budget, n->device.log_steering, n->device.log_header_modify,
			  n->device.log_tables);
	for (unsigned int i = 0; i < n->n_ports; i++) {
		if (mlxdr_fdb_port_open(n, n->ports[i]))
			return false;
	}
	return true;
}

void
mlxdr_reset(struct mlxdr_nic *n, bool read)
{
	mlxdr_counters_lost(n, read);
	close_all(n);
	if (!open_all(n))
		close_all(n);
	mlxdr_watch_end(&n->device.watch);
}
