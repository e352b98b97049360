/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: the members of nic_class that concern them. Thread: offload. */
#pragma once

#include "rteflow_private.h"

/* Implement the members of nic_class with these names. */
int rteflow_compile(struct nic *nic, const struct flow_match *match,
		    const struct flow_actions *actions, unsigned int prio,
		    struct nic_counter *counter, struct nic_rule **out, struct nic_refusal *why);
int rteflow_insert(struct nic *nic, struct nic_rule *rule);
int rteflow_remove(struct nic *nic, struct nic_rule *rule);
void rteflow_flush(struct nic *nic);
unsigned int rteflow_poll(struct nic *nic, struct nic_event *out, unsigned int max);
void rteflow_rule_free(struct nic *nic, struct nic_rule *rule);
void rteflow_forget(struct nic *nic);
