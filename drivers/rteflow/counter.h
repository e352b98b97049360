/* SPDX-License-Identifier: Apache-2.0 */
/* Counters: the members of nic_class that concern them, and their part in the life of a rule. Thread: offload. */
#pragma once

#include "rteflow_private.h"

int rteflow_counter_new(struct nic *nic, struct nic_counter **out);
void rteflow_counter_free(struct nic *nic, struct nic_counter *c);
int rteflow_counters_read(struct nic *nic, struct nic_counter *const *c, unsigned int n,
			  struct nic_count *out);

/* Makes the counter's handle if it needs one and has none. Returns 0 or -errno. */
int rteflow_counter_need(const struct rteflow_nic *n, struct nic_counter *c, uint16_t proxy_id,
			 struct rte_flow_error *error);

/* Where counters end with their rules: a rule was inserted; it is about to be removed, and is read a last
 * time; it was removed. Otherwise they do nothing. */
void rteflow_counter_attach(const struct rteflow_nic *n, struct nic_rule *rule);
void rteflow_counter_last_read(const struct rteflow_nic *n, struct nic_rule *rule);
void rteflow_counter_detach(const struct rteflow_nic *n, struct nic_rule *rule);

/* Rules are lost but their counters can still be read: reads them. */
void rteflow_counters_save(struct rteflow_nic *n);

/* Forgets the handles and the rules of a device that lost them. */
void rteflow_counters_lost(struct rteflow_nic *n);
