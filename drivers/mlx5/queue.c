/* SPDX-License-Identifier: Apache-2.0 */
#include "queue.h"

bool
mlxdr_queue_is_written(struct mlxdr_nic *n)
{
	if (!n->domain)
		return true;
	if (!n->stuck)
		n->stuck = mlx5dv_dr_domain_sync(n->domain, MLX5DV_DR_DOMAIN_SYNC_FLAGS_SW);
	return !n->stuck && !mlxdr_watch_failure(&n->device.watch);
}
