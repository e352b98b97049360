/* SPDX-License-Identifier: Apache-2.0 */
/* A rule that no packet meets, put in and taken out again: whether the device has room for one, when it says
 * that it has no memory for another.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "rteflow_private.h"

bool rteflow_canary_fits(const struct rteflow_nic *n, const struct rteflow_port *port);
