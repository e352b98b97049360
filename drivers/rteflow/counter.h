/* SPDX-License-Identifier: Apache-2.0 */
/* Counters: the members of nic_class that concern them, and their part in the life of a rule.
 * Thread: offload. */
#pragma once

#include "rteflow_private.h"

/* Implement counter_new(), counter_free() and counters_read() of nic_class. */
int rteflow_counter_new(struct nic *nic, struct nic_counter **out);
void rteflow_counter_free(struct nic *nic, struct nic_counter *c);
int rteflow_counters_read(struct nic *nic, struct nic_counter *const *c, unsigned int n,
			  struct nic_count *out);

/* Makes the counter's handle if it needs one and has none. Returns 0 or -errno. */
int rteflow_counter_need(const struct rteflow_nic *n, struct nic_counter *c, uint16_t proxy_id,
			 struct rte_flow_error *error);

/* For devices whose counters end with their rules; on other devices they do nothing. Called after a
 * rule was inserted; before it is removed, to read it a last time; after it was removed. */
void rteflow_counter_attach(const struct rteflow_nic *n, struct nic_rule *rule);
void rteflow_counter_last_read(const struct rteflow_nic *n, struct nic_rule *rule);
void rteflow_counter_detach(const struct rteflow_nic *n, struct nic_rule *rule);

/* Reads the counters that end with their rules of lost rules. Returns how many could not be read. */
unsigned int rteflow_counters_save(struct rteflow_nic *n);

/* Drops the handles and rules of a device that has lost them; keeps the counts. Returns how many handles were not
 * read. */
unsigned int rteflow_counters_lost(struct rteflow_nic *n);
