/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: the members of nic_class that concern them.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "mlx5_private.h"

/* Implement the members of nic_class with these names. */
int mlxdr_compile(struct nic *nic, const struct flow_match *match,
		  const struct flow_actions *actions, unsigned int prio,
		  struct nic_counter *counter, struct nic_rule **out, struct nic_refusal *why);
int mlxdr_insert(struct nic *nic, struct nic_rule *rule);
int mlxdr_remove(struct nic *nic, struct nic_rule *rule);
void mlxdr_flush(struct nic *nic);
unsigned int mlxdr_poll(struct nic *nic, struct nic_event *out, unsigned int max);
void mlxdr_rule_free(struct nic *nic, struct nic_rule *rule);
void mlxdr_forget(struct nic *nic);

/* Drops all rules, and opens the device again, which failed or has a queue in error. poll() reports it. If that fails,
 * poll() tries again from time to time.
 * read: read the counters a last time. */
void mlxdr_lose(struct mlxdr_nic *n, bool read);
