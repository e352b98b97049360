/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines of the driver. */
#pragma once

#include <rte_log.h>

extern int netdev_log_type;
#define NETDEV_LOG(level, ...) rte_log(RTE_LOG_##level, netdev_log_type, "net_netdev: " __VA_ARGS__)
