/* SPDX-License-Identifier: Apache-2.0 */
/* Probes a device for the rules and actions that it accepts. Thread: offload. */
#pragma once

#include "rteflow_private.h"

/* Fills 'out'. Returns 0, or -EOPNOTSUPP and 'why' if the device accepts no rule. */
int rteflow_probe(uint16_t dev_id, uint16_t proxy_id, const struct rteflow_traits *traits,
		  struct rteflow_dialect *out, struct nic_refusal *why);
