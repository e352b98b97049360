/* SPDX-License-Identifier: Apache-2.0 */
/* A test rule that no packet matches.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "rteflow_private.h"

/* Inserts the test rule: addresses 00:00:00:00:00:00 and the reserved EtherType. The caller
 * destroys it. Returns NULL, with 'error', if the device refuses it. */
struct rte_flow *rteflow_canary_put(const struct rteflow_dialect *d, uint16_t dev_id,
				    uint16_t proxy_id, const struct rte_flow_action *actions,
				    struct rte_flow_error *error);

/* Returns whether the device has room for the test rule, after it reported that it has no memory
 * for another rule. */
bool rteflow_canary_fits(const struct rteflow_nic *n, const struct rteflow_port *port);
