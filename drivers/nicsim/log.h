/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines of the driver. */
#pragma once

#include <stdint.h>

#include <rte_log.h>

extern int nicsim_log_type;
#define NICSIM_LOG(level, ...)                                                                     \
	rte_log(RTE_LOG_##level, (uint32_t)nicsim_log_type, "nicsim: " __VA_ARGS__)
