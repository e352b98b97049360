/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

RTE_LOG_REGISTER(netdev_log_type, pmd.net.netdev, NOTICE);
