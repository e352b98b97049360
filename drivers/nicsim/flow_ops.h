/* SPDX-License-Identifier: Apache-2.0 */
/* rte_flow's operations of a port. */
#pragma once

#include <rte_flow_driver.h>

extern const struct rte_flow_ops nicsim_flow_ops;
