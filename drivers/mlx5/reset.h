/* SPDX-License-Identifier: Apache-2.0 */
/* The device is opened and the FDB made again, after a queue was in error or the device failed.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "mlx5_private.h"

/* Opens the device again, with the tables of all ports. No rule exists any more. If that fails, 'domain' is NULL: the
 * NIC takes no rules, until mlxdr_reset_again() succeeds. Counters keep their values.
 * read: read them a last time. */
void mlxdr_reset(struct mlxdr_nic *n, bool read);

/* While 'domain' is NULL: opens the device again if it is time to, which is after a second, and then twice as
 * long after each attempt, up to a minute. Returns true if it takes rules again. */
bool mlxdr_reset_again(struct mlxdr_nic *n);
