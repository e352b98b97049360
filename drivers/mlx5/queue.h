/* SPDX-License-Identifier: Apache-2.0 */
/* The queues by which the library writes to steering memory.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "mlx5_private.h"

/* Waits until the device has written what was posted. Returns false if it never will: a queue is in error, which
 * sets 'stuck', or the device failed. The library crashes if it moves entries through such a queue, and may spin in other
 * calls until the watchdog ends them. */
bool mlxdr_queue_is_written(struct mlxdr_nic *n);
