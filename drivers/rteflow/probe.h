/* SPDX-License-Identifier: Apache-2.0 */
/* Probes of a device: which rules and actions it takes. Thread: offload. */
#pragma once

#include "rteflow_private.h"

/* Asks the device. Returns 0, or -EOPNOTSUPP and the reason when it takes no rule. */
int rteflow_probe(uint16_t dev_id, uint16_t proxy_id, const struct rteflow_traits *traits,
		  struct rteflow_dialect *out, struct nic_refusal *why);
