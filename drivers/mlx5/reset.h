/* SPDX-License-Identifier: Apache-2.0 */
/* The FDB of a NIC is made again, after its queue was in error.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "mlx5_private.h"

/* Makes the domain and the tables of all ports again. No rule exists any more. If that fails, 'domain' is NULL: the
 * NIC takes no more rules. Counters keep their values.
 * read: read them a last time. */
void mlxdr_reset(struct mlxdr_nic *n, bool read);
