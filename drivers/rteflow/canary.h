/* SPDX-License-Identifier: Apache-2.0 */
/* A rule that no packet meets.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "rteflow_private.h"

/* From and to nobody, of the EtherType that is reserved. NULL and 'error' when it is refused; else
 * the caller destroys it. */
struct rte_flow *rteflow_canary_put(const struct rteflow_dialect *d, uint16_t dev_id,
				    uint16_t proxy_id, const struct rte_flow_action *actions,
				    struct rte_flow_error *error);

/* Whether the device has room for one, when it says that it has no memory for another rule. */
bool rteflow_canary_fits(const struct rteflow_nic *n, const struct rteflow_port *port);
