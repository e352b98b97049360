/* SPDX-License-Identifier: Apache-2.0 */
/* Bulks of hardware counters, which the device reads by one command.
 *
 * A counter that is given back may still have counted packets since its last reading, and is never cleared.
 * It is quarantined until a reading of its bulk that was asked for afterwards: that value is the baseline of its
 * next user.
 *
 * Cost: a reading copies 16 bytes for each counter of the bulk, used or not.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "mlx5_private.h"

#define MLXDR_BULK_STALE_NS (100 * UINT64_C(1000000)) /* age of a reading that is used again */

struct mlxdr_bulk;

/* One counter of a bulk. */
struct mlxdr_slot {
	struct mlxdr_bulk *bulk; /* NULL: none */
	unsigned int index;
};

/* Takes a counter, and makes a bulk if none has one left. Returns 0, -ENOSPC, -ENOMEM or -EIO. */
int mlxdr_slot_take(struct mlxdr_nic *n, struct mlxdr_slot *out);

/* Gives a counter back, which no rule of the device uses any more. */
void mlxdr_slot_give(struct mlxdr_slot *slot);

/* Returns what the counter has counted since it was taken, at most MLXDR_BULK_STALE_NS ago: 0 or -EIO. Blocks until
 * the device answers. */
int mlxdr_slot_read(const struct mlxdr_slot *slot, struct nic_count *out);

/* Makes the action that counts. Returns NULL with errno. */
struct mlx5dv_dr_action *mlxdr_slot_action(const struct mlxdr_slot *slot);

/* The next reading of each counter asks the device. */
void mlxdr_bulks_outdate(struct mlxdr_nic *n);

/* Frees all bulks. */
void mlxdr_bulks_free(struct mlxdr_nic *n);
