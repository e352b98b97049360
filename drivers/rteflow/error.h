/* SPDX-License-Identifier: Apache-2.0 */
/* Translates errors of devices to reasons. Thread: offload. */
#pragma once

#include "rteflow_private.h"

/* Sets 'why' from a device's error for a blueprint. Lack of memory means that the table is full. */
void rteflow_error_explain(const struct rte_flow_error *error, int rc,
			   const struct rteflow_blueprint *b, struct nic_refusal *why);
