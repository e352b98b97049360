/* SPDX-License-Identifier: Apache-2.0 */
#include "reset.h"

#include "array.h"
#include "counter.h"
#include "fdb.h"

#include <base/clock.h>

#define PAUSE_MIN_NS NS_PER_S
#define PAUSE_MAX_NS (64 * NS_PER_S)

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

static bool
reopen(struct mlxdr_nic *n)
{
	bool opened = open_all(n);

	if (!opened)
		close_all(n);
	mlxdr_watch_end(&n->device.watch);
	return opened;
}

void
mlxdr_reset(struct mlxdr_nic *n, bool read)
{
	n->n_unread += mlxdr_counters_lost(n, read);
	close_all(n);
	if (reopen(n))
		return;
	n->pause_ns = PAUSE_MIN_NS;
	n->again_ns = clock_now_ns() + n->pause_ns;
}

bool
mlxdr_reset_again(struct mlxdr_nic *n)
{
	if (clock_now_ns() < n->again_ns)
		return false;
	if (reopen(n))
		return true;
	n->pause_ns = n->pause_ns < PAUSE_MAX_NS ? 2 * n->pause_ns : PAUSE_MAX_NS;
	n->again_ns = clock_now_ns() + n->pause_ns;
	return false;
}
