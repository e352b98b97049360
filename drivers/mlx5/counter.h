/* SPDX-License-Identifier: Apache-2.0 */
/* Counters: the members of nic_class that concern them, and their part in the life of a rule.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "mlx5_private.h"

/* Implement counter_new(), counter_free() and counters_read() of nic_class. */
int mlxdr_counter_new(struct nic *nic, struct nic_counter **out);
void mlxdr_counter_free(struct nic *nic, struct nic_counter *c);
int mlxdr_counters_read(struct nic *nic, struct nic_counter *const *c, unsigned int n,
			struct nic_count *out);

/* Takes a hardware counter if it has none for such rules.
 * popped: bytes that the device removes from each packet of the rule before it counts it; they are added to
 *         what it counts, as a counter has the bytes of packets as they arrive.
 * Returns 0 and the action that counts, or -errno. */
int mlxdr_counter_need(struct mlxdr_nic *n, struct nic_counter *c, unsigned int popped,
		       struct mlx5dv_dr_action **out);

/* Frees all hardware counters; the values read so far stay. No rule exists any more.
 * read: read them a last time.
 * Returns how many counters were not read. */
unsigned int mlxdr_counters_lost(struct mlxdr_nic *n, bool read);
